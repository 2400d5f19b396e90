"""Correcting probabilities where a wave has another share of active units than the labels (pure).

A calibrated probability holds for the share of active units among the labelled. Where a wave's
share differs and nothing else does (label shift), Bayes' rule carries it over: the odds are
multiplied by the ratio of the two prior odds, the wave's prior being the likeliest, where the EM of
Saerens, Latinne and Decaestecker (2002) ends. Where the texts have changed in another way it is a
wrong answer without a sign of it: active companies that write otherwise and score lower look like
fewer of them. So the correction is made only where all of these hold:

1. enough scored units, and enough labelled ones of each answer;
2. the wave's share differs from the labelled one by more than simulations without any shift give
   (p below 0.01, the few labels' error in share and calibration included), and the prior odds
   differ by a quarter at least;
3. counting agrees, and no other change that is likely enough explains it: as many units as the wave
   has above the score that nine tenths of the labelled active companies reach (three quarters,
   where the share seems to have grown) would be found there with p below 0.025 if the share were
   the labelled one and active companies scored 1.25 standard deviations lower (higher, where the
   share seems to have grown) than they did;
4. the wave's probabilities are spread like a mixture, in the new shares, of what the model said of
   held-out active and inactive companies: the distance of the two distributions is not beyond what
   simulations under label shift give (p at least 0.02).

With few labels or a weak model the likeliest share may be none at all, or a thousandth of a unit,
and probabilities corrected to it would all be nought. So what they are corrected to has a bound
(`least_share`), and the other end, nearly all, the same one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from classify.drift_measures import find_prior

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

METHOD_VERSION = "prior_shift-4"
FEWEST_UNITS = 200
FEWEST_LABELLED = 10  # of each answer
SHIFT_LEVEL = 0.01
LEAST_ODDS_RATIO = 1.25
COUNT_LEVEL = 0.025
# Quantiles of the labelled active companies' scores: where the share seems to have grown, inactive
# companies that score higher explain it too, and hardly reach the second.
COUNTED_FROM = {"fewer": 0.1, "more": 0.25}
MOST_MOVED = 1.25  # standard deviations that active companies' scores may have moved
FIT_LEVEL = 0.02
_COUNTS = 4000
_CERTAIN = 2.706  # twice the log likelihood ratio: 95 %, one-sided
_HALVINGS = 50
_SIMULATIONS = 200
_MOST_UNITS = 2000  # that the distance is measured on


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorShift:
    """What was found of a wave's share of active units, and whether it corrects probabilities.

    Attributes:
        learnt_share: Share of active among the labelled, 0-1.
        wave_share: Share in the wave, 0-1, that probabilities are corrected to: the likeliest,
            within its bounds where they are corrected; the learnt one where it was not looked for.
        found_share: The likeliest share, 0-1.
        n_units: Scored in the wave.
        steps: Taken to find it.
        converged: Whether it was looked for.
        shift_p: Of so different a share where nothing has shifted; 1 where not tested.
        fit_p: Of the distance to the mixture under label shift; 1 where not tested.
        count_p: Of so many high scores where the share is the labelled one and active companies
            score otherwise; 1 where not tested.
        reason: Why nothing is corrected: ``few_units``, ``few_labelled``,
            ``no_shift``, ``perhaps_moved`` (active companies that score otherwise would look like
            it), ``other_shift``; empty where probabilities are corrected.
    """

    learnt_share: float
    wave_share: float
    n_units: int
    steps: int = 0
    converged: bool = False
    shift_p: float = 1.0
    fit_p: float = 1.0
    count_p: float = 1.0
    reason: str = ""
    found_share: float | None = None

    @property
    def applied(self) -> bool:
        """Return whether probabilities are to be corrected."""
        return not self.reason

    def correct(self, probability: Array) -> Array:
        """Return float64 (n,): the probabilities under the wave's share; unchanged if not due."""
        if not self.applied:
            return probability
        return carry_over(probability, self.learnt_share, self.wave_share)


def carry_over(probability: Array, learnt_share: float, wave_share: float) -> Array:
    """Return p' with odds' = odds · (π' / (1 - π')) / (π / (1 - π)); 0 and 1 stay what they are."""
    active = probability * wave_share / learnt_share
    inactive = (1 - probability) * (1 - wave_share) / (1 - learnt_share)
    return np.asarray(active / (active + inactive))


