"""The default: pooled passages beside words, by logistic regression that knows the definition.

Features are those of `features`: the means of all passages, of those most like the sector and of
those of the start page, each off its language's centre, similarities to the definition, and centred
words. The definition's statements and the titles of other activities train every fit beside the
labels (`prior_texts`). What reads as writing about things loses by that (`genre`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse

from classify.classifier import Learnt, Verdicts
from classify.embedder import read_options
from classify.features import WORD_SHARE, Words, encode_unit, find_centres
from classify.fitting import (
    ACTIVITY_SHARE,
    PENALTY,
    STATEMENT_SHARE,
    Coordinates,
    Design,
    Prior,
    coordinates,
    fit_folds,
    fit_logistic,
)
from classify.genre import DISCOUNT
from classify.model_state import words_from_state, words_state
from classify.word_weights import WordWeights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from classify.classifier import FeatureSpace, Lesson
    from classify.unit_text import UnitText

    Array = npt.NDArray[np.float64]
    Places = npt.NDArray[np.intp]

_PASSAGE_WEIGHT = (
    "share of the passage in the log-odds that the encoder half adds before calibration; the shares"
    " of all passages of a unit add up to that half"
)


def build(options: Mapping[str, object]) -> PooledAndWords:
    """Return the classifier.

    Its options are ``penalty`` (scikit-learn's C) and ``word_share``, the scale of the word half (0
    for none).
    """
    known = {"penalty": PENALTY, "word_share": WORD_SHARE}
    given = read_options("pooled_and_words", options, known, kind="classifier")
    return PooledAndWords(given["penalty"], given["word_share"])


class PooledAndWords:
    """Logistic regression on all features, by the units' inner products.

    Args:
        penalty: scikit-learn's C.
        word_share: Scale of the word half.
    """

    def __init__(self, penalty: float, word_share: float = WORD_SHARE) -> None:
        self._penalty = penalty
        self._word_share = word_share

    @property
    def method(self) -> Mapping[str, str | float]:
        """Return version and hyper-parameters."""
        return {
            "version": "pooled_and_words-2",
            "penalty": self._penalty,
            "word_share": self._word_share,
            "statement_share": STATEMENT_SHARE,
            "activity_share": ACTIVITY_SHARE,
            "genre_discount": DISCOUNT,
            "passage_weight": _PASSAGE_WEIGHT,
        }

    def learn(self, lesson: Lesson) -> Learnt:
        """Fit once on all labelled units and once for every fold on those outside of it."""
        design = _design(lesson, self._word_share)
        points = coordinates(design.gram())
        labelled, prior = _apart(points, lesson)
        active, shares = lesson.active, lesson.shares
        fits = fit_folds(labelled, active, lesson.folds, self._penalty, prior, shares=shares)
        weights, intercept = fit_logistic(labelled, active, self._penalty, prior, shares=shares)
        dual = np.vstack([weights, fits.weights]) @ points.back.T
        head = _assemble(lesson, design, dual, np.concatenate([[intercept], fits.intercepts]))
        lost = [lesson.space.genre.discount(unit) for unit in lesson.labelled]
        return Learnt(head=head, held_out=fits.scores - np.array(lost))

    def restore(self, state: Mapping[str, Any], space: FeatureSpace) -> PooledHead:
        """Return the head whose state was stored."""
        return PooledHead(
            space=space,
            words=words_from_state(state["words"]),
            languages=tuple(state["languages"]),
            encoder_weights=state["encoder_weights"],
            word_weights=state["word_weights"],
            word_offsets=state["word_offsets"],
            intercepts=state["intercepts"],
        )


def _design(lesson: Lesson, word_share: float) -> Design:
    units = [*lesson.labelled, *lesson.background]
    learnt = [*lesson.labelled, *lesson.prior]
    space = lesson.space
    stated = lesson.words.transform([unit.text for unit in lesson.prior])
    counted = lesson.word_rows
    return Design(
        encoder=np.stack([encode_unit(unit, space.centres, space.compass).row for unit in learnt]),
        words=scipy.sparse.vstack([counted[: len(lesson.labelled)], stated], format="csr"),
        centres=find_centres(counted, [unit.language for unit in units]),
        languages=tuple(unit.language for unit in learnt),
        word_share=word_share,
    )


def _apart(points: Coordinates, lesson: Lesson) -> tuple[Array, Prior]:
    """Return the labelled units' points, and what is known beforehand."""
    n_labelled = len(lesson.labelled)
    prior = Prior(
        points=points.points[n_labelled:],
        active=np.array([known.active for known in lesson.known], dtype=bool),
        stated=np.array([known.stated for known in lesson.known], dtype=bool),
        folds=lesson.left_out_in,
    )
    return points.points[:n_labelled], prior


def _assemble(lesson: Lesson, design: Design, dual: Array, intercepts: Array) -> PooledHead:
    carried = [design.weights(row) for row in dual]
    word_weights = np.stack([words for _, words in carried])
    languages = tuple(sorted(design.centres.by_language))
    listed = [design.centres.by_language[name] for name in languages]
    return PooledHead(
        space=lesson.space,
        words=lesson.words,
        languages=languages,
        encoder_weights=np.stack([encoder for encoder, _ in carried]),
        word_weights=word_weights,
        word_offsets=word_weights @ np.stack([*listed, design.centres.overall]).T,
        intercepts=intercepts,
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class PooledHead:
    """Linear weights; the first row is the fit on all, the others those of the folds.

    Attributes:
        space: Centres and compass.
        words: Vocabulary.
        languages: Of the columns of `word_offsets` but the last, which is for all others.
        encoder_weights: float64 (1 + n_folds, 3 · dim + 6).
        word_weights: float64 (1 + n_folds, n_terms).
        word_offsets: float64 (1 + n_folds, n_languages + 1): word weights times language centre.
        intercepts: float64 (1 + n_folds,).
    """

    space: FeatureSpace
    words: Words
    languages: tuple[str, ...]
    encoder_weights: Array
    word_weights: Array
    word_offsets: Array
    intercepts: Array

    @property
    def state(self) -> Mapping[str, Any]:
        """Return all it is made of."""
        return {
            "words": words_state(self.words),
            "languages": list(self.languages),
            "encoder_weights": self.encoder_weights,
            "word_weights": self.word_weights,
            "word_offsets": self.word_offsets,
            "intercepts": self.intercepts,
        }

    @cached_property
    def _word_reader(self) -> WordWeights:
        return WordWeights(self.words)

    @cached_property
    def _column_of(self) -> dict[str, int]:
        return {language: number for number, language in enumerate(self.languages)}

    def judge(self, units: Sequence[UnitText], fits: Places) -> Verdicts:
        """Return scores; a passage's weight is its share of the encoder half's log-odds."""
        by_word = self.words.transform([unit.text for unit in units]) @ self.word_weights.T
        scores, weights = [], []
        for unit, row, fit in zip(units, by_word, fits, strict=True):
            column = self._column_of.get(unit.language, len(self._column_of))
            features = encode_unit(unit, self.space.centres, self.space.compass)
            shares = features.shares @ self.encoder_weights[fit]
            in_words = np.asarray(row).ravel()[fit] - self.word_offsets[fit, column]
            score = shares.sum() + in_words + self.intercepts[fit]
            scores.append(score - self.space.genre.discount(unit))
            weights.append(shares)
        return Verdicts(scores=np.array(scores), passage_weights=weights)

    def moving_words(self, unit: UnitText, fit: int) -> dict[str, float]:
        """Return what each word of a unit adds to its score, in log-odds before calibration."""
        return self._word_reader.of_text(unit.text, self.word_weights[fit])
