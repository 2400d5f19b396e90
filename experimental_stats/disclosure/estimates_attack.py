"""Attacking the estimates of one sector, as they go out (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experimental_stats.disclosure.changed_companies import FOUND
from experimental_stats.disclosure.changed_unions import (
    telling_unions,
    told_beginnings,
    told_values,
)
from experimental_stats.disclosure.estimates import figures_by_layer, role_of
from experimental_stats.disclosure.linked import sums_of
from experimental_stats.disclosure.release_attack import breaches
from experimental_stats.disclosure.together import Table, breaches_together
from experimental_stats.disclosure.told_layers import (
    beside_each_other,
    found_layer,
    published_layer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experimental_stats.disclosure.beginnings import Layer
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
        beside = found_layer(layer, told, figures, evidence, rules)
        if beside is not None:
            found += breaches(beside.published, beside.figures, evidence.nests)
            now = told_beginnings(rows, layer[0])
            found += [
                TELLS.format(name=beside.published.name, domains=union.named)
                for move in moved.get((layer[0], FOUND), ())
                for union in telling_unions(now, move, sums, rules)
            ]
        if beside is not None and not found:
            estimated = Table(published=published, figures=figures)
            tables, below = beside_each_other(layer, told, true, estimated=estimated, found=beside)
            found += breaches_together(tables, below, evidence.nests)
    return found
