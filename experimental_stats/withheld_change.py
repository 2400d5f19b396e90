"""Which totals no change between waves may tell, since releases do not tell them either (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experimental_stats.disclosure.asked_figures import asked_figures
from experimental_stats.disclosure.changed_companies import (
    INSIDE,
    EarlierRelease,
    companies_behind,
    moves_since,
    unsafe_differences,
)
from experimental_stats.disclosure.contributions import largest_contributions
from experimental_stats.disclosure.found_companies import COUNTED
from experimental_stats.disclosure.linked import ALL
from experimental_stats.sector_figures import seen_active

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from experimental_stats.change import WaveTables
    from experimental_stats.disclosure.rules import Rules

FEW = "one or two companies make most of it, or it rests on too few"
CHANGED = "one or two companies make most of what it changed by"


def withheld_totals(
    before: WaveTables,
    after: WaveTables,
    totals: Sequence[Mapping[str, Any]],
    *,
    weights: tuple[float, float],
    rules: Rules,
) -> dict[str, str]:
    """Return measure -> why its change may not be told; ``enterprises`` stands for the sector.

    Args:
        before: The earlier wave.
        after: The later wave.
        totals: Rows of `change.estimate_change`.
        weights: The least and the greatest weight of a company in the later wave.
        rules: What makes a figure unsafe.
    """
    found: dict[str, str] = {}
    by_measure = {row["measure"]: row for row in totals}
    for wave, name in ((before, "value_before"), (after, "value_after")):
        values = {measure: row[name] for measure, row in by_measure.items()}
        found |= dict.fromkeys(_unsafe(wave, values, rules), FEW)
    amounts = [measure for measure in by_measure if measure != COUNTED]
    earlier = EarlierRelease(
        companies=companies_behind(before.units, before.audit),
        told={(name, INSIDE, ALL): by_measure[name]["value_before"] for name in amounts},
        units=before.units,
    )
    now = companies_behind(after.units, after.audit)
    changes = unsafe_differences(moves_since(after.units, now, [earlier], domains=()), rules)
    for (measure, _, _), ones in changes.items():
        if any(one.gives_away(by_measure[measure]["value_after"], weights) for one in ones):
            found.setdefault(measure, CHANGED)
    return found


def _unsafe(wave: WaveTables, values: Mapping[str, float], rules: Rules) -> list[str]:
    """Return the measures whose total in one wave is unsafe."""
    seen = seen_active(wave.units, wave.audit, ()).get(ALL, 0)
    contributors = min((n for n in (values[COUNTED], seen) if n > 0), default=0.0)
    largest = largest_contributions(wave.units, wave.audit, domains=(), measures=list(values))
    return [
        measure
        for measure, value in values.items()
        if ALL
        in asked_figures(
            {ALL: value},
            {ALL: contributors},
            rules,
            largest=None if measure == COUNTED else {ALL: largest.get((measure, ALL), ())},
            most={},
        ).up
    ]
