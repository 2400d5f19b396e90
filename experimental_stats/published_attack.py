"""The attacker's look at a sector as it goes out: every table of it, and earlier releases (pure).

He is given what exporters are given, and no more; what the rules ask for comes from the figures
before protection. Charts, workbooks and pages show the same rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from experimental_stats.audited_frame import TOTAL
from experimental_stats.disclosure.estimates_attack import attack_estimates
from experimental_stats.disclosure.published_facts import facts_of
from experimental_stats.disclosure.register_amounts import register_breaches
from experimental_stats.outcome_cells import OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from experimental_stats.disclosure.estimates import SectorEvidence
    from experimental_stats.disclosure.linked import Key
    from experimental_stats.disclosure.rules import Rules
    from experimental_stats.exporter import PublishedSector
    from experimental_stats.population import WaterfallRow
    from storage.records.release import Estimate


def attack_sector(
    sector: PublishedSector,
    true: Sequence[Estimate],
    *,
    evidence: SectorEvidence,
    rules: Rules,
    waterfall: Sequence[WaterfallRow],
    units: pa.Table | None = None,
) -> list[str]:
    """Return what outsiders can infer of unsafe figures, a sentence each.

    Args:
        sector: As it is published: headline, shares, comparison, other assumptions.
        true: Its figures before protection; rows that are missing here are not published, as far
            as the attack goes, and known from earlier releases only.
        evidence: What is known behind them, and what earlier releases told.
        rules: What makes a figure unsafe.
        waterfall: As it is published.
        units: The frame as the estimates take it: what rows must not tell of the register.
    """
    bases = {"enterprises": _target_units(waterfall)}
    assumed = sector.beside.sensitivity if sector.beside else ()
    facts = {
        (measure, headline): ends
        for headline, rows, assumptions in (
            (True, sector.estimates, assumed),
            (False, sector.comparison, ()),
        )
        for measure, ends in facts_of(rows, bases=bases, assumptions=assumptions).items()
    }
    present = {(row.measure, row.is_headline, row.domain_variable) for row in true}
    told = [
        row
        for row in (*sector.estimates, *sector.comparison)
        if (row.measure, row.is_headline, row.domain_variable) in present
    ]
    found = attack_estimates(told, true, evidence, rules, facts=facts)
    if units is not None:
        found += register_breaches(sector.estimates, assumed, units, rules)
        found += register_breaches(sector.comparison, (), units, rules)
    return found


def _target_units(waterfall: Sequence[WaterfallRow]) -> Mapping[Key, float]:
    """Return how many units of the target population each domain has, where all of it is told."""
    found: dict[Key, float] = {}
    unknown: set[Key] = set()
    for row in waterfall:
        if row.outcome_class not in (TOTAL, *OUTSIDE):
            key = row.domain_variable, row.domain
            found[key] = found.get(key, 0.0) + (row.n_units or 0)
            unknown |= {key} if row.n_units is None else set()
    return {key: units for key, units in found.items() if key not in unknown}
