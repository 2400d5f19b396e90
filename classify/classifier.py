"""The Protocol of classifiers: ways to learn a decision from labelled units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from classify.features import Words
from classify.label_shares import judging_labels, label_shares
from classify.prior_texts import left_out_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from classify.features import Centres
    from classify.genre import Genre
    from classify.prior_texts import PriorText
    from classify.score import Compass
    from classify.unit_text import UnitText

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.intp]

DEFAULT_CLASSIFIER = "pooled_and_words"
# Every model is measured beside it: TF-IDF with logistic regression, the permanent baseline.
BASELINE_CLASSIFIER = "tfidf_logistic"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FeatureSpace:
    """What every classifier may take off or compare with; learnt without a label.

    Attributes:
        centres: Of encoder vectors, by language.
        compass: Of the sector's definition.
        genre: What tells a firm's offers from writing about things.
    """

    centres: Centres
    compass: Compass
    genre: Genre


@dataclass(frozen=True, eq=False, kw_only=True)
class Lesson:
    """What a classifier learns from.

    Attributes:
        labelled: Units with an answer, in a fixed order.
        active: bool (n,): their answers.
        folds: int (n,): the fold that each is held out in, from 0 on.
        background: Units without label: what ordinary texts of the wave look like.
        prior: Short texts whose answer is known without a label, embedded.
        known: The same texts with their answers, in the order of `prior`.
        space: Of encoder vectors.
    """

    labelled: Sequence[UnitText]
    active: Flags
    folds: Places
    background: Sequence[UnitText]
    prior: Sequence[UnitText]
    known: Sequence[PriorText]
    space: FeatureSpace

    @property
    def n_folds(self) -> int:
        """Return the number of folds."""
        return int(self.folds.max()) + 1

    @cached_property
    def judging(self) -> Flags:
        """Return bool (n,): the labels that calibration, threshold and measures rest on."""
        return judging_labels([unit.key for unit in self.labelled], self.active)

    @cached_property
    def shares(self) -> Array:
        """Return float64 (n,): what each label weighs beside others of its answer."""
        return label_shares(self.judging, self.active)

    @cached_property
    def left_out_in(self) -> Places:
        """Return int (m,): the fold whose fit must not learn from each of `prior`; -1 for none."""
        return np.array(left_out_in(self.known, self.n_folds), dtype=np.intp)

    @cached_property
    def words(self) -> Words:
        """Return the vocabulary of labelled and background units; no label is looked at."""
        return Words.learn([unit.text for unit in (*self.labelled, *self.background)])

    @cached_property
    def word_rows(self) -> Any:
        """Return scipy sparse csr (n + n_background, n_terms): labelled units first."""
        return self.words.transform([unit.text for unit in (*self.labelled, *self.background)])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verdicts:
    """What a head says of units.

    Attributes:
        scores: float64 (n,), of any scale; more speaks for the sector.
        passage_weights: Of each unit float64 (n_passages,): how much each passage speaks for it,
            on the scale of the scores.
    """

    scores: Array
    passage_weights: list[Array]


class Head(Protocol):
    """What was learnt: fit 0 on all labelled units, fit 1 + k on those outside of fold k."""

    @property
    def state(self) -> Mapping[str, Any]:
        """Return all it is made of, for `Classifier.restore`.

        Arrays, sparse matrices, texts, numbers, lists and mappings of these, and scikit-learn
        estimators: what skops keeps without pickle.
        """
        ...

    def judge(self, units: Sequence[UnitText], fits: Places) -> Verdicts:
        """Return what fit `fits[i]` says of unit i; at least one unit."""
        ...

    def moving_words(self, unit: UnitText, fit: int) -> dict[str, float]:
        """Return what each word of a unit adds to its score; empty where words play no part."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Learnt:
    """A head, and what it said of the labelled units while it had not seen them.

    Attributes:
        head: All fits.
        held_out: float64 (n,): score of each labelled unit under the fit of its own fold.
    """

    head: Head
    held_out: Array


class Classifier(Protocol):
    """A way to learn a sector's decision; one file of `classify/classifiers/` builds it."""

    @property
    def method(self) -> Mapping[str, str | float]:
        """Return version and hyper-parameters: part of a model's id and of its card.

        They change when the same lesson gives another head. ``passage_weight`` tells what the
        weight of a passage is.
        """
        ...

    def learn(self, lesson: Lesson) -> Learnt:
        """Learn from labelled units; the same lesson gives the same bytes."""
        ...

    def restore(self, state: Mapping[str, Any], space: FeatureSpace) -> Head:
        """Return the head whose `state` was stored."""
        ...


class BuildClassifier(Protocol):
    """Finds a classifier by name."""

    def __call__(self, name: str, options: Mapping[str, object]) -> Classifier:
        """Return the classifier of that name.

        Raises:
            InvalidInput: There is none, or the options are not its own.
        """
        ...


def own_classifier(name: str, options: Mapping[str, object]) -> Classifier:
    """Return a classifier that comes with this package."""
    built: Classifier = import_module(f"classify.classifiers.{name}").build(options)
    return built
