"""How activity rises or falls with the size of a unit, beyond its stratum and score (pure).

One slope in log size, common to all strata, on the log odds scale. Rates of parts of a stratum by
size rest on a handful of answers and have to be drawn towards something: towards the stratum's own
rate a sector of large units lost up to 27 % of its employees in simulation, under a weak score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audit_rates import Rates
    from experimental_stats.audited_frame import AuditedFrame

# The slope's prior deviation is 1, per standard deviation of log size.
SLOPE_PRECISION, SLOPE_STEPS = 1.0, 15
SMALL_SHARE = 0.05
LARGEST_SHARE = 0.9998  # beyond this quantile of size the trend is flat: no answer tells it there


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeTrend:
    """The trend of one measure.

    Attributes:
        tilt: float64, one a unit: how much likelier than its stratum and score say a unit of this
            size is active; mean 1 over the units not audited in a stratum.
        relative_variance: Of the amount expected outside the audit, as the slope is not known.
    """

    tilt: NDArray[np.float64]
    relative_variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """What `fit_slope` found.

    Attributes:
        level: To be added to the log odds of all sizes.
        slope: Of the log odds in size.
        error: Standard error of the slope, the level not known either.
    """

    level: float
    slope: float
    error: float


def size_trend(frame: AuditedFrame, rates: Rates, amount: NDArray[np.float64]) -> SizeTrend:
    """Return the mode of a logistic likelihood with the expected activity as offset.

    Args:
        frame: The audited frame; answers count by the square root of the units they stand for.
        rates: Of the enterprises, by stratum.
        amount: float64 ≥ 0, one a unit.
    """
    inside = rates.index >= 0
    size = log_size(amount, inside)
    if not size.any():
        return SizeTrend(tilt=np.ones(len(amount)), relative_variance=0.0)
    base = np.clip(np.append(rates.rate, 0.0)[rates.index] * rates.shape, 1e-9, 1 - 1e-6)
    offset = np.log(base / (1.0 - base))
    asked = np.flatnonzero(frame.audited & frame.eligible & inside)
    fit = fit_slope(
        size[asked],
        offset[asked],
        answer=frame.active[asked].astype(float),
        weight=_answer_weights(rates, asked, base),
    )
    held = np.append(rates.rate, 0.0)[rates.index] * rates.spread * amount

    def tilted(value: float) -> NDArray[np.float64]:
        ratio = np.where(inside, share_of(offset + fit.level + value * size) / base, 1.0)
        return _mean_one(rates, ratio)

    tilt = tilted(fit.slope)
    expected = float((held * tilt).sum())
    moved = float((held * tilted(fit.slope + fit.error)).sum())
    return SizeTrend(
        tilt=tilt,
        relative_variance=(moved / expected - 1.0) ** 2 if expected > 0 else 0.0,
    )


def log_size(amount: NDArray[np.float64], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return log(1 + amount / small) of the units inside, mean 0 and deviation 1.

    Small is the quantile `SMALL_SHARE` of the amounts above 0, so the unit in which an amount is
    stated does not matter. Flat beyond the quantile `LARGEST_SHARE`; 0 where all are alike.
    """
    positive = amount[inside & (amount > 0)]
    if not len(positive):
        return np.zeros(len(amount))
    small = float(np.quantile(positive, SMALL_SHARE))
    largest = np.quantile(amount[inside], LARGEST_SHARE, method="lower")
    size = np.log1p(np.minimum(amount, largest) / small)
    spread = float(size[inside].std())
    if np.ptp(size[inside]) == 0 or spread <= 0:
        return np.zeros(len(amount))
    scaled: NDArray[np.float64] = np.where(inside, (size - size[inside].mean()) / spread, 0.0)
    return scaled


def fit_slope(
    size: NDArray[np.float64],
    offset: NDArray[np.float64],
    *,
    answer: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> Slope:
    """Return the mode of a slope in `size` under a logistic likelihood, with a level beside it.

    The offset holds the level of all sizes together. A slope alone would raise the mean chance,
    since the exponential function is convex, and a likelihood without a level would pay for that
    with a slope drawn towards 0: of a sector of small units it expected up to a fifth too much
    among the large ones.

    Args:
        size: float64, one an answer, deviation near 1.
        offset: float64, log odds that are expected without a slope.
        answer: float64, 0–1.
        weight: float64 ≥ 0.
    """
    level, slope, precision = 0.0, 0.0, SLOPE_PRECISION
    for _ in range(SLOPE_STEPS):
        fitted = share_of(offset + level + slope * size)
        left, told = weight * (answer - fitted), weight * fitted * (1.0 - fitted)
        rise = np.array([left.sum(), (left * size).sum()])
        rise -= SLOPE_PRECISION * np.array([level, slope])
        both = float((told * size).sum())
        own = float(told.sum()) + SLOPE_PRECISION
        matrix = np.array([[own, both], [both, float((told * size**2).sum()) + SLOPE_PRECISION]])
        step = np.clip(np.linalg.solve(matrix, rise), -1.0, 1.0)
        level, slope = level + float(step[0]), slope + float(step[1])
        precision = float(matrix[1, 1]) - both**2 / own
    return Slope(level=level, slope=slope, error=1.0 / float(np.sqrt(precision)))


def _answer_weights(
    rates: Rates, asked: NDArray[np.int64], base: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights of answers, scaled so that their sum has the variance of as many."""
    inside, n_cells = rates.index >= 0, len(rates.found)
    stands_for = np.bincount(
        rates.index[inside], weights=rates.spread[inside], minlength=n_cells
    ) / np.maximum(np.bincount(rates.index[asked], minlength=n_cells), 1)
    weight = np.sqrt(stands_for[rates.index[asked]])
    information = weight * base[asked] * (1.0 - base[asked])
    scaled: NDArray[np.float64] = (
        weight * information.sum() / max(float((weight * information).sum()), 1e-300)
    )
    return scaled


def _mean_one(rates: Rates, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    inside, n_cells = rates.index >= 0, len(rates.found)
    place, weight = rates.index[inside], rates.spread[inside]
    sums = np.bincount(place, weights=weight * ratio[inside], minlength=n_cells)
    counts = np.bincount(place, weights=weight, minlength=n_cells)
    mean = np.divide(sums, counts, out=np.ones(n_cells), where=(counts > 0) & (sums > 0))
    scaled: NDArray[np.float64] = np.where(inside, ratio / np.append(mean, 1.0)[rates.index], 1.0)
    return scaled


def share_of(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share 0–1 of log odds."""
    share: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-logit))
    return share
