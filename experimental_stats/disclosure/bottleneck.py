"""Why a pattern is not enough: inequalities that every sufficient pattern satisfies.

Hidden blocks let a change through a table as pipes do. If block j lets through at most x_j (1 if
hidden, 0 if told) and a change of 1 must reach the block to be protected, the dual of the greatest
change gives weights w with w · x ≥ 1 for every sufficient x (Fischetti and Salazar 2001, section 3:
capacity constraints). Weights above 1 say no more than 1 does, since x is 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix, hstack

from experimental_stats.disclosure.requirement import NOBODY
from experimental_stats.disclosure.solver import Begin, LinearProgramme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.disclosure.requirement import Requirement
    from experimental_stats.disclosure.structure import Blocks

SATISFIED = 1e-6
SMALLEST_WEIGHT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """weights · x[blocks] ≥ 1 holds for every sufficient pattern x.

    Attributes:
        blocks: int64 (n,). weights: float64 (n,), above 0 and at most 1.
    """

    blocks: NDArray[np.int64]
    weights: NDArray[np.float64]


class BottleneckFinder:
    """Finds what keeps a pattern, or a mixture of patterns, from meeting a requirement."""

    def __init__(self, blocks: Blocks) -> None:
        """Set up the programme for a whole table."""
        self._values = blocks.values
        self._room = np.where(blocks.told, 0.0, blocks.most - blocks.values)
        size = len(blocks.values)
        rows = blocks.relations
        self._programme = LinearProgramme(
            csc_matrix(hstack([rows, -rows])),
            np.zeros(rows.shape[0]),
            lower=np.zeros(2 * size),
            upper=np.zeros(2 * size),
            cost=np.zeros(2 * size),
        )
        # All bounds change: the last flow is far from the next, and none at all is near.
        self._programme.begin(Begin.AFRESH)

    @property
    def work(self) -> float:
        """Work done so far."""
        return self._programme.work

    def cut(self, requirement: Requirement, shares: NDArray[np.float64]) -> Cut | None:
        """Return an inequality that `shares` breaks; None where the requirement is met.

        Args:
            requirement: What has to stay possible.
            shares: How much each block is hidden, 0-1, float64 (n_blocks,).
        """
        size = len(self._values)
        if requirement.amount:
            falls = np.minimum(self._values / requirement.amount, 1.0)
            rises = np.minimum(self._room / requirement.amount, 1.0)
        else:
            falls = np.where(self._values > 0, 1.0, 0.0)
            rises = np.where(self._room > 0, 1.0, 0.0)
        target = requirement.block
        (rises if requirement.sign < 0 else falls)[target] = 0.0
        if requirement.known_to != NOBODY:
            rises[requirement.known_to] = falls[requirement.known_to] = 0.0
        most = np.concatenate([rises, falls])
        goal = np.array([target if requirement.sign > 0 else target + size])
        self._programme.bound(np.arange(2 * size), np.zeros(2 * size), most * np.tile(shares, 2))
        self._programme.price(goal, np.full(1, -1.0))
        answer = self._programme.solve()
        self._programme.price(goal, np.zeros(1))
        if -answer.objective >= 1 - SATISFIED:
            return None
        helps = np.maximum(-answer.duals, 0.0) * most
        weights = np.minimum(helps[:size] + helps[size:], 1.0)
        blocks = np.flatnonzero(weights > SMALLEST_WEIGHT)
        return Cut(blocks=blocks, weights=weights[blocks])
