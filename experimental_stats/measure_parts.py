"""One measure of an audited frame, split into seen, outside the audit, and without a score (pure).

The rate of a stratum among the units *without a score* is estimated apart: where some weighting
cells respond less than others, an answer from them stands for more units. With g = X_c / x_c (the
amount without a score over that of the respondents of the cell), answers a and units outside the
audit u::

    ρ_h = (p_h · mean_u g + cov_a(g, y)) / (p_h · mean_u (g s))        cov with n − 1

corrects the stratum's rate for it: two-phase sampling (Särndal, Swensson and Wretman 1992, ch. 9).
Without it a score that says little would leave the missing units the rate of the others. Over the
stratum it gives what the answers give, g y / π, but for the chance of g alone. The curve s has to
stay out of it, since it is drawn through the same answers: by Σ g y / Σ g s a world that responds
less where more are active lost 5 % of its total.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats import accuracy
from experimental_stats.missing_amounts import MissingBySize, predict_missing
from experimental_stats.silent_cells import silent_variance
from experimental_stats.weighting import (
    cell_loads,
    cell_rates,
    smoothed_cell_rates,
    sum_by,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audit_rates import Rates
    from experimental_stats.audited_frame import AuditedFrame, Codes
    from experimental_stats.weighting import ResponseCells

# Amounts are drawn by size of unit: each class holds units up to three times as large as the
# smallest in it. One average size would make lumps of a large unit that is hardly ever active.
SIZE_STEP = 3.0
MOST_SIZE_CLASSES = 8
LEAST_TOLD = 1 / 3  # of an answer in a cell of up to three


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What answers say of the audit's rates, shape (n_rates,) each.

    Attributes:
        found, not_found: Answers of both kinds, as many as tell as much as the real ones.
        prior: Added to both when rates are drawn.
    """

    found: NDArray[np.float64]
    not_found: NDArray[np.float64]
    prior: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """How the sum over some units falls apart into units, by class of their size.

    Attributes:
        share: shape (n_domains, n_classes): share of the expected amount in the class; rows add up
            to 1, or to 0 where the domain has no such unit.
        piece: shape (n_domains, n_classes): variance / mean of the sum over the class.
    """

    share: NDArray[np.float64]
    piece: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What makes up the figure of every domain, in units of the measure.

    Attributes:
        seen: Found active in the audit.
        most: All eligible units of the domain.
        unaudited: shape (n_domains, n_rates): amount outside the audit by cell of `Rates`.
        unaudited_pieces: How the sum over these units falls apart.
        missing: Expected among eligible units without a score.
        missing_pieces: How the sum over these units falls apart.
        step: Amount that every unit with any has, 0 where amounts differ.
    """

    seen: NDArray[np.float64]
    most: NDArray[np.float64]
    unaudited: NDArray[np.float64]
    unaudited_pieces: Pieces
    missing: NDArray[np.float64]
    missing_pieces: Pieces
    step: float


class MeasureParts:
    """One measure split into seen, outside the audit, and without a score; arrays a unit.

    Args:
        frame: The audited frame.
        cells: Weighting cells.
        rates: Audit rates of this measure.
        strata: Audit rates of the enterprises: what strata there are.
        amount: float64 ≥ 0, one a unit.
        enterprises: The parts of the enterprises; None for these themselves.
    """

    def __init__(
        self,
        frame: AuditedFrame,
        cells: ResponseCells,
        *,
        rates: Rates,
        strata: Rates,
        amount: NDArray[np.float64],
        enterprises: MeasureParts | None = None,
    ) -> None:
        self.rates = rates
        self.cells = cells
        self._enterprises = enterprises
        self._asked = frame.audited & frame.eligible
        self.amount = amount
        self.eligible = amount * frame.eligible
        self.responded = amount * (frame.eligible & frame.responded)
        self.without_score = amount * (frame.eligible & ~frame.responded)
        self.load = (
            cell_loads(cells, frame.eligible & frame.responded, frame.eligible & ~frame.responded)
            if frame.load is None
            else frame.load
        )
        self.expected = np.minimum(rates.expected(frame), 1.0)
        self.seen = amount * (frame.active & frame.audited & frame.eligible)
        self.unaudited = amount * rates.spread
        self.unaudited_expected = self.responded * self.expected * ~frame.audited
        self.expected_for_missing = self._expected_for_missing(frame, strata)
        self.cell_rate = cell_rates(cells, self.responded, self.expected_for_missing)
        self.missing_factor = self._missing_factor()
        self.missing_expected = (
            self.without_score * (self.cell_rate * self.missing_factor)[cells.index]
        )
        self._silent_variance = 0.0
        if enterprises is None:
            self._silent_variance = silent_variance(
                frame.cell,
                responded=self.responded,
                expected=self.expected_for_missing,
                missing=self.without_score,
            )
        self.by_size: MissingBySize | None = None
        # Where respondents hold nothing of an amount it is the rates of enterprises that tell.
        if enterprises is not None and self.found_anything and self.without_score.any():
            self.by_size = predict_missing(frame, self, enterprises)
            predicted = self.without_score * self.by_size.rate
            # Weights that were calibrated to the frame's amounts say how much is missing.
            if frame.load is not None and predicted.any() and self.responded.any():
                self.by_size = self.by_size.times(self.missing_expected.sum() / predicted.sum())
            self.missing_expected = self.without_score * self.by_size.rate

    def _missing_factor(self) -> NDArray[np.float64]:
        """Return by how much a cell's rate is multiplied, so that families add up by the loads."""
        cells = self.cells
        by_load = cells.totals(self.load * self.responded * self.expected_for_missing)
        by_rate = cells.totals(self.without_score) * self.cell_rate
        wanted = sum_by(cells.family, by_load, cells.n_families)
        held = sum_by(cells.family, by_rate, cells.n_families)
        factor = np.divide(
            wanted, held, out=np.ones(cells.n_families), where=(held > 0) & (wanted > 0)
        )
        return factor[cells.family]

    def _expected_for_missing(self, frame: AuditedFrame, strata: Rates) -> NDArray[np.float64]:
        asked = np.flatnonzero(frame.audited & frame.eligible)
        rest = np.flatnonzero(strata.spread > 0)
        place, size = strata.index[asked], len(strata.found)
        answer, load = frame.active[asked].astype(float), self.load[asked]
        outside, spread = strata.index[rest], strata.spread[rest]
        n, found = sum_by(place, np.ones(len(asked)), size), sum_by(place, answer, size)
        together = sum_by(place, load * answer, size) - sum_by(place, load, size) * found / n
        rate = found / n
        evenly = sum_by(outside, self.load[rest] * spread / strata.shape[rest], size)
        there = sum_by(outside, spread / strata.shape[rest], size)
        wanted = rate * evenly + there * together / np.maximum(n - 1.0, 1.0)
        held = rate * sum_by(outside, self.load[rest] * spread, size)
        ratio = np.divide(np.maximum(wanted, 0.0), held, out=np.ones(size), where=held > 0)
        self.stratum_correction = np.append(ratio, 1.0)[strata.index]
        # Not capped one by one: what a cap takes off a few units their sum would lack.
        by_score = self.rates.expected(frame)
        return np.where(frame.audited, by_score, by_score * self.stratum_correction)

    @cached_property
    def stands_for(self) -> NDArray[np.float64]:
        """Return for how many units outside the audit an answer stands, in every cell of `rates`.

        Where a size class has no answer of its own, those of its stratum speak for it.
        """
        inside, size = self.rates.index >= 0, len(self.rates.found)
        outside = np.bincount(
            self.rates.index[inside], weights=self.rates.spread[inside], minlength=size
        )
        answers: NDArray[np.float64] = np.maximum(self.rates.found + self.rates.not_found, 1.0)
        return outside / answers

    @cached_property
    def information(self) -> NDArray[np.float64]:
        """Return for every cell of `rates` what an answer counts when the rate is drawn, 0–1.

        Two things, as factors. (n − 2) / n gives the variance of a Beta draw, p (1 − p) / (m + 1)
        with m answers, the unbiased one's p (1 − p) / (n − 1). And answers stand for different
        numbers of missing units: with the weights w = 1 + load they tell as much as
        (Σ w)² / Σ w² equal ones (Kish 1965).
        """
        asked = np.flatnonzero(self._asked)
        place, size = self.rates.index[asked], len(self.rates.found)
        weight = 1.0 + self.load[asked]
        n = np.bincount(place, minlength=size).astype(float)
        squares = sum_by(place, weight**2, size)
        equal = np.divide(
            sum_by(place, weight, size) ** 2, squares * n, out=np.ones(size), where=squares > 0
        )
        told: NDArray[np.float64] = equal * np.maximum(1.0 - 2.0 / np.maximum(n, 1.0), LEAST_TOLD)
        return told

    @cached_property
    def told(self) -> Told:
        """Return what the answers say of every rate, as counts, and the prior beside them."""
        inside, size = self.rates.index >= 0, len(self.rates.found)
        found = self.rates.found * self.information
        not_found = self.rates.not_found * self.information
        outside = self.stands_for * np.maximum(self.rates.found + self.rates.not_found, 1.0)
        amount = np.bincount(
            self.rates.index[inside], weights=self.unaudited[inside], minlength=size
        )
        prior = accuracy.prior_counts(
            found,
            not_found,
            stands_for=self.stands_for,
            size=amount / np.maximum(outside, accuracy.NEVER),
        )
        return Told(found=found, not_found=not_found, prior=prior)

    @cached_property
    def possible(self) -> NDArray[np.float64]:
        """Return for every unit outside the audit the mean of its drawn chances of being active.

        Where nothing was found the estimate is 0 and the draws are not: which units they fall on
        is told by this.
        """
        told = self.told
        mean = (told.found + told.prior) / np.maximum(
            told.found + told.not_found + 2.0 * told.prior, accuracy.NEVER
        )
        chance: NDArray[np.float64] = np.append(mean, 0.0)[self.rates.index] * self.rates.spread
        return np.minimum(chance, 1.0)

    @cached_property
    def found_anything(self) -> bool:
        """Return whether any activity is expected at all."""
        if self._enterprises and self.without_score.any() and not self.responded.any():
            return self._enterprises.found_anything
        return bool((self.responded * self.expected).sum() > 0)

    @cached_property
    def response_relative_variance(self) -> float:
        """Return the relative variance of the weighting cells' rates, applied to their units.

        Σ g² x² p (1 − R_c) over the respondents, by (Σ x R_c)², with g the load; a cell whose
        respondents hold no amount takes the overall rate and adds nothing. As R_c was found in the
        same n_c respondents, the audited share a_c of which are single answers, it is multiplied
        by 1 + a_c / (n_c − 1).

        And one thing that audit and response share: an answer that happens to be yes raises the
        rate of its stratum *and* counts among its cell's respondents. With U units of a stratum
        outside its n answers the variance of both together is p q ((1+g)² U²/n + 2 g (1+g) U +
        g² n); draws of the rate hold the first term and those above g² (U + n), which leaves
        p q U (2 g + g²). It matters where a stratum is audited nearly whole.

        Cells in which nobody responded add what they may differ by (`silent_cells`).
        """
        if self.by_size is not None and self._enterprises is not None:
            return self._enterprises.response_relative_variance  # of the level; sizes are drawn
        missing = float(self.missing_expected.sum())
        if missing <= 0:
            return 0.0
        present = (self.responded > 0).astype(float)
        n = self.cells.totals(present)
        answers = self.cells.totals(present * self._asked)
        overfit = 1.0 + answers / np.maximum(n, 1.0) / np.maximum(n - 1.0, 1.0)
        open_share = (np.maximum(1.0 - self.cell_rate, 0.0) * overfit)[self.cells.index]
        spread = (self.load * self.responded) ** 2 * self.expected_for_missing * open_share
        chance = self.expected * (1.0 - self.expected) * ~self._asked
        shared = self.responded**2 * chance * self.load * (2.0 + self.load)
        return (float((spread + shared).sum()) + self._silent_variance) / missing**2

    @cached_property
    def by_answer(self) -> NDArray[np.float64]:
        """Return every respondent's chance by stratum and score, as if it had not been audited."""
        chance: NDArray[np.float64] = np.append(self.rates.rate, 0.0)[self.rates.index]
        return np.minimum(chance * self.rates.shape, 1.0)

    def domain_parts(self, codes: Codes | None, shift: NDArray[np.float64] | float = 1.0) -> Parts:
        """Return the parts by domain, or of the whole as one domain where `codes` is None.

        Args:
            codes: A domain variable, or None.
            shift: One a unit, by what its chance differs for its domain (`domain_shift`).
        """
        size = len(codes.names) if codes else 1
        place = codes.index if codes else np.zeros(len(self.amount), dtype=np.int64)

        def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return sum_by(place, values, size)

        missing_rate = self._missing_rate(smooth=codes is not None)
        outside = self.amount * (self.rates.spread > 0)
        possible = np.minimum(self.possible * shift, 1.0)
        n_rates = len(self.rates.found)
        inside = self.rates.index >= 0
        by_rate = sum_by(
            place[inside] * n_rates + self.rates.index[inside],
            (self.unaudited * shift)[inside],
            size * n_rates,
        ).reshape(size, n_rates)
        return Parts(
            seen=add(self.seen),
            most=add(self.eligible),
            unaudited=by_rate,
            unaudited_pieces=self._pieces(place, size, outside, possible),
            missing=add(self.without_score * missing_rate),
            missing_pieces=self._pieces(place, size, self.without_score, missing_rate),
            step=self.step,
        )

    def _pieces(
        self,
        place: NDArray[np.int64],
        size: int,
        amount: NDArray[np.float64],
        rate: NDArray[np.float64],
    ) -> Pieces:
        """Return share and variance / mean by domain and class of size.

        Σ x² p (1 − p) / Σ x p; that of single units, Σ x² / Σ x, where nothing is expected.
        """
        classes = self.size_class
        n_classes = int(classes.max(initial=0)) + 1
        at = place * n_classes + classes
        expected = amount * rate

        def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return sum_by(at, values, size * n_classes).reshape(size, n_classes)

        mean = weight = add(expected)
        piece = np.zeros(mean.shape)
        if not (mean > 0).all():
            whole = add(amount)
            np.divide(add(self.amount * amount), whole, out=piece, where=whole > 0)
            weight = np.where(mean.sum(axis=1, keepdims=True) > 0, mean, whole)
        np.divide(add(self.amount * expected * (1.0 - rate)), mean, out=piece, where=mean > 0)
        total = weight.sum(axis=1, keepdims=True)
        share = np.divide(weight, total, out=np.zeros(weight.shape), where=total > 0)
        return Pieces(share=share, piece=piece)

    @cached_property
    def step(self) -> float:
        """Return the amount that every unit with any has; 0 where amounts differ."""
        held = self.eligible[self.eligible > 0]
        return float(held[0]) if len(held) and held.min() == held.max() else 0.0

    @cached_property
    def size_class(self) -> NDArray[np.int64]:
        """Return the class of every unit's amount, 0 the smallest; equal amounts are in one."""
        positive = self.amount[self.amount > 0]
        if not len(positive) or positive.min() == positive.max():
            return np.zeros(len(self.amount), dtype=np.int64)
        steps = np.log(np.maximum(self.amount, positive.min()) / positive.min())
        classes = np.floor(steps / np.log(SIZE_STEP)).astype(np.int64)
        # The largest classes stay apart: it is there that one unit matters.
        classes = np.maximum(classes - max(int(classes.max()) - MOST_SIZE_CLASSES + 1, 0), 0)
        found: NDArray[np.int64] = np.unique(classes, return_inverse=True)[1]
        return found

    def _missing_rate(self, *, smooth: bool) -> NDArray[np.float64]:
        if not self.found_anything:
            # Nothing expected: the share of the drawn activity of respondents that a unit gets.
            held = float(self.responded.sum())
            return np.full(len(self.amount), 1.0 / held if held > 0 else 0.0)
        if self.by_size is not None:
            return self.by_size.rate
        rates = (
            smoothed_cell_rates(self.cells, self.responded, self.expected_for_missing)
            if smooth
            else self.cell_rate
        )
        by_unit: NDArray[np.float64] = (rates * self.missing_factor)[self.cells.index]
        return np.minimum(by_unit, 1.0)