def examine_shift(
    probability: Array, held_out: Array, active: Flags, *, seed: int = 0
) -> PriorShift:
    """Return whether a wave's share of active units differs, and nothing else seems to.

    Args:
        probability: float64 (n,), of all scored units of the wave, uncorrected; their order does
            not matter.
        held_out: float64 (m,), of labelled companies under fits that had not seen them.
        active: bool (m,), their labels.
        seed: Of the simulations.
    """
    # Drawn from below by place: the order that companies came in must not show.
    order = np.lexsort((active, held_out))
    probability, held_out, active = np.sort(probability), held_out[order], active[order]
    learnt = float(active.mean()) if len(active) else 0.0
    n = len(probability)
    if n < FEWEST_UNITS:
        return PriorShift(learnt_share=learnt, wave_share=learnt, n_units=n, reason="few_units")
    if min(int(active.sum()), int((~active).sum())) < FEWEST_LABELLED:
        return PriorShift(learnt_share=learnt, wave_share=learnt, n_units=n, reason="few_labelled")
    found = find_prior(probability, learnt)
    labelled = (held_out, active)
    tested = _test(probability, labelled, found.share, seed)
    applied = not tested.reason
    return PriorShift(
        learnt_share=learnt,
        wave_share=_bounded(probability, active, found.share) if applied else found.share,
        found_share=found.share,
        n_units=n,
        steps=found.steps,
        converged=True,
        shift_p=tested.shift_p,
        fit_p=tested.fit_p,
        count_p=tested.count_p,
        reason=tested.reason,
    )


def _bounded(wave: Array, active: Flags, share: float) -> float:
    """Return a share no nearer to none, and no nearer to all, than can be told from it."""
    learnt = float(active.mean())
    if share < learnt:
        return max(share, least_share(wave, learnt, share, n_others=int((~active).sum())))
    least = least_share(1 - wave, 1 - learnt, 1 - share, n_others=int(active.sum()))
    return min(share, 1 - least)


