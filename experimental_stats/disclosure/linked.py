"""One-way tables that share a total, protected together (pure but for the solver).

A release tells a total and several breakdowns of it. They are linked twice: all of them add up to
the same total, and a domain of one may be made up of whole domains of another (a region of its
provinces, the only section of a size class). Estimates differ from a table of a census: a zero is
an estimate and not known to be one, so it may be hidden where nothing else helps; the total is
always told; and outsiders know how many units a domain has.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix

from experimental_stats.disclosure.search import hidden_blocks
from experimental_stats.disclosure.structure import COUNT_PENALTY, Blocks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pyarrow as pa

Key = tuple[str, str]  # domain variable, domain
ALL: Key = ("_T", "_T")
JOINED = " ∨ "  # between two variables, of whose domains a union is made up both ways
REST = f"{JOINED}rest by "  # same: what a domain holds beyond those of another one that lie in it
COVER = f"{JOINED}cover by "  # same: the few domains of another one that a domain lies in, together
TIGHT = 2.0  # times the range that is asked for: a rest beyond it bounds nothing that matters
ALMOST = 1 - 1e-5  # of a bound: rounding must not ask for more than there is
SAME = 1e-6  # relative: sums closer than this are sums
HIDDEN_ALREADY = 1e-6  # share of its cost that a domain costs which is hidden in another table
HIDDEN_BEFORE = 0.5  # same for one that the last release hid: one pattern over time, where possible


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One measure by one estimator, over all domains.

    Attributes:
        values: Domain -> figure ≥ 0; `ALL` for the total.
        most: Domain -> the greatest figure that an outsider thinks possible, where he knows one.
        up: Unsafe domain -> how far above its figure an outsider's interval must reach.
        down: Same below.
        alone: Domains with one contributor.
        why: Unsafe domain -> the rule that makes it unsafe, for messages.
        told: Domains that are told whatever happens, beside the total.
        recalled: Unsafe domains that releases gave away which were taken back: they are hidden, and
            nothing more can be asked for them.
    """

    values: Mapping[Key, float]
    most: Mapping[Key, float] = field(default_factory=dict)
    up: Mapping[Key, float] = field(default_factory=dict)
    down: Mapping[Key, float] = field(default_factory=dict)
    alone: Collection[Key] = ()
    why: Mapping[Key, str] = field(default_factory=dict)
    told: Collection[Key] = ()
    recalled: Collection[Key] = ()

    def asking_nothing_of(self, keys: Collection[Key]) -> Figures:
        """Return the same figures, with nothing asked for these domains."""
        up, down = (
            {key: far for key, far in asked.items() if key not in keys}
            for asked in (self.up, self.down)
        )
        return replace(self, up=up, down=down)


def nested_domains(units: pa.Table, variables: Sequence[str]) -> list[tuple[Key, tuple[Key, ...]]]:
    """Return which domains are made up of whole domains of another variable.

    Args:
        units: One row a frame unit, with the columns `variables`.
        variables: Domain variables.

    Returns:
        (domain, its parts), without those that have the same single part both ways twice.
    """
    columns = {name: units.column(name).to_pylist() for name in variables}
    found = []
    for outer in variables:
        for inner in variables:
            if outer == inner:
                continue
            holds, lies_in = defaultdict(set), defaultdict(set)
            for large, small in zip(columns[outer], columns[inner], strict=True):
                holds[large].add(small)
                lies_in[small].add(large)
            for code in sorted(holds):
                parts = sorted(holds[code])
                if all(len(lies_in[part]) == 1 for part in parts):
                    found.append(((outer, code), tuple((inner, part) for part in parts)))
    return found


def related_domains(units: pa.Table, variables: Sequence[str]) -> list[tuple[Key, tuple[Key, ...]]]:
    """Return all sums that hold between domains of two variables; see the two functions."""
    if not variables:
        return []
    # What domains have in common hangs on which combinations occur, not on how often: of a million
    # units there are a few thousand.
    occurring = units.group_by(list(variables)).aggregate([])
    nests = nested_domains(occurring, variables)
    return nests + joined_domains(occurring, variables, nests)


