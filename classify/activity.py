"""Which NACE division a website tells of: learnt from titles, and from the register itself (pure).

Where few units have a code, divisions are ranked by the titles of all they contain, in several
languages. Where enough have one, a classifier learns from the titles and from other units' codes.
A unit is always scored by a fit that has not seen its own code, so that code and suggestion can be
held against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

from classify.embedder import unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classify.activity_titles import ActivityTitle

    Array = npt.NDArray[np.float64]

METHOD_VERSION = "activity-1"
FOLDS = 5
FEWEST_CODED = 50  # units with a code, from which on the register teaches too
MOST_CODED = 5000  # units that teach: enough, and all that time allows
UNIT_WEIGHT = 5.0  # of a unit beside a title: it is written as websites are
FEWEST_OF_LANGUAGE = 8  # units, from which on a language has a centre of its own
NEAREST_TITLES = 3
SHARPNESS = 20.0  # of shares by cosine: about what the classifier's are like
_PENALTY = 1.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ActivityScores:
    """How likely is each division for each unit.

    Attributes:
        divisions: Of the columns, sorted.
        score: float64 (n_units, n_divisions), rows adding up to 1.
        basis: ``titles``, or ``titles_and_register``.
    """

    divisions: tuple[str, ...]
    score: Array
    basis: str


def score_divisions(
    vectors: Array,
    languages: Sequence[str],
    coded: Sequence[str],
    *,
    titles: tuple[Sequence[ActivityTitle], Array],
    seed: int = 0,
) -> ActivityScores:
    """Return each unit's scores.

    Vectors are centred by language, titles among titles and units among units: what is left does
    not tell which language a text is in, nor whether it is a title.

    Args:
        vectors: float64 (n, dim): mean vector of each unit's passages.
        languages: Of the units.
        coded: Division in the register; empty where there is none, or none that is known.
        titles: The titles, and float64 (n_titles, dim) of their vectors.
        seed: Of folds.
    """
    listed, title_vectors = titles
    learnt = _centred(title_vectors, [title.language for title in listed])
    answers = np.array([title.division for title in listed])
    divisions = np.unique(answers)
    units = _centred(vectors, languages)
    said = np.array([code if code in set(divisions) else "" for code in coded])
    teaching = np.flatnonzero(said != "")
    if len(teaching) < FEWEST_CODED:
        score = _by_similarity(units, learnt, answers, divisions)
        return ActivityScores(divisions=tuple(divisions), score=score, basis="titles")
    generator = np.random.default_rng(seed)
    folds = generator.integers(0, FOLDS, len(units))
    score = np.zeros((len(units), len(divisions)))
    for fold in range(FOLDS):
        others = teaching[folds[teaching] != fold]
        if len(others) > MOST_CODED:
            others = np.sort(generator.choice(others, MOST_CODED, replace=False))
        weight = np.concatenate([np.ones(len(answers)), np.full(len(others), UNIT_WEIGHT)])
        fitted = _fit(
            np.vstack([learnt, units[others]]), np.concatenate([answers, said[others]]), weight
        )
        here = folds == fold
        if here.any():
            score[here] = fitted.predict_proba(units[here])
    return ActivityScores(divisions=tuple(divisions), score=score, basis="titles_and_register")


def _by_similarity(
    units: Array, learnt: Array, answers: npt.NDArray[np.str_], divisions: npt.NDArray[np.str_]
) -> Array:
    """Return shares by the mean cosine to each division's most similar titles."""
    cosine = units @ learnt.T
    near = np.stack(
        [
            np.sort(cosine[:, answers == division], axis=1)[:, -NEAREST_TITLES:].mean(axis=1)
            for division in divisions
        ],
        axis=1,
    )
    shares = np.exp(SHARPNESS * (near - near.max(axis=1, keepdims=True)))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _fit(vectors: Array, answers: npt.NDArray[np.str_], weight: Array) -> LogisticRegression:
    model = LogisticRegression(C=_PENALTY, max_iter=300)
    return model.fit(vectors, answers, sample_weight=weight)


def _centred(vectors: Array, languages: Sequence[str]) -> Array:
    """Return rows of unit norm after taking away the mean of their language."""
    spoken = np.array(languages)
    centred = np.empty_like(vectors)
    overall = vectors.mean(axis=0) if len(vectors) else 0.0
    for name in np.unique(spoken):
        here = spoken == name
        own = vectors[here].mean(axis=0) if here.sum() >= FEWEST_OF_LANGUAGE else overall
        centred[here] = vectors[here] - own
    return np.asarray(unit_rows(centred), dtype=np.float64)
