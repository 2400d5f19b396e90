"""The stratified audit estimator: point figures and Monte Carlo intervals (pure).

`estimation` documents the formula. The variance has three parts, all drawn: the rates of the
strata (audit), the rates of the weighting cells (response), and the finite number of units that
the rates are applied to (this is what the finite-population correction says in design terms).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats import accuracy
from experimental_stats.audit_strata import amount_rates, stratum_rates
from experimental_stats.audited_frame import TOTAL
from experimental_stats.contrast import Contrast
from experimental_stats.domain_shift import domain_shift
from experimental_stats.domain_totals import (
    OWN_WEIGHT,
    DomainLevels,
    RatioDraws,
    benchmark,
    draw_domains,
    draw_pieces,
)
from experimental_stats.figures import Figure, count_units
from experimental_stats.measure_parts import MeasureParts
from experimental_stats.out_of_reach import beyond_answers, reach_of
from experimental_stats.weighting import collapse_cells, smoothed_cell_rates, sum_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from experimental_stats.audit_rates import Rates
    from experimental_stats.audited_frame import AuditedFrame, Codes
    from experimental_stats.measure_parts import Parts
    from experimental_stats.out_of_reach import Reach

    Stream = Callable[..., np.random.Generator]

ESTIMATOR = "stratified_audit"
# Answers say something of a domain by the units they stand for, to this power: between the few
# finds that stand for many units and the many that stand for few.
ANSWER_POWER = 0.5
# Domain draws are cut down where a variable has very many codes: memory stays bounded.
DOMAIN_DRAWS, LEAST_DOMAIN_DRAWS, DRAWN_RATIOS = 1000, 200, 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalDraws:
    """The total of one measure and its draws.

    Attributes:
        value: The total, in units of the measure.
        drawn: shape (DRAWS,), draws of the total.
        drawn_low: shape (DRAWS,), what the lower end is taken from: for enterprises draws from the
            finds alone, without prior. Rates of amounts by size are drawn towards their stratum
            already; without the prior as well their intervals came out too wide (coverage .99).
        rates: shape (DRAWS, n_rates), draws of the audit's rates.
        level: shape (DRAWS,), draws of the level of the rates of units without a score.
    """

    value: float
    drawn: NDArray[np.float64]
    drawn_low: NDArray[np.float64]
    rates: NDArray[np.float64]
    level: NDArray[np.float64]


class StratifiedAudit:
    """Estimates of one audited frame; what measures and domains share is worked out once.

    Args:
        frame: With at least one eligible audited unit.
        confidence_level: Share 0–1 of the intervals.

    Attributes:
        beyond: int8, one a unit: on which side of all answers it lies (`beyond_answers`).
    """

    def __init__(self, frame: AuditedFrame, confidence_level: float) -> None:
        self._frame = frame
        self._confidence_level = confidence_level
        self._ratios: dict[str, tuple[DomainLevels, RatioDraws]] = {}
        self._shifts: dict[str, NDArray[np.float64]] = {}
        self._cells = collapse_cells(frame.cell, frame.eligible, frame.responded)
        self._rates = stratum_rates(frame)
        self.beyond = beyond_answers(frame)
        self._enterprises = self._measure(self._rates, np.ones(len(frame.eligible)))

    def figures(self, measure: str, stream: Stream) -> list[Figure]:
        """Return the total of a measure, then its domains.

        Args:
            measure: Key of the frame's measures.
            stream: Gives the source of randomness of a purpose, which one or two words name.
        """
        parts = self.parts(measure)
        total = self._total(parts, stream(measure, TOTAL))
        figures = [self._total_figure(measure, parts, total)]
        for variable in self._frame.domains:
            figures += self._domain_figures(
                measure, variable, parts=parts, total=total, stream=stream
            )
        return figures

    def parts(self, measure: str) -> MeasureParts:
        """Return the measure, a key of the frame's, split by what is known of each unit."""
        if measure == "enterprises":
            return self._enterprises
        amount = self._frame.measures[measure]
        rates = amount_rates(self._frame, self._rates, amount)
        return self._measure(rates, amount, self._enterprises)

    def _measure(
        self,
        rates: Rates,
        amount: NDArray[np.float64],
        enterprises: MeasureParts | None = None,
    ) -> MeasureParts:
        return MeasureParts(
            self._frame,
            self._cells,
            rates=rates,
            strata=self._rates,
            amount=amount,
            enterprises=enterprises,
        )

    def _total(self, parts: MeasureParts, generator: np.random.Generator) -> TotalDraws:
        whole = parts.domain_parts(None)
        seen, most = float(whole.seen[0]), float(whole.most[0])
        unaudited = float(whole.unaudited[0] @ parts.rates.rate)
        missing = float(parts.missing_expected.sum())
        found, not_found, prior = parts.told.found, parts.told.not_found, parts.told.prior
        rates = accuracy.draw_rates(generator, found=found, not_found=not_found, prior=prior)
        rates *= accuracy.draw_factor(generator, parts.rates.relative_variance, accuracy.DRAWS)[
            :, None
        ]
        without_prior = found / np.maximum(found + prior, accuracy.NEVER)
        expected = seen + unaudited if parts.found_anything else 1.0

        def draw(
            drawn_unaudited: NDArray[np.float64], response_prior: float
        ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            response = parts.response_relative_variance
            factor = accuracy.draw_factor(generator, response, accuracy.DRAWS, response_prior)
            drawn = draw_pieces(generator, drawn_unaudited[:, None], whole.unaudited_pieces)
            if parts.by_size is None:
                level = factor * (seen + drawn_unaudited) / expected
                mean = level[:, None, None] * (whole.missing[:, None] * whole.missing_pieces.share)
            else:
                mean = factor[:, None] * parts.by_size.draw_shape(generator, rates)
                mean = mean[:, None, :] * (whole.missing[:, None] * whole.missing_pieces.share)
                level = mean.sum(axis=(1, 2)) / max(missing, accuracy.NEVER)
            drawn += accuracy.draw_sum(generator, mean, whole.missing_pieces.piece).sum(axis=2)
            return seen + drawn[:, 0], level

        drawn, level = draw(
            rates @ whole.unaudited[0],
            accuracy.prior_of_response(parts.response_relative_variance),
        )
        drawn_low = drawn
        if parts is self._enterprises:
            drawn_low, _ = draw((rates * without_prior) @ whole.unaudited[0], 0.0)
        return TotalDraws(
            value=min(seen + unaudited + missing, most),
            drawn=drawn,
            drawn_low=drawn_low,
            rates=rates,
            level=level,
        )

    def _total_figure(self, measure: str, parts: MeasureParts, total: TotalDraws) -> Figure:
        reach = reach_of(self._frame, parts, self.beyond)
        lower, upper = accuracy.intervals(
            total.drawn[:, None] + reach.up,
            np.array([total.value]),
            drawn_low=total.drawn_low[:, None] - reach.down,
            seen=parts.seen.sum(keepdims=True),
            most=parts.eligible.sum(keepdims=True),
            confidence_level=self._confidence_level,
        )
        frame = self._frame
        return Figure(
            measure=measure,
            domain_variable=TOTAL,
            domain=TOTAL,
            estimator=ESTIMATOR,
            value=total.value,
            standard_error=float(np.hypot(total.drawn.std(), reach.error()[0])),
            ci_lower=float(lower[0]),
            ci_upper=float(upper[0]),
            n_frame=int(frame.eligible.sum()),
            n_classified=int((frame.eligible & frame.responded).sum()),
            n_audit=int((frame.eligible & frame.audited).sum()),
        )

    def _domain_figures(
        self,
        measure: str,
        variable: str,
        *,
        parts: MeasureParts,
        total: TotalDraws,
        stream: Stream,
    ) -> list[Figure]:
        codes = self._frame.domains[variable]
        levels, ratios = self._levels_of(variable, stream)
        by_domain = parts.domain_parts(codes, self._shift_of(variable))
        guess = (by_domain.unaudited @ parts.rates.rate) * levels.audit.ratio()
        guess += by_domain.missing * levels.response().ratio() * parts.found_anything
        values = by_domain.seen + benchmark(
            guess, total.value - by_domain.seen.sum(), by_domain.most - by_domain.seen
        )
        draws = len(ratios.audit)
        drawn = draw_domains(
            stream(measure, variable),
            by_domain,
            total.rates[:draws],
            ratios=ratios,
            level_drawn=total.level[:draws],
            scale=np.divide(
                values - by_domain.seen, guess, out=np.ones(len(values)), where=guess > 0
            ),
        )
        return self._labelled(
            (measure, variable),
            codes,
            parts=by_domain,
            values=values,
            drawn=(drawn, reach_of(self._frame, parts, self.beyond, codes)),
            own_weight=np.minimum(levels.audit.own_weight(), levels.response().own_weight()),
        )

    def _labelled(
        self,
        names: tuple[str, str],
        codes: Codes,
        *,
        parts: Parts,
        values: NDArray[np.float64],
        drawn: tuple[NDArray[np.float64], Reach],
        own_weight: NDArray[np.float64],
    ) -> list[Figure]:
        units = count_units(self._frame, codes)
        draws, reach = drawn
        lower, upper = accuracy.intervals(
            draws + reach.up,
            values,
            drawn_low=draws - reach.down,
            seen=parts.seen,
            most=parts.most,
            confidence_level=self._confidence_level,
        )
        error = np.hypot(np.minimum(draws, parts.most).std(axis=0), reach.error())
        return [
            Figure(
                measure=names[0],
                domain_variable=names[1],
                domain=code,
                estimator=_label(int(units.n_audit[place]), float(own_weight[place])),
                value=float(values[place]),
                standard_error=float(error[place]),
                ci_lower=float(lower[place]),
                ci_upper=float(upper[place]),
                n_frame=int(units.n_frame[place]),
                n_classified=int(units.n_classified[place]),
                n_audit=int(units.n_audit[place]),
            )
            for place, code in enumerate(codes.names)
        ]

    def _levels_of(self, variable: str, stream: Stream) -> tuple[DomainLevels, RatioDraws]:
        """Return what the domains of a variable say of themselves; all measures share it."""
        if variable not in self._ratios:
            codes = self._frame.domains[variable]
            draws = int(np.clip(DRAWN_RATIOS // len(codes.names), LEAST_DOMAIN_DRAWS, DOMAIN_DRAWS))
            levels = self._levels(codes, self._shift_of(variable))
            self._ratios[variable] = levels, levels.draw(stream(variable), draws)
        return self._ratios[variable]

    def _shift_of(self, variable: str) -> NDArray[np.float64]:
        """Return by what factor a unit's chance differs as it is of its domain."""
        if variable not in self._shifts:
            codes = self._frame.domains[variable]
            self._shifts[variable] = domain_shift(self._frame, codes, self._rates)
        return self._shifts[variable]

    def _levels(self, codes: Codes, shift: NDArray[np.float64]) -> DomainLevels:
        """Return what the domains' own finds say: of the audit, and of response."""
        frame, parts = self._frame, self._enterprises
        n_rates = len(parts.rates.found)
        inside = parts.rates.index >= 0
        at_stake = np.bincount(
            parts.rates.index[inside], weights=parts.unaudited[inside], minlength=n_rates
        )
        # Answers count by the units they stand for (square root: between the few finds that stand
        # for many units and the many that stand for few), so strata taken for certain not at all.
        asked = frame.audited & frame.eligible
        answers = np.bincount(parts.rates.index[asked], minlength=n_rates)
        weight = np.append((at_stake / np.maximum(answers, 1)) ** ANSWER_POWER, 0.0)[
            parts.rates.index
        ]
        weight = np.where(asked, weight, 0.0)
        by_answer = np.minimum(parts.by_answer * shift, 1.0)
        heard = float((weight * by_answer).sum())
        # Scaled so that finds count as finds: the sum has the variance of so many of them.
        weight *= heard / max(float((weight**2 * by_answer).sum()), accuracy.NEVER)
        cell_rate = smoothed_cell_rates(parts.cells, parts.responded, parts.expected_for_missing)

        def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return sum_by(codes.index, values, len(codes.names))

        unknown = parts.unaudited_expected * shift
        left_open = add(unknown * (1.0 - np.minimum(parts.expected * shift, 1.0)))
        expected = add(unknown)
        return DomainLevels(
            audit=Contrast(found=add(weight * frame.active), expected=add(weight * by_answer)),
            known=add(parts.responded * parts.expected * frame.audited),
            unknown=expected,
            open_share=np.divide(
                left_open, expected, out=np.ones(len(expected)), where=expected > 0
            ),
            by_cells=add(parts.responded * cell_rate[parts.cells.index]),
        )


def _label(n_audit: int, own_weight: float) -> str:
    if n_audit == 0:
        return "synthetic"
    return ESTIMATOR if own_weight >= OWN_WEIGHT else "composite"
