"""Classifiers made of rows of features and a scikit-learn estimator: the simple methods.

They learn from labels alone: neither the definition's statements nor titles of activities train
them, so that what those add can be seen beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse

from classify.classifier import Learnt, Verdicts
from classify.embedder import unit_rows
from classify.model_state import words_from_state, words_state
from classify.score import TOP_PASSAGES, best_passages
from classify.unit_text import UnitText
from classify.word_weights import WordWeights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from classify.classifier import FeatureSpace, Lesson
    from classify.features import Words

    Array = npt.NDArray[np.float64]
    Places = npt.NDArray[np.intp]

_VERSION = "1"
_PASSAGE_WEIGHT = "score of the passage alone, less the mean score of the unit's passages alone"
_LEAST_SHARE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Which features a row holds, in this order.

    Attributes:
        mean: Mean vector of all passages, the middle of all texts taken off, norm 1.
        top: The same of the `TOP_PASSAGES` passages most like the sector.
        definition: Similarity of these, and of all, to inclusions and exclusions.
        words: TF-IDF of words and of groups of letters.
    """

    mean: bool = False
    top: bool = False
    definition: bool = False
    words: bool = False


class RowClassifier:
    """Fits an estimator on rows of features.

    Args:
        parts: Of a row.
        estimator: Makes a new one with its hyper-parameters and seed.
        settings: Name -> value: what `estimator` depends on.
    """

    def __init__(
        self, parts: Parts, estimator: Callable[[], Any], settings: Mapping[str, str | float]
    ) -> None:
        self._parts = parts
        self._estimator = estimator
        self._settings = settings

    @property
    def method(self) -> Mapping[str, str | float]:
        """Return version and hyper-parameters."""
        return {"version": _VERSION, "passage_weight": _PASSAGE_WEIGHT, **self._settings}

    def learn(self, lesson: Lesson) -> Learnt:
        """Fit once on all labelled units and once for every fold on those outside of it."""
        rows = RowHead(parts=self._parts, space=lesson.space, words=self._words(lesson), fits=())
        features = rows.features(lesson.labelled, self._counted(lesson))
        chosen = [np.ones(len(lesson.active), dtype=bool)]
        chosen += [lesson.folds != fold for fold in range(lesson.n_folds)]
        head = RowHead(
            parts=rows.parts,
            space=rows.space,
            words=rows.words,
            fits=tuple(
                self._estimator().fit(features[np.flatnonzero(part)], lesson.active[part])
                for part in chosen
            ),
        )
        return Learnt(head=head, held_out=head.scores(features, 1 + lesson.folds))

    def restore(self, state: Mapping[str, Any], space: FeatureSpace) -> RowHead:
        """Return the head whose state was stored."""
        words = words_from_state(state["words"]) if state["words"] else None
        return RowHead(parts=self._parts, space=space, words=words, fits=tuple(state["fits"]))

    def _words(self, lesson: Lesson) -> Words | None:
        return lesson.words if self._parts.words else None

    def _counted(self, lesson: Lesson) -> Any:
        return lesson.word_rows[: len(lesson.labelled)] if self._parts.words else None


@dataclass(frozen=True, eq=False, kw_only=True)
class RowHead:
    """Fitted estimators: on all labelled units, then without each fold.

    Attributes:
        parts: Of a row of features.
        space: Centres and compass.
        words: Vocabulary; None where words are no part of a row.
        fits: Estimators.
    """

    parts: Parts
    space: FeatureSpace
    words: Words | None
    fits: tuple[Any, ...]

    @property
    def state(self) -> Mapping[str, Any]:
        """Return all it is made of."""
        words = words_state(self.words) if self.words is not None else {}
        return {"words": words, "fits": list(self.fits)}

    def features(self, units: Sequence[UnitText], counted: Any = None) -> Any:
        """Return rows, (n, n_features), sparse where words are among them.

        Args:
            units: At least one.
            counted: Their words, where they were counted already.
        """
        dense = np.array([self._dense_row(unit) for unit in units]).reshape(len(units), -1)
        if self.words is None:
            return dense
        if counted is None:
            counted = self.words.transform([unit.text for unit in units])
        return scipy.sparse.hstack([scipy.sparse.csr_matrix(dense), counted], format="csr")

    def _dense_row(self, unit: UnitText) -> Array:
        compass = self.space.compass
        towards, away = compass.towards(unit.vectors), compass.away(unit.vectors)
        top = best_passages(towards, TOP_PASSAGES)
        row: list[Array] = []
        if self.parts.mean:
            row.append(self._middle(unit.vectors))
        if self.parts.top:
            row.append(self._middle(unit.vectors[top]))
        if self.parts.definition:
            near = [towards[top].mean(), towards.mean(), away[top].mean(), away.mean()]
            row.append(np.array(near))
        return np.concatenate(row) if row else np.zeros(0)

    def _middle(self, vectors: Array) -> Array:
        mean = vectors.mean(axis=0, keepdims=True) - self.space.centres.overall
        return np.asarray(unit_rows(mean)[0], dtype=np.float64)

    def judge(self, units: Sequence[UnitText], fits: Places) -> Verdicts:
        """Return scores; a passage weighs what the head says of it alone."""
        lengths = [len(unit.passages) for unit in units]
        alone = [one for unit in units for one in _passages_alone(unit)]
        used = np.concatenate([fits, np.repeat(fits, lengths)])
        scores = self.scores(self.features([*units, *alone]), used)
        apart = np.split(scores[len(units) :], np.cumsum(lengths)[:-1])
        return Verdicts(
            scores=scores[: len(units)],
            passage_weights=[of_unit - of_unit.mean() for of_unit in apart],
        )

    def scores(self, rows: Any, fits: Places) -> Array:
        """Return float64 (n,): what fit `fits[i]` says of row i of features."""
        scores = np.zeros(len(fits))
        for fit in np.unique(fits):
            places = np.flatnonzero(fits == fit)
            scores[places] = score_rows(self.fits[fit], rows[places])
        return scores

    @cached_property
    def _word_reader(self) -> WordWeights | None:
        return None if self.words is None else WordWeights(self.words)

    def moving_words(self, unit: UnitText, fit: int) -> dict[str, float]:
        """Return what each word adds to the score; empty where words play no part."""
        if self._word_reader is None or self.words is None:
            return {}
        n_terms = len(self.words.idf)
        return self._word_reader.of_text(unit.text, _weights(self.fits[fit])[-n_terms:])


def _passages_alone(unit: UnitText) -> list[UnitText]:
    return [
        UnitText(
            key=unit.key,
            passages=(passage,),
            vectors=unit.vectors[place : place + 1],
            language=unit.language,
        )
        for place, passage in enumerate(unit.passages)
    ]


def score_rows(estimator: Any, rows: Any) -> Array:
    """Return float64 (n,): distance from the decision boundary, or log-odds of the probability."""
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(rows), dtype=np.float64)
    if hasattr(estimator, "predict_joint_log_proba"):
        inactive, active = np.asarray(estimator.predict_joint_log_proba(rows), np.float64).T
        return np.asarray(active - inactive)
    likely = np.asarray(estimator.predict_proba(rows)[:, 1], dtype=np.float64)
    likely = np.clip(likely, _LEAST_SHARE, 1 - _LEAST_SHARE)
    return np.log(likely / (1 - likely))


def _weights(estimator: Any) -> Array:
    """Return float64 (n_features,) of a linear estimator."""
    if hasattr(estimator, "coef_"):
        return np.asarray(estimator.coef_).ravel()
    by_class = np.asarray(estimator.feature_log_prob_)
    return np.asarray(by_class[1] - by_class[0])
