"""Solutions of a programme made as exact as floating numbers tell them.

A solver keeps every sum to a billionth of the greatest number in it. Where amounts of 1e11 and of 1
stand in one sum, that is a hundred times the small one. So the sums are added up exactly, and what
is left over becomes the right-hand side of the same programme in its own, small unit, in which the
solver is exact to a billionth again (iterative refinement; Gleixner, Steffy and Wolter 2016).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix, hstack, identity

from experimental_stats.disclosure.solver import INFINITE, LinearProgramme, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

ROUNDS = 6
SMALLER = 1e-6  # from unit to unit
FINE = 1e3  # of an unknown's value: a unit in which a solver knows it to a millionth
NOISE = 4e-16  # of the greatest number in a sum: a float tells no more
# Units that an unknown is moved at most. A solution that keeps the sums, and a best one, lie within
# a small multiple of what the solver left over; bounds further out only cost the solver digits.
FURTHEST = 1e6


class Refinement:
    """Rows · values = known, values ≥ 0, once more for what a solver left over."""

    def __init__(
        self,
        rows: csr_matrix,
        known: NDArray[np.float64],
        margins: tuple[NDArray[np.float64], ...],
    ) -> None:
        """Set up the programme of changes.

        Args:
            rows: (n_rows, n_unknown).
            known: (n_rows,).
            margins: By how much each sum may be off, since what is published is rounded: what is
                tried in turn where sums cannot be kept to the last digit, (n_rows,) each.
        """
        self._rows, self._known = rows, known
        self._margins = (np.zeros(rows.shape[0]), *margins)
        n_rows, n_unknown = rows.shape
        self._unknowns = np.arange(n_unknown)
        self._errors = np.arange(n_unknown, n_unknown + n_rows)
        self._programme = LinearProgramme(
            csc_matrix(hstack([rows, identity(n_rows, format="csr")])),
            np.zeros(n_rows),
            lower=np.zeros(n_unknown + n_rows),
            upper=np.concatenate([np.full(n_unknown, INFINITE), np.zeros(n_rows)]),
            cost=np.zeros(n_unknown + n_rows),
        )

    def fitting(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a solution near `values`, which a solver found."""
        values = np.maximum(values, 0.0)
        self._programme.price(self._unknowns, np.zeros(len(values)))
        for _ in range(ROUNDS):
            left = self._left_over(values)
            unit = float(np.abs(left).max(initial=0.0))
            if unit <= NOISE * float(values.max(initial=0.0)):
                break
            values = self._moved(values, left, unit)
        return values

    def furthest(
        self, values: NDArray[np.float64], unknown: int, unit: float, *, highest: bool
    ) -> NDArray[np.float64]:
        """Return the solution with the least or the greatest value of an unknown.

        Args:
            values: A solution.
            unknown: Its place.
            unit: The most that it can be, as far as told.
            highest: Which end.
        """
        self._programme.price(self._unknowns, np.zeros(len(values)))
        self._programme.price(np.array([unknown]), np.full(1, -1.0 if highest else 1.0))
        noise = NOISE * float(values.max(initial=0.0))
        for _ in range(ROUNDS):
            values = self._moved(values, self._left_over(values), unit)
            left = float(np.abs(self._left_over(values)).max(initial=0.0))
            if unit <= noise or (unit <= FINE * values[unknown] and left <= noise):
                break
            unit = max(min(unit * SMALLER, FINE * values[unknown]), left, noise)
        return values

    def _moved(
        self, values: NDArray[np.float64], left: NDArray[np.float64], unit: float
    ) -> NDArray[np.float64]:
        """Return the best solution near `values`, solved in a unit; `values` where there is none.

        Every sum is kept to the last digit, or else within the rounding of what is published.
        """
        programme = self._programme
        programme.equate(left / unit)
        lower = np.maximum(-values / unit, -FURTHEST)
        programme.bound(self._unknowns, lower, np.full(len(values), FURTHEST))
        for margin in self._margins:
            programme.bound(self._errors, -margin / unit, margin / unit)
            answer = programme.solve()
            if answer.outcome is Outcome.OPTIMAL:
                return np.maximum(values + answer.values[: len(values)] * unit, 0.0)
        return values

    def _left_over(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return known - rows · values, each added up without rounding by the way."""
        rows = self._rows
        products = rows.data * values[rows.indices]
        return np.array(
            [
                math.fsum([known, *(-products[start:end]).tolist()])
                for known, start, end in zip(
                    self._known.tolist(), rows.indptr[:-1], rows.indptr[1:], strict=True
                )
            ]
        )
