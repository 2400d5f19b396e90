"""What the scores of a domain's units say of how many of them are active (pure).

Rates by stratum and score are those of the whole population. A domain that holds more of the
sector has more high scores, and among units of the *same* score more that are active: if active
units score alike everywhere, and so do the others, its odds are ρ_d times those of the whole at
every score (prior shift: Saerens, Latinne and Decaestecker 2002; methods.md 2.4). With p the chance
by score alone and θ its mean, a unit's score is ρ p + (1 − ρ θ) / (1 − θ) (1 − p) times as frequent
in the domain as in the whole, so the scores of all its respondents tell ρ_d, audited or not. The
spread of log ρ over the domains of a variable is estimated as in `contrast`. Whether the model
holds is for the answers to say: its factors count to the power 0, ½ or 1, as likely as each makes
the answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.weighting import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audit_rates import Rates
    from experimental_stats.audited_frame import AuditedFrame, Codes

STEPS = np.linspace(-3.0, 3.0, 49)  # of log ρ
SPREADS = (0.01, 0.04, 0.09, 0.25, 0.6, 1.2)  # variances of log ρ thought possible
POWERS = (0.0, 0.5, 1.0)
BINS = 40  # of the log odds by score: a domain's scores are counted in them
MOST_COMMON = 0.5  # from this share active on the whole says little of "rare and more of it"
MOST_OF_DOMAIN = 0.9  # share active that ρ may lead to
LEAST = 1e-3  # chance by score, over the mean one: nothing found at a score is no proof
NEVER = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreEvidence:
    """What the scores of every domain say of its ρ, at each of `STEPS`.

    Attributes:
        weights: shape (n_domains, n_steps), rows add up to 1.
        level: shape (n_domains, n_steps): what the domain's scores lead to expect in it if the step
            is right, over the mean of that.
    """

    weights: NDArray[np.float64]
    level: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainShift:
    """By what factors chances differ from domain to domain as their scores do.

    Attributes:
        factor: float64 > 0, one a unit; 1 for units without a score.
        evidence: None where scores say nothing of domains.
        powers: Weights of `POWERS`, add up to 1.
    """

    factor: NDArray[np.float64]
    evidence: ScoreEvidence | None = None
    powers: NDArray[np.float64] | None = None

    def draw(self, generator: np.random.Generator, draws: int) -> NDArray[np.float64] | None:
        """Draw by what factor a domain's level may be off, shape (draws, n_domains), mean near 1.

        None where scores say nothing: then no more is claimed than that domains may differ.
        """
        if self.evidence is None:
            return None
        # One search over all domains: the shares of domain d lie between d and d + 1, in order.
        # So it is the few weights that are sought among the many shares.
        n_domains, n_steps = self.evidence.weights.shape
        domain = np.arange(n_domains)[:, None]
        upto = (self.evidence.weights.cumsum(axis=1) + domain).ravel()
        share = (np.arange(draws) + generator.random(draws)) / draws
        reached = np.searchsorted((domain + share).ravel(), upto, side="right")
        reached = np.maximum.accumulate(reached)
        reached[n_steps - 1 :: n_steps] = np.arange(1, n_domains + 1) * draws
        times = np.diff(reached, prepend=0)
        drawn = np.repeat(self.evidence.level.ravel(), times).reshape(n_domains, draws).T
        power = generator.choice(np.array(POWERS), size=draws, p=self.powers)
        drawn = np.ascontiguousarray(drawn)
        drawn[power == 0.0] = 1.0
        partly = (power != 0.0) & (power != 1.0)
        drawn[partly] **= power[partly, None]
        return drawn


def domain_shift(
    frame: AuditedFrame,
    codes: Codes,
    rates: Rates,
    by_size: NDArray[np.float64] | None = None,
) -> DomainShift:
    """Return by what factor a respondent's chance differs for its domain.

    The factors leave what a stratum's rate leads to expect outside the audit as it is; they only
    say which domain it belongs to.

    Args:
        frame: The audited frame.
        codes: A domain variable.
        rates: Of the measure, by stratum.
        by_size: float64, one a unit: by what factor these know more of a unit than its score. What
            they lead to expect of a domain is where ρ_d is sought then, and the factors are those
            beyond it: what size says of a class of size is not counted twice.
    """
    rows = np.flatnonzero(rates.index >= 0)
    full = np.ones(len(rates.index))
    known = None if by_size is None else by_size[rows]
    found = _by_score(codes.index[rows], len(codes.names), rates.curve[rows], known)
    if found is None or np.ptp(found[0]) == 0:
        return DomainShift(factor=full)
    full[rows], evidence = found
    factors = [
        _as_expected(rates, rows, full**power) if power else np.ones(len(full)) for power in POWERS
    ]
    asked = np.flatnonzero(frame.audited & frame.eligible)
    chance = rates.rate[rates.index[asked]] * rates.shape[asked]
    likelihood = np.array(
        [_likelihood(frame.active[asked], chance * factor[asked]) for factor in factors]
    )
    weights = np.exp(likelihood - likelihood.max())
    weights /= weights.sum()
    factor: NDArray[np.float64] = np.tensordot(weights, np.array(factors), axes=1)
    return DomainShift(factor=factor, evidence=evidence, powers=weights)


def _by_score(
    domain: NDArray[np.int64],
    n_domains: int,
    chance: NDArray[np.float64],
    by_size: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], ScoreEvidence] | None:
    """Return by what factor the domain's scores move a unit's chance, one a unit, and why."""
    overall = float(chance.mean()) if len(chance) else 0.0
    if not 0.0 < overall < MOST_COMMON:
        return None
    chance = np.clip(chance, overall * LEAST, 1.0 - NEVER)
    odds = np.log(chance / (1.0 - chance))
    step = float(np.ptp(odds)) / BINS
    if step < NEVER:
        return None
    place = np.minimum(((odds - odds.min()) / step).astype(np.int64), BINS - 1)
    held = sum_by(place, np.ones(len(chance)), BINS)
    mean = np.divide(sum_by(place, chance, BINS), held, out=np.ones(BINS), where=held > 0)
    overall = float(chance.mean())
    counts = sum_by(domain * BINS + place, np.ones(len(chance)), n_domains * BINS)
    counts = counts.reshape(n_domains, BINS)
    ratio = np.minimum(np.exp(STEPS), MOST_OF_DOMAIN / overall)
    others = (1.0 - ratio * overall) / (1.0 - overall)
    density = mean[:, None] * ratio + (1.0 - mean[:, None]) * others
    level = (counts * mean) @ (ratio / density)
    expected = np.zeros(n_domains)  # log ρ_d before any score is seen
    if by_size is not None:
        known = sum_by(domain, np.minimum(chance * by_size, 1.0), n_domains)
        known *= chance.sum() / known.sum()
        expected = _steps_at(known, level)
    posterior = _posterior(counts @ np.log(density), expected)
    by_bin = posterior @ (ratio / density).T
    if by_size is not None:
        by_bin /= _at_steps(expected, ratio / density)
    middle = (posterior * level).sum(axis=1, keepdims=True)
    level = np.divide(level, middle, out=np.ones_like(level), where=middle > 0)
    return by_bin[domain, place], ScoreEvidence(weights=posterior, level=level)


def _steps_at(known: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for every domain the log ρ at which its scores lead to expect what is known."""
    rising = np.maximum.accumulate(level, axis=1)
    row, sought = np.arange(len(known)), known[:, None]
    below = np.clip((rising <= sought).sum(axis=1) - 1, 0, len(STEPS) - 2)
    start, rise = rising[row, below], rising[row, below + 1] - rising[row, below]
    held = rise > np.finfo(float).tiny
    slope = np.divide(STEPS[below + 1] - STEPS[below], rise, out=np.zeros(len(rise)), where=held)
    found = slope * (np.clip(known, rising[:, 0], rising[:, -1]) - start) + STEPS[below]
    found[known >= rising[:, -1]] = STEPS[-1]
    return np.where(rising[:, -1] > rising[:, 0], found, 0.0)


