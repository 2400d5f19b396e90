"""Tables that cross two or more domain variables: cell by cell, or not at all (pure).

The cells of a crossing are linked to the tables of its parts, and one pattern of hidden cells is
looked for over all of them. Only where there is none beside the totals that are told, the crossings
are hidden whole and the rest is protected without them; that is said. Where an amount cannot be
protected even so, nothing of it is told.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from experimental_stats.disclosure.estimates import SECONDARY, protect_estimates, without_figures
from experimental_stats.disclosure.found_companies import COUNTED
from experimental_stats.disclosure.pattern import CannotProtect
from experimental_stats.population import CROSSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experimental_stats.disclosure.blurred_counts import Counts
    from experimental_stats.disclosure.estimates import SectorEvidence
    from experimental_stats.disclosure.rules import Rules
    from storage.records.release import Estimate


def protect_crossed(
    estimates: Sequence[Estimate],
    evidence: SectorEvidence,
    rules: Rules,
    *,
    counts: Counts | None = None,
    whole: bool = False,
) -> tuple[list[Estimate], bool]:
    """Suppress what is unsafe, in crossings cell by cell where that can be done.

    Args:
        estimates: Of one sector, crossings among the domain variables.
        evidence: What is known behind them.
        rules: What makes a figure unsafe.
        counts: Numbers of companies as they are told, where they are told with noise or rounded.
        whole: Hide the crossings whole in any case, numbers of companies among them.

    Returns:
        The estimates in the same order, and whether the crossings had to be hidden whole.

    Raises:
        CannotProtect: Not even without crossings a pattern protects the unsafe figures.
    """
    crossed = any(CROSSED in row.domain_variable for row in estimates)
    with_all = partial(protect_estimates, evidence=evidence, rules=rules, counts=counts)
    try:
        if not whole:
            return with_all(estimates, amounts_whole=not crossed), False
    except CannotProtect:
        if not crossed:
            raise
    plain = [row for row in estimates if CROSSED not in row.domain_variable]
    told = iter(with_all(plain, amounts_whole=True))
    return [
        _crossing(row, None if whole else counts) if CROSSED in row.domain_variable else next(told)
        for row in estimates
    ], True


def _crossing(row: Estimate, counts: Counts | None) -> Estimate:
    if row.measure == COUNTED and counts is not None:
        return counts[row.is_headline, (row.domain_variable, row.domain)]
    return without_figures(row, SECONDARY)
