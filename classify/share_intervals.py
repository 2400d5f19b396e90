"""Intervals of precision, recall and F1, which resampling shows too sure for few units (pure).

Five right of five are five right in every resample, so a bootstrap tells 1 to 1 of what may be a
half. Precision is a share of the units decided active, recall of those labelled so, and F1 is
2 J / (1 + J) with J the share that both are of those that either is: each takes the interval of a
share (Wilson 1927). Units of one group (a website, near copies) say the same thing, so groups are
counted, not units.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from classify.measures import Measure, precision_recall_f1

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

_Z = 1.959963984540054  # of a 95 % interval


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927), 0-1; 0 to 1 where `n` is 0."""
    if not n:
        return 0.0, 1.0
    middle = share + _Z**2 / (2 * n)
    reach = _Z * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    scale = 1 + _Z**2 / n
    # Of shares of 0 and 1 the outer end is the share itself; rounding may miss it.
    lower = max(0.0, (middle - reach) / scale) if share > 0 else 0.0
    return lower, min(1.0, (middle + reach) / scale) if share < 1 else 1.0


def share_measures(decided: Flags, active: Flags, groups: Sequence[str]) -> dict[str, Measure]:
    """Return precision, recall and F1 with 95 % intervals.

    Args:
        decided: bool (n,).
        active: bool (n,), the labels.
        groups: Of the units: those of one group are counted once.
    """
    named = np.array(groups)
    precision, recall, f1 = precision_recall_f1(decided, active)
    either = decided | active
    both = float((decided & active).sum()) / max(int(either.sum()), 1)
    lower, upper = wilson(both, _number(named[either]))
    return {
        "precision": _measure(precision, _number(named[decided])),
        "recall": _measure(recall, _number(named[active])),
        "f1": Measure(value=f1, lower=_f1_of(lower), upper=_f1_of(upper)),
    }


def _number(groups: npt.NDArray[np.str_]) -> int:
    return len(np.unique(groups))


def _measure(share: float, n: int) -> Measure:
    lower, upper = wilson(share, n)
    return Measure(value=share, lower=lower, upper=upper)


def _f1_of(share: float) -> float:
    """Return the F1 of a share of agreement among units that either side calls active."""
    return 2 * share / (1 + share)
