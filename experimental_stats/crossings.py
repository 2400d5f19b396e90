"""Tables that cross two or more domain variables: shown whole, or not at all (pure).

A crossing adds up to the tables of its parts, so what is hidden in one can be had from the others.
Rather than weave a pattern over all of them, a crossing is hidden as soon as one of its cells, or
one domain of its parts, has to be: then nothing is left to subtract.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from experimental_stats.population import CROSSED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from experimental_stats.population import WaterfallRow
    from storage.records.release import Estimate

SECONDARY = "secondary"


def hidden_crossings(rows: Iterable[Estimate | WaterfallRow]) -> set[str]:
    """Return the crossings that may not be shown: a cell of them or of their parts is hidden."""
    rows = list(rows)
    hidden = {row.domain_variable for row in rows if row.disclosure}
    crossings = {row.domain_variable for row in rows if CROSSED in row.domain_variable}
    return {
        name for name in crossings if name in hidden or hidden.intersection(name.split(CROSSED))
    }


def hide_crossings(rows: Sequence[Estimate], crossings: set[str]) -> list[Estimate]:
    """Return figures, without those of `crossings`.

    Args:
        rows: Figures of one sector, after disclosure control.
        crossings: From `hidden_crossings`.
    """
    return [
        replace(
            row,
            value=None,
            standard_error=None,
            ci_lower=None,
            ci_upper=None,
            n_frame=None,
            n_classified=None,
            n_audit=None,
            quality="",
            disclosure=row.disclosure or SECONDARY,
        )
        if row.domain_variable in crossings
        else row
        for row in rows
    ]


def hide_counts(rows: Sequence[WaterfallRow], crossings: set[str]) -> list[WaterfallRow]:
    """Return a waterfall without the counts of `crossings`."""
    return [
        replace(row, n_units=None, disclosure=row.disclosure or SECONDARY)
        if row.domain_variable in crossings
        else row
        for row in rows
    ]
