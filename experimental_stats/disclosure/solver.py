"""The one impure edge of disclosure control: a linear programme that is solved again and again.

HiGHS keeps its basis between solves, so that a changed goal costs a few pivots and not a new start.
Where bounds and goal change together that basis is far from everything, and a new start is cheaper.
One thread and a fixed seed: the same programme gives the same answer. Work is counted in pivots
and rows, never in seconds, so that limits do not depend on the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import highspy
import numpy as np

from storage.errors import QualityError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_matrix

FEASIBILITY = 1e-9  # absolute, of bounds and rows: the least that HiGHS takes is 1e-10
INFINITE = highspy.kHighsInf
# What a pivot costs, in rows, however few there are; and a solve, in pivots, however few it takes.
# A unit of work is then 2 to 5 hundredths of a microsecond of a core, in tables of all shapes.
PIVOT_ROWS, SOLVE_PIVOTS = 130, 10
# In the search for whole numbers a pivot costs as much as one with so many rows (measured), and its
# preparation as so many pivots.
WHOLE_ROWS, WHOLE_PIVOTS = 1500, 100
STRATEGIES = (1, 4)  # of HiGHS: the dual simplex, and where it goes astray, the primal one
MOST_PIVOTS = 20  # times rows and columns: a start without perturbation that circles ends there


class Outcome(Enum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    LIMIT = "limit"  # a search for whole numbers that stopped early, with the best it had


class Begin(Enum):
    """How a solve begins anew, from a basis in which nothing moves.

    Attributes:
        AFRESH: The solver may shift costs a little by the way, and undoes it at the end.
        AFRESH_AND_STRAIGHT: It shifts none, which is faster where a begin is nearly the end. Should
            it circle, it is stopped and may shift them.
    """

    AFRESH = "afresh"
    AFRESH_AND_STRAIGHT = "afresh and straight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a solve found.

    Attributes:
        outcome: How it ended; the rest is empty unless it is optimal.
        objective: Of the goal.
        values: float64 (n_columns,). duals: reduced cost of every column.
    """

    outcome: Outcome
    objective: float
    values: NDArray[np.float64]
    duals: NDArray[np.float64]


_OUTCOMES = {
    highspy.HighsModelStatus.kOptimal: Outcome.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Outcome.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Outcome.UNBOUNDED,
    highspy.HighsModelStatus.kUnboundedOrInfeasible: Outcome.UNBOUNDED,
    highspy.HighsModelStatus.kSolutionLimit: Outcome.LIMIT,
}
# Outcomes that come with values.
_ANSWERED = (Outcome.OPTIMAL, Outcome.LIMIT)


class SolverStopped(QualityError):  # noqa: N818 - names a state, as the tree of errors does
    """The solver gives no answer that it stands by: as a rule, numbers lie too far apart."""


