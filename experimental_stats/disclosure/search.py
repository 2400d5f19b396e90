"""From a pattern that is sufficient to one that hides little: the order of the search.

A first pattern comes from the cheapest way for each requirement in turn; it is pruned, and dear
blocks are exchanged for cheaper ones. A second is built in the light of the relaxed programme. From
the better one, neighbourhood after neighbourhood is solved for the cheapest pattern; a table with
few enough blocks is one neighbourhood, so that its pattern is the cheapest there is, as far as the
solver searched. No clock is read: work is counted in pivots and rows, and every part of the search
has its share, so that the same table gives the same pattern on every machine, however busy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.disclosure.certificate import check_ways
from experimental_stats.disclosure.known_anyway import told_anyway
from experimental_stats.disclosure.master import Master
from experimental_stats.disclosure.pattern import Pattern
from experimental_stats.disclosure.routing import Router

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from experimental_stats.disclosure.requirement import Requirement, Way
    from experimental_stats.disclosure.structure import Blocks

FEW = 100  # blocks that are tried all at once
NEIGHBOURHOODS = (30, 45, 60)  # blocks that are free at a time, in turn
PATIENCE = 15  # neighbourhoods without a better pattern until the search ends
RELAXATIONS = 30
# In units of `solver.PIVOT_ROWS`, of which a core does some 30 million a second.
PRUNE_WORK = 3e7  # each time
EXCHANGE_WORK = 3e7  # per start
RELAX_WORK = 7e7
WHOLE_WORK = 3e7
NEIGHBOURHOOD_WORK = 6e7
# The first pattern and its proofs are never cut short. Where they took more than this, no second
# pattern is begun, which would take as much again.
SECOND_START_WORK = 8e7
SEED = 1


def hidden_blocks(
    blocks: Blocks, *, singletons: bool, thorough: bool = True, effort: float = 1.0
) -> NDArray[np.bool_]:
    """Return which blocks to hide, bool (n_blocks,); the unsafe ones are among them.

    Args:
        blocks: Of a table.
        singletons: Whether the only contributor of a hidden block may not work out another.
        thorough: Whether to look for a cheaper pattern than the first one, pruned.
        effort: Times the work that a search for something cheaper may take; 0 for the first
            sufficient pattern as it comes.
    """
    start = Pattern(blocks, singletons=singletons)
    if not start.requirements:
        return start.hidden
    best = _improved(start, blocks, effort)
    # No secondary block: none can be cheaper.
    if not thorough or not effort or not (best.hidden & ~blocks.primary).any():
        return best.checked(blocks)
    ways = dict(best.ways)
    master = Master(blocks, start.requirements, ways=ways, singletons=singletons)
    if best.closing <= SECOND_START_WORK:
        leaning = master.relax(RELAXATIONS, effort * RELAX_WORK)
        guided = _improved(Pattern(blocks, singletons=singletons, leaning=leaning), blocks, effort)
        if guided.cost(blocks) < best.cost(blocks):
            best = guided
            ways |= best.ways
    found = _searched(master, blocks, best.hidden, effort)
    if (found == best.hidden).all():
        return best.checked(blocks)
    return _certified(blocks, found, ways, singletons=singletons)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proven:
    """A sufficient pattern, with a way for each of its requirements."""

    hidden: NDArray[np.bool_]
    requirements: list[Requirement]
    ways: dict[Requirement, Way]
    closing: float  # work that the first ways took

    def cost(self, blocks: Blocks) -> float:
        """What the hidden blocks cost together."""
        return float(blocks.costs[self.hidden].sum())

    def checked(self, blocks: Blocks) -> NDArray[np.bool_]:
        """Return the pattern once its ways were checked by plain arithmetic."""
        hidden, ways = told_anyway(blocks, self.hidden, self.ways)
        check_ways(blocks, hidden, self.requirements, ways)
        return hidden


def _improved(pattern: Pattern, blocks: Blocks, effort: float) -> _Proven:
    """Close, prune and exchange; return the cheapest sufficient pattern met by the way."""
    router = Router(blocks, np.arange(len(blocks.values)))
    pattern.close(router)
    closing = router.work
    pattern.prune(effort * PRUNE_WORK)
    pattern.close(router)
    best, cost = _proven(pattern, closing), pattern.cost
    most = router.work + effort * EXCHANGE_WORK
    exchanged = False
    for block in pattern.secondary:
        if router.work >= most:
            break
        if pattern.hidden[block]:
            exchanged |= pattern.exchange(int(block), router, most)
    if not exchanged:
        return best
    pattern.prune(effort * PRUNE_WORK)
    pattern.close(router)
    return _proven(pattern, closing) if pattern.cost < cost else best


def _proven(pattern: Pattern, closing: float) -> _Proven:
    return _Proven(
        hidden=pattern.hidden.copy(),
        requirements=list(pattern.requirements),
        ways=dict(pattern.ways),
        closing=closing,
    )


def _searched(
    master: Master, blocks: Blocks, best: NDArray[np.bool_], effort: float
) -> NDArray[np.bool_]:
    """Return the cheapest pattern found in the whole table, if it is small, and in parts of it."""
    whole = np.ones(len(best), dtype=bool)
    if int((~blocks.primary).sum()) <= FEW:
        limit = master.work + effort * WHOLE_WORK
        found = master.better(best, whole, limit)
        best = best if found is None else found
        if master.work < limit:  # it came to an end: there is no cheaper one
            return best
    limit = master.work + effort * NEIGHBOURHOOD_WORK
    failures = 0
    for free in _neighbourhoods(blocks):
        found = master.better(best, free, limit)
        failures = failures + 1 if found is None else 0
        best = best if found is None else found
        if failures >= PATIENCE or master.work >= limit:
            break
    return best


def _certified(
    blocks: Blocks,
    hidden: NDArray[np.bool_],
    ways: Mapping[Requirement, Way],
    *,
    singletons: bool,
) -> NDArray[np.bool_]:
    """Return the pattern after each requirement has a way through it; as a rule unchanged.

    Ways that it leaves open are kept, for the others new ones are found. All are then checked by
    plain arithmetic: no answer of the solver is taken on trust.
    """
    pattern = Pattern(blocks, singletons=singletons)
    pattern.adopt(hidden, ways)
    pattern.close(Router(blocks, np.arange(len(blocks.values))))
    return _proven(pattern, 0.0).checked(blocks)


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
