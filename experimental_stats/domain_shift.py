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


def domain_shift(frame: AuditedFrame, codes: Codes, rates: Rates) -> NDArray[np.float64]:
    """Return by what factor a respondent's chance differs for its domain, one a unit.

    The factors leave what a stratum's rate leads to expect outside the audit as it is; they only
    say which domain it belongs to.

    Args:
        frame: The audited frame.
        codes: A domain variable.
        rates: Of the enterprises, by stratum.

    Returns:
        float64 > 0; 1 for units without a score.
    """
    rows = np.flatnonzero(rates.index >= 0)
    full = np.ones(len(rates.index))
    full[rows] = _by_score(codes.index[rows], len(codes.names), rates.curve[rows])
    if np.ptp(full[rows]) == 0:
        return full
    factors = [_as_expected(rates, rows, full**power) for power in POWERS]
    asked = np.flatnonzero(frame.audited & frame.eligible)
    chance = rates.rate[rates.index[asked]] * rates.shape[asked]
    likelihood = np.array(
        [_likelihood(frame.active[asked], chance * factor[asked]) for factor in factors]
    )
    weights = np.exp(likelihood - likelihood.max())
    found: NDArray[np.float64] = np.tensordot(weights / weights.sum(), np.array(factors), axes=1)
    return found


def _by_score(
    domain: NDArray[np.int64], n_domains: int, chance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return by what factor the domain's scores move a unit's chance, one a unit."""
    overall = float(chance.mean()) if len(chance) else 0.0
    if not 0.0 < overall < MOST_COMMON:
        return np.ones(len(chance))
    chance = np.clip(chance, overall * LEAST, 1.0 - NEVER)
    odds = np.log(chance / (1.0 - chance))
    step = float(np.ptp(odds)) / BINS
    if step < NEVER:
        return np.ones(len(chance))
    place = np.minimum(((odds - odds.min()) / step).astype(np.int64), BINS - 1)
    held = sum_by(place, np.ones(len(chance)), BINS)
    mean = np.divide(sum_by(place, chance, BINS), held, out=np.ones(BINS), where=held > 0)
    overall = float(chance.mean())
    counts = sum_by(domain * BINS + place, np.ones(len(chance)), n_domains * BINS)
    ratio = np.minimum(np.exp(STEPS), MOST_OF_DOMAIN / overall)
    others = (1.0 - ratio * overall) / (1.0 - overall)
    density = mean[:, None] * ratio + (1.0 - mean[:, None]) * others
    posterior = _posterior(counts.reshape(n_domains, BINS) @ np.log(density))
    by_bin = posterior @ (ratio / density).T
    factor: NDArray[np.float64] = by_bin[domain, place]
    return factor


def _posterior(likelihood: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of `STEPS` for every domain, shape of `likelihood` (logarithms)."""
    spread = np.array(SPREADS)[:, None]
    prior = np.exp(-0.5 * (STEPS + spread / 2.0) ** 2 / spread)  # mean of ρ is 1
    prior /= prior.sum(axis=1, keepdims=True)
    likely = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    explained = np.maximum(likely @ prior.T, np.finfo(float).tiny)
    logarithm = np.log(explained).sum(axis=0)
    weights = np.exp(logarithm - logarithm.max())
    posterior = likely * ((weights / weights.sum() / explained) @ prior)
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
