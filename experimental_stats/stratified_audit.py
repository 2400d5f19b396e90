"""The stratified audit estimator: point figures and Monte Carlo intervals (pure).

`estimation` documents the formula. The variance has three parts, all drawn: the rates of the
strata (audit), the rates of the weighting cells (response), and the finite number of units that
the rates are applied to (this is what the finite-population correction says in design terms).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats import accuracy
from experimental_stats.audit_strata import amount_rates, stratum_rates
from experimental_stats.audited_frame import TOTAL
from experimental_stats.domain_totals import OWN_WEIGHT, Contrast, Parts, composite, draw_domains
from experimental_stats.figures import Figure, count_units
from experimental_stats.weighting import (
    cell_rates,
    collapse_cells,
    smoothed_cell_rates,
    sum_by,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from experimental_stats.audit_strata import Rates
    from experimental_stats.audited_frame import AuditedFrame, Codes
    from experimental_stats.weighting import ResponseCells

ESTIMATOR = "stratified_audit"
# Domain draws are cut down where a variable has very many codes: memory stays bounded.
DOMAIN_DRAWS, LEAST_DOMAIN_DRAWS, DRAWN_NUMBERS = 1000, 200, 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalDraws:
    """The total of one measure and its draws.

    Attributes:
        value: The total, in units of the measure.
        drawn: shape (DRAWS,), draws of the total.
        drawn_low: shape (DRAWS,), the same from the finds alone, without prior.
        rates: shape (DRAWS, n_rates), draws of the audit's rates.
        level: shape (DRAWS,), draws of the level of the rates of units without a score.
    """

    value: float
    drawn: NDArray[np.float64]
    drawn_low: NDArray[np.float64]
    rates: NDArray[np.float64]
    level: NDArray[np.float64]


class MeasureParts:
    """One measure split into seen, outside the audit, and without a score; arrays a unit.

    Args:
        frame: The audited frame.
        cells: Weighting cells.
        rates: Audit rates of this measure.
        amount: float64 ≥ 0, one a unit.
    """

    def __init__(
        self, frame: AuditedFrame, cells: ResponseCells, rates: Rates, amount: NDArray[np.float64]
    ) -> None:
        self.rates = rates
        self.cells = cells
        self.amount = amount
        self.eligible = amount * frame.eligible
        self.responded = amount * (frame.eligible & frame.responded)
        self.without_score = amount * (frame.eligible & ~frame.responded)
        self.expected = np.minimum(rates.expected(frame), 1.0)
        self.seen = amount * (frame.active & frame.audited & frame.eligible)
        self.unaudited = amount * rates.spread
        self.unaudited_expected = self.responded * self.expected * ~frame.audited
        self.cell_rate = cell_rates(cells, self.responded, self.expected)
        self.missing_expected = self.without_score * self.cell_rate[cells.index]

    @cached_property
    def found_anything(self) -> bool:
        """Return whether any activity is expected at all."""
        return bool((self.responded * self.expected).sum() > 0)

    @cached_property
    def response_relative_variance(self) -> float:
        """Return the relative variance of the weighting cells' rates, applied to their units.

        Σ_c (X_c/x_c − 1)² Σ_respondents x² p (1 − R_c) over (Σ x R_c)²; a cell whose respondents
        hold no amount takes the overall rate and adds nothing.
        """
        missing = float(self.missing_expected.sum())
        if missing <= 0:
            return 0.0
        held = self.cells.totals(self.responded)
        weight = np.divide(
            self.cells.totals(self.without_score),
            held,
            out=np.zeros(self.cells.n_cells),
            where=held > 0,
        )
        spread = self.cells.totals(self.responded**2 * self.expected) * (1.0 - self.cell_rate)
        return float((weight**2 * spread).sum()) / missing**2

    def domain_parts(self, codes: Codes | None) -> Parts:
        """Return the parts by domain, or of the whole as one domain where `codes` is None."""
        size = len(codes.names) if codes else 1
        place = codes.index if codes else np.zeros(len(self.amount), dtype=np.int64)

        def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return sum_by(place, values, size)

        missing_rate = self._missing_rate(smooth=codes is not None)
        n_rates = len(self.rates.found)
        inside = self.rates.index >= 0
        by_rate = sum_by(
            place[inside] * n_rates + self.rates.index[inside],
            self.unaudited[inside],
            size * n_rates,
        ).reshape(size, n_rates)
        open_share = 1.0 - self.expected
        return Parts(
            seen=add(self.seen),
            most=add(self.eligible),
            unaudited=by_rate,
            unaudited_piece=_piece(
                add(self.amount * self.unaudited_expected * open_share),
                add(self.unaudited_expected),
                fallback=(add(self.amount * self.unaudited), add(self.unaudited)),
            ),
            missing=add(self.without_score * missing_rate),
            missing_piece=_piece(
                add(self.amount * self.without_score * missing_rate * (1.0 - missing_rate)),
                add(self.without_score * missing_rate),
                fallback=(add(self.amount * self.without_score), add(self.without_score)),
            ),
        )

    def _missing_rate(self, *, smooth: bool) -> NDArray[np.float64]:
        if not self.found_anything:
            # Nothing expected: the share of the drawn activity of respondents that a unit gets.
            return np.full(len(self.amount), 1.0 / max(float(self.responded.sum()), 1e-300))
        rates = (
            smoothed_cell_rates(self.cells, self.responded, self.expected)
            if smooth
            else self.cell_rate
        )
        by_unit: NDArray[np.float64] = rates[self.cells.index]
        return by_unit


class StratifiedAudit:
    """Estimates of one audited frame; what measures and domains share is worked out once.

    Args:
        frame: With at least one eligible audited unit.
        confidence_level: Share 0–1 of the intervals.
    """

    def __init__(self, frame: AuditedFrame, confidence_level: float) -> None:
        self._frame = frame
        self._confidence_level = confidence_level
        self._cells = collapse_cells(frame.cell, frame.eligible, frame.responded)
        self._rates = stratum_rates(frame)
        self._enterprises = MeasureParts(
            frame, self._cells, self._rates, np.ones(len(frame.eligible))
        )

    def figures(
        self, measure: str, generator: Callable[[str], np.random.Generator]
    ) -> list[Figure]:
        """Return the total of a measure, then its domains.

        Args:
            measure: Key of the frame's measures.
            generator: Gives the source of randomness of the total and of each domain variable.
        """
        parts = self._parts(measure)
        total = self._total(parts, generator(TOTAL))
        figures = [self._total_figure(measure, parts, total)]
        for variable in self._frame.domains:
            figures += self._domain_figures(
                measure, variable, parts=parts, total=total, generator=generator(variable)
            )
        return figures

    def _parts(self, measure: str) -> MeasureParts:
        if measure == "enterprises":
            return self._enterprises
        amount = self._frame.measures[measure]
        rates = amount_rates(self._frame, self._rates, amount)
        return MeasureParts(self._frame, self._cells, rates, amount)

    def _total(self, parts: MeasureParts, generator: np.random.Generator) -> TotalDraws:
        whole = parts.domain_parts(None)
        seen, most = float(whole.seen[0]), float(whole.most[0])
        unaudited = float(whole.unaudited[0] @ parts.rates.rate)
        missing = float(parts.missing_expected.sum())
        rates = accuracy.draw_rates(
            generator,
            found=parts.rates.found,
            not_found=parts.rates.not_found,
            at_stake=whole.unaudited[0],
        )
        found = parts.rates.found
        without_prior = found / np.maximum(
            found + accuracy.prior_counts(whole.unaudited[0]), accuracy.NEVER
        )
        expected = seen + unaudited if parts.found_anything else 1.0

        def draw(
            drawn_unaudited: NDArray[np.float64],
        ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            level = (seen + drawn_unaudited) / expected * factor
            drawn = accuracy.draw_sum(generator, drawn_unaudited, whole.unaudited_piece[0])
            drawn += accuracy.draw_sum(generator, whole.missing[0] * level, whole.missing_piece[0])
            return seen + drawn, level

        factor = accuracy.draw_factor(generator, parts.response_relative_variance, accuracy.DRAWS)
        drawn, level = draw(rates @ whole.unaudited[0])
        drawn_low, _ = draw((rates * without_prior) @ whole.unaudited[0])
        return TotalDraws(
            value=min(seen + unaudited + missing, most),
            drawn=drawn,
            drawn_low=drawn_low,
            rates=rates,
            level=level,
        )

    def _total_figure(self, measure: str, parts: MeasureParts, total: TotalDraws) -> Figure:
        lower, upper = accuracy.interval(
            total.drawn,
            total.value,
            # Rates by size are drawn towards their stratum already; without the prior as well
            # the intervals of amounts came out too wide (coverage .99 in simulation).
            drawn_low=total.drawn_low if measure == "enterprises" else None,
            seen=float(parts.seen.sum()),
            most=float(parts.eligible.sum()),
            confidence_level=self._confidence_level,
        )
        frame = self._frame
        return Figure(
            measure=measure,
            domain_variable=TOTAL,
            domain=TOTAL,
            estimator=ESTIMATOR,
            value=total.value,
            standard_error=float(total.drawn.std()),
            ci_lower=lower,
            ci_upper=upper,
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
        generator: np.random.Generator,
    ) -> list[Figure]:
        codes = self._frame.domains[variable]
        audit, response = self._contrasts(codes)
        by_domain = parts.domain_parts(codes)
        values = composite(
            by_domain, parts.rates.rate, audit=audit, response=response, total=total.value
        )
        draws = int(
            np.clip(DRAWN_NUMBERS // max(len(codes.names), 1), LEAST_DOMAIN_DRAWS, DOMAIN_DRAWS)
        )
        guess = (by_domain.unaudited @ parts.rates.rate) * audit.ratio()
        guess += by_domain.missing * response.ratio() * parts.found_anything
        scale = np.divide(values - by_domain.seen, guess, out=np.ones(len(values)), where=guess > 0)
        drawn = draw_domains(
            generator,
            by_domain,
            total.rates[:draws],
            ratios_drawn=(audit.draw(generator, draws), response.draw(generator, draws)),
            level_drawn=total.level[:draws],
            scale=scale,
        )
        return self._labelled(
            (measure, variable),
            codes,
            parts=by_domain,
            values=values,
            drawn=drawn,
            own_weight=np.minimum(audit.own_weight(), response.own_weight()),
        )

    def _labelled(
        self,
        names: tuple[str, str],
        codes: Codes,
        *,
        parts: Parts,
        values: NDArray[np.float64],
        drawn: NDArray[np.float64],
        own_weight: NDArray[np.float64],
    ) -> list[Figure]:
        units = count_units(self._frame, codes)
        figures = []
        for place, code in enumerate(codes.names):
            value = float(values[place])
            lower, upper = accuracy.interval(
                drawn[:, place],
                value,
                seen=float(parts.seen[place]),
                most=float(parts.most[place]),
                confidence_level=self._confidence_level,
            )
            figures.append(
                Figure(
                    measure=names[0],
                    domain_variable=names[1],
                    domain=code,
                    estimator=_label(int(units.n_audit[place]), float(own_weight[place])),
                    value=value,
                    standard_error=float(np.minimum(drawn[:, place], parts.most[place]).std()),
                    ci_lower=lower,
                    ci_upper=upper,
                    n_frame=int(units.n_frame[place]),
                    n_classified=int(units.n_classified[place]),
                    n_audit=int(units.n_audit[place]),
                )
            )
        return figures

    def _contrasts(self, codes: Codes) -> tuple[Contrast, Contrast]:
        """Return what the domains' own finds say: of the audit, and of response."""
        frame, parts = self._frame, self._enterprises
        rate = np.append(parts.rates.rate, 0.0)
        n_rates = len(parts.rates.found)
        inside = parts.rates.index >= 0
        at_stake = np.bincount(
            parts.rates.index[inside], weights=parts.unaudited[inside], minlength=n_rates
        )
        # Answers count by the units they stand for (square root: between the few finds that stand
        # for many units and the many that stand for few), so strata taken for certain not at all.
        asked = frame.audited & frame.eligible
        answers = np.bincount(parts.rates.index[asked], minlength=n_rates)
        weight = np.append(np.sqrt(at_stake / np.maximum(answers, 1)), 0.0)[parts.rates.index]
        weight = np.where(asked, weight, 0.0)
        by_answer = rate[parts.rates.index]
        heard = float((weight * by_answer).sum())
        # Scaled so that finds count as finds: the sum has the variance of so many of them.
        weight *= heard / max(float((weight**2 * by_answer).sum()), accuracy.NEVER)
        cell_rate = smoothed_cell_rates(parts.cells, parts.responded, parts.expected)

        def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return sum_by(codes.index, values, len(codes.names))

        audit = Contrast(found=add(weight * frame.active), expected=add(weight * by_answer))
        response = Contrast(
            found=add(parts.responded * parts.expected),
            expected=add(parts.responded * cell_rate[parts.cells.index]),
        )
        return audit, response


def _piece(
    variance: NDArray[np.float64],
    mean: NDArray[np.float64],
    *,
    fallback: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return variance / mean of a sum over units; that of a single unit where nothing is expected.

    Σ x² p (1 − p) / Σ x p; else Σ x² / Σ x; else 0.
    """
    single = np.divide(fallback[0], fallback[1], out=np.zeros(len(mean)), where=fallback[1] > 0)
    piece: NDArray[np.float64] = np.divide(variance, mean, out=single, where=mean > 0)
    return piece


def _label(n_audit: int, own_weight: float) -> str:
    if n_audit == 0:
        return "synthetic"
    return ESTIMATOR if own_weight >= OWN_WEIGHT else "composite"
