"""An attacker for a whole release: what outsiders can work out from all its tables together.

He takes the rows as they are published, of every measure and estimator: breakdowns that share a
total, domains that are made up of others, crossings and their margins, bounds by the number of
units that the waterfall tells, whatever else is told of a hidden figure (`published_facts`), and
what earlier releases of the same wave told, breakdowns that are published no longer among them. The
intervals come from `attacker`; nothing is shared with the side that hides but which figures add up.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from experimental_stats.disclosure.attacker import Unknowns, intervals
from experimental_stats.disclosure.linked import ALL, SAME, discrepancy, sums_of
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from experimental_stats.disclosure.linked import Figures, Key

ROUNDING = 1e-6  # relative, of published figures and their sums
NEAR = 0.02  # relative: what a sum over breakdowns of earlier releases may miss its whole by
NEARLY = 1e-3  # relative: an interval that falls short by less is as wide as asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFigures:
    """One measure by one estimator as it is published.

    Attributes:
        name: For messages.
        told: Domain -> figure; None where hidden.
        most: Domain -> a bound that is published elsewhere.
        earlier: What earlier releases of the same wave told, one mapping a release.
        facts: Hidden domain -> bounds that other published figures put on it.
    """

    name: str
    told: Mapping[Key, float | None]
    most: Mapping[Key, float]
    earlier: Sequence[Mapping[Key, float]] = ()
    facts: Mapping[Key, tuple[float, float]] = field(default_factory=dict)


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
        lower, upper = intervals(_unknowns(published, hidden, _sums(published, figures, nests)))
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
    """Return figures that are told no longer, as earlier releases of unchanged figures told them.

    Figures count as unchanged where everything that both releases tell is equal: then what one of
    them tells holds for the other. A revision moves the total, and nothing can be subtracted.
    """
    known: dict[Key, float] = {}
    for release in earlier:
        both = [(value, release[key]) for key, value in told.items() if value and key in release]
        if both and all(abs(new - old) <= SAME * max(abs(new), 1.0) for new, old in both):
            known |= {key: v for key, v in release.items() if told.get(key) is None}
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sum:
    """Parts that make up a whole: whole = sum of the parts - excess, within a margin.

    Attributes:
        margin: Absolute.
    """

    whole: Key
    parts: tuple[Key, ...]
    excess: float
    margin: float


def _sums(
    published: ToldFigures, figures: Figures, nests: Sequence[tuple[Key, tuple[Key, ...]]]
) -> list[_Sum]:
    """Return the sums among present figures, then those that earlier releases' figures enter."""
    sums = [
        _Sum(
            whole=whole,
            parts=parts,
            excess=discrepancy(figures.values, whole, parts),
            margin=ROUNDING * max(figures.values[whole], 1.0),
        )
        for whole, parts in sums_of(figures.values, nests)
    ]
    past = {
        key for key in told_before(published.told, published.earlier) if key not in published.told
    }
    variables = {key[0] for key in past}
    for whole, parts in nests:
        if not variables & {whole[0], parts[0][0]}:
            continue
        if all(key in published.told or key[0] in variables for key in (whole, *parts)):
            margin = NEAR * max(figures.values.get(ALL, 0.0), 1.0) if whole != ALL else 0.0
            sums.append(_Sum(whole=whole, parts=parts, excess=0.0, margin=margin))
    return sums


def _unknowns(published: ToldFigures, hidden: Sequence[Key], sums: Sequence[_Sum]) -> Unknowns:
    """Return the equations over hidden figures, then over the room below their bounds."""
    system = _System(hidden)
    before = told_before(published.told, published.earlier)
    told = {**{key: v for key, v in before.items() if key not in published.told}, **published.told}
    for one in sums:
        terms = [(one.whole, -1.0), *((part, 1.0) for part in one.parts)]
        unknown = [(key, sign) for key, sign in terms if told.get(key) is None]
        if unknown:
            right = one.excess - sum(sign * (told.get(key) or 0.0) for key, sign in terms)
            system.require(unknown, right, one.margin)
    for key, value in before.items():
        if key in published.told:
            system.require([(key, 1.0)], value, 0.0)
    for key in hidden:
        least, most = published.facts.get(key, (0.0, np.inf))
        if key not in before:
            most = min(most, max(published.most.get(key, np.inf), 0.0))
            system.bound(key, least, most)
    return system.unknowns()


class _System:
    """Equations over unknown figures; every new name is another unknown of at least 0."""

    def __init__(self, hidden: Sequence[Key]) -> None:
        """Begin with the hidden figures, in their order."""
        self._place: dict[object, int] = {key: number for number, key in enumerate(hidden)}
        self._rows: list[dict[int, float]] = []
        self._known: list[float] = []

    def require(self, terms: Iterable[tuple[Key, float]], right: float, margin: float) -> None:
        """Let a sum be what it is within a margin and rounding: 0 ≤ error ≤ 2 · margin."""
        margin = max(margin, ROUNDING * max(abs(right), 1.0))
        row: dict[int, float] = defaultdict(float)
        for key, sign in terms:
            row[self._at(key)] += sign
        error = self._slack()
        row[error] = 1.0
        self._add(row, right + margin)
        self._add({error: 1.0, self._slack(): 1.0}, 2 * margin)

    def bound(self, key: Key, least: float, most: float) -> None:
        """Keep a figure between two ends."""
        if np.isfinite(most):
            self._add({self._at(key): 1.0, self._slack(): 1.0}, most)
        if least > 0:
            self._add({self._at(key): 1.0, self._slack(): -1.0}, least)

    def unknowns(self) -> Unknowns:
        """Return all equations."""
        entries = [(r, c, v) for r, row in enumerate(self._rows) for c, v in row.items()]
        where = ([r for r, _, _ in entries], [c for _, c, _ in entries])
        shape = (len(self._rows), len(self._place))
        matrix = csr_matrix(([v for _, _, v in entries], where), shape=shape)
        return Unknowns(rows=matrix, known=np.array(self._known))

    def _at(self, key: object) -> int:
        return self._place.setdefault(key, len(self._place))

    def _slack(self) -> int:
        return self._at(("slack", len(self._place)))

    def _add(self, row: dict[int, float], right: float) -> None:
        self._rows.append(row)
        self._known.append(right)


def _name(key: Key) -> str:
    return "total" if key == ALL else f"{key[0]} {key[1]}"