def _at_steps(expected: NDArray[np.float64], of_step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return factors by bin of score at every domain's log ρ, shape (n_domains, n_bins)."""
    place = (expected - STEPS[0]) / (STEPS[1] - STEPS[0])
    below = np.clip(place.astype(np.int64), 0, len(STEPS) - 2)
    share = (place - below)[:, None]
    at: NDArray[np.float64] = of_step.T[below] * (1.0 - share) + of_step.T[below + 1] * share
    return at


def _posterior(
    likelihood: NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights of `STEPS` for every domain, shape of `likelihood` (logarithms)."""
    spread = np.array(SPREADS)[:, None]
    away = STEPS - expected[:, None, None]
    prior = np.exp(-0.5 * (away + spread / 2.0) ** 2 / spread)  # mean of ρ is as expected
    prior /= prior.sum(axis=2, keepdims=True)
    likely = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    explained = np.maximum(np.einsum("ds,dvs->dv", likely, prior), np.finfo(float).tiny)
    logarithm = np.log(explained).sum(axis=0)
    weights = np.exp(logarithm - logarithm.max())
    posterior = likely * np.einsum("dv,dvs->ds", weights / weights.sum() / explained, prior)
    scaled: NDArray[np.float64] = posterior / posterior.sum(axis=1, keepdims=True)
    return scaled


def _as_expected(
    rates: Rates, rows: NDArray[np.int64], factor: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return factors with mean 1 over what is expected outside the audit in every stratum."""
    place, size = rates.index[rows], len(rates.found)
    held = sum_by(place, rates.spread[rows], size)
    moved = sum_by(place, (rates.spread * factor)[rows], size)
    level = np.divide(held, moved, out=np.ones(size), where=moved > 0)
    scaled = factor.copy()
    scaled[rows] *= level[place]
    return scaled


def _likelihood(active: NDArray[np.bool_], chance: NDArray[np.float64]) -> float:
    chance = np.clip(chance, NEVER, 1.0 - NEVER)
    return float(np.log(np.where(active, chance, 1.0 - chance)).sum())
