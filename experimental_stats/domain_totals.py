"""Figures by domain: composite of the domain's own answers and the national rates (pure).

A domain's total is what was seen in it, plus what its units outside the audit and without a score
are expected to hold. The expectation comes from the strata and cells (synthetic) and is moved by
how the domain's own finds compare with it: a gamma-Poisson composite (Rao and Molina 2015,
ch. 9), whose shrinkage is estimated from the spread over the domains of one variable. Finally the
expected parts are scaled so that the domains add up to the total: the total comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats import accuracy

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Bounds of the shrinkage, in finds: below, a domain of two finds would stand on its own; above,
# no domain could ever differ from the rest.
LEAST_PULL, USUAL_PULL, MOST_PULL = 1.0, 5.0, 15.0
OWN_WEIGHT = 0.9  # from this share on, a composite is called direct


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A domain's own finds against what the whole population's rates expect in it.

    Attributes:
        found: float64 ≥ 0 per domain, finds that carry information on the domain's rate.
        expected: float64 ≥ 0 per domain, the same by the rates of the whole population.
    """

    found: NDArray[np.float64]
    expected: NDArray[np.float64]

    def pull(self) -> float:
        """Return the shrinkage in finds: 1 / variance of the true ratios, by moments."""
        held = self.expected > 0
        if held.sum() < 3:
            return USUAL_PULL
        squares = float((self.expected[held] ** 2).sum())
        excess = float(((self.found - self.expected)[held] ** 2 - self.expected[held]).sum())
        return float(np.clip(squares / excess if excess > 0 else np.inf, LEAST_PULL, MOST_PULL))

    def ratio(self) -> NDArray[np.float64]:
        """Return the composite ratio of the domain's level to the expected one, > 0."""
        pull = self.pull()
        ratio: NDArray[np.float64] = (self.found + pull) / (self.expected + pull)
        return ratio

    def own_weight(self) -> NDArray[np.float64]:
        """Return the weight of the domain's own finds in `ratio`, 0–1."""
        weight: NDArray[np.float64] = self.expected / (self.expected + self.pull())
        return weight

    def draw(self, generator: np.random.Generator, draws: int) -> NDArray[np.float64]:
        """Draw the ratio, shape (draws, n_domains)."""
        pull = self.pull()
        drawn: NDArray[np.float64] = generator.gamma(
            self.found + pull, 1.0 / (self.expected + pull), size=(draws, len(self.found))
        )
        return drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What makes up the figure of every domain, in units of the measure.

    Attributes:
        seen: Found active in the audit.
        most: All eligible units of the domain.
        unaudited: shape (n_domains, n_rates): amount outside the audit by cell of `Rates`.
        unaudited_piece: float64 per domain, variance / mean of the sum over these units.
        missing: Expected among eligible units without a score.
        missing_piece: float64 per domain, variance / mean of the sum over these units.
    """

    seen: NDArray[np.float64]
    most: NDArray[np.float64]
    unaudited: NDArray[np.float64]
    unaudited_piece: NDArray[np.float64]
    missing: NDArray[np.float64]
    missing_piece: NDArray[np.float64]


def composite(
    parts: Parts, rate: NDArray[np.float64], *, audit: Contrast, response: Contrast, total: float
) -> NDArray[np.float64]:
    """Return the figure of every domain; they add up to `total`.

    Args:
        parts: What makes up the domains.
        rate: float64 per cell, 0–1.
        audit: Finds outside strata taken for certain, against the strata's rates.
        response: Activity of respondents, against the weighting cells' rates.
        total: The figure of the whole population, between Σ seen and Σ most.
    """
    guess = (parts.unaudited @ rate) * audit.ratio() + parts.missing * response.ratio()
    return parts.seen + benchmark(guess, total - parts.seen.sum(), parts.most - parts.seen)


def benchmark(
    guess: NDArray[np.float64], wanted: float, room: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Scale `guess` so that it adds up to `wanted` and stays within `room`.

    Args:
        guess: float64 ≥ 0.
        wanted: Sum to reach; at most Σ room.
        room: float64 ≥ 0, upper bounds.

    Returns:
        float64, 0 ≤ result ≤ room, proportional to `guess` where the bounds leave it free; units of
        room are filled evenly where `guess` gives no hint.
    """
    result = np.zeros_like(guess)
    free = room > 0
    left = max(wanted, 0.0)
    while free.any() and left > 0:
        weight = np.where(free, guess, 0.0)
        if weight.sum() <= 0:
            weight = np.where(free, room, 0.0)
        share = left * weight / weight.sum()
        full = free & (share >= room)
        if not full.any():
            result[free] = share[free]
            break
        result[full] = room[full]
        left = max(wanted, 0.0) - result.sum()
        free &= ~full
    return result


def draw_domains(
    generator: np.random.Generator,
    parts: Parts,
    rates_drawn: NDArray[np.float64],
    *,
    ratios_drawn: tuple[NDArray[np.float64], NDArray[np.float64]],
    level_drawn: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Draw the figure of every domain.

    Args:
        generator: Source of randomness.
        parts: What makes up the domains.
        rates_drawn: shape (draws, n_rates).
        ratios_drawn: Draws of the audit's and the response's ratio, (draws, n_domains) each.
        level_drawn: shape (draws,), level of the rates of units without a score; mean near 1.
        scale: float64 per domain, what benchmarking did to its expected part.

    Returns:
        float64, shape (draws, n_domains).
    """
    unaudited = (rates_drawn @ parts.unaudited.T) * ratios_drawn[0]
    missing = parts.missing * ratios_drawn[1] * level_drawn[:, None]
    drawn = accuracy.draw_sum(generator, unaudited * scale, parts.unaudited_piece)
    drawn += accuracy.draw_sum(generator, missing * scale, parts.missing_piece)
    return parts.seen + drawn
