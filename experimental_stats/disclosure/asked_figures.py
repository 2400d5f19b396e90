"""What the rules ask for the figures of a release, which are no cells of a census (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.disclosure.linked import ALL, ALMOST, Figures, Key
from experimental_stats.disclosure.rules import Contributors, assess

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experimental_stats.disclosure.rules import Rules


def asked_figures(
    values: Mapping[Key, float],
    contributors: Mapping[Key, float],
    rules: Rules,
    *,
    largest: Mapping[Key, tuple[float, ...]] | None,
    most: Mapping[Key, float],
) -> Figures:
    """Return figures of one measure with what the rules ask for.

    Args:
        values: Domain -> figure, the total among them.
        contributors: Domain -> companies behind it; a part of a company counts as one.
        rules: What makes a figure unsafe.
        largest: Domain -> its three largest contributions; None for numbers of companies.
        most: Domain -> the greatest figure that an outsider thinks possible, where he knows one.
    """
    keys = sorted(values)
    figures = np.array([values[key] for key in keys])
    counts = np.array([contributors.get(key, 0.0) for key in keys])
    counts = np.where(counts > 0, np.maximum(counts, 1.0), 0.0)  # there is no part of a company
    tops, whole = None, figures
    if largest is not None:
        tops = np.array([(*largest.get(key, ()), 0.0, 0.0, 0.0)[:3] for key in keys])
        # An estimate can fall short of what is known to be in it: then that is all there is of it.
        whole = np.maximum(figures, tops.sum(axis=1))
    safety = assess(Contributors(values=whole, counts=counts, largest=tops), rules)
    total = values[ALL]
    # Where the whole is estimated at nothing, so is every part, and nothing is told of anybody.
    unsafe = [place for place in range(len(keys)) if safety.unsafe[place] and total > 0]
    # No figure can be thought greater than a total that is told; the lower end has to do there.
    ceiling = np.maximum(total - figures, 0.0) * ALMOST
    ceiling[[key == ALL for key in keys]] = np.inf
    up = np.minimum(safety.up + whole - figures, ceiling)
    down = np.minimum(safety.down, figures)
    return Figures(
        values=dict(zip(keys, figures.tolist(), strict=True)),
        most=most,
        up={keys[place]: float(up[place]) for place in unsafe},
        down={keys[place]: float(down[place]) for place in unsafe},
        alone=[key for key, count in zip(keys, counts, strict=True) if 0 < count <= 1],
        why={keys[place]: _rule(counts[place], rules) for place in unsafe},
    )


def _rule(count: float, rules: Rules) -> str:
    """Return the rule that makes a figure of so many companies unsafe."""
    if 0 < count < rules.minimum_contributors:
        return f"minimum_contributors: {count:.3g} companies, {rules.minimum_contributors} wanted"
    return "p_percent or dominance: one or two companies make most of it"


def without_parts_of_nothing(
    figures: Figures, nests: Sequence[tuple[Key, tuple[Key, ...]]]
) -> Figures:
    """Return the figures with parts of a whole of nothing, which is safe itself, safe as well."""
    nothing = {
        part
        for whole, parts in nests
        if figures.values.get(whole) == 0 and whole not in figures.up
        for part in parts
        if figures.values.get(part) == 0
    }
    return figures.asking_nothing_of(nothing)
