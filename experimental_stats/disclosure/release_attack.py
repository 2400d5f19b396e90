"""An attacker for a whole release: what outsiders can work out from all its tables together.

He takes the rows as they are published, of every measure and estimator: breakdowns that share a
total, domains that are made up of others, bounds by the number of units that the waterfall tells,
and what earlier releases of the same wave told of the same figures. Standard errors, intervals,
quality bands and counts are told only where the figure is, and do not add up over domains; charts,
workbooks and pages are made from the same rows. The intervals come from `attacker`; nothing is
shared with the side that hides.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from experimental_stats.disclosure.attacker import Unknowns, intervals
from experimental_stats.disclosure.linked import ALL, SAME, sums_of
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experimental_stats.disclosure.linked import Figures, Key

ROUNDING = 1e-6  # relative, of published figures and their sums
NEARLY = 1e-3  # relative: an interval that falls short by less is as wide as asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFigures:
    """One measure by one estimator as it is published.

    Attributes:
        name: For messages.
        told: Domain -> figure; None where hidden.
        most: Domain -> a bound that is published elsewhere.
        earlier: What earlier releases of the same wave told, one mapping a release.
    """

    name: str
    told: Mapping[Key, float | None]
    most: Mapping[Key, float]
    earlier: Sequence[Mapping[Key, float]] = ()


def breaches(
    published: ToldFigures, figures: Figures, nests: Sequence[tuple[Key, tuple[Key, ...]]]
) -> list[str]:
    """Return the unsafe figures that an outsider comes too close to, a sentence each.

    Args:
        published: What he sees.
        figures: The true values, and how far he has to stay away.
        nests: Domains that are made up of others, as anybody may know.
    """
    found = []
    open_cells = [key for key in sorted(figures.up) if published.told.get(key) is not None]
    found += [f"{published.name} {_name(key)}: unsafe, but told" for key in open_cells]
    hidden = [key for key, value in sorted(published.told.items()) if value is None]
    if not hidden:
        return found
    try:
        lower, upper = intervals(_unknowns(published, hidden, sums_of(figures.values, nests)))
    except InvalidInput as fault:
        return [*found, f"{published.name}: {fault.title}"]
    before = told_before(published.told, published.earlier)
    for place, key in enumerate(hidden):
        if key not in figures.up:
            continue
        value = figures.values[key]
        slack = NEARLY * max(1.0, value)
        ceiling = max(figures.most.get(key, float("inf")), value)
        too_high = upper[place] < min(value + figures.up[key], ceiling) - slack
        too_low = lower[place] > max(value - figures.down[key], 0.0) + slack
        if too_high or too_low or upper[place] - lower[place] < slack:
            known = ", told by an earlier release" if key in before else ""
            ends = f"between {lower[place]:.4g} and {upper[place]:.4g}"
            found.append(f"{published.name} {_name(key)}: {ends}{known}")
    return found


def told_before(
    told: Mapping[Key, float | None], earlier: Sequence[Mapping[Key, float]]
) -> dict[Key, float]:
    """Return hidden figures that an earlier release of unchanged figures told.

    Figures count as unchanged where everything that both releases tell is equal: then what one of
    them tells holds for the other. A revision moves the total, and nothing can be subtracted.
    """
    known: dict[Key, float] = {}
    for release in earlier:
        both = [(value, release[key]) for key, value in told.items() if value and key in release]
        if both and all(abs(new - old) <= SAME * max(abs(new), 1.0) for new, old in both):
            known |= {key: v for key, v in release.items() if key in told and told[key] is None}
    return known


def _unknowns(
    published: ToldFigures, hidden: Sequence[Key], sums: Sequence[tuple[Key, tuple[Key, ...]]]
) -> Unknowns:
    """Return the equations over hidden figures, then over the room below their bounds."""
    place = {key: number for number, key in enumerate(hidden)}
    rows: list[dict[int, float]] = []
    known: list[float] = []
    for whole, parts in sums:
        row: dict[int, float] = defaultdict(float)
        right = 0.0
        for key, sign in ((whole, -1.0), *((part, 1.0) for part in parts)):
            if key in place:
                row[place[key]] += sign
            else:
                right -= sign * (published.told.get(key) or 0.0)
        if row:
            rows.append(row)
            known.append(right)
    before = told_before(published.told, published.earlier)
    for key, value in before.items():
        rows.append({place[key]: 1.0})
        known.append(value)
    n_unknown = len(hidden)
    for number, (row, right) in enumerate(list(zip(rows, known, strict=True))):
        # Published figures are rounded: their sums hold within a margin, 0 ≤ error ≤ 2 · margin.
        margin = ROUNDING * max(abs(right), 1.0)
        row[n_unknown] = 1.0
        known[number] = right + margin
        rows.append({n_unknown: 1.0, n_unknown + 1: 1.0})
        known.append(2 * margin)
        n_unknown += 2
    for key in hidden:
        if np.isfinite(published.most.get(key, np.inf)) and key not in before:
            rows.append({place[key]: 1.0, n_unknown: 1.0})
            known.append(max(published.most[key], 0.0))
            n_unknown += 1
    entries = [(r, c, v) for r, row in enumerate(rows) for c, v in row.items()]
    where = ([r for r, _, _ in entries], [c for _, c, _ in entries])
    matrix = csr_matrix(([v for _, _, v in entries], where), shape=(len(rows), n_unknown))
    return Unknowns(rows=matrix, known=np.array(known))


def _name(key: Key) -> str:
    return "total" if key == ALL else f"{key[0]} {key[1]}"
