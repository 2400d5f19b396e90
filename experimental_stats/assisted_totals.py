"""Totals and domains by the methods beside the headline (pure).

With G = 1 + X_c / x_c (the cell's amount without a score over its respondents') and a method's
prediction m of every unit::

    T = Σ_respondents G x m  +  Σ_answers G x (y − m) / π          (the second part where corrected)

Intervals are Wald's from the answers' residuals by stratum, with finite-population correction, and
the variance of response; `wilson_mover` joins Wilson's limits of the strata instead (Donner and
Zou 2012). They are a check on the headline's, no substitute: Wald's are empty where nothing is
found.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats import predictions
from experimental_stats.audited_frame import TOTAL, Codes
from experimental_stats.domain_totals import benchmark
from experimental_stats.figures import Figure, count_units
from experimental_stats.predictions import Prediction
from experimental_stats.weighting import cell_rates, collapse_cells, sum_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from experimental_stats.audited_frame import AuditedFrame

MOVER = "wilson_mover"


def _stratum_shares(frame: AuditedFrame) -> Prediction:
    size = len(frame.stratum_names)
    asked = frame.audited & frame.eligible
    n = np.bincount(frame.stratum[asked], minlength=size)
    k = np.bincount(frame.stratum[asked & frame.active], minlength=size)
    overall = k.sum() / max(n.sum(), 1)
    rate = np.where(n > 0, k / np.maximum(n, 1), overall)
    activity = np.where(frame.responded, rate[frame.stratum], 0.0)
    return Prediction(activity=activity, corrected=False, residual=frame.active - activity)


ASSISTED: dict[str, Callable[[AuditedFrame], Prediction]] = {
    "ppi": predictions.power_tuned,
    "difference": predictions.difference,
    "calibration": predictions.by_decision,
    "misclassification": predictions.inverted_decisions,
    "calibrated_scores": predictions.calibrated_scores,
    "em_prior": predictions.expectation_maximised,
    MOVER: _stratum_shares,
}
# What each of them does with a stratum that has units and no answer.
FOR_WANT_OF_ANSWERS = {
    "ppi": "no unit of it is counted",
    "difference": "nothing corrects the sum of its scores",
    "calibration": "its decisions are trusted as those of the other strata",
    "misclassification": "its decisions are trusted as those of the other strata",
    "calibrated_scores": "its scores are read as those of the other strata",
    "em_prior": "its scores are read as those of the other strata",
    MOVER: "the overall share is used",
}


class AssistedTotals:
    """Figures of one method of `ASSISTED`; what measures share is worked out once.

    Args:
        frame: With at least one eligible audited unit.
        method: Key of `ASSISTED`.
        confidence_level: Share 0–1.

    Raises:
        InvalidInput: The method cannot be applied to this frame.
    """

    def __init__(self, frame: AuditedFrame, method: str, confidence_level: float) -> None:
        self._frame = frame
        self._method = method
        self._z = NormalDist().inv_cdf(0.5 + confidence_level / 2.0)
        self.prediction = ASSISTED[method](frame)
        self._cells = collapse_cells(frame.cell, frame.eligible, frame.responded)
        self.warnings: list[str] = []

    def figures(self, measure: str) -> list[Figure]:
        """Return the total of a measure, then its domains."""
        frame = self._frame
        amount = frame.measures[measure] * frame.eligible
        weighted, response = self._by_unit(amount)
        whole = Codes(names=(TOTAL,), index=np.zeros(len(amount), dtype=np.int64))
        total = 0.0
        figures: list[Figure] = []
        for variable, codes in {TOTAL: whole, **frame.domains}.items():
            size = len(codes.names)
            most = sum_by(codes.index, amount, size)
            raw = sum_by(codes.index, self._contributions(weighted), size)
            errors = np.sqrt(
                self._audit_variance(weighted, codes) + sum_by(codes.index, response, size)
            )
            if variable == TOTAL:
                values = np.clip(raw, 0.0, most)
                total = float(values[0])
                if values[0] != raw[0]:
                    self.warnings.append(
                        f"{measure}: the estimate was {raw[0]:.1f} before it was moved to"
                        f" {values[0]:.1f}, the nearest possible total."
                    )
            else:
                values = benchmark(np.maximum(raw, 0.0), total, most)
            below, above = self._distances(weighted, response, codes, errors)
            if variable == TOTAL and not (below + above).any() and amount[~frame.audited].any():
                self.warnings.append(
                    f"{measure}: the answers leave no residual, so that the interval of"
                    f" {self._method!r} is empty. Nothing is certain for that."
                )
            figures += self._labelled(
                (measure, variable),
                codes,
                values=values,
                errors=errors,
                ends=(
                    np.clip(np.minimum(raw, values) - below, 0.0, values),
                    np.maximum(np.minimum(np.maximum(raw, values) + above, most), values),
                ),
            )
        return figures

    def _by_unit(
        self, amount: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return G x of every respondent, and the variance of response that each unit brings."""
        frame, cells = self._frame, self._cells
        held, without = amount * frame.responded, amount * ~frame.responded
        answered = cells.totals(held)
        load = np.divide(
            cells.totals(without), answered, out=np.zeros(cells.n_cells), where=answered > 0
        )[cells.index]
        share = np.clip(np.where(frame.audited, frame.active, self.prediction.activity), 0.0, 1.0)
        rate = cell_rates(cells, held, share)[cells.index]
        response = load**2 * held**2 * share * (1.0 - rate) + without**2 * rate * (1.0 - rate)
        # What respondents without amount leave open is predicted by the overall rate.
        return held * (1.0 + load), response

    def _contributions(self, weighted: NDArray[np.float64]) -> NDArray[np.float64]:
        frame, prediction = self._frame, self.prediction
        parts = weighted * prediction.activity
        if prediction.corrected:
            rows = np.flatnonzero(frame.audited)
            weight = 1.0 / frame.inclusion[frame.stratum[rows]]
            parts[rows] += weight * weighted[rows] * (frame.active - prediction.activity)[rows]
        return parts

    def _audit_variance(self, weighted: NDArray[np.float64], codes: Codes) -> NDArray[np.float64]:
        """Return Σ_h N_h² (1 − π_h) s_h² / n_h of the residuals, by domain."""
        frame, size = self._frame, len(codes.names)
        rows = np.flatnonzero(frame.audited)
        stratum, n_strata = frame.stratum[rows], len(frame.stratum_names)
        n = np.maximum(np.bincount(stratum, minlength=n_strata), 1)
        residual = (weighted * self.prediction.residual)[rows]
        place = codes.index[rows] * n_strata + stratum
        sums = sum_by(place, residual, size * n_strata).reshape(size, n_strata)
        squares = sum_by(place, residual**2, size * n_strata).reshape(size, n_strata)
        spread = np.maximum(squares - sums**2 / n, 0.0) / np.maximum(n - 1, 1)
        inclusion = np.where(np.isfinite(frame.inclusion), frame.inclusion, 1.0)
        variance: NDArray[np.float64] = spread @ (n / inclusion**2 * (1.0 - inclusion))
        return variance

    def _distances(
        self,
        weighted: NDArray[np.float64],
        response: NDArray[np.float64],
        codes: Codes,
        errors: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return how far the interval reaches below and above the figure, by domain."""
        if self._method != MOVER:
            return self._z * errors, self._z * errors
        frame, size = self._frame, len(codes.names)
        n_strata = len(frame.stratum_names)
        asked = frame.audited & frame.eligible
        n = np.bincount(frame.stratum[asked], minlength=n_strata)
        k = np.bincount(frame.stratum[asked & frame.active], minlength=n_strata)
        lower, upper = wilson_limits(k, n, self._z)
        rate = k / np.maximum(n, 1)
        open_share = 1.0 - np.where(np.isfinite(frame.inclusion), frame.inclusion, 0.0)
        rows = np.flatnonzero(frame.responded)
        held = sum_by(
            codes.index[rows] * n_strata + frame.stratum[rows], weighted[rows], size * n_strata
        ).reshape(size, n_strata)
        chance = self._z**2 * sum_by(codes.index, response, size)
        below = np.sqrt(held**2 @ (open_share * (rate - lower) ** 2) + chance)
        above = np.sqrt(held**2 @ (open_share * (upper - rate) ** 2) + chance)
        return below, above

    def _labelled(
        self,
        names: tuple[str, str],
        codes: Codes,
        *,
        values: NDArray[np.float64],
        errors: NDArray[np.float64],
        ends: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> list[Figure]:
        units = count_units(self._frame, codes)
        return [
            Figure(
                measure=names[0],
                domain_variable=names[1],
                domain=code,
                estimator=self._method,
                value=float(values[place]),
                standard_error=float(errors[place]),
                ci_lower=float(ends[0][place]),
                ci_upper=float(ends[1][place]),
                n_frame=int(units.n_frame[place]),
                n_classified=int(units.n_classified[place]),
                n_audit=int(units.n_audit[place]),
            )
            for place, code in enumerate(codes.names)
        ]


def wilson_limits(
    found: NDArray[np.int64], asked: NDArray[np.int64], z: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Wilson's limits of shares found / asked; 0 and 1 where nobody was asked.

    (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n) (Wilson 1927).
    """
    n = np.maximum(asked, 1)
    share = found / n
    middle = share + z**2 / (2 * n)
    reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    lower = np.where(asked > 0, (middle - reach) / (1 + z**2 / n), 0.0)
    upper = np.where(asked > 0, (middle + reach) / (1 + z**2 / n), 1.0)
    # Rounding must not move a limit past the share itself.
    return np.clip(lower, 0.0, share), np.clip(upper, share, 1.0)