def joined_domains(
    units: pa.Table, variables: Sequence[str], nests: Sequence[tuple[Key, tuple[Key, ...]]]
) -> list[tuple[Key, tuple[Key, ...]]]:
    """Return what domains of two variables make up together, though none is made up of others.

    Regions n and m may hold the same units as labour markets a and b: the finest domains that are
    unions of domains of both variables, the join of two partitions. Their figure is published
    nowhere, and four that are told out of five give the fifth away.

    Args:
        units: One row a frame unit, with the columns `variables`.
        variables: Domain variables.
        nests: From `nested_domains`; unions that are domains themselves are left out.

    Returns:
        (union, its parts of the one variable), (union, its parts of the other), ….
    """
    columns = {name: units.column(name).to_pylist() for name in variables}
    known = {frozenset(parts) for _, parts in nests}
    known |= {frozenset((name, code) for code in codes) for name, codes in columns.items()}
    found = []
    for one, other in combinations(variables, 2):
        pairs = sorted(set(zip(columns[one], columns[other], strict=True)))
        for place, (here, there) in enumerate(_connected(pairs)):
            sides = tuple((one, code) for code in here), tuple((other, code) for code in there)
            if min(map(len, sides)) > 1 and not known & {*map(frozenset, sides)}:
                union = f"{one}{JOINED}{other}", str(place)
                found += [(union, parts) for parts in sides]
    return found


def _connected(pairs: Sequence[tuple[str, str]]) -> list[tuple[list[str], list[str]]]:
    """Return the codes of both sides that hang together by pairs, in order."""
    group: dict[tuple[int, str], set[tuple[int, str]]] = {}
    for here, there in pairs:
        one, other = group.get((0, here), {(0, here)}), group.get((1, there), {(1, there)})
        if one is not other:
            joined = one | other
            group |= dict.fromkeys(joined, joined)
    whole = {id(members): members for members in group.values()}.values()
    sides = [
        tuple(sorted(code for side, code in members if side == wanted) for wanted in (0, 1))
        for members in whole
    ]
    return [(here, there) for here, there in sorted(sides)]


def with_unions(figures: Figures, nests: Sequence[tuple[Key, tuple[Key, ...]]]) -> Figures:
    """Return the figures with those of unions, all of whose parts are among them, and of rests.

    Of rests, and of covers that have one, those alone that bound an unsafe figure. Where estimates
    contradict a bound there is no rest: nobody can learn from it.

    Args:
        figures: One measure by one estimator.
        nests: From `related_domains` and `containment`.
    """
    values, unions = dict(figures.values), dict(figures.values)
    for whole, parts in nests:
        *known, last = parts
        if REST not in last[0]:
            if JOINED in whole[0] and whole not in unions and values.keys() >= set(parts):
                unions[whole] = sum(values[part] for part in parts)
        elif whole in unions and values.keys() >= set(known):
            asked = max(figures.up.get(key, 0.0) for key in (whole, *known))
            asked = max(asked, *(figures.down.get(key, 0.0) for key in (whole, *known)))
            rest = unions[whole] - sum(values[key] for key in known)
            if -SAME * max(unions[whole], 1.0) <= rest < TIGHT * asked:
                values |= {whole: unions[whole], last: max(rest, 0.0)}
    values |= {key: value for key, value in unions.items() if COVER not in key[0]}
    return replace(figures, values=values)


def domains_of(units: pa.Table, variable: str) -> tuple[Key, ...]:
    """Return all domains of a variable that occur among units."""
    return tuple((variable, code) for code in sorted(set(units.column(variable).to_pylist())))


def sums_of(
    values: Mapping[Key, float], nests: Sequence[tuple[Key, tuple[Key, ...]]]
) -> list[tuple[Key, tuple[Key, ...]]]:
    """Return every sum that holds among the figures: the total by variable, and the nests.

    Small domains may be estimated otherwise than the large one that they make up, and then their
    sum misses it by a little. It counts as a sum all the same: somebody may know by how much.
    """
    by_variable: dict[str, list[Key]] = defaultdict(list)
    for key in sorted(values):
        if key != ALL and JOINED not in key[0]:
            by_variable[key[0]].append(key)
    sums = [(ALL, tuple(parts)) for parts in by_variable.values()]
    held = set(values)
    return sums + [(whole, parts) for whole, parts in nests if held.issuperset((whole, *parts))]


def discrepancy(values: Mapping[Key, float], whole: Key, parts: Sequence[Key]) -> float:
    """Return by how much the parts of a sum exceed it; noise of the machine is 0."""
    excess = sum(values[part] for part in parts) - values[whole]
    return excess if abs(excess) > SAME * max(values[whole], 1.0) else 0.0


