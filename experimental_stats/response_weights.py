"""Weights of respondents, so that they stand for the units without a score (pure).

Every respondent stands for itself and, with its *load*, for others: weight = 1 + load. Loads begin
as those of the response-homogeneity cells, missing / responding units of the cell
(post-stratification; Särndal, Swensson and Wretman 1992, ch. 15.6), and are moved as little as
possible so that they add up to known totals of the missing units:

- ``raking``: to the counts of each margin in turn (Deming and Stephan 1940);
- ``calibration``: to the counts of all margins and the totals of all amounts at once, with the
  bounded logit distance (Deville and Särndal 1992): no load can turn negative;
- ``greg``: to the same totals with the linear distance, factors 1 + x'λ as in the generalised
  regression estimator, cut off at the same bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy import sparse
from scipy.sparse.linalg import lsmr

from experimental_stats.audited_frame import code_column
from experimental_stats.weighting import MINIMUM_RESPONDENTS, cell_loads, collapse_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from experimental_stats.weighting import ResponseCells

    # From x'λ of every respondent to the factor on its load, and the factor's slope there.
    Bend = Callable[[NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]

CELLS = "cells"
WEIGHTINGS = (CELLS, "raking", "calibration", "greg")
LEAST_CHANGE, MOST_CHANGE = 0.2, 4.0  # bounds of the factor on a load
_STEEP = (MOST_CHANGE - LEAST_CHANGE) / ((1.0 - LEAST_CHANGE) * (MOST_CHANGE - 1.0))
HALVINGS = 30
MOST_DENSE = 400  # margins from which on equations are solved step by step
STEPS, TOLERANCE = 200, 1e-7  # of both methods; relative to the total that is to be met


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseReport:
    """How respondents were weighted.

    Attributes:
        method: The one used, of `WEIGHTINGS`.
        r_indicator: 1 − 2 S(ρ), ρ the response rate of the cell: 1 where all cells respond alike
            (Schouten, Cobben and Bethlehem 2009).
        design_effect: 1 + squared coefficient of variation of the weights (Kish).
        lowest, highest: Weights.
        note: Why another method was used than the one asked for; empty where none was.
    """

    method: str
    r_indicator: float
    design_effect: float
    lowest: float
    highest: float
    note: str = ""


def weigh_responses(
    units: pa.Table, *, method: str, margins: Sequence[str], amounts: Sequence[str]
) -> tuple[pa.Table, ResponseReport]:
    """Add ``response_weight`` (float64, null unless eligible and responded) to `units`.

    Args:
        units: As `estimation.estimate_totals` takes it.
        method: One of `WEIGHTINGS`; ``cells`` adds no column: the estimator does that itself.
        margins: String columns of `units`.
        amounts: float64 columns of `units` ≥ 0, for ``calibration`` and ``greg``.
    """
    eligible = units.column("eligible").to_numpy()
    responded = units.column("responded").to_numpy() & eligible
    missing = eligible & ~responded
    cells = collapse_cells(code_column(units, "weighting_cell"), eligible, responded)
    start = cell_loads(cells, responded, missing)
    load, note = start, ""
    if method != CELLS and responded.any() and missing.any():
        blocks = [_indicators(units, name, responded, missing) for name in margins]
        known = [sparse.csr_array(units.column(name).to_numpy()[:, None]) for name in amounts]
        if method == "raking":
            moved = _rake(start, blocks, responded, missing)
        else:
            matrix = sparse.hstack([*blocks, *known], format="csr") if blocks or known else None
            bend = _linear if method == "greg" else _logit
            moved = _calibrate(start, matrix, missing, responded=responded, bend=bend)
        if moved is None:
            note = f"{method} did not meet the frame's totals within its bounds: cells were used"
        else:
            load = moved
    weight = np.where(responded, 1.0 + load, np.nan)
    report = _report(cells, responded, eligible, weight, CELLS if note else method, note)
    if report.method == CELLS:
        return units, report
    return units.append_column(
        "response_weight", pa.array(weight, pa.float64(), from_pandas=True)
    ), report


def _indicators(
    units: pa.Table, name: str, responded: NDArray[np.bool_], missing: NDArray[np.bool_]
) -> sparse.csr_array:
    """Return one column a code; codes with too few respondents share one, or join the largest.

    Sparse: a register may hold thousands of codes and a million units.
    """
    codes = code_column(units, name)
    size = len(codes.names)
    n = np.bincount(codes.index[responded], minlength=size)
    few = n < MINIMUM_RESPONDENTS
    target = np.arange(size)
    if few.any():
        alone = int(n[few].sum()) >= MINIMUM_RESPONDENTS
        target[few] = int(np.flatnonzero(few)[0]) if alone else int(np.argmax(n))
    kept, place = np.unique(target, return_inverse=True)
    inside = np.flatnonzero(responded | missing)
    return sparse.csr_array(
        (np.ones(len(inside)), (inside, place[codes.index[inside]])),
        shape=(units.num_rows, len(kept)),
    )


def _rake(
    start: NDArray[np.float64],
    blocks: Sequence[sparse.csr_array],
    responded: NDArray[np.bool_],
    missing: NDArray[np.bool_],
) -> NDArray[np.float64] | None:
    load = start.copy()
    for _ in range(STEPS):
        worst = 0.0
        for block in blocks:
            wanted, held = block.T @ missing.astype(float), block.T @ load
            if ((held <= 0) & (wanted > 0)).any():
                return None  # nobody stands for these units: no factor helps
            factor = np.divide(wanted, held, out=np.ones(len(held)), where=held > 0)
            worst = max(worst, float(np.abs(wanted - held).max()))
            load = np.where(responded, load * (block @ factor), 0.0)
        if worst <= TOLERANCE * missing.sum():
            return load
    return None


def _calibrate(
    start: NDArray[np.float64],
    matrix: sparse.csr_array | None,
    missing: NDArray[np.bool_],
    *,
    responded: NDArray[np.bool_],
    bend: Bend,
) -> NDArray[np.float64] | None:
    if matrix is None:
        return start
    wanted = matrix.T @ missing.astype(float)
    # In units of each total, so that employees and counts weigh alike.
    scale = np.maximum(np.abs(wanted), 1.0)
    x, load, wanted = matrix[responded] / scale[None, :], start[responded], wanted / scale
    x = sparse.csr_array(x)
    multiplier = np.zeros(x.shape[1])
    factor, slope = bend(x @ multiplier)
    short = wanted - x.T @ (load * factor)
    for _ in range(STEPS):
        if float(np.abs(short).max()) <= TOLERANCE:
            moved = np.zeros(len(start))
            moved[responded] = load * factor
            return moved
        step = _newton_step(sparse.csr_array(x.T @ x.multiply((load * slope)[:, None])), short)
        # Newton's step, halved until it brings the totals nearer.
        for _ in range(HALVINGS):
            factor, slope = bend(x @ (multiplier + step))
            nearer = wanted - x.T @ (load * factor)
            if np.linalg.norm(nearer) < np.linalg.norm(short):
                break
            step = step / 2.0
        else:
            return None
        multiplier, short = multiplier + step, nearer
    return None


def _newton_step(bent: sparse.csr_array, short: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve bent · step = short; margins add up to the same sum, so the matrix has no inverse."""
    if bent.shape[0] > MOST_DENSE:
        found: NDArray[np.float64] = lsmr(bent, short, atol=1e-12, btol=1e-12)[0]
        return found
    step: NDArray[np.float64] = np.linalg.lstsq(bent.toarray(), short, rcond=1e-10)[0]
    return step


