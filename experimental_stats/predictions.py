"""What other methods say of each unit's activity, from scores, decisions and the audit (pure).

Formulas and their sources: docs/methods.md. They are options and diagnostics beside the
stratified audit estimator: where they differ from it, the score is not what it seems.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression

from storage.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audited_frame import AuditedFrame

THRESHOLD = 0.5
LEAST_INFORMATION = 0.05  # of p11 + p00 − 1: below, the decisions say nothing and are not inverted
UNSTABLE_INFORMATION = 0.3
LEAST_TUNED = 10  # answers in a stratum from which on λ is estimated in it
SCORE_BINS = 10
EM_STEPS, EM_TOLERANCE = 5000, 1e-12  # of the share: until it moves no more, or for so long
# A prediction of the sum is doubted where the answers say so much else, and more than one standard
# error of theirs: a prior that is off by half was seen 1.4 errors away under 300 answers.
CONTRADICTED = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a method says of every unit.

    Attributes:
        activity: float64, one a unit; a share 0–1 but for linear methods, where only sums count.
        corrected: Whether the answers' residuals y − activity are added, weighted by 1/π.
        residual: float64, one a unit: of the answer of an audited unit, for the variance.
        warnings: Sentences on what is doubtful in this case.
    """

    activity: NDArray[np.float64]
    corrected: bool
    residual: NDArray[np.float64]
    warnings: tuple[str, ...] = ()


def power_tuned(frame: AuditedFrame) -> Prediction:
    """Predict λ_h f, corrected: prediction-powered inference with power tuning by stratum.

    λ_h = Cov(y, f) / ((1 + n_h / N_h) Var(f)) over the answers of the stratum (PPI++, arXiv
    2311.01453, within strata as in StratPPI, arXiv 2406.04291); 0 where they are too few or all
    scores the same, which leaves the answers alone.
    """
    tuning = np.zeros(len(frame.stratum_names))
    y, f = frame.active.astype(float), frame.score
    for stratum in range(len(tuning)):
        rows = np.flatnonzero(frame.audited & (frame.stratum == stratum))
        # By range: the variance of equal numbers is not always computed as 0.
        if len(rows) >= LEAST_TUNED and np.ptp(f[rows]) > 0:
            spread = float(f[rows].var())
            covariance = float(((y[rows] - y[rows].mean()) * (f[rows] - f[rows].mean())).mean())
            tuning[stratum] = covariance / (spread * (1.0 + frame.inclusion[stratum]))
    activity = np.where(frame.responded, tuning[frame.stratum] * f, 0.0)
    return Prediction(activity=activity, corrected=True, residual=y - activity)


def difference(frame: AuditedFrame) -> Prediction:
    """Predict the score itself, corrected: the difference estimator, λ = 1.

    Raises:
        InvalidInput: A score is no share.
    """
    _demand_shares(frame, "difference")
    return Prediction(
        activity=frame.score, corrected=True, residual=frame.active.astype(float) - frame.score
    )


def by_decision(frame: AuditedFrame) -> Prediction:
    """Predict by decision the share found active: calibration estimator, a* PPV + (1 − a*) FOR."""
    decided, weight = frame.score >= THRESHOLD, _weights(frame)
    warnings = []
    rates = np.full(2, _share(weight, frame.active))
    for value, name in ((1, "active"), (0, "inactive")):
        inside = weight * (decided == value)
        if inside.sum() > 0:
            rates[value] = _share(inside, frame.active)
        elif (frame.responded & frame.eligible & (decided == value)).any():
            warnings.append(f"No unit decided {name} was audited: the overall share is used.")
    activity = rates[decided.astype(int)]
    return Prediction(
        activity=activity,
        corrected=False,
        residual=frame.active - activity,
        warnings=tuple(warnings),
    )


def inverted_decisions(frame: AuditedFrame) -> Prediction:
    """Predict by the misclassification matrix: (ŷ + p00 − 1) / (p11 + p00 − 1) (Rogan, Gladen).

    Raises:
        InvalidInput: The audit knows no active or no inactive unit, or decisions say too little.
    """
    decided, weight = frame.score >= THRESHOLD, _weights(frame)
    _demand_both_kinds(frame, weight, "The misclassification matrix")
    hit = _share(weight * frame.active, decided)
    rejected = _share(weight * ~frame.active, ~decided)
    information = hit + rejected - 1.0
    if information < LEAST_INFORMATION:
        raise InvalidInput(
            f"The decisions say nothing of activity (p11 + p00 − 1 = {information:.3f}): the"
            " misclassification matrix cannot be inverted",
            "Use the stratified audit estimator.",
        )
    warnings: tuple[str, ...] = ()
    if information < UNSTABLE_INFORMATION:
        warnings = (f"p11 + p00 − 1 is {information:.2f} only: this estimate is unstable.",)
    # Linearised: what one more answer moves in p11 and p00, at the estimated share itself.
    moved = np.where(frame.active, hit - decided, (~decided).astype(float) - rejected)
    return Prediction(
        activity=((decided + rejected - 1.0) / information).astype(np.float64),
        corrected=False,
        residual=moved / information,
        warnings=warnings,
    )


