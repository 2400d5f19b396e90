"""What an audited frame tells of its domains, worked out once for all measures (pure)."""

from __future__ import annotations

from functools import cached_property
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
# DOMAIN_DRAWS up to MANY_CODES, from there on by the root.
DOMAIN_DRAWS, LEAST_DOMAIN_DRAWS, MANY_CODES = 1000, 200, 125


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
        self._ratios: dict[tuple[str, str], tuple[DomainLevels, RatioDraws]] = {}
        self._shifts: dict[tuple[str, str], DomainShift] = {}
        self._owners: dict[str, NDArray[np.int64]] = {}
        self.parents = parents_of(frame.domains)

    def shift_of(self, variable: str, measure: str, parts: MeasureParts) -> DomainShift:
        """Return by what factor a unit's chance differs as it is of its domain.

        Args:
            variable: A domain variable.
            measure: Key of the frame's measures.
            parts: The measure.
        """
        key = (variable, measure)
        if key not in self._shifts:
            codes = self._frame.domains[variable]
            self._shifts[key] = domain_shift(self._frame, codes, parts.rates, self._by_size(parts))
        return self._shifts[key]

    def _by_size(self, parts: MeasureParts) -> NDArray[np.float64] | None:
        """Return how much likelier active than enterprises' rates say a unit is by its size."""
        if parts is self._enterprises:
            return None
        alike = self._enterprises.by_answer
        return np.divide(parts.by_answer, alike, out=np.ones(len(alike)), where=alike > 0)

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

    def levels_of(
        self, variable: str, measure: str, parts: MeasureParts, stream: Stream
    ) -> tuple[DomainLevels, RatioDraws]:
        """Return what the domains of a variable say of themselves, and draws of it.

        Finds are companies whatever the measure; what is expected of them goes by the measure's own
        rates, which know for amounts how activity goes with size. By the rates of enterprises a
        class of size that holds thrice what they lead to expect would get that factor once more.

        Args:
            variable: A domain variable.
            measure: Key of the frame's measures.
            parts: The measure.
            stream: Gives the source of randomness of a purpose, which one or more words name.
        """
        key = (variable, measure)
        if key not in self._ratios:
            size = len(self._frame.domains[variable].names)
            fewer = DOMAIN_DRAWS * (MANY_CODES / max(size, 1)) ** 0.5
            draws = int(np.clip(fewer, LEAST_DOMAIN_DRAWS, DOMAIN_DRAWS))
            wider = WiderDomains.none(size, draws)
            for parent, above in self.parents[variable].items():
                wider = wider.within(above, *self.levels_of(parent, measure, parts, stream))
            shift = self.shift_of(variable, measure, parts)
            by_scores = shift.draw(stream(variable, "scores"), draws)
            levels = self._levels(variable, parts, shift.factor, wider)
            of_measure = () if parts is self._enterprises else (measure, "ratios")
            generator = stream(variable, *of_measure)
            self._ratios[key] = levels, levels.draw(generator, draws, by_scores)
        return self._ratios[key]

    def _levels(
        self,
        variable: str,
        parts: MeasureParts,
        shift: NDArray[np.float64],
        wider: WiderDomains,
    ) -> DomainLevels:
        """Return what the domains' own finds say, in companies: of the audit, and of response."""
        frame, codes = self._frame, self._frame.domains[variable]
        weight = self._answer_weight
        pool = self.pool_of(variable, parts)
        present = self._enterprises.responded
        by_answer, not_asked = parts.by_answer, present * parts.expected * ~frame.audited
        open_share = 1.0 - np.minimum(parts.expected * shift, 1.0)
        if pool is not None:
            chance = np.append(pool.rates(parts.rates.rate), 0.0)[parts.rates.index]
            by_answer = np.minimum(chance * parts.rates.shape, 1.0)
            not_asked = np.minimum(chance * parts.rates.spread, 1.0)
            open_share = 1.0 - np.minimum(not_asked * shift, 1.0)
        by_answer = np.minimum(by_answer * shift, 1.0)
        heard = float((weight * by_answer).sum())
        # Scaled so that finds count as finds: the sum has the variance of so many of them.
        weight = weight * (heard / max(float((weight**2 * by_answer).sum()), accuracy.NEVER))

        def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return sum_by(codes.index, values, len(codes.names))

        left_open, expected = add(not_asked * shift * open_share), add(not_asked * shift)
        return DomainLevels(
            found=add(weight * frame.active),
            expected=add(weight * by_answer),
            known=add(present * parts.expected * frame.audited),
            unknown=expected,
            open_share=np.divide(
                left_open, expected, out=np.ones(len(expected)), where=expected > 0
            ),
            by_cells=add(self._by_cells(parts)),
            wider=wider,
        )

    def _by_cells(self, parts: MeasureParts) -> NDArray[np.float64]:
        """Return every respondent's chance by its weighting cell, for amounts by size besides."""
        whole = self._enterprises
        rate = smoothed_cell_rates(whole.cells, whole.responded, whole.expected_for_missing)
        chance: NDArray[np.float64] = whole.responded * rate[whole.cells.index]
        if parts.by_size is None:
            return chance
        by_size = whole.responded * parts.by_size.like_missing
        scale = float(chance.sum()) / max(float(by_size.sum()), accuracy.NEVER)
        return by_size * scale

    @cached_property
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
