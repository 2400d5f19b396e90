"""Rates of activity by audit stratum, and how they spread over the units not audited (pure).

The audit is a stratified random sample of the responded units (docs/methods.md). Conditional on
the number of eligible units audited in a stratum, the eligible answers are a random sample of its
eligible units, so the rate is k_h / n_h with both counted among the eligible: an out-of-scope unit
that was audited carries no information on the eligible ones and cannot inflate them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression

from experimental_stats.audit_rates import Rates
from experimental_stats.guessed_strata import guess_strata
from experimental_stats.size_trend import size_trend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audited_frame import AuditedFrame

# A stratum is cut at these quantiles of its scores, where enough answers are to be expected on both
# sides. The cuts do not look at the answers, so they bring no optimism.
SCORE_CUTS = (0.5, 0.9, 0.97)
ANSWERS_A_SIDE = 15
FALLS = 4.0  # standard errors that active units' ranks by score lie below the mean one
# Amounts are cut at these quantiles, and the rate of each part is drawn towards its stratum's by
# the weight of so many answers.
AMOUNT_CUTS = (0.75, 0.95)
AMOUNT_SHRINKAGE = 12.0


def stratum_rates(frame: AuditedFrame) -> Rates:
    """Return the rates by stratum, with strata joined or cut as far as the answers allow.

    Units of a stratum without an eligible answer join others (`_joined_strata`). A large one is cut
    by score (post-stratification), where it is known which units it holds: of strata guessed
    from the audited scores the units near the border are wrong, and cuts make a bias of that (2 %
    in one world of 900 active units).
    """
    base = _joined_strata(frame)
    index = _cut_by_score(frame, base)
    n_cells = int(index.max()) + 1
    asked = frame.audited & frame.eligible
    n = np.bincount(index[asked], minlength=n_cells).astype(float)
    k = np.bincount(index[asked & frame.active], minlength=n_cells).astype(float)
    weight = _unaudited_weight(frame)
    curve = _score_curve(frame)
    shape = _score_shape(curve, index, weight)
    return Rates(
        index=index, found=k, not_found=n - k, spread=weight * shape, shape=shape, curve=curve
    )


def amount_rates(frame: AuditedFrame, rates: Rates, amount: NDArray[np.float64]) -> Rates:
    """Cut the cells of `rates` by size of unit, each part drawn towards a trend in size.

    p_hs = (k_hs + κ p_h) / (Σ_a τ_a + κ) over the answers a, with κ = `AMOUNT_SHRINKAGE` and τ the
    trend of `size_trend`: without the cut large units get the rate of small ones, without the
    shrinkage one missed large unit decides the total.

    Args:
        frame: The audited frame.
        rates: Of the enterprises, by stratum.
        amount: float64 ≥ 0, one a unit.
    """
    inside = rates.index >= 0
    trend = size_trend(frame, rates, amount)
    cuts = np.unique(np.quantile(amount[inside], AMOUNT_CUTS))
    part = np.searchsorted(cuts, amount, side="left")
    n_parts = len(cuts) + 1
    index = np.where(inside, rates.index * n_parts + part, -1)
    asked = frame.audited & frame.eligible
    n_cells = len(rates.found) * n_parts
    heard = np.bincount(index[asked], weights=trend.tilt[asked], minlength=n_cells)
    k = np.bincount(index[asked & frame.active], minlength=n_cells)
    found = k + AMOUNT_SHRINKAGE * np.repeat(rates.rate, n_parts)
    return Rates(
        index=index,
        found=found,
        not_found=np.maximum(heard + AMOUNT_SHRINKAGE - found, 0.0),
        spread=rates.spread * trend.tilt,
        shape=rates.shape * trend.tilt,
        curve=rates.curve,
        relative_variance=trend.relative_variance,
    )


def _joined_strata(frame: AuditedFrame) -> NDArray[np.int64]:
    """Return the stratum of every eligible respondent, numbered anew; -1 for all others.

    Units of a stratum without an eligible answer go one by one to the strata of the answers nearest
    by score: the stratum as a whole may lie between those decided inactive and those decided active
    (joined to the latter, 3 % of the respondents nearly doubled a total).
    """
    inside = frame.eligible & frame.responded
    asked = inside & frame.audited
    answers = np.bincount(frame.stratum[asked], minlength=len(frame.stratum_names))
    stratum = np.where(inside, frame.stratum, -1)
    silent = np.flatnonzero(inside & (answers[frame.stratum] == 0))
    if len(silent):
        stratum[silent] = guess_strata(
            frame.score[silent],
            scores=frame.score[asked],
            strata=frame.stratum[asked],
            chances=np.where(answers > 0, frame.inclusion, 1.0),
        )
    number = np.append(np.cumsum(answers > 0) - 1, -1)
    joined: NDArray[np.int64] = number[stratum]
    return joined


def _cut_by_score(frame: AuditedFrame, base: NDArray[np.int64]) -> NDArray[np.int64]:
    index = np.full(len(base), -1, dtype=np.int64)
    next_cell = 0
    for stratum in range(int(base.max()) + 1):
        rows = np.flatnonzero(base == stratum)
        part = np.zeros(len(rows), dtype=np.int64)
        if frame.strata_known and not frame.audited[rows].all():
            for cut in np.unique(np.quantile(frame.score[rows], SCORE_CUTS)):
                above = frame.score[rows] > cut
                sides = [rows[side & (part == part.max())] for side in (above, ~above)]
                # The answers to be expected decide, not those that came: a cut made only where the
                # draw happened to favour high scores would correct one kind of chance and not the
                # other (it took 5 % off the total where strata knew nothing of the score).
                expected = frame.audited[rows].mean() * min(len(side) for side in sides)
                if expected >= ANSWERS_A_SIDE and all(frame.audited[side].any() for side in sides):
                    part[above] += 1
        index[rows] = next_cell + part
        next_cell += int(part.max()) + 1
    return index


def _unaudited_weight(frame: AuditedFrame) -> NDArray[np.float64]:
    """Return 1 for each eligible responded unit outside the audit; 0 for all others.

    Where strata are not known, the units that were given to a stratum by their score stand for
    the n_h (1/π_h − 1) units that the audit's inclusion probability says are there.
    """
    outside = frame.eligible & frame.responded & ~frame.audited
    if frame.strata_known:
        return outside.astype(float)
    n_strata = len(frame.stratum_names)
    answers = np.bincount(frame.stratum[frame.audited], minlength=n_strata)
    given = np.bincount(frame.stratum[frame.responded & ~frame.audited], minlength=n_strata)
    scale = answers * (1.0 / frame.inclusion - 1.0) / np.maximum(given, 1)
    return np.where(outside, scale[frame.stratum], 0.0)


def _score_curve(frame: AuditedFrame) -> NDArray[np.float64]:
    """Return every unit's chance by its score alone: a monotone curve through all answers.

    Isotonic regression with the weights 1/π. It falls where the answers leave no doubt: of scores
    that are upside down a rising curve is flat, and would tell domains nothing of theirs.
    """
    asked = np.flatnonzero(frame.audited & frame.eligible)
    scores, place = np.unique(frame.score[asked], return_inverse=True)
    weights = 1.0 / frame.inclusion[frame.stratum[asked]]
    held = np.bincount(place, weights=weights)
    means = np.bincount(place, weights=weights * frame.active[asked]) / held
    rising = not _upside_down(place, frame.active[asked])
    curve: NDArray[np.float64] = np.interp(
        frame.score, scores, isotonic_regression(means, weights=held, increasing=rising).x
    )
    return curve


def _upside_down(place: NDArray[np.int64], active: NDArray[np.bool_]) -> bool:
    """Return whether active units surely score lower than the others: Wilcoxon's rank sum.

    Args:
        place: int64, one an answer: place of its score among the distinct ones.
        active: bool, one an answer.
    """
    n, k = len(active), int(active.sum())
    counts = np.bincount(place)
    rank = (np.cumsum(counts) - counts / 2.0)[place]
    if not 0 < k < n or np.ptp(rank) == 0:
        return False
    error = float(np.sqrt(rank.var(ddof=1) * (1.0 / k - 1.0 / n)))
    return float(rank[active].mean() - rank.mean()) < -FALLS * error


def _score_shape(
    curve: NDArray[np.float64], index: NDArray[np.int64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how a cell's rate spreads over its units by score; mean 1 in each cell.

    Halfway between flat and the curve: domains with higher scores get more, and no unit gets
    nothing.
    """
    inside = index >= 0
    n_cells = int(index.max()) + 1
    sums = np.bincount(index[inside], weights=(weight * curve)[inside], minlength=n_cells)
    counts = np.bincount(index[inside], weights=weight[inside], minlength=n_cells)
    mean = np.divide(sums, counts, out=np.zeros(n_cells), where=counts > 0)[index]
    shape: NDArray[np.float64] = np.divide(
        curve + mean, 2.0 * mean, out=np.ones(len(curve)), where=mean > 0
    )
    return shape
