"""What the other figures of a release say of a hidden one (pure).

A figure that is hidden in its own cell may stand elsewhere: as an interval, as a share of a number
of units that is told, as the headline among other assumptions, or by its place in a table that is
sorted by size. All of it is read off the rows as they are published, whoever made them.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from experimental_stats.disclosure.linked import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from experimental_stats.disclosure.linked import Key
    from storage.records.release import Estimate

Ends = tuple[float, float]
SHARE = "_share"
EVERYTHING: Ends = (0.0, float("inf"))
ROUNDED = 1e-6  # absolute, of a published share
SORTED_ROWS = 3  # told figures in descending or ascending order that make a sorted table


def facts_of(
    rows: Sequence[Estimate],
    *,
    bases: Mapping[str, Mapping[Key, float]],
    assumptions: Iterable[tuple[str, str, float]] = (),
) -> dict[str, dict[Key, Ends]]:
    """Return measure -> domain -> least and greatest value, by what stands beside it.

    Of domains that are hidden, or told with noise or rounded.

    Args:
        rows: Of one sector and one kind of estimator, shares among them, in the published order.
        bases: Measure -> domain -> what its shares are shares of, as far as outsiders know it.
        assumptions: (measure, assumption, value) of the table of other assumptions.
    """
    hidden = {(row.measure, _key(row)) for row in rows if row.disclosure or row.noise_bound}
    found: dict[str, dict[Key, Ends]] = defaultdict(dict)

    def learn(measure: str, key: Key, ends: Ends) -> None:
        if (measure, key) in hidden:
            least, most = found[measure].get(key, EVERYTHING)
            found[measure][key] = max(least, ends[0]), min(most, ends[1])

    for row in rows:
        measure = row.measure.removesuffix(SHARE)
        is_share = measure != row.measure
        base = bases.get(measure, {}).get(_key(row)) if is_share else 1.0
        if base is not None:
            learn(measure, _key(row), _scaled(ends_of(row), base, ROUNDED if is_share else 0.0))
    for measure, assumption, value in assumptions:
        learn(measure, ALL, _assumed(assumption, value))
    for measure, key, ends in _places(rows):
        learn(measure, key, ends)
    return dict(found)


def _key(row: Estimate) -> Key:
    return row.domain_variable, row.domain


def ends_of(row: Estimate) -> Ends:
    """Return the ends that a row itself puts on its figure."""
    if row.value is not None:
        return max(row.value - row.noise_bound, 0.0), row.value + row.noise_bound
    least = 0.0 if row.ci_lower is None else row.ci_lower
    return least, float("inf") if row.ci_upper is None else row.ci_upper


def _scaled(ends: Ends, base: float, rounded: float) -> Ends:
    return max(ends[0] - rounded, 0.0) * base, (ends[1] + rounded) * base


def _assumed(assumption: str, value: float) -> Ends:
    """Return the ends that a total under another assumption puts on the headline."""
    if assumption == "as_respondents":
        return value, value
    if assumption in {"none_active", "half_as_active", "seen_active"}:
        return value, float("inf")
    return 0.0, value


def _places(rows: Sequence[Estimate]) -> Iterable[tuple[str, Key, Ends]]:
    """Give the ends that a row's place puts on it, in tables sorted by size and not by code."""
    tables: dict[tuple[str, str], list[Estimate]] = defaultdict(list)
    for row in rows:
        if not row.measure.endswith(SHARE) and _key(row) != ALL:
            tables[row.measure, row.domain_variable].append(row)
    for table in tables.values():
        values = [row.value for row in table if row.value is not None]
        codes = [row.domain for row in table]
        if codes == sorted(codes) or len(values) < SORTED_ROWS:
            continue
        if all(a >= b for a, b in pairwise(values)):
            table = table[::-1]  # noqa: PLW2901 - the same rows, the least first
        elif not all(a <= b for a, b in pairwise(values)):
            continue
        for place, row in enumerate(table):
            if row.value is None:
                below = [r.value for r in table[:place] if r.value is not None]
                above = [r.value for r in table[place:] if r.value is not None]
                least = below[-1] if below else 0.0
                yield row.measure, _key(row), (least, above[0] if above else float("inf"))
