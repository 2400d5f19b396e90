"""From a model's score to a probability, learnt on out-of-fold scores (pure)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

# Isotonic steps need many answers before they are better than a curve of two numbers
# (Niculescu-Mizil & Caruana 2005 put it near a thousand).
_ISOTONIC_FROM = 1000
_ISOTONIC_POSITIVES = 100
_FEWEST_FOR_CHOICE = 5  # of either answer: fewer cannot be parted into as many folds
_SLOPE_PENALTY = 10.0  # scikit-learn's C on scores of standard deviation 1
_BINS = 10
_DRAWS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A rising map from score to probability.

    Attributes:
        kind: ``sigmoid``, ``two_slopes`` or ``isotonic``.
        x: For ``sigmoid`` (slope, intercept); for ``two_slopes`` (slope above the bend, slope
            below it, score of the bend, log-odds there); for ``isotonic`` the scores of its
            corners.
        y: For ``isotonic`` the probabilities at the corners; else empty.
    """

    kind: str
    x: Array
    y: Array

    def probability(self, scores: Array) -> Array:
        """Return float64 (n,), 0-1."""
        if self.kind == "isotonic":
            return np.interp(scores, self.x, self.y)
        if self.kind == "two_slopes":
            above, below, bend, at_bend = self._slopes
            apart = scores - bend
            return _logistic(above * np.maximum(apart, 0) + below * np.minimum(apart, 0) + at_bend)
        return _logistic(self.x[0] * scores + self.x[1])

    def score_at(self, probability: float) -> float:
        """Return the lowest score of that probability; ±inf where none has it."""
        if self.kind == "isotonic":
            if probability <= self.y[0]:
                return -math.inf
            if probability > self.y[-1]:
                return math.inf
            after = int(np.searchsorted(self.y, probability))
            share = (probability - self.y[after - 1]) / (self.y[after] - self.y[after - 1])
            return float(self.x[after - 1] + share * (self.x[after] - self.x[after - 1]))
        if not 0.0 < probability < 1.0:
            return math.copysign(math.inf, probability - 0.5)
        odds = math.log(probability / (1.0 - probability))
        if self.kind == "sigmoid":
            return (odds - float(self.x[1])) / float(self.x[0])
        above, below, bend, at_bend = self._slopes
        return bend + (odds - at_bend) / (above if odds >= at_bend else below)

    @property
    def _slopes(self) -> tuple[float, float, float, float]:
        """Return the numbers of ``two_slopes``; models stored before the bend had one bend at 0."""
        above, below, *bend, at_bend = (float(value) for value in self.x)
        return above, below, bend[0] if bend else 0.0, at_bend


def _logistic(odds: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -500, 500))))


def calibrate(scores: Array, active: Flags) -> Calibration:
    """Learn the map on scores of units that the scoring model had not seen.

    Several forms are tried across five parts of the units, and the one with the least log loss on
    the part it had not seen is learnt on all:

    - ``sigmoid`` (Platt 1999) with his smoothed targets, the most careful: the only one where an
      answer has fewer than five units;
    - ``two_slopes``, in the manner of beta calibration (Kull et al. 2017): log-odds with one slope
      for what speaks for the sector and one for what speaks against, held towards 0 instead of
      smoothed targets. They meet halfway between the mean scores of either answer: a score of 0
      means nothing once labels are weighted and texts known beforehand train the fit;
    - ``isotonic`` steps, where labels are many.

    Args:
        scores: float64 (n,), out of fold.
        active: bool (n,), both answers present.
    """
    if min(int(active.sum()), int((~active).sum())) < _FEWEST_FOR_CHOICE:
        return _sigmoid(scores, active)
    learners = [_sigmoid, _two_slopes]
    if len(active) >= _ISOTONIC_FROM and active.sum() >= _ISOTONIC_POSITIVES:
        learners.append(_isotonic)
    losses = [_log_loss_across(learn, scores, active) for learn in learners]
    return learners[int(np.argmin(losses))](scores, active)


