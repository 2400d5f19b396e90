"""Finds of groups against what is expected in them: a gamma-Poisson composite (pure).

Groups are domains, or weighting cells. How far their true levels lie apart is estimated from what
was found in all of them (Rao and Molina 2015, ch. 9).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from experimental_stats.accuracy import row_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Variances of the true ratios that are thought possible, all alike beforehand. They are weighed by
# how well they explain what was found, so a spread that cannot be told is not taken for none. No
# spread at all is not among them: intervals of domains under a weak score covered 83 % then. What
# respondents show is partly drawn towards the whole already, so their spread looks smaller than it
# is; with 0.008 among theirs units without a score hardly followed their domain.
AUDIT_VARIANCES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
RESPONSE_VARIANCES = (0.06, 0.15, 0.4, 1.0)


@dataclass(frozen=True, kw_only=True)  # no slots: its weights are worked out once
class Contrast:
    """A domain's own finds against what the whole population's rates expect in it.

    Finds are Poisson around expected × ratio, ratios gamma of mean 1 and an unknown variance.

    Attributes:
        found: float64 ≥ 0 per domain, finds that carry information on the domain's rate.
        expected: float64 ≥ 0 per domain, the same by the rates of the whole population.
        variances: Those thought possible.
    """

    found: NDArray[np.float64]
    expected: NDArray[np.float64]
    variances: tuple[float, ...] = AUDIT_VARIANCES

    @property
    def pulls(self) -> NDArray[np.float64]:
        """Return the shrinkage in finds, 1 / variance, of each variance thought possible."""
        pulls: NDArray[np.float64] = 1.0 / np.array(self.variances)
        return pulls

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """Return the weight of each variance: its likelihood (negative binomial), scaled."""
        held = self.expected > 0
        found, expected = self.found[held][:, None], self.expected[held][:, None]
        pull = self.pulls[None, :]
        likelihood = gammaln(found + pull) - gammaln(pull) + pull * np.log(pull)
        likelihood -= (found + pull) * np.log(expected + pull)
        logarithm = likelihood.sum(axis=0)
        weights = np.exp(logarithm - logarithm.max())
        scaled: NDArray[np.float64] = weights / weights.sum()
        return scaled

    def ratio(self) -> NDArray[np.float64]:
        """Return the composite ratio of the domain's level to the expected one, > 0."""
        pull = self.pulls[:, None]
        ratio: NDArray[np.float64] = self.weights @ ((self.found + pull) / (self.expected + pull))
        return ratio

    def own_weight(self) -> NDArray[np.float64]:
        """Return the weight of the domain's own finds in `ratio`, 0–1."""
        pull = self.pulls[:, None]
        weight: NDArray[np.float64] = self.weights @ (self.expected / (self.expected + pull))
        return weight

    def draw(
        self,
        generator: np.random.Generator,
        draws: int,
        *,
        found: NDArray[np.float64] | None = None,
        expected: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Draw the ratio, shape (draws, n_domains).

        Args:
            generator: Source of randomness.
            draws: How many.
            found: In place of the contrast's own, of that shape, where it is drawn too.
            expected: The same.
        """
        chosen = generator.choice(self.pulls, size=draws, p=self.weights)
        found = self.found if found is None else found
        expected = self.expected if expected is None else expected
        drawn = np.empty((draws, len(self.found)))
        for rows in row_blocks(draws, len(self.found)):
            pull = chosen[rows, None]
            shape = (found[rows] if found.ndim > 1 else found) + pull
            rate = (expected[rows] if expected.ndim > 1 else expected) + pull
            np.divide(1.0, rate, out=rate)
            np.multiply(generator.standard_gamma(shape), rate, out=drawn[rows])
        return drawn
