"""From a model's score to a probability, learnt on out-of-fold scores (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

# Isotonic steps need many answers before they are better than a curve of two numbers
# (Niculescu-Mizil & Caruana 2005 put it near a thousand).
_ISOTONIC_FROM = 1000
_ISOTONIC_POSITIVES = 100
_BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A rising map from score to probability.

    Attributes:
        kind: ``sigmoid`` or ``isotonic``.
        x: For ``sigmoid`` (slope, intercept); for ``isotonic`` the scores of its corners.
        y: For ``isotonic`` the probabilities at the corners; empty for ``sigmoid``.
    """

    kind: str
    x: Array
    y: Array

    def probability(self, scores: Array) -> Array:
        """Return float64 (n,), 0-1."""
        if self.kind == "isotonic":
            return np.interp(scores, self.x, self.y)
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(self.x[0] * scores + self.x[1], -500, 500))))


def calibrate(scores: Array, active: Flags) -> Calibration:
    """Learn the map on scores of units that the scoring model had not seen.

    Args:
        scores: float64 (n,), out of fold.
        active: bool (n,), both answers present.

    Returns:
        A sigmoid (Platt 1999, with his smoothed targets), or isotonic regression where labels are
        many.
    """
    if len(active) >= _ISOTONIC_FROM and active.sum() >= _ISOTONIC_POSITIVES:
        return _isotonic(scores, active)
    return _sigmoid(scores, active)


def _isotonic(scores: Array, active: Flags) -> Calibration:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    fitted.fit(scores, active.astype(np.float64))
    return Calibration("isotonic", fitted.X_thresholds_, fitted.y_thresholds_)


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