class LinearProgramme:
    """Minimise or maximise cost · x over rows · x = right-hand side, lower ≤ x ≤ upper."""

    def __init__(
        self,
        rows: csc_matrix,
        right_hand_side: NDArray[np.float64],
        *,
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        cost: NDArray[np.float64],
        integral: int = 0,
    ) -> None:
        """Hand the programme to the solver.

        Args:
            rows: (n_rows, n_columns).
            right_hand_side: (n_rows,).
            lower: Bounds (n_columns,).
            upper: Bounds (n_columns,).
            cost: For a unit of each column (n_columns,).
            integral: How many columns, the first ones, must be whole.
        """
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = rows.shape
        model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
        model.row_lower_ = model.row_upper_ = right_hand_side
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = rows.indptr.astype(np.int32)
        model.a_matrix_.index_ = rows.indices.astype(np.int32)
        model.a_matrix_.value_ = rows.data.astype(np.float64)
        if integral:
            kinds = [highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous]
            model.integrality_ = [kinds[column >= integral] for column in range(rows.shape[1])]
        self.work = 0.0  # done so far, see `PIVOT_ROWS`
        self._n_rows, self._n_columns = rows.shape
        self._whole = bool(integral)
        self._begin: Begin | None = None
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]  # its stubs lack this one
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("presolve", "on" if integral else "off"),
            ("primal_feasibility_tolerance", FEASIBILITY),
            ("dual_feasibility_tolerance", FEASIBILITY),
        ):
            self._solver.setOptionValue(option, value)
        self._solver.passModel(model)

    def begin(self, how: Begin) -> None:
        """Let every solve begin anew, not where the last one ended."""
        self._begin = how
        self._perturb(wanted=how is not Begin.AFRESH_AND_STRAIGHT)

    def bound(
        self,
        columns: NDArray[np.int64],
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
    ) -> None:
        """Set the bounds of some columns."""
        self._solver.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def equate(self, right_hand_side: NDArray[np.float64]) -> None:
        """Set what all rows come to."""
        for row, right in enumerate(right_hand_side.tolist()):
            self._solver.changeRowBounds(row, right, right)

    def price(self, columns: NDArray[np.int64], cost: NDArray[np.float64]) -> None:
        """Set the cost of some columns."""
        self._solver.changeColsCost(len(columns), columns.astype(np.int32), cost)

    def maximise(self, *, wanted: bool) -> None:
        """Choose the sense of the goal."""
        sense = highspy.ObjSense.kMaximize if wanted else highspy.ObjSense.kMinimize
        self._solver.changeObjectiveSense(sense)

    def require(
        self, columns: NDArray[np.int64], weights: NDArray[np.float64], least: float
    ) -> None:
        """Add the row weights · x[columns] ≥ least."""
        self._n_rows += 1
        self._solver.addRow(least, INFINITE, len(columns), columns.astype(np.int32), weights)

    def limit_nodes(self, nodes: int) -> None:
        """Let a search for whole numbers stop after so many nodes."""
        self._solver.setOptionValue("mip_max_nodes", nodes)

    def suggest(self, values: NDArray[np.float64]) -> None:
        """Begin a search for whole numbers with a solution that is known."""
        known = highspy.HighsSolution()
        known.col_value = values
        self._solver.setSolution(known)

    def solve(self) -> Answer:
        """Solve from where the last solve ended, or from nothing if that was chosen.

        Raises:
            SolverStopped: The solver gives up, which its method rules out but for rounding.
        """
        if self._begin is not None:
            self._solver.clearSolver()
        status = self._run()
        if status not in _OUTCOMES:  # numbers went astray, or in a circle: once more, from nothing
            self._perturb(wanted=True)
            for strategy in STRATEGIES:
                self._solver.clearSolver()
                self._solver.setOptionValue("simplex_strategy", strategy)
                status = self._run()
                if status in _OUTCOMES:
                    break
            self._solver.setOptionValue("simplex_strategy", STRATEGIES[0])
            self._perturb(wanted=self._begin is not Begin.AFRESH_AND_STRAIGHT)
        information = self._solver.getInfo()
        outcome = _OUTCOMES.get(status)
        if outcome is None:
            told = self._solver.modelStatusToString(status)
            raise SolverStopped(
                f"Disclosure control gets no answer of its solver, which stopped: {told}",
                "Nothing was published. As a rule numbers in one sum lie too far apart for floating"
                " numbers (eighteen orders of magnitude): leave out the least or the greatest.",
            )
        if outcome not in _ANSWERED:
            empty = np.zeros(self._n_columns)
            return Answer(outcome=outcome, objective=0.0, values=empty, duals=empty)
        solution = self._solver.getSolution()
        return Answer(
            outcome=outcome,
            objective=information.objective_function_value,
            values=np.array(solution.col_value),
            duals=np.array(solution.col_dual),
        )

    def _run(self) -> highspy.HighsModelStatus:
        """Let the solver run, and count what it did."""
        self._solver.run()
        pivots = max(self._solver.getInfo().simplex_iteration_count, 0)
        if self._whole:
            self.work += (pivots + WHOLE_PIVOTS) * WHOLE_ROWS
        else:
            self.work += (pivots + SOLVE_PIVOTS) * (self._n_rows + PIVOT_ROWS)
        return self._solver.getModelStatus()

    def _perturb(self, *, wanted: bool) -> None:
        size = self._n_rows + self._n_columns
        most = highspy.kHighsIInf if wanted else MOST_PIVOTS * size
        self._solver.setOptionValue("simplex_iteration_limit", most)
        share = 1.0 if wanted else 0.0
        self._solver.setOptionValue("dual_simplex_cost_perturbation_multiplier", share)