def calibrated_scores(frame: AuditedFrame) -> Prediction:
    """Predict by a monotone curve of the score through the audit (isotonic, weights 1/π)."""
    asked = np.flatnonzero(_weights(frame) > 0)
    scores, place = np.unique(frame.score[asked], return_inverse=True)
    weight = _weights(frame)[asked]
    held = np.bincount(place, weights=weight)
    means = np.bincount(place, weights=weight * frame.active[asked]) / held
    curve = isotonic_regression(means, weights=held).x
    activity = np.interp(frame.score, scores, curve)
    return Prediction(activity=activity, corrected=False, residual=frame.active - activity)


def expectation_maximised(frame: AuditedFrame) -> Prediction:
    """Predict by the prior that makes the scores most likely (EM; Saerens, Puts and Daas).

    π ← mean of π g₊(f) / (π g₊(f) + (1 − π) g₋(f)) over the respondents, with the densities g of
    the scores of active and inactive units from the audit, in bins of equal numbers of units.

    Raises:
        InvalidInput: The audit knows no active or no inactive unit: their scores are not known.
    """
    inside = frame.eligible & frame.responded
    _demand_both_kinds(frame, _weights(frame), "The EM prior")
    cuts = np.unique(np.quantile(frame.score[inside], np.linspace(0, 1, SCORE_BINS + 1)[1:-1]))
    place = np.searchsorted(cuts, frame.score, side="right")
    weight, size = _weights(frame), len(cuts) + 1
    densities = []
    for kind in (frame.active, ~frame.active):
        # One answer's weight is spread over all bins, so that no bin is impossible.
        seen = np.bincount(place, weights=weight * kind, minlength=size)
        seen += weight[weight > 0].mean() / size
        densities.append(seen / seen.sum())
    share = min(max(_share(weight, frame.active), 1e-6), 1 - 1e-6)
    counts = np.bincount(place[inside], minlength=size)
    for _ in range(EM_STEPS):
        posterior = share * densities[0] / (share * densities[0] + (1 - share) * densities[1])
        before, share = share, float((counts * posterior).sum() / counts.sum())
        if abs(share - before) <= EM_TOLERANCE:
            break
    activity = posterior[place]
    return Prediction(
        activity=activity,
        corrected=False,
        residual=frame.active - activity,
        warnings=_contradicted(frame, activity),
    )


def _contradicted(frame: AuditedFrame, activity: NDArray[np.float64]) -> tuple[str, ...]:
    """Return a sentence where the answers, by 1/π, say another number than the predictions do.

    The difference is Σ (y − m) / π, as the difference estimator adds it; its variance is that of a
    stratified sample, Σ_h N_h² (1 − π_h) s_h² / n_h of the residuals.
    """
    asked = np.flatnonzero(frame.audited)
    stratum, size = frame.stratum[asked], len(frame.stratum_names)
    residual = ((frame.active - activity) * frame.eligible)[asked]
    inclusion = np.where(np.isfinite(frame.inclusion), frame.inclusion, 1.0)
    n = np.maximum(np.bincount(stratum, minlength=size), 1)
    sums = np.bincount(stratum, weights=residual, minlength=size)
    squares = np.bincount(stratum, weights=residual**2, minlength=size)
    spread = np.maximum(squares - sums**2 / n, 0.0) / np.maximum(n - 1, 1)
    error = float(np.sqrt((spread * n / inclusion**2 * (1.0 - inclusion)).sum()))
    predicted = float(activity[frame.eligible & frame.responded].sum())
    said = predicted + float((sums / inclusion).sum())
    if abs(said - predicted) <= max(CONTRADICTED * max(said, predicted), error):
        return ()
    return (
        f"It leads to expect {predicted:.0f} active units among those with a score; by the answers"
        f" they are {max(said, 0.0):.0f}: the scores do not tell active units apart as it takes"
        " them to. Do not rely on it.",
    )


def _weights(frame: AuditedFrame) -> NDArray[np.float64]:
    """Return 1/π for eligible audited units, 0 for all others."""
    weight = np.zeros(len(frame.score))
    asked = frame.audited & frame.eligible
    weight[asked] = 1.0 / frame.inclusion[frame.stratum[asked]]
    return weight


def _share(weight: NDArray[np.float64], flag: NDArray[np.bool_]) -> float:
    return float((weight * flag).sum() / weight.sum())


def _demand_both_kinds(frame: AuditedFrame, weight: NDArray[np.float64], what: str) -> None:
    if not (weight * frame.active).sum() or not (weight * ~frame.active).sum():
        raise InvalidInput(
            f"{what} needs active and inactive units in the audit",
            "Use another method, or a larger audit.",
        )


def _demand_shares(frame: AuditedFrame, method: str) -> None:
    scores = frame.score[frame.responded]
    if scores.min() < 0 or scores.max() > 1:
        raise InvalidInput(
            f"method {method!r} needs scores between 0 and 1; they run from {scores.min():g} to"
            f" {scores.max():g}",
            "Use `ppi`, which scales them itself.",
        )
