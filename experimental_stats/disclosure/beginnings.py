"""Where intervals begin: what coders found, as it may be told beside the estimates (pure)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from experimental_stats.disclosure.changed_companies import FOUND
from experimental_stats.disclosure.changed_unions import hidden_beside, told_beginnings
from experimental_stats.disclosure.found_companies import (
    COUNTED,
    bounds_of_finds,
    domains_in_the_way,
    found_figures,
    untold_beginnings,
    within_bounds,
)
from experimental_stats.disclosure.linked import ALL, sums_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experimental_stats.disclosure.changed_companies import Compared
    from experimental_stats.disclosure.found_companies import FoundCompanies
    from experimental_stats.disclosure.linked import Figures, Key
    from experimental_stats.disclosure.rules import Rules
    from storage.records.release import Estimate

Layer = tuple[str, bool]  # measure, whether by the headline estimator


class Evidence(Protocol):
    """What has to be known behind a sector's figures; see `estimates.SectorEvidence`."""

    @property
    def found(self) -> FoundCompanies:
        """What coders found."""

    @property
    def nests(self) -> Sequence[tuple[Key, tuple[Key, ...]]]:
        """Domains that are made up of others."""

    @property
    def compared(self) -> Compared:
        """What changed since earlier releases."""


def without_beginnings(
    told: Sequence[Estimate],
    layers: Mapping[Layer, Figures],
    evidence: Evidence,
    rules: Rules,
) -> list[Estimate]:
    """Return rows whose intervals begin at nothing where coders' finds may not be told."""
    hidden = _hidden(told)
    untold: dict[Layer, set[Key]] = {}
    for layer, figures in layers.items():
        if found := found_by_layer(layer, figures, evidence, rules):
            bounds = bounds_of_finds(told, evidence.found, layer[0])
            beginnings = untold_beginnings(
                within_bounds(found, bounds),
                evidence.nests,
                hidden=hidden[layer],
                singletons=rules.singletons,
            )
            moves = evidence.compared.moves.get((layer[0], FOUND), ())
            now = told_beginnings(told, layer[0])
            now = {key: value for key, value in now.items() if key not in beginnings}
            sums = sums_of(found.values, evidence.nests)
            untold[layer] = beginnings | hidden_beside(now, moves, sums, rules)
    return [
        replace(row, ci_lower=0.0)
        if row.ci_lower is not None
        and not row.noise_bound
        and (row.domain_variable, row.domain) in untold.get((row.measure, row.is_headline), ())
        else row
        for row in told
    ]


def found_by_layer(
    layer: Layer,
    figures: Figures,
    evidence: Evidence,
    rules: Rules,
) -> Figures | None:
    """Return what coders found of a measure; None beside counting, whose intervals do not tell."""
    measure, headline = layer
    if not headline or ALL not in figures.values:
        return None
    return found_figures(
        replace(evidence.found, changed=evidence.compared.of(measure, FOUND)),
        measure,
        figures,
        rules,
        counted=measure == COUNTED,
        nests=evidence.nests,
    )


def in_the_way(
    layer: Layer,
    figures: Figures,
    evidence: Evidence,
    rules: Rules,
    told: Sequence[Estimate],
) -> set[Key]:
    """Return the domains whose estimates tell too much of what coders found beside them."""
    found = found_by_layer(layer, figures, evidence, rules)
    hidden = _hidden(told)[layer]
    if found is None or not found.up or ALL in hidden or ALL in found.up:
        return set()
    return domains_in_the_way(
        found,
        evidence.nests,
        bounds=bounds_of_finds(told, evidence.found, layer[0]),
        hidden=hidden,
        singletons=rules.singletons,
    )


def _hidden(told: Sequence[Estimate]) -> dict[Layer, set[Key]]:
    hidden: dict[Layer, set[Key]] = defaultdict(set)
    for row in told:
        if row.disclosure or row.noise_bound:
            hidden[row.measure, row.is_headline].add((row.domain_variable, row.domain))
    return hidden
