"""How unlike two waves are: the figures and tests that drift monitoring stands on (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

RESAMPLES = 1000
PANEL_DEVIATIONS = 1.96
CUSUM_SLACK = 0.5  # standard deviations that are let pass each wave
CUSUM_LIMIT = 3.0  # with that slack one false alarm in about 118 audits (Lucas and Crosier 1982)
_SMOOTHING = 0.5  # of a case, to a category that one wave has and the other has not
_FOLDS = 5
_NONE = 1e-9  # a share of active units that is none
_HALVINGS = 50  # of the range of shares: to 1e-15


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A distance between two waves and how surely it is more than chance.

    Attributes:
        value: The distance in its own scale.
        p_value: 0-1, of a distance as large where nothing has changed.
    """

    value: float
    p_value: float


def stability_index(reference: Mapping[str, int], current: Mapping[str, int]) -> Difference:
    """Return the population stability index of two counts by category.

    PSI = Σ (p - q) ln(p / q) over the categories. Where nothing has changed it is about
    (1/n + 1/m) times chi-squared with one degree less than there are categories (Yurdakul and
    Naranjo 2020, Journal of Risk Model Validation 14(4)), which gives the p-value: in a small wave
    an index of .1 may be chance.

    Args:
        reference: Category -> cases of the earlier wave.
        current: Category -> cases of the wave in question.

    Raises:
        ValueError: One of the two has no case.
    """
    names = sorted(reference.keys() | current.keys())
    n, m = sum(reference.values()), sum(current.values())
    if not n or not m:
        raise ValueError("a stability index needs cases in both waves")
    if len(names) == 1:
        return Difference(value=0.0, p_value=1.0)
    before = np.array([reference.get(name, 0) for name in names], dtype=float) + _SMOOTHING
    after = np.array([current.get(name, 0) for name in names], dtype=float) + _SMOOTHING
    p, q = after / after.sum(), before / before.sum()
    value = float(((p - q) * np.log(p / q)).sum())
    chance = stats.chi2.sf(value / (1 / n + 1 / m), len(names) - 1)
    return Difference(value=value, p_value=float(chance))


def count_by_decile(reference: Array, current: Array) -> tuple[dict[str, int], dict[str, int]]:
    """Return both waves' cases by the deciles of the earlier one; equal values stay together.

    Args:
        reference: float64 (n,), n ≥ 1.
        current: float64 (m,).
    """
    edges = np.unique(np.quantile(reference, np.linspace(0.1, 0.9, 9)))

    def count(values: Array) -> dict[str, int]:
        places, numbers = np.unique(np.searchsorted(edges, values, side="left"), return_counts=True)
        return {f"{place:02}": int(n) for place, n in zip(places, numbers, strict=True)}

    return count(reference), count(current)


def largest_gap(reference: Array, current: Array) -> Difference:
    """Return the Kolmogorov-Smirnov statistic of two samples, 0-1."""
    found = stats.ks_2samp(reference, current, method="asymp")
    return Difference(value=float(found.statistic), p_value=float(found.pvalue))


