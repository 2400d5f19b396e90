"""How often a decision rule calls ordinary texts active, and how high a threshold keeps that rare.

In a sector of one unit in a hundred, one false alarm in a hundred of the others halves the
precision. Labels cannot show so small a rate: a model is trained on some hundred inactive ones,
and none called active among 150 still allows 2 %. So it is shown on the titles of all activities
outside the sector, by fits that had not seen them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """What a threshold does to texts that are surely not of the sector.

    Attributes:
        n: Texts.
        hits: Of them called active.
        rate: hits / n, 0-1; 0 without a text.
        upper: One-sided 95 % upper bound of the rate (Clopper & Pearson 1934); 1 without a text.
    """

    n: int
    hits: int
    rate: float
    upper: float


def count_false_alarms(scores: Array, threshold: float) -> FalseAlarms:
    """Return how many of the texts reach the threshold.

    Args:
        scores: float64 (n,), of texts that are not of the sector.
        threshold: On the same scale; a text that reaches it is called active.
    """
    hits, n = int((scores >= threshold).sum()), len(scores)
    return FalseAlarms(n=n, hits=hits, rate=hits / n if n else 0.0, upper=upper_bound(hits, n))


def upper_bound(hits: int, n: int) -> float:
    """Return the one-sided upper bound of a rate, 0-1 (Clopper & Pearson 1934)."""
    from scipy.stats import beta

    if hits >= n:
        return 1.0
    return float(beta.ppf(CONFIDENCE, hits + 1, n - hits))


def least_threshold(scores: Array, maximum_rate: float) -> float:
    """Return the lowest threshold whose upper bound of false alarms is within the maximum.

    Where texts are too few to show so small a rate, none of them may reach the threshold: nothing
    lower is known to be better. Without a text, or with a maximum of 1, every threshold will do.

    Args:
        scores: float64 (n,), of texts that are not of the sector.
        maximum_rate: 0-1.

    Returns:
        On the scale of the scores; -inf where every threshold will do.
    """
    allowed = max(most_hits(len(scores), maximum_rate), 0)
    if allowed >= len(scores):
        return -np.inf
    highest = np.sort(scores)[::-1]
    return float(np.nextafter(highest[allowed], np.inf))


def most_hits(n: int, maximum_rate: float) -> int:
    """Return how many false alarms among n texts are within the maximum; -1: not even none."""
    if maximum_rate >= 1.0:
        return n
    allowed = -1
    while allowed < n and upper_bound(allowed + 1, n) <= maximum_rate:
        allowed += 1
    return allowed
