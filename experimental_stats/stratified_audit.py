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
from experimental_stats.audit_strata import AMOUNT_SHRINKAGE, amount_rates, stratum_rates
from experimental_stats.audited_frame import TOTAL
from experimental_stats.domain_evidence import DomainEvidence
from experimental_stats.domain_totals import (
    OWN_WEIGHT,
    benchmark,
    benchmark_within,
    draw_domains,
    draw_pieces,
)
from experimental_stats.figures import Figure, count_units
from experimental_stats.measure_parts import MeasureParts
from experimental_stats.out_of_reach import beyond_answers, reach_of
from experimental_stats.weighting import collapse_cells, sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audit_rates import Rates
    from experimental_stats.audited_frame import AuditedFrame, Codes
    from experimental_stats.domain_evidence import Stream
    from experimental_stats.measure_parts import Parts
    from experimental_stats.out_of_reach import Reach

ESTIMATOR = "stratified_audit"


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
        self._values: dict[tuple[str, str], NDArray[np.float64]] = {}
        self._cells = collapse_cells(frame.cell, frame.eligible, frame.responded)
        self._rates = stratum_rates(frame)
        self.beyond = beyond_answers(frame)
        self._enterprises = self._measure(self._rates, np.ones(len(frame.eligible)))
        self._evidence = DomainEvidence(frame, self._enterprises)

    def figures(self, measure: str, stream: Stream) -> list[Figure]:
        """Return the total of a measure, then its domains.

        Args:
            measure: Key of the frame's measures.
            stream: Gives the source of randomness of a purpose, which one or two words name.
        """
        parts = self.parts(measure)
        total = self._total(parts, stream(measure, TOTAL))
        by_variable = {  # the wider ones first: finer ones add up to them
            variable: self._domain_figures(
                measure, variable, parts=parts, total=total, stream=stream
            )
            for variable in self._evidence.parents
        }
        figures = [self._total_figure(measure, parts, total)]
        return figures + [row for name in self._frame.domains for row in by_variable[name]]

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
        found, prior = parts.told.found, parts.told.prior
        rates = self._drawn_rates(parts, generator)
        rates *= accuracy.draw_factor(generator, parts.rates.relative_variance, accuracy.DRAWS)[
            :, None
        ]
        without_prior = found / np.maximum(found + prior, accuracy.NEVER)
        expected = seen + unaudited if parts.found_anything else 1.0
        missed = 0.0 if parts.found_anything else self._missed(parts, generator)
        all_active = 1.0 if whole.unaudited.any() else self._all_active(generator)

        def draw(
            drawn_unaudited: NDArray[np.float64], response_prior: float
        ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            response = parts.response_relative_variance
            factor = accuracy.draw_factor(generator, response, accuracy.DRAWS, response_prior)
            factor *= all_active
            drawn = draw_pieces(generator, drawn_unaudited[:, None], whole.unaudited_pieces)
            if parts.by_size is None:
                level = factor * (seen + drawn_unaudited + missed) / expected
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

    def _missed(self, parts: MeasureParts, generator: np.random.Generator) -> NDArray[np.float64]:
        """Draw what would stand among the answers if they had not all been no, by the prior count.

        Where nothing was found units without a score are like the respondents, and of these the
        answers are a part: all of them where each respondent was audited, and then no rate is
        drawn that could tell what units without a score may hold.
        """
        asked = self._frame.audited & self._frame.eligible
        count = accuracy.PRIOR_COUNT + accuracy.PRIOR_OF_FEW
        drawn: NDArray[np.float64] = generator.gamma(count, size=accuracy.DRAWS)
        return drawn * float(parts.amount[asked].mean())

    def _all_active(self, generator: np.random.Generator) -> NDArray[np.float64] | float:
        """Draw what is left of the rate of units without a score if not all answers had been yes.

        Of a census of the respondents no rate is drawn. Where every one of them was found active
        nothing else would tell that of those without a score one may not be.
        """
        asked = self._frame.audited & self._frame.eligible
        if not self._frame.active[asked].all():
            return 1.0
        n = int(asked.sum())
        inactive = generator.gamma(
            accuracy.PRIOR_COUNT + accuracy.PRIOR_OF_FEW, size=accuracy.DRAWS
        )
        left: NDArray[np.float64] = n / (n + inactive)
        return left

    def _drawn_rates(
        self, parts: MeasureParts, generator: np.random.Generator
    ) -> NDArray[np.float64]:
        """Draw the audit's rates; those by size with the stratum's rate that they lean on.

        A part by size counts κ = `AMOUNT_SHRINKAGE` answers at its stratum's rate as its own. That
        rate is no better known than the n answers of the stratum tell it: so it is drawn, alike for
        all parts, and moves these by a share of what it differs (`_share_of_strata`). Where two
        answers speak for a stratum its parts would be known from thirteen each otherwise.
        """
        told = parts.told
        if parts is self._enterprises:
            return accuracy.draw_rates(
                generator, found=told.found, not_found=told.not_found, prior=told.prior
            )
        n_parts = len(parts.rates.found) // len(self._rates.found)
        strata = self._enterprises.told
        drawn = accuracy.draw_rates(
            generator, found=strata.found, not_found=strata.not_found, prior=strata.prior
        )
        moved = (drawn - self._rates.rate) * self._share_of_strata(parts, n_parts)
        moved = np.repeat(moved, n_parts, axis=1) * AMOUNT_SHRINKAGE * parts.information
        return accuracy.draw_rates(
            generator,
            found=np.maximum(told.found + moved, 0.0),
            not_found=np.maximum(told.not_found - moved, 0.0),
            prior=told.prior,
        )

    def _share_of_strata(self, parts: MeasureParts, n_parts: int) -> NDArray[np.float64]:
        """Return by what share of its own error a stratum's rate moves the parts that lean on it.

        With X_s the amount and n_s the answers of part s, an answer of it changes the stratum's
        estimate Σ X p by X_s / (n_s + κ) and, through the stratum's rate, by S / n with
        S = Σ κ X / (n + κ) over the parts: the sampling variance is p q Σ n_s of the sum's square.
        Parts that are drawn each for itself hold p q Σ X_s² / (n_s + κ) of it; the share is what
        makes up for the rest, given that the rate's own draws vary by p q / n, and at least
        κ / (n + κ). It is 1 and more where strata are classes of size already, so that one part
        holds all answers of a stratum: its rate was drawn as if n + κ answers told it.

        Returns:
            float64 ≥ 0, one a stratum.
        """
        kappa, answers = AMOUNT_SHRINKAGE, self._rates.found + self._rates.not_found
        own = np.maximum(parts.rates.found + parts.rates.not_found - kappa, 0.0)
        own = own.reshape(-1, n_parts)
        inside = np.flatnonzero(parts.rates.index >= 0)
        held = sum_by(
            parts.rates.index[inside], parts.unaudited[inside], len(parts.rates.found)
        ).reshape(-1, n_parts)
        lean = held / (own + kappa)
        shared = kappa * lean.sum(axis=1)
        sampled = (own * (lean + (shared / answers)[:, None]) ** 2).sum(axis=1)
        rest = np.maximum(sampled - (held * lean).sum(axis=1), 0.0)
        share: NDArray[np.float64] = np.divide(
            np.sqrt(rest * answers), shared, out=np.zeros(len(answers)), where=shared > 0
        )
        return np.maximum(share, kappa / (answers + kappa))

    def _total_figure(self, measure: str, parts: MeasureParts, total: TotalDraws) -> Figure:
        reach = reach_of(self._frame, parts, self.beyond)
        lower, upper = accuracy.intervals(
            total.drawn[:, None] + reach.up,
            np.array([total.value]),
            drawn_low=total.drawn_low[:, None] - reach.down,
            certain=(parts.seen.sum(keepdims=True), parts.eligible.sum(keepdims=True)),
            tails=accuracy.tails_of_total(total.drawn, total.drawn_low, self._confidence_level),
            step=parts.step,
        )
        frame, drawn = self._frame, np.minimum(total.drawn, float(parts.eligible.sum()))
        return Figure(
            measure=measure,
            domain_variable=TOTAL,
            domain=TOTAL,
            estimator=ESTIMATOR,
            value=total.value,
            standard_error=float(np.hypot(drawn.std(), reach.error()[0])),
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
        levels, ratios = self._evidence.levels_of(variable, measure, parts, stream)
        shift = self._evidence.shift_of(variable, measure, parts)
        by_domain = parts.domain_parts(codes, shift.factor)
        pool = self._evidence.pool_of(variable, parts)
        rate = parts.rates.rate if pool is None else pool.rates(parts.rates.rate)
        guess = (by_domain.unaudited @ rate) * levels.audit_ratio()
        guess += by_domain.missing * levels.response_ratio() * parts.found_anything
        expected = self._benchmarked((measure, variable), by_domain, guess, total.value)
        values = by_domain.seen + expected
        self._values[measure, variable] = values
        draws = len(ratios.audit)
        drawn = draw_domains(
            stream(measure, variable),
            by_domain,
            total.rates[:draws] if pool is None else pool.rates(total.rates[:draws]),
            ratios=ratios,
            level_drawn=total.level[:draws],
            scale=np.divide(expected, guess, out=np.ones(len(values)), where=guess > 0),
        )
        return self._labelled(
            (measure, variable),
            codes,
            parts=by_domain,
            values=values,
            drawn=(drawn, reach_of(self._frame, parts, self.beyond, codes)),
            own_weight=levels.own_weight(),
        )

    def _benchmarked(
        self, names: tuple[str, str], parts: Parts, guess: NDArray[np.float64], total: float
    ) -> NDArray[np.float64]:
        """Return the expected parts, made to add up to the total, or to the wider domains."""
        measure, variable = names
        parents, room = self._evidence.parents[variable], parts.most - parts.seen
        if len(parents) != 1:
            return benchmark(guess, total - parts.seen.sum(), room)
        ((parent, above),) = parents.items()
        whole = self._values[measure, parent]
        wanted = whole - sum_by(above, parts.seen, len(whole))
        return benchmark_within(above, guess, wanted=wanted, room=room)

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
            draws + reach.up if reach.up.any() else draws,
            values,
            drawn_low=draws - reach.down if (reach.up + reach.down).any() else None,
            certain=(parts.seen, parts.most),
            tails=accuracy.equal_tails(self._confidence_level),
            step=parts.step,
        )
        error = np.hypot(np.minimum(draws, parts.most).std(axis=0), reach.error())
        counts = (units.n_frame, units.n_classified, units.n_audit)
        columns = [part.tolist() for part in (values, error, lower, upper, own_weight, *counts)]
        return [
            Figure(
                measure=names[0],
                domain_variable=names[1],
                domain=code,
                estimator=_label(n_audit, own),
                value=value,
                standard_error=deviation,
                ci_lower=low,
                ci_upper=high,
                n_frame=n_frame,
                n_classified=n_classified,
                n_audit=n_audit,
            )
            for code, value, deviation, low, high, own, n_frame, n_classified, n_audit in zip(
                codes.names, *columns, strict=True
            )
        ]


def _label(n_audit: int, own_weight: float) -> str:
    if n_audit == 0:
        return "synthetic"
    return ESTIMATOR if own_weight >= OWN_WEIGHT else "composite"
