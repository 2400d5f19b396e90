"""From a pattern that is sufficient to one that hides little: the order of the search.

A first pattern comes from the cheapest way for each requirement in turn; it is pruned, and dear
blocks are exchanged for cheaper ones. A second is built in the light of the relaxed programme. From
the better one, neighbourhood after neighbourhood is solved for the cheapest pattern; a table with
few enough blocks is one neighbourhood, so that its pattern is the cheapest there is, as far as the
solver searched. Work is limited in pivots times rows, so that a faster machine finds no other
pattern. Only where a machine is so slow that all this would take minutes, the search stops by the
clock: what it has then is as safe and hides a little more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.disclosure.certificate import check_ways
from experimental_stats.disclosure.master import Master
from experimental_stats.disclosure.pattern import Pattern
from experimental_stats.disclosure.routing import Router

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from experimental_stats.disclosure.requirement import Requirement, Way
    from experimental_stats.disclosure.structure import Blocks

FEW = 100  # blocks that are tried all at once
NEIGHBOURHOODS = (30, 45, 60)  # blocks that are free at a time, in turn
PATIENCE = 15  # neighbourhoods without a better pattern until the search ends
RELAXATIONS = 30
RELAX_WORK = 3e7  # pivots times rows: as a rule half a second to two seconds for 1e7
EXCHANGE_WORK = 1e7  # per start
WHOLE_WORK = 1.2e7
NEIGHBOURHOOD_WORK = 2e7
SEED = 1
# Another pattern than those whose ways are at hand is proved anew. That takes about as long as the
# first pattern took; where it would end later than this share of `SECONDS`, it is let be.
PROOF, LATEST = 1.5, 1.25
SECONDS = 45.0  # by the clock, after which nothing cheaper is looked for; a table takes 1 to 20


def hidden_blocks(
    blocks: Blocks, *, singletons: bool, seconds: float = SECONDS, thorough: bool = True
) -> NDArray[np.bool_]:
    """Return which blocks to hide, bool (n_blocks,); the unsafe ones are among them.

    Args:
        blocks: Of a table.
        singletons: Whether the only contributor of a hidden block may not work out another.
        seconds: Until the search for a cheaper pattern is cut short; the first sufficient one and
            its proofs are never.
        thorough: Whether to look for a cheaper pattern than the first one, pruned.
    """
    clock = _Clock(seconds)
    start = Pattern(blocks, singletons=singletons)
    if not start.requirements:
        return start.hidden
    best = _improved(start, blocks, clock)
    # No secondary block: none can be cheaper.
    if not thorough or clock.is_late() or not (best.hidden & ~blocks.primary).any():
        return best.checked(blocks)
    master = Master(blocks, start.requirements, singletons=singletons)
    leaning = master.relax(RELAXATIONS, RELAX_WORK, clock.is_late)
    if not clock.is_late():
        begun = Pattern(blocks, singletons=singletons, leaning=leaning)
        guided = _improved(begun, blocks, clock)
        best = min(best, guided, key=lambda proven: float(blocks.costs[proven.hidden].sum()))
    found = _searched(master, blocks, best.hidden, clock.is_late)
    if (found == best.hidden).all() or not clock.allows_a_proof():
        return best.checked(blocks)
    return _certified(blocks, found, singletons=singletons)


class _Clock:
    """When the search for a cheaper pattern ends, and whether another pattern can be proved."""

    def __init__(self, seconds: float) -> None:
        self._begun, self._seconds = time.monotonic(), seconds
        self.closing = 0.0  # by the clock, what the requirements of a whole pattern took to meet

    def is_late(self) -> bool:
        return time.monotonic() > self._begun + self._seconds

    def allows_a_proof(self) -> bool:
        needed = time.monotonic() - self._begun + PROOF * self.closing
        return needed <= self._seconds * LATEST


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proven:
    """A sufficient pattern, with a way for each of its requirements."""

    hidden: NDArray[np.bool_]
    requirements: list[Requirement]
    ways: dict[Requirement, Way]

    def checked(self, blocks: Blocks) -> NDArray[np.bool_]:
        """Return the pattern once its ways were checked by plain arithmetic."""
        check_ways(blocks, self.hidden, self.requirements, self.ways)
        return self.hidden


def _improved(pattern: Pattern, blocks: Blocks, clock: _Clock) -> _Proven:
    """Close, prune and exchange; return the cheapest sufficient pattern met by the way."""
    router = Router(blocks, np.arange(len(blocks.values)))
    begun = time.monotonic()
    pattern.close(router)
    clock.closing = max(clock.closing, time.monotonic() - begun)
    pattern.prune(clock.is_late)
    pattern.close(router)
    best, cost = _proven(pattern), pattern.cost
    most = router.pivots + EXCHANGE_WORK / max(blocks.relations.shape[0], 1)
    exchanged = False
    for block in pattern.secondary:
        if router.pivots > most or clock.is_late():
            break
        if pattern.hidden[block]:
            exchanged |= pattern.exchange(int(block), router)
    if not exchanged:
        return best
    pattern.prune(clock.is_late)
    pattern.close(router)
    return _proven(pattern) if pattern.cost < cost else best


def _proven(pattern: Pattern) -> _Proven:
    return _Proven(
        hidden=pattern.hidden.copy(),
        requirements=list(pattern.requirements),
        ways=dict(pattern.ways),
    )


def _searched(
    master: Master, blocks: Blocks, best: NDArray[np.bool_], is_late: Callable[[], bool]
) -> NDArray[np.bool_]:
    """Return the cheapest pattern found in the whole table, if it is small, and in parts of it."""
    whole = np.ones(len(best), dtype=bool)
    if int((~blocks.primary).sum()) <= FEW:
        limit = master.work + WHOLE_WORK
        found = master.better(best, whole, limit, is_late)
        best = best if found is None else found
        if master.work < limit and not is_late():  # it came to an end: there is no cheaper one
            return best
    limit = master.work + NEIGHBOURHOOD_WORK
    failures = 0
    for free in _neighbourhoods(blocks):
        found = master.better(best, free, limit, is_late)
        failures = failures + 1 if found is None else 0
        best = best if found is None else found
        if failures >= PATIENCE or master.work >= limit or is_late():
            break
    return best


def _certified(blocks: Blocks, hidden: NDArray[np.bool_], *, singletons: bool) -> NDArray[np.bool_]:
    """Return the pattern after each requirement was given its way anew; as a rule unchanged.

    The ways are then checked by plain arithmetic: no answer of the solver is taken on trust.
    """
    pattern = Pattern(blocks, singletons=singletons)
    pattern.hidden = hidden.copy()
    pattern.close(Router(blocks, np.arange(len(blocks.values))))
    check_ways(blocks, pattern.hidden, pattern.requirements, pattern.ways)
    return pattern.hidden


def _neighbourhoods(blocks: Blocks) -> Iterator[NDArray[np.bool_]]:
    """Give sets of blocks that hang together through relations, without end."""
    draw = np.random.default_rng(SEED)
    by_block, by_relation = blocks.relations.tocsc(), blocks.relations.tocsr()
    for room in cycle(NEIGHBOURHOODS):
        free = np.zeros(len(blocks.values), dtype=bool)
        waiting = [int(draw.integers(len(free)))]
        free[waiting[0]] = True
        while waiting and int((free & ~blocks.primary).sum()) < room:
            block = waiting.pop(0)
            touching = by_block.indices[by_block.indptr[block] : by_block.indptr[block + 1]]
            for relation in draw.permutation(touching):
                start, end = by_relation.indptr[relation : relation + 2]
                members = by_relation.indices[start:end]
                fresh = members[~free[members]][:room]
                free[fresh] = True
                waiting += fresh.tolist()
        yield free
