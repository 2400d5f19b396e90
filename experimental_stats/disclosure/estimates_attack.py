"""Attacking the estimates of one sector, as they go out (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experimental_stats.disclosure.beginnings import Layer, found_by_layer
from experimental_stats.disclosure.changed_companies import FOUND
from experimental_stats.disclosure.changed_unions import (
    telling_unions,
    told_beginnings,
    told_values,
)
from experimental_stats.disclosure.estimates import figures_by_layer, published_layer, role_of
from experimental_stats.disclosure.found_companies import (
    COUNTED,
    bounds_of_finds,
    found_as_told,
    within_bounds,
)
from experimental_stats.disclosure.linked import ALL, sums_of
from experimental_stats.disclosure.release_attack import breaches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experimental_stats.disclosure.estimates import SectorEvidence
    from experimental_stats.disclosure.linked import Key
    from experimental_stats.disclosure.published_facts import Ends
    from experimental_stats.disclosure.rules import Rules
    from storage.records.release import Estimate

TELLS = "{name} {domains}: what they changed by together since an earlier release can be worked out"


def attack_estimates(
    told: Sequence[Estimate],
    true: Sequence[Estimate],
    evidence: SectorEvidence,
    rules: Rules,
    *,
    facts: Mapping[Layer, Mapping[Key, Ends]] | None = None,
) -> list[str]:
    """Return what outsiders can infer of unsafe figures from a sector's rows as published.

    Args:
        told: The rows as they go out.
        true: The same rows before protection.
        evidence: What is known behind them.
        rules: What makes a figure unsafe.
        facts: Bounds that other tables put on hidden figures, from `published_facts`.
    """
    found: list[str] = []
    for layer, figures in sorted(figures_by_layer(true, evidence, rules).items()):
        rows = [row for row in told if (row.measure, row.is_headline) == layer]
        published = published_layer(rows, figures, evidence, (facts or {}).get(layer))
        found += breaches(published, figures, evidence.nests)
        sums, moved = sums_of(figures.values, evidence.nests), evidence.compared.moves
        now = told_values(rows, layer)
        found += [
            TELLS.format(name=published.name, domains=union.named)
            for move in moved.get((layer[0], role_of(layer)), ())
            for union in telling_unions(now, move, sums, rules, evidence.weights)
        ]
        blurred = any(row.noise_bound for row in rows)
        companies = None if blurred else found_by_layer(layer, figures, evidence, rules)
        if companies is not None:
            # An interval that begins at nothing does not say of what was found that it is nothing.
            seen = {(r.domain_variable, r.domain) for r in rows if r.ci_lower}
            measure, name = layer[0], rows[0].sector
            seen |= {ALL} if measure == COUNTED else set()
            bounds = bounds_of_finds(told, evidence.found, measure)
            as_told = found_as_told(
                evidence.found, companies, measure, told=seen, bounds=bounds, name=name
            )
            found += breaches(as_told, within_bounds(companies, bounds), evidence.nests)
            now = told_beginnings(rows, measure)
            found += [
                TELLS.format(name=as_told.name, domains=union.named)
                for move in moved.get((measure, FOUND), ())
                for union in telling_unions(now, move, sums, rules)
            ]
    return found