def _logit(exponent: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the logit distance's factor on a load, between its bounds, 1 at 0; and its slope."""
    low, high = LEAST_CHANGE, MOST_CHANGE
    grown = np.exp(np.clip(_STEEP * exponent, -50.0, 50.0))
    factor: NDArray[np.float64] = (low * (high - 1.0) + high * (1.0 - low) * grown) / (
        (high - 1.0) + (1.0 - low) * grown
    )
    return factor, (factor - low) * (high - factor) * _STEEP / (high - low)


def _linear(exponent: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the linear distance's factor on a load, cut off at its bounds; and its slope."""
    factor = 1.0 + exponent
    free = (factor > LEAST_CHANGE) & (factor < MOST_CHANGE)
    return np.clip(factor, LEAST_CHANGE, MOST_CHANGE), free.astype(np.float64)


def _report(
    cells: ResponseCells,
    responded: NDArray[np.bool_],
    eligible: NDArray[np.bool_],
    weight: NDArray[np.float64],
    method: str,
    note: str,
) -> ResponseReport:
    held = weight[responded]
    if not len(held):
        return ResponseReport(
            method=method, r_indicator=1.0, design_effect=1.0, lowest=0.0, highest=0.0, note=note
        )
    there = cells.totals(eligible.astype(float))
    rate = cells.totals(responded.astype(float)) / np.maximum(there, 1.0)
    propensity = rate[cells.index][eligible]
    spread = float(propensity.std(ddof=1)) if len(propensity) > 1 else 0.0
    return ResponseReport(
        method=method,
        r_indicator=1.0 - 2.0 * spread,
        design_effect=1.0 + float(held.var() / held.mean() ** 2),
        lowest=float(held.min()),
        highest=float(held.max()),
        note=note,
    )
