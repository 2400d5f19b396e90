"""The cheapest way to keep a hidden block uncertain: one linear programme for a whole table.

The programme minimises what has to be hidden besides, as a cost for every unit of change (Kelly,
Golden and Assad 1992; Fischetti and Salazar 2001, section 5). It is set up once; from requirement
to requirement only bounds and costs change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix, hstack

from experimental_stats.disclosure.requirement import NOBODY, Way
from experimental_stats.disclosure.solver import INFINITE, Begin, LinearProgramme, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.disclosure.requirement import Requirement
    from experimental_stats.disclosure.structure import Blocks

HIDDEN_COST = 1e-4  # share of its cost that a hidden block costs: short ways before long ones
SMALLEST_STEP = 1e-9
FURTHEST = 1e5  # amounts that a block may fall by in one way


class Router:
    """Finds ways through a table; all its blocks, or only some of them."""

    def __init__(self, blocks: Blocks, chosen: NDArray[np.int64]) -> None:
        """Set up the programme.

        Args:
            blocks: Of the table.
            chosen: The blocks that may change, ascending.
        """
        self._chosen = chosen
        self._values = blocks.values[chosen]
        self._costs = np.maximum(blocks.costs[chosen], 1e-12)
        self._mean = float(self._costs.mean()) if len(chosen) else 1.0
        self._place = np.full(len(blocks.values), -1, dtype=np.int64)
        self._place[chosen] = np.arange(len(chosen))
        rows = blocks.relations[:, chosen].tocsr()
        rows = rows[np.flatnonzero(np.diff(rows.indptr))]
        size = len(chosen)
        # A block rises by the first half of the columns and falls by the second.
        self._fall = np.arange(size, 2 * size)
        self._programme = LinearProgramme(
            csc_matrix(hstack([rows, -rows])),
            np.zeros(rows.shape[0]),
            lower=np.zeros(2 * size),
            upper=np.full(2 * size, INFINITE),
            cost=np.tile(self._costs / self._mean, 2),
        )
        # All bounds change with the amount. To stand still costs nothing and lacks one block: from
        # there the solver takes an eighth of the time that it takes from the last way.
        self._programme.begin(Begin.AFRESH_AND_STRAIGHT)
        self._room = blocks.most[chosen] - self._values
        self._shut = blocks.told[chosen].copy()

    @property
    def work(self) -> float:
        """Work done so far."""
        return self._programme.work

    def price(self, hidden: NDArray[np.bool_], leaning: NDArray[np.float64] | None = None) -> None:
        """Say which blocks are hidden already: they cost next to nothing.

        Args:
            hidden: bool (n_blocks,).
            leaning: Share 0-1 by which the other blocks are taken for hidden, (n_blocks,).
        """
        share = np.where(hidden, 0.0, 1.0 if leaning is None else 1.0 - leaning)
        share = np.maximum(share[self._chosen], HIDDEN_COST)
        costs = np.tile(self._costs / self._mean * share, 2)
        self._programme.price(np.arange(2 * len(self._chosen)), costs)

    def shut(self, blocks: NDArray[np.int64], *, closed: bool) -> None:
        """Forbid blocks to change, or allow it again."""
        places = self._place[blocks]
        places = places[places >= 0]
        self._shut[places] = closed

    def way(self, requirement: Requirement) -> Way | None:
        """Return the cheapest way that meets a requirement; None where there is none."""
        size = len(self._chosen)
        target = self._place[requirement.block]
        if target < 0 or self._shut[target]:
            return None
        amount = requirement.amount or self._any_amount()
        rise = np.where(np.isfinite(self._room), self._room / amount, INFINITE)
        fall = np.minimum(self._values / amount, FURTHEST)
        if requirement.amount == 0:
            fall = np.where(self._values > 0, INFINITE, 0.0)
        still = self._shut.copy()
        if requirement.known_to != NOBODY and self._place[requirement.known_to] >= 0:
            still[self._place[requirement.known_to]] = True
        rise[still] = fall[still] = 0.0
        rise[target], fall[target] = (1.0, 0.0) if requirement.sign > 0 else (0.0, 1.0)
        lower = np.zeros(2 * size)
        lower[target if requirement.sign > 0 else target + size] = 1.0
        columns = np.arange(2 * size)
        self._programme.bound(columns, lower, np.concatenate([rise, fall]))
        answer = self._programme.solve()
        if answer.outcome is not Outcome.OPTIMAL:
            return None
        steps = answer.values[:size] - answer.values[size:]
        moved = np.flatnonzero(np.abs(steps) > SMALLEST_STEP)
        return Way(blocks=self._chosen[moved], steps=steps[moved] * amount)

    def _any_amount(self) -> float:
        positive = self._values[self._values > 0]
        return float(positive.min()) if positive.size else 1.0
