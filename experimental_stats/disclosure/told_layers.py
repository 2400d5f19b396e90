"""What outsiders see of a measure: its estimates, and the tables that stand beside them (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from experimental_stats.disclosure import beginnings
from experimental_stats.disclosure.beginnings import Layer, found_by_layer
from experimental_stats.disclosure.changed_companies import of_these_figures
from experimental_stats.disclosure.count_method import ROUNDING, VERSIONS
from experimental_stats.disclosure.found_companies import (
    COUNTED,
    bounds_of_finds,
    found_as_told,
    within_bounds,
)
from experimental_stats.disclosure.linked import ALL, Figures
from experimental_stats.disclosure.published_facts import ends_of
from experimental_stats.disclosure.release_attack import ToldFigures
from experimental_stats.disclosure.together import Table, near_together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experimental_stats.disclosure.linked import Key
    from experimental_stats.disclosure.published_facts import Ends
    from experimental_stats.disclosure.rules import Rules
    from storage.records.release import Estimate

AUDITED = "audited units"


class Evidence(beginnings.Evidence, Protocol):
    """What has to be known behind a sector's figures; see `estimates.SectorEvidence`."""

    @property
    def earlier(self) -> Sequence[Mapping[tuple[str, bool, Key], Ends]]:
        """What earlier releases of the wave told."""


def published_layer(
    rows: Sequence[Estimate],
    figures: Figures,
    evidence: Evidence,
    facts: Mapping[Key, Ends] | None = None,
) -> ToldFigures:
    """Return what outsiders see of one measure by one estimator.

    Args:
        rows: As they go out.
        figures: The same before protection: for what bounds them.
        evidence: What earlier releases told.
        facts: Bounds that other tables put on figures without an exact value.
    """
    measure, headline = layer = rows[0].measure, rows[0].is_headline
    told = {(row.domain_variable, row.domain): row for row in rows}
    known = {key: ends_of(row) for key, row in told.items() if row.noise_bound} | dict(facts or {})
    is_rounded = any(row.method_version.endswith(VERSIONS[ROUNDING]) for row in rows)
    rounded = {k: row.value for k, row in told.items() if row.value is not None and is_rounded}
    return ToldFigures(
        name=f"{rows[0].sector} {measure}" + ("" if headline else " (classify and count)"),
        told={key: None if row.noise_bound else row.value for key, row in told.items()},
        most=figures.most,
        earlier=of_these_figures(of_layer(evidence.earlier, layer), figures),
        facts=known,
        multiples=rounded,
        margin=max(row.noise_bound for row in rows),
    )


def of_layer(
    releases: Sequence[Mapping[tuple[str, bool, Key], Ends]], layer: Layer
) -> list[Mapping[Key, Ends]]:
    """Return what releases told of one layer: domain -> least and greatest figure, by release."""
    return [
        {key: ends for (*about, key), ends in release.items() if tuple(about) == layer}
        for release in releases
    ]


def found_layer(
    layer: Layer,
    told: Sequence[Estimate],
    figures: Figures,
    evidence: Evidence,
    rules: Rules,
) -> Table | None:
    """Return what outsiders see of what coders found; None where intervals do not tell it.

    Args:
        layer: Measure and kind of estimator.
        told: All rows of the sector, as they go out.
        figures: The layer before protection.
        evidence: What is known behind it.
        rules: What makes a figure unsafe.
    """
    rows = [row for row in told if (row.measure, row.is_headline) == layer]
    companies = found_by_layer(layer, figures, evidence, rules)
    if companies is None or any(row.noise_bound for row in rows):
        return None
    measure = layer[0]
    # An interval that begins at nothing does not say of what was found that it is nothing.
    seen = {(row.domain_variable, row.domain) for row in rows if row.ci_lower}
    seen |= {ALL} if measure == COUNTED else set()
    bounds = bounds_of_finds(told, evidence.found, measure)
    as_told = found_as_told(
        evidence.found, companies, measure, told=seen, bounds=bounds, name=rows[0].sector
    )
    return Table(published=as_told, figures=within_bounds(companies, bounds))


def audited_layer(told: Sequence[Estimate], true: Sequence[Estimate]) -> Table | None:
    """Return what outsiders see of the number of audited units of each domain.

    Nobody has to be kept away from it, but it bounds what was found.

    Args:
        told: All rows of the sector, as they go out.
        true: The same rows before protection.
    """
    numbers = {
        (row.domain_variable, row.domain): float(row.n_audit)
        for row in true
        if row.is_headline and row.measure == COUNTED and row.n_audit is not None
    }
    if ALL not in numbers:
        return None
    seen = {
        (row.domain_variable, row.domain)
        for row in told
        if row.is_headline and row.n_audit is not None
    }
    published = ToldFigures(
        name=AUDITED,
        told={key: value if key in seen else None for key, value in numbers.items()},
        most={},
    )
    return Table(published=published, figures=Figures(values=numbers))


def beside_each_other(
    layer: Layer,
    told: Sequence[Estimate],
    true: Sequence[Estimate],
    *,
    estimated: Table,
    found: Table,
) -> tuple[list[Table], list[tuple[int, int]]]:
    """Return the tables of one measure that bound each other, and which is below which.

    How many units were audited stands beside the others where the measure is a number of companies.

    Args:
        layer: Measure and kind of estimator.
        told: All rows of the sector, as they go out.
        true: The same rows before protection.
        estimated: What is estimated.
        found: What coders found of it.
    """
    audited = audited_layer(told, true) if layer[0] == COUNTED else None
    if audited is None:
        return [estimated, found], [(1, 0)]
    return [estimated, found, audited], [(1, 0), (1, 2)]


def near_beside_finds(
    layer: Layer,
    told: Sequence[Estimate],
    true: Sequence[Estimate],
    *,
    figures: Figures,
    evidence: Evidence,
    rules: Rules,
) -> bool:
    """Return whether hidden figures can be inferred from estimates and finds together.

    Args:
        layer: Measure and kind of estimator.
        told: All rows of the sector, as they go out.
        true: The same rows before protection.
        figures: The layer before protection.
        evidence: What is known behind it.
        rules: What makes a figure unsafe.
    """
    found = found_layer(layer, told, figures, evidence, rules)
    if found is None:
        return False
    rows = [row for row in told if (row.measure, row.is_headline) == layer]
    estimated = Table(published=published_layer(rows, figures, evidence), figures=figures)
    tables, below = beside_each_other(layer, told, true, estimated=estimated, found=found)
    return any(near_together(tables, below, evidence.nests))
