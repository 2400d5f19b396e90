"""What domains say of themselves, against the whole population and the domains they lie in (pure).

A domain's finds are Poisson around what the rates of the whole lead to expect in it, times its
ratio. A domain that lies in a wider one (a division in its section, a crossing in its row and its
column) is drawn towards that one and not towards the whole: its ratio is the wider one's times one
of its own, with mean 1 (a nested-error composite: Rao and Molina 2015, ch. 9). Draws go the same
way down: a ratio of the wider domain is drawn from its finds, and given it that of the finer one,
so what little the finer one's own finds tell leaves it as uncertain as the wider one and more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.contrast import RESPONSE_VARIANCES, Contrast

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioDraws:
    """Draws of the domains' ratios to the whole, shape (draws, n_domains) each.

    Attributes:
        answers: Of units outside the audit, by answers alone: what finer domains start from.
        audit: The same, with the chance of what the domain's scores say.
        response: Of units without a score, to what the weighting cells lead to expect.
    """

    answers: NDArray[np.float64]
    audit: NDArray[np.float64]
    response: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class WiderDomains:
    """Ratios to the whole of the domain, or domains, that each domain lies in; 1 without.

    Attributes:
        audit, response: float64 > 0 per domain.
        answers_drawn, response_drawn: Draws of them, shape (draws, n_domains).
    """

    audit: NDArray[np.float64]
    response: NDArray[np.float64]
    answers_drawn: NDArray[np.float64]
    response_drawn: NDArray[np.float64]

    @classmethod
    def none(cls, n_domains: int, draws: int) -> WiderDomains:
        """Return those of domains that lie in nothing but the whole."""
        alike, drawn = np.ones(n_domains), np.ones((draws, n_domains))
        return cls(audit=alike, response=alike, answers_drawn=drawn, response_drawn=drawn)

    def within(
        self, above: NDArray[np.int64], levels: DomainLevels, drawn: RatioDraws
    ) -> WiderDomains:
        """Return the same for domains that lie in those of one more variable.

        Args:
            above: int64 per domain, the code of that variable it lies in.
            levels: Of that variable.
            drawn: Of that variable, at least as many draws.
        """
        draws = len(self.answers_drawn)
        return WiderDomains(
            audit=self.audit * levels.audit_ratio()[above],
            response=self.response * levels.response_ratio()[above],
            answers_drawn=self.answers_drawn * drawn.answers[:draws].take(above, axis=1),
            response_drawn=self.response_drawn * drawn.response[:draws].take(above, axis=1),
        )


@dataclass(frozen=True, kw_only=True)  # no slots: contrasts are worked out once
class DomainLevels:
    """What the domains of one variable say of themselves, in enterprises.

    Attributes:
        found: float64 per domain, finds outside strata taken for certain, weighted.
        expected: float64 per domain, the same by the strata's rates.
        known: float64 per domain, found active in the audit.
        unknown: float64 per domain, expected among scored units that were not audited.
        by_cells: float64 per domain, expected among all its respondents by the weighting cells.
        open_share: float64 per domain, 0–1: Σ p (1 − p) / Σ p over its scored units that were not
            audited. A unit that is active for nearly certain is so in every domain.
        wider: Of the domains that they lie in.
    """

    found: NDArray[np.float64]
    expected: NDArray[np.float64]
    known: NDArray[np.float64]
    unknown: NDArray[np.float64]
    by_cells: NDArray[np.float64]
    open_share: NDArray[np.float64]
    wider: WiderDomains

    @cached_property
    def audit(self) -> Contrast:
        """Return the finds against what the wider domains lead to expect."""
        return Contrast(found=self.found, expected=self.expected * self.wider.audit)

    def audit_ratio(self) -> NDArray[np.float64]:
        """Return the composite ratio of the domain's finds to those of the whole, > 0."""
        ratio: NDArray[np.float64] = self.wider.audit * self.audit.ratio()
        return ratio

    @cached_property
    def response(self) -> Contrast:
        """Return the activity of respondents against the weighting cells' rates."""
        return Contrast(
            found=self.known + self.unknown * self.audit_ratio(),
            expected=self.by_cells * self.wider.response,
            variances=RESPONSE_VARIANCES,
        )

    def response_ratio(self) -> NDArray[np.float64]:
        """Return the composite ratio of the domain's respondents to their cells, > 0."""
        ratio: NDArray[np.float64] = self.wider.response * self.response.ratio()
        return ratio

    def own_weight(self) -> NDArray[np.float64]:
        """Return the weight of what is the domain's own in its figure, 0–1."""
        return np.minimum(self.audit.own_weight(), self.response.own_weight())

    def draw(
        self, generator: np.random.Generator, draws: int, by_scores: NDArray[np.float64] | None
    ) -> RatioDraws:
        """Draw the ratios of the audit and of response.

        Where the domain's audited level is drawn high, so is what its missing units are like. How
        far the audit's ratio may be off counts by the root of what is open: between ratios that
        move all units alike and ratios that move odds.

        Args:
            generator: Source of randomness.
            draws: How many.
            by_scores: shape (draws, n_domains), by what factor the domain's scores may mislead
                (`DomainShift.draw`); None where they say nothing.
        """
        wider, ratio = self.wider, self.audit.ratio()
        expected = self.expected * wider.answers_drawn
        if by_scores is not None:
            expected *= by_scores
        answers = self.audit.draw(generator, draws, expected=expected)
        answers -= ratio
        answers *= np.sqrt(self.open_share)
        answers += ratio
        answers *= wider.answers_drawn
        level = answers if by_scores is None else answers * by_scores
        found = self.unknown * level
        found += self.known
        response = self.response.draw(
            generator, draws, found=found, expected=self.by_cells * wider.response_drawn
        )
        response *= wider.response_drawn
        return RatioDraws(answers=answers, audit=level, response=response)
