"""The break that a change of models makes in a series: both on the same units (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

METHOD_VERSION = "bridge-1"
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakFactor:
    """New total over old total on the same units.

    Attributes:
        factor: None where the old total is 0.
        lower: Of the 95 % interval; None where factor is None or 0.
    """

    old_value: float
    new_value: float
    factor: float | None
    lower: float | None
    upper: float | None


def break_factor(old: Array, new: Array) -> BreakFactor:
    """Return by what a series has to be multiplied to go on from the old method to the new.

    R = sum new_i / sum old_i over the overlap. With residuals e_i = new_i - R old_i the linearised
    variance is V(R) = n / (n - 1) · sum e_i² / (sum old_i)² (Cochran 1977, ch. 6, with the units
    taken as a sample of those that the series will meet); the interval is R exp(± 1.96 √V / R), so
    that it turns over with the ratio. For counts of active units this is the interval of the ratio
    of two paired proportions, V(ln R) = (b + c) / ((a + b)(a + c)) but for n / (n - 1).

    Args:
        old: float64 (n,), each unit's share of the total under the old model, at least 0.
        new: float64 (n,), under the new one.
    """
    import scipy.stats

    total, changed = float(old.sum()), float(new.sum())
    if total <= 0:
        return BreakFactor(old_value=total, new_value=changed, factor=None, lower=None, upper=None)
    ratio = changed / total
    n = len(old)
    if ratio <= 0 or n < 2:
        return BreakFactor(old_value=total, new_value=changed, factor=ratio, lower=None, upper=None)
    residuals = new - ratio * old
    error = float(np.sqrt(n / (n - 1) * (residuals**2).sum())) / total
    reach = float(np.exp(scipy.stats.norm.ppf((1 + CONFIDENCE) / 2) * error / ratio))
    return BreakFactor(
        old_value=total,
        new_value=changed,
        factor=ratio,
        lower=ratio / reach,
        upper=ratio * reach,
    )
