"""What an audited frame tells of its domains, worked out once for all measures (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experimental_stats import accuracy
from experimental_stats.domain_hierarchy import parents_of
from experimental_stats.domain_levels import DomainLevels, RatioDraws, WiderDomains
from experimental_stats.domain_shift import DomainShift, domain_shift
from experimental_stats.pooled_rates import owners, pool_strata
from experimental_stats.weighting import smoothed_cell_rates, sum_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from experimental_stats.audited_frame import AuditedFrame
    from experimental_stats.measure_parts import MeasureParts
    from experimental_stats.pooled_rates import Pool

    Stream = Callable[..., np.random.Generator]

# Answers say something of a domain by the units they stand for, to this power: between the few
# finds that stand for many units and the many that stand for few.
ANSWER_POWER = 0.5
# Domain draws are cut down where a variable has very many codes: memory stays bounded.
DOMAIN_DRAWS, LEAST_DOMAIN_DRAWS, DRAWN_RATIOS = 1000, 200, 500_000


class DomainEvidence:
    """What is known of every domain variable; what finer ones need of wider ones is kept.

    Args:
        frame: With at least one eligible audited unit.
        enterprises: Its enterprises, split by what is known of each unit.

    Attributes:
        parents: Variable -> parent variable -> code of the parent, one a code (`parents_of`); wider
            variables come before finer ones.
    """

    def __init__(self, frame: AuditedFrame, enterprises: MeasureParts) -> None:
        self._frame = frame
        self._enterprises = enterprises
        self._rates = enterprises.rates
        self._ratios: dict[str, tuple[DomainLevels, RatioDraws]] = {}
        self._shifts: dict[str, DomainShift] = {}
        self._owners: dict[str, NDArray[np.int64]] = {}
        self.parents = parents_of(frame.domains)

    def shift_of(self, variable: str) -> DomainShift:
        """Return by what factor a unit's chance differs as it is of its domain."""
        if variable not in self._shifts:
            codes = self._frame.domains[variable]
            self._shifts[variable] = domain_shift(self._frame, codes, self._rates)
        return self._shifts[variable]

    def pool_of(self, variable: str, parts: MeasureParts) -> Pool | None:
        """Return which strata are pooled for the figures of a variable; None for no stratum.

        Args:
            variable: A domain variable.
            parts: The measure.
        """
        return pool_strata(self._rates, self._owner_of(variable), parts.rates)

    def _owner_of(self, variable: str) -> NDArray[np.int64]:
        """Return which strata belong to one domain of the variable, or to one of a wider one."""
        if variable not in self._owners:
            owner = owners(self._rates, self._frame.domains[variable])
            for parent in self.parents[variable]:
                wider = self._owner_of(parent)
                apart = int(owner.max(initial=0)) + 1  # numbers of one parent's domains alone
                owner = np.where(wider >= 0, wider + apart, owner)
            self._owners[variable] = owner
        return self._owners[variable]

    def levels_of(self, variable: str, stream: Stream) -> tuple[DomainLevels, RatioDraws]:
        """Return what the domains of a variable say of themselves, and draws of it.

        Args:
            variable: A domain variable.
            stream: Gives the source of randomness of a purpose, which one or two words name.
        """
        if variable not in self._ratios:
            size = len(self._frame.domains[variable].names)
            draws = int(np.clip(DRAWN_RATIOS // size, LEAST_DOMAIN_DRAWS, DOMAIN_DRAWS))
            wider = WiderDomains.none(size, draws)
            for parent, above in self.parents[variable].items():
                wider = wider.within(above, *self.levels_of(parent, stream))
            by_scores = self.shift_of(variable).draw(stream(variable, "scores"), draws)
            levels = self._levels(variable, wider)
            self._ratios[variable] = levels, levels.draw(stream(variable), draws, by_scores)
        return self._ratios[variable]

    def _levels(self, variable: str, wider: WiderDomains) -> DomainLevels:
        """Return what the domains' own finds say: of the audit, and of response."""
        frame, parts, codes = self._frame, self._enterprises, self._frame.domains[variable]
        shift = self.shift_of(variable).factor
        weight = self._answer_weight
        pool = self.pool_of(variable, parts)
        by_answer, not_asked = parts.by_answer, parts.unaudited_expected
        open_share = 1.0 - np.minimum(parts.expected * shift, 1.0)
        if pool is not None:
            chance = np.append(pool.rates(self._rates.rate), 0.0)[self._rates.index]
            by_answer = np.minimum(chance * self._rates.shape, 1.0)
            not_asked = np.minimum(chance * self._rates.spread, 1.0)
            open_share = 1.0 - np.minimum(not_asked * shift, 1.0)
        by_answer = np.minimum(by_answer * shift, 1.0)
        heard = float((weight * by_answer).sum())
        # Scaled so that finds count as finds: the sum has the variance of so many of them.
        weight = weight * (heard / max(float((weight**2 * by_answer).sum()), accuracy.NEVER))
        cell_rate = smoothed_cell_rates(parts.cells, parts.responded, parts.expected_for_missing)

        def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return sum_by(codes.index, values, len(codes.names))

        left_open, expected = add(not_asked * shift * open_share), add(not_asked * shift)
        return DomainLevels(
            found=add(weight * frame.active),
            expected=add(weight * by_answer),
            known=add(parts.responded * parts.expected * frame.audited),
            unknown=expected,
            open_share=np.divide(
                left_open, expected, out=np.ones(len(expected)), where=expected > 0
            ),
            by_cells=add(parts.responded * cell_rate[parts.cells.index]),
            wider=wider,
        )

    @property
    def _answer_weight(self) -> NDArray[np.float64]:
        """Return the weight of every answer, one a unit; 0 for all others.

        Answers count by the units they stand for (square root: between the few finds that stand
        for many units and the many that stand for few), so strata taken for certain not at all.
        """
        rates, frame = self._rates, self._frame
        n_rates, inside = len(rates.found), rates.index >= 0
        at_stake = np.bincount(
            rates.index[inside], weights=self._enterprises.unaudited[inside], minlength=n_rates
        )
        asked = frame.audited & frame.eligible
        answers = np.bincount(rates.index[asked], minlength=n_rates)
        weight = np.append((at_stake / np.maximum(answers, 1)) ** ANSWER_POWER, 0.0)[rates.index]
        return np.where(asked, weight, 0.0)
