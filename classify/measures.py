"""How well probabilities and decisions agree with labels, with intervals (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from classify.sector import DecisionRule

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

RESAMPLES = 500
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure with its 95 % bootstrap interval over groups; NaN is never given, 0 instead."""

    value: float
    lower: float
    upper: float


def average_precision(scores: Array, active: Flags) -> float:
    """Return the area under precision by recall as a sum of steps, 0-1; 0 without an active unit.

    AP = Σ (R_n - R_{n-1}) P_n over falling scores, ties taken together.
    """
    if not active.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.concatenate([np.diff(scores[order]) != 0, [True]])
    hits = np.cumsum(active[order])[last_of_tie]
    taken = np.flatnonzero(last_of_tie) + 1
    gained = np.diff(np.concatenate([[0], hits]))
    return float((gained * hits / taken).sum() / active.sum())


def precision_recall_f1(decided: Flags, active: Flags) -> tuple[float, float, float]:
    """Return precision, recall and F1 of decisions, 0-1; 0 where not defined."""
    hits = float((decided & active).sum())
    precision = hits / decided.sum() if decided.any() else 0.0
    recall = hits / active.sum() if active.any() else 0.0
    total = precision + recall
    return float(precision), float(recall), float(2 * precision * recall / total if total else 0.0)


def find_threshold(probability: Array, active: Flags, rule: DecisionRule) -> float:
    """Return the probability from which a unit counts as active, by the definition's rule.

    For ``f1`` the F1 is not counted on the labels but expected under the calibrated probabilities,
    2 Σ_{taken} p / (n_taken + Σ p), which few labels cannot throw about (Lipton et al. 2014: the
    best threshold is half the best F1). Between two neighbouring probabilities the middle is taken.

    Args:
        probability: float64 (n,), out of fold.
        active: bool (n,).
        rule: Of the sector's definition.
    """
    if rule.threshold is not None:
        return rule.threshold
    values = np.unique(probability)
    middles = np.concatenate([[values[0] / 2], (values[1:] + values[:-1]) / 2])
    goodness = np.array(
        [_goodness(probability >= cut, probability, active, rule) for cut in middles]
    )
    best = np.flatnonzero(goodness >= goodness.max() - 1e-12)
    return max(float(middles[best[len(best) // 2]]), rule.minimum_probability)


def _goodness(decided: Flags, probability: Array, active: Flags, rule: DecisionRule) -> float:
    if rule.rule == "f1":
        return float(2 * probability[decided].sum() / (decided.sum() + probability.sum()))
    precision, recall, _ = precision_recall_f1(decided, active)
    if rule.rule == "count":
        return -abs(float(decided.sum()) - float(active.sum()))
    return 1.0 + recall if precision >= rule.minimum_precision else precision


def decide_across(
    probability: Array, active: Flags, folds: npt.NDArray[np.intp], rule: DecisionRule
) -> Flags:
    """Return each unit's decision under a threshold set on the other folds."""
    decided = np.zeros(len(active), dtype=bool)
    for fold in np.unique(folds):
        here = folds == fold
        rest = ~here if (~here).any() else here
        cut = find_threshold(probability[rest], active[rest], rule)
        decided[here] = probability[here] >= cut
    return decided


def with_interval(
    figure: Callable[[npt.NDArray[np.intp]], float], groups: Sequence[str], seed: int
) -> Measure:
    """Return a figure with the percentile interval of a bootstrap that draws whole groups.

    Args:
        figure: Places of units (int, repetitions allowed) -> the figure.
        groups: Of the units: what is drawn together.
        seed: Of the resampling.
    """
    names, places = np.unique(np.array(groups), return_inverse=True)
    members = [np.flatnonzero(places == number) for number in range(len(names))]
    generator = np.random.default_rng(seed)
    drawn = [
        figure(np.concatenate([members[g] for g in generator.integers(0, len(names), len(names))]))
        for _ in range(RESAMPLES)
    ]
    tail = (1 - _CONFIDENCE) / 2
    lower, upper = np.quantile(drawn, [tail, 1 - tail])
    return Measure(value=figure(np.arange(len(groups))), lower=float(lower), upper=float(upper))
