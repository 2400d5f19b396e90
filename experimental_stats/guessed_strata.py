"""Strata of units outside an audit that came without them: from the scores of the audited (pure).

Strata by score lie side by side: a unit belongs to that of the nearest audited score. Strata that
overlap in score were made from something else (size, region): nothing says which of them a unit
belongs to, so the units are dealt out in proportion to how many of each must be outside the audit,
n_h (1 / π_h − 1), evenly along the score. Either way the number of units that a stratum stands for
comes from the inclusion probabilities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GOLDEN = (5**0.5 - 1) / 2  # multiples of it, modulo 1, are spread evenly at any length


def guess_strata(
    score: NDArray[np.float64],
    *,
    scores: NDArray[np.float64],
    strata: NDArray[np.int64],
    chances: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Return a stratum for every unit.

    Args:
        score: float64, of every responded unit, in a fixed order.
        scores: float64, of every audited unit.
        strata: int64, of every audited unit.
        chances: float64 per stratum, inclusion probability.
    """
    if len(scores) == 0:
        return np.zeros(len(score), dtype=np.int64)
    group = _overlapping(scores, strata, len(chances))
    order = np.lexsort((strata, scores))
    ordered, of_audited = scores[order], strata[order]
    right = np.clip(np.searchsorted(ordered, score), 1, max(len(ordered) - 1, 1))
    right = np.minimum(right, len(ordered) - 1)
    left = np.maximum(right - 1, 0)
    nearer_left = score - ordered[left] <= ordered[right] - score
    guessed = of_audited[np.where(nearer_left, left, right)]
    outside = np.bincount(strata, minlength=len(chances)) * (1.0 / chances - 1.0)
    for number in np.unique(group[strata]):
        members = np.flatnonzero(group == number)
        if len(members) > 1 and outside[members].sum() > 0:
            rows = np.flatnonzero(np.isin(guessed, members))
            rows = rows[np.argsort(score[rows], kind="stable")]
            guessed[rows] = members[_dealt(outside[members], len(rows))]
    return guessed


def _dealt(parts: NDArray[np.float64], number: int) -> NDArray[np.int64]:
    """Return `number` places 0 … len(parts) − 1 in proportion to `parts`, evenly spread."""
    along = np.mod((np.arange(number) + 0.5) * _GOLDEN, 1.0)
    bounds = np.cumsum(parts) / parts.sum()
    dealt: NDArray[np.int64] = np.minimum(
        np.searchsorted(bounds, along, side="right"), len(parts) - 1
    )
    return dealt


def _overlapping(
    scores: NDArray[np.float64], strata: NDArray[np.int64], size: int
) -> NDArray[np.int64]:
    """Return the group of every stratum: strata whose audited scores overlap are in one."""
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, strata, scores)
    np.maximum.at(high, strata, scores)
    group = np.zeros(size, dtype=np.int64)
    number, reached = -1, -np.inf
    for stratum in np.argsort(low, kind="stable"):
        if number < 0 or low[stratum] > reached:
            number += 1
        group[stratum] = number
        reached = max(reached, high[stratum])
    return group
