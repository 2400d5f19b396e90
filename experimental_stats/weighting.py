"""From respondents to the frame: response-homogeneity cells and their rates (pure).

Within a cell, respondents are taken as a random part of the eligible units (Särndal, Swensson and
Wretman 1992, ch. 15.6). A unit without a score is predicted by its cell's rate; for enterprises
this is post-stratification with the weight N_c / n_c; employees and turnover are predicted by size
as well (`missing_amounts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audited_frame import Codes

MINIMUM_RESPONDENTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseCells:
    """Weighting cells after collapsing.

    Attributes:
        index: int64, cell of every unit of the frame, 0 … n_cells - 1.
        n_cells: Number of cells left.
        family: int64, family of every cell: those with the same text before the last ``|``.
    """

    index: NDArray[np.int64]
    n_cells: int
    family: NDArray[np.int64]

    @property
    def n_families(self) -> int:
        """Return the number of families."""
        return int(self.family.max(initial=-1)) + 1

    def totals(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of `values` (one a unit) in every cell."""
        return sum_by(self.index, values, self.n_cells)


def sum_by(index: NDArray[np.int64], values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the sums of `values` by `index`, shape (size,)."""
    return np.bincount(index, weights=values, minlength=size).astype(np.float64)


def collapse_cells(
    cell: Codes, eligible: NDArray[np.bool_], responded: NDArray[np.bool_]
) -> ResponseCells:
    """Join cells with too few respondents to their siblings, in a fixed order.

    Cells stand in the order of their names. One with fewer than `MINIMUM_RESPONDENTS` eligible
    respondents takes in its next sibling (same text before the last ``|``), the last one joins
    the one before it; families that still have too few are joined the same way. Nothing is
    dropped, so domains go on adding up.

    Args:
        cell: Weighting cell of every unit.
        eligible: bool, one a unit.
        responded: bool, one a unit.
    """
    if not cell.names:
        empty = np.zeros(0, dtype=np.int64)
        return ResponseCells(index=empty, n_cells=0, family=empty)
    respondents = np.bincount(cell.index[eligible & responded], minlength=len(cell.names))

    def _joined(parts: list[list[int]]) -> list[list[int]]:
        return join_small(parts, respondents, minimum=MINIMUM_RESPONDENTS)

    groups: list[list[int]] = []
    family: list[list[int]] = []
    for number, name in enumerate(cell.names):
        if number and parent_of(name) != parent_of(cell.names[number - 1]):
            groups += _joined(family)
            family = []
        family.append([number])
    groups = _joined(groups + _joined(family))
    target = np.zeros(len(cell.names), dtype=np.int64)
    for place, members in enumerate(groups):
        target[members] = place
    parents = [parent_of(cell.names[members[0]]) for members in groups]
    of_cell: NDArray[np.int64] = np.unique(parents, return_inverse=True)[1]
    return ResponseCells(index=target[cell.index], n_cells=len(groups), family=of_cell)


def cell_loads(
    cells: ResponseCells, responded: NDArray[np.bool_], missing: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return for how many missing units of its cell a respondent stands, one a unit.

    Args:
        cells: The weighting cells.
        responded: bool, eligible with a score.
        missing: bool, eligible without.
    """
    n = cells.totals(responded.astype(float))
    load = np.divide(cells.totals(missing.astype(float)), n, out=np.zeros(len(n)), where=n > 0)
    loads: NDArray[np.float64] = np.where(responded, load[cells.index], 0.0)
    return loads


def cell_rates(
    cells: ResponseCells, amount: NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return for every cell the rate of activity among its respondents.

    Args:
        cells: The weighting cells.
        amount: float64, one a unit: the measure of eligible respondents, 0 for all others.
        expected: float64, one a unit, 0–1: answer of the audit or expected activity.

    Returns:
        Σ amount·expected / Σ amount, shape (n_cells,), 0–1; the overall rate in a cell whose
        respondents have no amount.
    """
    held = cells.totals(amount)
    found = cells.totals(amount * expected)
    overall = float(found.sum() / held.sum()) if held.sum() > 0 else 0.0
    rates: NDArray[np.float64] = np.divide(
        found, held, out=np.full(cells.n_cells, overall), where=held > 0
    )
    return rates


def smoothed_cell_rates(
    cells: ResponseCells, amount: NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return cell rates drawn towards the overall rate by the weight of one expected find.

    For domains only: a cell in which nothing was found is not proof that nothing is there.
    """
    held = cells.totals(amount)
    found = cells.totals(amount * expected)
    if found.sum() <= 0:
        return np.zeros(cells.n_cells)
    overall = found.sum() / held.sum()
    # One find's worth of amount: the mean amount of what was found.
    weight = float((amount**2 * expected).sum() / found.sum())
    rates: NDArray[np.float64] = np.minimum((found + weight) / (held + weight / overall), 1.0)
    return rates


def join_small(
    groups: list[list[int]], counts: NDArray[np.int64], *, minimum: int
) -> list[list[int]]:
    """Join neighbouring groups until each holds at least `minimum`.

    Args:
        groups: Groups of positions in `counts`, in the order in which they are neighbours.
        counts: int64, what each position holds.
        minimum: Least sum of `counts` in a group; one group is left where all hold less.

    Returns:
        The joined groups: a small one takes in its successor, the last joins its predecessor.
    """
    joined: list[list[int]] = []
    waiting: list[int] = []
    for group in groups:
        waiting = waiting + group
        if counts[waiting].sum() >= minimum:
            joined.append(waiting)
            waiting = []
    if waiting and joined:
        joined[-1] = joined[-1] + waiting
    elif waiting:
        joined.append(waiting)
    return joined


def parent_of(name: str) -> str:
    """Return the family of a cell: its text before the last ``|``."""
    return name.rpartition("|")[0]
