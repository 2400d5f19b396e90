"""How good a model is on units it had not seen, beside the permanent baseline (pure)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from classify.calibration import (
    calibrate_across,
    calibration_error,
    excess_calibration_error,
)
from classify.measures import Measure, average_precision, decide_across, with_interval
from classify.share_intervals import share_measures, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from classify.sector import DecisionRule

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trial:
    """Labelled units and the folds that they were scored in.

    Attributes:
        active: bool (n,).
        folds: int (n,).
        groups: Of the units: what resampling draws together.
        rule: How thresholds are set.
        seed: Of the resampling.
        least_score: No unit with a lower score of the model is decided active, whatever the rule
            gives: below it ordinary texts would be called active too often.
    """

    active: Flags
    folds: Places
    groups: Sequence[str]
    rule: DecisionRule
    seed: int
    least_score: float = -math.inf

    def decide(self, scores: Array, probability: Array) -> Flags:
        """Return bool (n,): each unit's decision, the threshold set on the other folds."""
        decided = decide_across(probability, self.active, self.folds, self.rule)
        return decided & (scores >= self.least_score)


def validate(trial: Trial, scores: Array, baseline: Array) -> dict[str, Any]:
    """Return out-of-fold measures of a model and the baseline, as plain values.

    Args:
        trial: What was labelled.
        scores: float64 (n,), of the model, out of fold.
        baseline: float64 (n,), of TF-IDF + logistic regression on the same folds.
    """
    probability = calibrate_across(scores, trial.active, trial.folds)

    def difference(places: Places) -> float:
        active = trial.active[places]
        return average_precision(scores[places], active) - average_precision(
            baseline[places], active
        )

    unbounded = replace(trial, least_score=-math.inf)
    return {
        "folds": int(trial.folds.max()) + 1,
        "model": _measures(trial, scores),
        "baseline": _measures(unbounded, baseline),
        "difference": asdict(with_interval(difference, trial.groups, trial.seed)),
        "calibration_error": calibration_error(probability, trial.active),
        "excess_calibration_error": excess_calibration_error(probability, trial.active),
        "predicted_active": float(probability.sum()),
    }


def _measures(trial: Trial, scores: Array) -> dict[str, Any]:
    probability = calibrate_across(scores, trial.active, trial.folds)
    decided = trial.decide(scores, probability)
    found = measure_decisions(scores, decided, trial.active, trial.groups, trial.seed)
    return {name: asdict(measure) for name, measure in found.items()}


def measure_decisions(
    scores: Array, decided: Flags, active: Flags, groups: Sequence[str], seed: int
) -> dict[str, Measure]:
    """Return average precision, precision, recall and F1 with 95 % intervals.

    That of average precision is a bootstrap over groups, or that of a share where resampling shows
    no width; the others are those of shares (`share_intervals`).

    Args:
        scores: float64 (n,), of any scale.
        decided: bool (n,).
        active: bool (n,), the labels.
        groups: Of the units: what resampling draws together.
        seed: Of the resampling.
    """

    def ap(places: Places) -> float:
        return average_precision(scores[places], active[places])

    ranked = with_interval(ap, groups, seed)
    if ranked.lower == ranked.upper:
        # A perfect order stays perfect however often it is drawn from. It is a mean over the active
        # units of values between 0 and 1, so their share's interval is wide enough for it.
        n_active = len({group for group, said in zip(groups, active, strict=True) if said})
        lower, upper = wilson(ranked.value, n_active)
        ranked = Measure(value=ranked.value, lower=lower, upper=upper)
    return {
        "average_precision": ranked,
        **share_measures(decided, active, groups),
    }