def least_share(probability: Array, learnt_share: float, share: float, *, n_others: int) -> float:
    """Return the least share of active units that a wave's probabilities may be corrected to.

    Never less than one unit. Where the likeliest share cannot be told from none at all (likelihood
    ratio test, 5 %, one-sided), not less than the upper end of its 95 % profile likelihood
    interval, nor than what inactive labels tell of inactive companies that score like active ones:
    of n labels none of which does, a share of 0.5 / (n + 1) (Jeffreys).

    Args:
        probability: float64 (n,), of the wave's units.
        learnt_share: Of active among the labelled, that they are calibrated to, 0-1.
        share: The likeliest one (`find_prior`), at most `learnt_share`.
        n_others: Inactive labels.

    Returns:
        Share, above 0 and at most `learnt_share`.
    """
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    beyond = clipped / (1 - clipped) * (1 - learnt_share) / learnt_share - 1

    def likelihood(at: float) -> float:
        return float(np.log1p(at * beyond).sum())

    least = 1 / len(probability)
    best = likelihood(share)
    if 2 * best < _CERTAIN:  # of no active unit at all the log likelihood is 0
        low, high = share, learnt_share
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            within = 2 * (best - likelihood(middle)) < _CERTAIN
            low, high = (middle, high) if within else (low, middle)
        least = max(least, high, 0.5 / (n_others + 1))
    return min(least, learnt_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tests:
    """The p-values of the tests made; they end with the first that speaks against correcting."""

    shift_p: float = 1.0
    count_p: float = 1.0
    fit_p: float = 1.0

    @property
    def reason(self) -> str:
        if self.shift_p >= SHIFT_LEVEL:
            return "no_shift"
        if self.count_p >= COUNT_LEVEL:
            return "perhaps_moved"
        return "other_shift" if self.fit_p < FIT_LEVEL else ""


def _test(wave: Array, labelled: tuple[Array, Flags], share: float, seed: int) -> _Tests:
    learnt = float(labelled[1].mean())
    ratio = share / (1 - share) * (1 - learnt) / learnt
    if max(ratio, 1 / ratio) < LEAST_ODDS_RATIO:
        return _Tests()
    tested = _Tests(shift_p=_test_share(share, labelled, min(len(wave), _MOST_UNITS), seed))
    if tested.shift_p < SHIFT_LEVEL:
        tested = replace(tested, count_p=_test_count(wave, labelled, share < learnt, seed))
    if tested.count_p < COUNT_LEVEL:
        tested = replace(tested, fit_p=_test_fit(wave, labelled, share, seed))
    return tested


def _test_count(wave: Array, labelled: tuple[Array, Flags], fewer: bool, seed: int) -> float:
    """Return how often so few (or many) high scores come of active companies that score otherwise.

    The least favourable case: their share is the labelled one, and their log-odds have moved by
    `MOST_MOVED` standard deviations. How many units are then above the cut is drawn from its
    posterior predictive distribution: share and the two rates above the cut are beta distributed
    (Jeffreys), so that few labels count as few. 0-1, one-sided.
    """
    held_out, active = labelled
    scores = _log_odds(held_out)
    yes, no = scores[active], scores[~active]
    cut = np.quantile(yes, COUNTED_FROM["fewer" if fewer else "more"])
    moved = yes + (-1 if fewer else 1) * MOST_MOVED * yes.std()
    generator = np.random.default_rng(seed)

    def drawn(n: int, of: int) -> Array:
        return generator.beta(n + 0.5, of - n + 0.5, _COUNTS)

    n_active = generator.binomial(len(wave), drawn(len(yes), len(active)))
    above = generator.binomial(n_active, drawn(int((moved > cut).sum()), len(yes)))
    others = generator.binomial(len(wave) - n_active, drawn(int((no > cut).sum()), len(no)))
    seen = int((_log_odds(wave) > cut).sum())
    counted = above + others
    as_far = (counted <= seen) if fewer else (counted >= seen)
    return float((1 + as_far.sum()) / (1 + _COUNTS))


def _test_share(share: float, labelled: tuple[Array, Flags], size: int, seed: int) -> float:
    """Return how often a share as far from the labelled one is found where nothing has shifted.

    Simulated, since labels are few and calibration and labelled share err with them: labelled
    companies are drawn anew and calibrated anew, a wave is drawn in the old shares, and the log of
    the ratio of its prior odds to the labelled ones is compared with the wave's. 0-1, two-sided.
    """
    held_out, active = labelled
    scores = _log_odds(held_out)
    observed = abs(_log_odds(np.array([share, active.mean()])) @ np.array([1.0, -1.0]))
    generator = np.random.default_rng(seed)
    as_far = done = 0
    for _ in range(_SIMULATIONS):
        places = generator.integers(0, len(active), len(active))
        if active[places].all() or not active[places].any():
            continue
        learnt = float(active[places].mean())
        wave = generator.choice(scores, size)
        found = find_prior(_recalibrated(scores[places], active[places], wave), learnt)
        as_far += abs(_log_odds(np.array([found.share, learnt])) @ [1.0, -1.0]) >= observed
        done += 1
    return float((1 + as_far) / (1 + done))


def _recalibrated(scores: Array, active: Flags, asked: Array) -> Array:
    from sklearn.linear_model import LogisticRegression

    spread = float(scores.std()) or 1.0
    fitted = LogisticRegression(C=100.0).fit(scores[:, None] / spread, active)
    return np.asarray(fitted.predict_proba(asked[:, None] / spread)[:, 1])


def _log_odds(probability: Array) -> Array:
    clipped = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _test_fit(wave: Array, labelled: tuple[Array, Flags], share: float, seed: int) -> float:
    """Return how often label shift alone gives a distance as large as the wave's, 0-1.

    Simulated: labelled companies are drawn anew within each answer, a wave is drawn from the
    labelled in the new shares, its share is found again, and the distance taken.
    """
    held_out, active = labelled
    size = min(len(wave), _MOST_UNITS)
    wave = wave[np.linspace(0, len(wave) - 1, size).round().astype(np.intp)]
    yes, no = np.sort(held_out[active]), np.sort(held_out[~active])
    observed = _distance(wave, yes, no, share)
    generator = np.random.default_rng(seed)
    learnt = float(active.mean())
    as_large = 0
    for _ in range(_SIMULATIONS):
        n_active = int(generator.binomial(size, share))
        drawn = np.sort(
            np.concatenate([generator.choice(yes, n_active), generator.choice(no, size - n_active)])
        )
        again_yes, again_no = (np.sort(generator.choice(part, len(part))) for part in (yes, no))
        found = find_prior(drawn, learnt).share
        as_large += _distance(drawn, again_yes, again_no, found) >= observed
    return (1 + as_large) / (1 + _SIMULATIONS)


def _distance(wave: Array, yes: Array, no: Array, share: float) -> float:
    """Return the largest gap between the wave's distribution and the mixture's; all sorted."""
    places = np.concatenate([wave, yes, no])
    below = np.searchsorted(wave, places, side="right") / len(wave)
    mixed = share * np.searchsorted(yes, places, side="right") / len(yes)
    mixed += (1 - share) * np.searchsorted(no, places, side="right") / len(no)
    return float(np.abs(below - mixed).max())
