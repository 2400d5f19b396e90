"""What releases gave away that were taken back: no later release can keep it (pure).

A rule was too loose, a coder's answer is corrected: a figure that was told is unsafe now. It stays
known, and no release can mend that. Where the operator takes the release back that told it, the
figure is hidden in the next one, nothing more is asked for it, and all others are protected from
whoever kept a copy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from experimental_stats.disclosure.linked import SAME
from experimental_stats.disclosure.release_attack import ToldFigures, near_figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experimental_stats.disclosure.linked import Figures, Key
    from experimental_stats.disclosure.published_facts import Ends


def with_recalled(
    figures: Figures,
    recalled: Sequence[Mapping[Key, Ends]],
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
) -> Figures:
    """Return the figures with those marked that withdrawn releases give away by themselves.

    Args:
        figures: One measure by one estimator, with what the rules ask for.
        recalled: By withdrawn release: domain -> the least and the greatest figure that may stand
            behind what it told.
        nests: Domains that are made up of others.
    """
    exact: set[Key] = set()
    facts: dict[Key, Ends] = {}
    for release in recalled:
        for key, (least, most) in release.items():
            value = figures.values.get(key)
            slack = SAME * max(value or 0.0, 1.0)
            if value is None or not least - slack <= value <= most + slack:
                continue  # another figure than this one
            if least == most:
                exact.add(key)
            else:
                low, high = facts.get(key, (least, most))
                facts[key] = max(low, least), min(high, most)
    if not exact and not facts:
        return figures
    seen = ToldFigures(
        name="",
        told={key: value if key in exact else None for key, value in figures.values.items()},
        most={},
        facts=facts,
    )
    known = exact | set(near_figures(seen, figures, nests))
    return replace(figures, recalled=known & set(figures.up))