def _log_loss_across(
    learn: Callable[[Array, Flags], Calibration], scores: Array, active: Flags
) -> float:
    """Return the mean log loss of a form on parts that it had not seen."""
    # Dealt out in the order of scores, so that every part has high and low ones of either answer.
    part = np.zeros(len(scores), dtype=np.intp)
    for members in (np.flatnonzero(active), np.flatnonzero(~active)):
        by_score = members[np.argsort(scores[members], kind="stable")]
        part[by_score] = np.arange(len(by_score)) % _FEWEST_FOR_CHOICE
    loss = 0.0
    for number in range(_FEWEST_FOR_CHOICE):
        rest, here = part != number, part == number
        likely = learn(scores[rest], active[rest]).probability(scores[here])
        said = np.where(active[here], likely, 1.0 - likely)
        loss -= float(np.log(np.clip(said, 1e-9, None)).sum())
    return loss / len(scores)


def _isotonic(scores: Array, active: Flags) -> Calibration:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    fitted.fit(scores, active.astype(np.float64))
    return Calibration("isotonic", fitted.X_thresholds_, fitted.y_thresholds_)


def _two_slopes(scores: Array, active: Flags) -> Calibration:
    from sklearn.linear_model import LogisticRegression

    spread = float(scores.std()) or 1.0
    bend = float(scores[active].mean() + scores[~active].mean()) / 2
    apart = (scores - bend) / spread
    parts = np.stack([np.maximum(apart, 0), np.minimum(apart, 0)], axis=1)
    fitted = LogisticRegression(C=_SLOPE_PENALTY, solver="newton-cholesky").fit(parts, active)
    slopes = np.maximum(fitted.coef_[0] / spread, 1e-6)
    return Calibration("two_slopes", np.array([*slopes, bend, fitted.intercept_[0]]), np.zeros(0))


def _sigmoid(scores: Array, active: Flags) -> Calibration:
    from sklearn.linear_model import LogisticRegression

    n_active, n_inactive = int(active.sum()), int((~active).sum())
    target = np.where(active, (n_active + 1) / (n_active + 2), 1 / (n_inactive + 2))
    # A soft target is the same unit twice: as active with weight t, as inactive with 1 - t.
    spread = float(scores.std()) or 1.0
    twice = np.concatenate([scores, scores])[:, None] / spread
    answers = np.repeat([1, 0], len(scores))
    weights = np.concatenate([target, 1 - target])
    fitted = LogisticRegression(C=1e4, solver="newton-cholesky").fit(
        twice, answers, sample_weight=weights
    )
    slope = max(float(fitted.coef_[0, 0]) / spread, 1e-6)  # rising, also where scores mislead
    return Calibration("sigmoid", np.array([slope, float(fitted.intercept_[0])]), np.zeros(0))


def calibrate_across(scores: Array, active: Flags, folds: npt.NDArray[np.intp]) -> Array:
    """Return each unit's probability under a map learnt on the other folds: honest for measuring.

    Args:
        scores: float64 (n,), out of fold.
        active: bool (n,).
        folds: int (n,): the fold that each unit was scored in.
    """
    probability = np.zeros(len(scores))
    for fold in np.unique(folds):
        here = folds == fold
        rest = ~here if 0 < active[~here].sum() < (~here).sum() else np.ones_like(here)
        probability[here] = calibrate(scores[rest], active[rest]).probability(scores[here])
    return probability


def calibration_error(probability: Array, active: Flags) -> float:
    """Return the expected calibration error: mean |predicted - observed| over ten equal groups.

    Groups hold equally many units, in the order of probability (Naeini et al. 2015); 0-1.
    """
    order = np.argsort(probability, kind="stable")
    groups = [part for part in np.array_split(order, min(_BINS, len(order))) if len(part)]
    gaps = [len(part) * abs(probability[part].mean() - active[part].mean()) for part in groups]
    return float(sum(gaps) / len(order))


def excess_calibration_error(probability: Array, active: Flags) -> float:
    """Return how far the calibration error goes beyond what chance gives, 0-1.

    Even true probabilities miss the shares of small groups. What they would miss them by on average
    is taken off.
    """
    by_chance = calibration_error_by_chance(probability)
    return max(0.0, calibration_error(probability, active) - by_chance)


def calibration_error_by_chance(probability: Array) -> float:
    """Return the calibration error, 0-1, that probabilities which are true show on average."""
    drawn = answers_drawn(probability)
    return float(np.mean([calibration_error(probability, one) for one in drawn]))


def answers_drawn(probability: Array) -> list[Flags]:
    """Return answers (bool, n each) drawn from the probabilities 200 times, always the same."""
    generator = np.random.default_rng(0)
    return [generator.random(len(probability)) < probability for _ in range(_DRAWS)]
