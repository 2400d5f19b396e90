"""Why a unit was decided as it was: words, labelled neighbours, rules it touches (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from classify.embedder import unit_rows
from classify.word_weights import strongest
from storage.records.assessment import Explanation
from storage.records.frame import UnitId

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classify.features import Centres
    from classify.unit_text import UnitText

    Array = npt.NDArray[np.float64]

METHOD_VERSION = "explanation-1"
WORDS = 8
NEIGHBOURS = 3
# How far from the threshold, in log-odds, a decision still counts as on the border: with 1, odds
# up to 2.7 times those of the threshold, either way.
BORDER = 1.0
_LONGEST = 400


class WordReader(Protocol):
    """Tells what each word of a unit adds to its score."""

    def moving_words(self, unit: UnitText) -> dict[str, float]:
        """Return word -> log-odds before calibration."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rules:
    """The rules of a definition as points.

    Attributes:
        texts: Of the rules.
        kinds: ``inclusion``, ``exclusion`` or ``edge_case`` of each.
        vectors: float64 (n_rules, dim), background taken off, rows of norm 1.
        background: float64 (dim,), taken off passages too.
    """

    texts: tuple[str, ...]
    kinds: tuple[str, ...]
    vectors: Array
    background: Array


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Neighbourhood:
    """Labelled companies as points.

    Attributes:
        names: Of the companies, or the beginning of a labelled text.
        active: Their labels.
        unit_ids: The units each stands for.
        vectors: float64 (n, dim): means of their passages, language centres taken off, norm 1.
        centres: Of languages, as the model has them.
    """

    names: tuple[str, ...]
    active: tuple[bool, ...]
    unit_ids: tuple[frozenset[str], ...]
    vectors: Array
    centres: Centres


def is_on_the_border(probability: float, threshold: float) -> bool:
    """Return whether a probability is so near the threshold that a second look pays."""
    edges = np.clip([probability, threshold], 1e-9, 1 - 1e-9)
    odds = np.log(edges / (1 - edges))
    return bool(abs(odds[0] - odds[1]) <= BORDER)


def mean_direction(unit: UnitText, centres: Centres) -> Array:
    """Return float64 (dim,): the mean of a unit's passages off its language's centre, norm 1."""
    centred = unit_rows(unit.vectors - centres.of(unit.language)).astype(np.float64)
    return np.asarray(unit_rows(centred.mean(axis=0, keepdims=True))[0], dtype=np.float64)


def explain_words(unit: UnitText, sector: str, reader: WordReader) -> list[Explanation]:
    """Return the words that moved the score most, either way."""
    found = strongest(reader.moving_words(unit), WORDS)
    return _ranked(unit, sector, "word", [(word, "", weight) for word, weight in found])


def explain_neighbours(unit: UnitText, sector: str, around: Neighbourhood) -> list[Explanation]:
    """Return the labelled companies that the unit is most like, itself left out."""
    if not around.names:
        return []
    likeness = around.vectors @ mean_direction(unit, around.centres)
    order = np.argsort(-likeness, kind="stable")
    others = [int(n) for n in order if unit.key not in around.unit_ids[n]][:NEIGHBOURS]
    return _ranked(
        unit,
        sector,
        "neighbour",
        [
            (around.names[n], "active" if around.active[n] else "inactive", float(likeness[n]))
            for n in others
        ],
    )


def explain_rules(unit: UnitText, sector: str, rules: Rules) -> list[Explanation]:
    """Return, for each kind of rule, the one that a passage of the unit comes nearest to."""
    if not rules.texts:
        return []
    passages = unit_rows(unit.vectors - rules.background).astype(np.float64)
    likeness = (passages @ rules.vectors.T).max(axis=0)
    best: dict[str, tuple[str, str, float]] = {}
    for place in np.argsort(-likeness, kind="stable"):
        kind = rules.kinds[place]
        best.setdefault(kind, (rules.texts[place], kind, float(likeness[place])))
    return _ranked(unit, sector, "rule", sorted(best.values(), key=lambda rule: -rule[2]))


def _ranked(
    unit: UnitText, sector: str, kind: str, found: Sequence[tuple[str, str, float]]
) -> list[Explanation]:
    return [
        Explanation(
            unit_id=UnitId(unit.key),
            sector=sector,
            kind=kind,
            rank=rank,
            text=text[:_LONGEST],
            label=label,
            weight=weight,
        )
        for rank, (text, label, weight) in enumerate(found, start=1)
    ]