def hidden_domains_of(
    figures: Figures,
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
    *,
    hidden: Collection[Key] = (),
    before: Collection[Key] = (),
    singletons: bool = True,
    thorough: bool = True,
) -> set[Key]:
    """Return the domains to hide so that no unsafe figure can be worked out.

    Args:
        figures: One measure by one estimator.
        nests: From `nested_domains`.
        hidden: Domains that are hidden in any case.
        before: Domains that the last release hid: taken first, if others cost about as much.
        singletons: Whether the only contributor of a domain may not work out another.
        thorough: Whether to look for long for what hides least.

    Raises:
        CannotProtect: Even with all domains hidden, the total gives an unsafe one away.
    """
    keys = sorted(figures.values)
    figures = with_unions(figures.asking_nothing_of(figures.recalled), nests)
    unions = figures.values.keys() - set(keys)
    sums = _without_nothing(sums_of(figures.values, nests), figures)
    blocks, order = _blocks(figures, sums, unions.union(hidden), before)
    pattern = hidden_blocks(blocks, singletons=singletons, thorough=thorough)
    return {key for key in keys if pattern[order[key]]} | set(hidden) - {ALL}


def _without_nothing(
    sums: Sequence[tuple[Key, tuple[Key, ...]]], figures: Figures
) -> list[tuple[Key, tuple[Key, ...]]]:
    """Return the sums without parts that are known to be nothing: one that is left is the whole."""
    nothing = {key for key in figures.told if figures.values.get(key) == 0}
    return [(whole, tuple(p for p in parts if p not in nothing) or parts) for whole, parts in sums]


def _blocks(
    figures: Figures,
    sums: Sequence[tuple[Key, tuple[Key, ...]]],
    hidden: Collection[Key],
    before: Collection[Key],
) -> tuple[Blocks, dict[Key, int]]:
    """Return the figures as blocks, domains of the same units in one, and where each key is."""
    order = _merged(sorted(figures.values), sums)
    size = max(order.values()) + 1
    values, costs = np.zeros(size), np.zeros(size)
    most, up, down = np.full(size, np.inf), np.zeros(size), np.zeros(size)
    alone, told, primary = (np.zeros(size, dtype=bool) for _ in range(3))
    mean = sum(figures.values.values()) / len(figures.values)
    for key, block in order.items():
        value = figures.values[key]
        values[block] = max(values[block], value)
        most[block] = min(most[block], max(figures.most.get(key, np.inf), value))
        up[block] = max(up[block], figures.up.get(key, 0.0))
        down[block] = max(down[block], figures.down.get(key, 0.0))
        alone[block] |= key in figures.alone
        told[block] |= key == ALL or key in figures.told or key in figures.recalled
        primary[block] |= key in figures.up
        # A zero that is hidden protects little and looks like much: the last resort.
        cost = (value or figures.values[ALL] or 1.0) + COUNT_PENALTY * mean
        cheap = HIDDEN_ALREADY if key in hidden else HIDDEN_BEFORE if key in before else 1.0
        costs[block] += cost * cheap
    up = np.minimum(up, (most - values) * ALMOST)
    primary &= ~told
    blocks = Blocks(
        block=np.arange(size),
        values=values,
        costs=costs,
        relations=_relations(sums, order, size),
        primary=primary,
        alone=alone,
        up=up,
        down=down,
        most=most,
        told=told,
    )
    return blocks, order


def _merged(keys: Sequence[Key], sums: Sequence[tuple[Key, tuple[Key, ...]]]) -> dict[Key, int]:
    """Return the block of every key; a sum with one part is that part."""
    first = {key: key for key in keys}

    def leader(key: Key) -> Key:
        while first[key] != key:
            key = first[key]
        return key

    for whole, parts in sums:
        if len(parts) == 1:
            one, other = sorted((leader(whole), leader(parts[0])))
            first[other] = one
    place: dict[Key, int] = {}
    return {key: place.setdefault(leader(key), len(place)) for key in keys}


def _relations(
    sums: Sequence[tuple[Key, tuple[Key, ...]]], order: Mapping[Key, int], size: int
) -> csc_matrix:
    found = sorted(
        {
            (order[whole], tuple(sorted(order[part] for part in parts)))
            for whole, parts in sums
            if len(parts) > 1
        }
    )
    rows, columns, signs = [], [], []
    for row, (whole, parts) in enumerate(found):
        rows += [row] * (len(parts) + 1)
        columns += [whole, *parts]
        signs += [-1.0] + [1.0] * len(parts)
    return csc_matrix((signs, (rows, columns)), shape=(len(found), size))
