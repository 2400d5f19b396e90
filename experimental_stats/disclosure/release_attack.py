"""An attacker for a whole release: what outsiders can work out from all its tables together.

He takes the rows as they are published, of every measure and estimator: breakdowns that share a
total, domains that are made up of others, crossings and their margins, bounds by the number of
units that the waterfall tells, whatever else is told of a hidden figure (`published_facts`), and
what earlier releases of the same wave told, breakdowns that are published no longer among them.
Figures told with noise or rounded are to him figures between two ends; where rounded figures add
up, a hidden one among them is rounded too, and he knows that its multiple has to fit. The intervals
come from `attacker`; nothing is shared with the side that hides but which figures add up.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from experimental_stats.disclosure.attacker import Unknowns, intervals
from experimental_stats.disclosure.linked import (
    ALL,
    JOINED,
    SAME,
    discrepancy,
    sums_of,
    with_unions,
)
from experimental_stats.disclosure.published_facts import EVERYTHING, Ends
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from experimental_stats.disclosure.linked import Figures, Key

    _Ends = tuple[NDArray[np.float64], NDArray[np.float64]]

ROUNDING = 1e-6  # relative, of published figures and their sums
NEAR = 0.02  # relative: what a sum over breakdowns of earlier releases may miss its whole by
_MULTIPLE = "multiple"
NEARLY = 1e-3  # relative: an interval that falls short by less is as wide as asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFigures:
    """One measure by one estimator as it is published.

    Attributes:
        name: For messages.
        told: Domain -> figure; None where hidden, or told with noise or rounded.
        most: Domain -> a bound that is published elsewhere.
        earlier: What earlier releases of the same wave told, one mapping a release: domain -> the
            least and the greatest figure that may stand behind it, equal where it was told exactly.
        facts: Domain without an exact figure -> bounds that other published figures put on it, or
            its own noise or rounding.
        multiples: Domain -> rounded figure, where all of them add up. margin: how far a rounded
            figure may lie from the figure.
    """

    name: str
    told: Mapping[Key, float | None]
    most: Mapping[Key, float]
    earlier: Sequence[Mapping[Key, Ends]] = ()
    facts: Mapping[Key, Ends] = field(default_factory=dict)
    multiples: Mapping[Key, float] = field(default_factory=dict)
    margin: float = 0.0


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
    found += [
        f"{published.name} {_name(key)}: unsafe, but told{_asked(figures, key)}"
        for key in open_cells
    ]
    before = told_before(published)
    try:
        near = near_figures(published, figures, nests)
    except InvalidInput as fault:
        return [*found, f"{published.name}: {fault.title}"]
    for key, ends in near.items():
        known = ", told by an earlier release" if key in before else ""
        found.append(sentence_on(published.name, figures, key, ends, known=known))
    return found


def sentence_on(name: str, figures: Figures, key: Key, ends: Ends, *, known: str = "") -> str:
    """Return the sentence on an unsafe figure that is inferred too closely.

    Args:
        name: Of the table.
        figures: The true values, and how far he has to stay away.
        key: The domain.
        ends: Between which it is known.
        known: From where, if not from the release itself.
    """
    least, most = ends
    exact = most - least <= 2.0 * ROUNDING * max(most, 1.0)
    between = f"known to be {least:.4g}" if exact else f"between {least:.4g} and {most:.4g}"
    return f"{name} {_name(key)}: {between}{known}{_asked(figures, key)}"


def _asked(figures: Figures, key: Key) -> str:
    """Return how far an outsider has to stay away, and by which rule; empty where none is told."""
    if key not in figures.why:
        return ""
    least = max(figures.values[key] - figures.down[key], 0.0)
    most = figures.values[key] + figures.up[key]
    return f"; has to reach from {least:.4g} to {most:.4g} ({figures.why[key]})"


def near_figures(
    published: ToldFigures,
    figures: Figures,
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
    *,
    to_the_end: bool = True,
) -> dict[Key, Ends]:
    """Return the unsafe figures that an outsider comes too close to, and the ends he finds.

    Args:
        published: What he sees.
        figures: The true values, and how far he has to stay away.
        nests: Domains that are made up of others, as anybody may know.
        to_the_end: False where it matters which figures they are and not the ends, which then are
            followed only as far as is asked for: much faster where many are near.

    Raises:
        InvalidInput: What he sees contradicts itself.
    """
    figures = with_unions(figures.asking_nothing_of(figures.recalled), nests)
    hidden = [key for key, value in sorted(published.told.items()) if value is None]
    wanted = [place for place, key in enumerate(hidden) if key in figures.up]
    if not wanted:
        return {}
    asked = {place: asked_range(figures, hidden[place]) for place in wanted}
    enough = np.full(len(hidden), -np.inf), np.full(len(hidden), np.inf)
    for place, (least, most, slack) in asked.items():
        if most - least > 2.0 * slack:
            enough[0][place], enough[1][place] = least, most

    def near(of_interest: Sequence[int], enough: _Ends | None) -> dict[int, Ends]:
        lower, upper = _intervals(
            published, hidden, figures, nests=nests, followed=(of_interest, enough)
        )
        ends = {place: (float(lower[place]), float(upper[place])) for place in of_interest}
        return {place: one for place, one in ends.items() if is_near(one, asked[place])}

    # First as far as is asked for, which most hidden figures reach; then the others to the end.
    found = near(wanted, enough)
    if found and to_the_end:
        found = near([*found], None)
    return {hidden[place]: ends for place, ends in found.items()}


def asked_range(figures: Figures, key: Key) -> tuple[float, float, float]:
    """Return between which ends a figure has to stay open, and what is no difference."""
    value = figures.values[key]
    ceiling = max(figures.most.get(key, float("inf")), value)
    least, most = max(value - figures.down[key], 0.0), min(value + figures.up[key], ceiling)
    return least, most, NEARLY * max(1.0, value)


def is_near(ends: Ends, asked: tuple[float, float, float]) -> bool:
    """Return whether ends that he found are too close, by what `asked_range` returns."""
    (lower, upper), (least, most, slack) = ends, asked
    if lower > most + slack or upper < least - slack:
        return False  # he takes an earlier figure for this one, and errs
    return upper < most - slack or lower > least + slack or upper - lower < slack


def _intervals(
    published: ToldFigures,
    hidden: Sequence[Key],
    figures: Figures,
    *,
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
    followed: tuple[Sequence[int], _Ends | None],
) -> _Ends:
    """Return the ends of hidden figures: of which, and how far they are followed, see `intervals`.

    Earlier releases may agree with what is told figure by figure and contradict it together: then
    theirs are other figures, and they say nothing. Of several the latest are believed first.
    """
    wanted, enough = followed

    def ends(seen: ToldFigures) -> _Ends:
        unknowns = equations_of(seen, hidden, figures, nests)
        return intervals(unknowns, wanted, enough=enough and _for_all(unknowns, enough))

    try:
        return ends(published)
    except InvalidInput:
        if not published.earlier:
            raise
    believed: list[Mapping[Key, Ends]] = []
    found = ends(replace(published, earlier=()))
    for release in reversed(published.earlier):
        try:
            found = ends(replace(published, earlier=(*believed, release)))
        except InvalidInput:
            continue
        believed.append(release)
    return found


def _for_all(unknowns: Unknowns, enough: _Ends) -> _Ends:
    """Return the ends that are enough of hidden figures, with none for the unknowns behind them."""
    further = unknowns.rows.shape[1] - len(enough[0])
    low, high = np.full(further, -np.inf), np.full(further, np.inf)
    return np.concatenate([enough[0], low]), np.concatenate([enough[1], high])


def told_before(published: ToldFigures) -> dict[Key, Ends]:
    """Return figures without an exact value as earlier releases of unchanged figures told them.

    Figures count as unchanged where nothing that both releases tell contradicts: then what one of
    them tells holds for the other. A revision moves the total, and nothing can be subtracted.
    """
    told = {key: (value, value) for key, value in published.told.items() if value}
    told |= {k: ends for k, ends in published.facts.items() if published.told.get(k) is None}
    known: dict[Key, Ends] = {}
    for release in published.earlier:
        both = [(told[key], ends) for key, ends in release.items() if key in told]
        if both and all(_overlap(new, old) for new, old in both):
            for key, ends in release.items():
                if published.told.get(key) is None:
                    known[key] = _common(known.get(key, EVERYTHING), ends)
    return known


def _overlap(one: Ends, other: Ends) -> bool:
    return max(one[0], other[0]) <= min(one[1], other[1]) + SAME * max(abs(one[0]), 1.0)


def _common(one: Ends, other: Ends) -> Ends:
    return max(one[0], other[0]), min(one[1], other[1])


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
    past = {key for key in told_before(published) if key not in published.told}
    variables = {key[0] for key in past}
    for whole, parts in nests:
        if not variables & {whole[0], parts[0][0]}:
            continue
        if JOINED in whole[0] or all(
            key in published.told or key[0] in variables for key in (whole, *parts)
        ):
            margin = NEAR * max(figures.values.get(ALL, 0.0), 1.0) if whole != ALL else 0.0
            sums.append(_Sum(whole=whole, parts=parts, excess=0.0, margin=margin))
    return sums


def equations_of(
    published: ToldFigures,
    hidden: Sequence[Key],
    figures: Figures,
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
) -> Unknowns:
    """Return the equations over hidden figures, then over the room below their bounds."""
    sums = _sums(published, figures, nests)
    system = _System(hidden)
    before = told_before(published)
    exact = {key: low for key, (low, high) in before.items() if low == high}
    told = {**{k: v for k, v in exact.items() if k not in published.told}, **published.told}
    for one in sums:
        terms = [(one.whole, -1.0), *((part, 1.0) for part in one.parts)]
        unknown = [(key, sign) for key, sign in terms if told.get(key) is None]
        if unknown:
            right = one.excess - sum(sign * (told.get(key) or 0.0) for key, sign in terms)
            system.require(unknown, right, one.margin)
    for key, ends in before.items():
        if ends[0] < ends[1]:
            system.bound(key, *ends)
        elif key in published.told:
            system.require([(key, 1.0)], ends[0], 0.0)
    for key in hidden:
        least, most = published.facts.get(key, EVERYTHING)
        if key not in exact:
            most = min(most, max(published.most.get(key, np.inf), 0.0))
            system.bound(key, least, most)
    _require_multiples(system, published, sums)
    return system.unknowns()


def _require_multiples(system: _System, published: ToldFigures, sums: Sequence[_Sum]) -> None:
    """Let hidden figures among rounded ones be near multiples that add up with those told."""
    if not published.multiples:
        return
    entered: set[Key] = set()
    for one in sums:
        terms = [(one.whole, -1.0), *((part, 1.0) for part in one.parts)]
        if not all(key in published.told for key, _ in terms):
            continue
        unknown = [(key, sign) for key, sign in terms if key not in published.multiples]
        if unknown:
            right = -sum(sign * published.multiples.get(key, 0.0) for key, sign in terms)
            system.require([((_MULTIPLE, key), sign) for key, sign in unknown], right, 0.0)
            entered |= {key for key, _ in unknown}
    for key in sorted(entered):
        system.keep_near(key, (_MULTIPLE, key), published.margin)


class _System:
    """Equations over unknown figures; every new name is another unknown of at least 0."""

    def __init__(self, hidden: Sequence[Key]) -> None:
        """Begin with the hidden figures, in their order."""
        self._place: dict[object, int] = {key: number for number, key in enumerate(hidden)}
        self._rows: list[dict[int, float]] = []
        self._known: list[float] = []

    def require(self, terms: Iterable[tuple[object, float]], right: float, margin: float) -> None:
        """Let a sum be what it is within a margin and rounding: 0 ≤ error ≤ 2 · margin."""
        margin = max(margin, ROUNDING * max(abs(right), 1.0))
        row: dict[int, float] = defaultdict(float)
        for key, sign in terms:
            row[self._at(key)] += sign
        error = self._slack()
        row[error] = 1.0
        self._add(row, right + margin)
        self._add({error: 1.0, self._slack(): 1.0}, 2 * margin)

    def keep_near(self, one: object, other: object, margin: float) -> None:
        """Let two unknowns differ by no more than a margin."""
        for sign in (1.0, -1.0):
            self._add({self._at(one): sign, self._at(other): -sign, self._slack(): 1.0}, margin)

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