def tell_apart(
    reference: Array, current: Array, units: Sequence[str], *, seed: int = 0
) -> Difference:
    """Return how well a classifier can tell which wave a vector is of: area under the ROC curve.

    The classifier two-sample test (Lopez-Paz and Oquab 2017): logistic regression, cross-fitted.
    Both vectors of a unit lie in one fold, so that a unit that has not changed speaks for neither
    wave. The p-value is one-sided, of the Mann-Whitney statistic; units that stand in both waves
    make it larger than it need be.

    Args:
        reference: float64 (n, dim).
        current: float64 (m, dim).
        units: The n + m units' ids.
        seed: Of the folds.
    """
    vectors = np.vstack([reference, current])
    is_current = np.repeat([False, True], [len(reference), len(current)])
    names, places = np.unique(np.array(units), return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    folds = (order % _FOLDS)[places]
    scores = np.zeros(len(vectors))
    spread = vectors.std(axis=0)
    scaled = (vectors - vectors.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    for fold in range(_FOLDS):
        held, rest = folds == fold, folds != fold
        if held.any() and len(set(is_current[rest])) == 2:
            fitted = LogisticRegression(C=0.01, class_weight="balanced", max_iter=200)
            fitted.fit(scaled[rest], is_current[rest])
            margin = fitted.decision_function(scaled[held])
            scores[held] = stats.rankdata(margin) / (len(margin) + 1)
    n, m = len(reference), len(current)
    wins = stats.rankdata(scores)[is_current].sum() - m * (m + 1) / 2
    area = float(wins / (n * m))
    deviation = np.sqrt((n + m + 1) / (12 * n * m))
    return Difference(value=area, p_value=float(stats.norm.sf((area - 0.5) / deviation)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedTwice:
    """How the units that are in both waves were decided.

    Attributes:
        n: Units in both waves.
        first: Of these with the property in the earlier wave; second: in the later one.
        twice: In both.
    """

    n: int = 0
    first: int = 0
    second: int = 0
    twice: int = 0


def shares_differ(
    before: tuple[int, int], after: tuple[int, int], *, in_both: DecidedTwice | None = None
) -> Difference:
    """Return the change of a share and its two-sided p-value, with correction for continuity.

    Units that stand in both waves carry most of their property with them, so their covariance is
    taken off the variance. Without such units this is the test of two proportions (with Yates's
    correction), with nothing but such units McNemar's (with Edwards's).

    Args:
        before: Cases with the property, and all cases, of the earlier wave.
        after: The same of the wave in question.
        in_both: Of the units that are in both; by default there are none.
    """
    (k, n), (j, m) = before, after
    both = in_both or DecidedTwice()
    pooled = (k + j) / (n + m)
    variance = pooled * (1 - pooled) * (1 / n + 1 / m)
    if both.n:
        mean = (both.first + both.second) / (2 * both.n)
        variance -= 2 * both.n * (both.twice / both.n - mean**2) / (n * m)
    change = j / m - k / n
    beyond = max(abs(change) - (1 / n + 1 / m) / 2, 0.0)
    p_value = 2 * stats.norm.sf(beyond / np.sqrt(variance)) if variance > 1e-12 else 1.0
    return Difference(value=float(change), p_value=float(p_value))


def prior_by_likelihood(probability: Array, learnt_share: float) -> float:
    """Return the share of active units that makes the scores most likely, 0-1.

    Where the EM of Saerens, Latinne and Decaestecker (2002) comes to rest: re-weighted by the ratio
    of this prior to the one they were learnt under, the probabilities' mean is the prior itself.

    Args:
        probability: float64 (n,), calibrated under `learnt_share`.
        learnt_share: Share of active units where the probabilities were calibrated, 0-1 (open).
    """
    return find_prior(probability, learnt_share).share


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPrior:
    """The share of active units that makes the scores most likely.

    Attributes:
        share: 0-1, open.
        steps: Taken to find it.
    """

    share: float
    steps: int


def find_prior(probability: Array, learnt_share: float) -> FoundPrior:
    """Find the share of `prior_by_likelihood`, and tell in how many steps.

    With r the ratio of a score's likelihoods, active to inactive, the log likelihood of a share s
    is the sum of log(1 + s (r - 1)): concave, so that its slope has one root, found by halving. The
    EM itself creeps for many hundreds of steps where the share is small or the scores tell little.
    """
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    beyond = clipped / (1 - clipped) * (1 - learnt_share) / learnt_share - 1

    def rises(share: float) -> bool:
        return float((beyond / (1 + share * beyond)).sum()) > 0

    low, high = _NONE, 1 - _NONE
    if not rises(low):
        return FoundPrior(share=low, steps=1)
    if rises(high):
        return FoundPrior(share=high, steps=2)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rises(middle) else (low, middle)
    return FoundPrior(share=(low + high) / 2, steps=_HALVINGS + 2)


def panel_floor(
    figure: Callable[[npt.NDArray[np.intp]], float],
    n: int,
    *,
    least_deviation: float = 0.0,
    seed: int = 0,
) -> float:
    """Return the value under which a figure of the panel has fallen: μ - 1.96 s.

    μ and s are of the figure over 1,000 resamples of the panel in the earlier wave (the rule of the
    Web Intelligence Network).

    Args:
        figure: Places of panel units (int, repetitions allowed) -> the figure in the earlier wave.
        n: Units of the panel.
        least_deviation: What s counts for at least: where the panel has no error at all, its
            resamples do not vary, and a single error would ring.
        seed: Of the resampling.
    """
    generator = np.random.default_rng(seed)
    drawn = [figure(generator.integers(0, n, n)) for _ in range(RESAMPLES)]
    deviation = max(float(np.std(drawn, ddof=1)), least_deviation)
    return float(np.mean(drawn) - PANEL_DEVIATIONS * deviation)


def cumulated_fall(rates: Sequence[tuple[float, float]]) -> list[float]:
    """Return the one-sided CUSUM of a rate that should not fall, wave by wave.

    S_t = max(0, S_{t-1} + (r_0 - r_t) / √(v_0 + v_t) - ½) with S_0 = 0 (Page 1954); the alarm
    rings above `CUSUM_LIMIT`.

    Args:
        rates: (rate, variance of the rate) of every audited wave, the first being the reference.
    """
    sums = [0.0]
    first, variance = rates[0]
    for rate, own in rates[1:]:
        deviation = max(float(np.sqrt(variance + own)), 1e-6)
        sums.append(max(0.0, sums[-1] + (first - rate) / deviation - CUSUM_SLACK))
    return sums
