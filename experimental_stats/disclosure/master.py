"""The cheapest pattern that satisfies all inequalities found so far, again and again.

Branch and cut in rounds (Fischetti and Salazar 2001): a programme in one whole number a block
knows only the inequalities that `bottleneck` found; its answer is tested against all requirements,
what it breaks is added, until nothing is broken: then the answer is the cheapest pattern there is.
In large tables only a part is left free at a time and the rest stays as it is, so that every
answer is the best pattern in its neighbourhood. A requirement whose known way lies within a pattern
needs no programme. All limits count work, not seconds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix

from experimental_stats.disclosure.bottleneck import BottleneckFinder
from experimental_stats.disclosure.exposure import exposed_pairs
from experimental_stats.disclosure.requirement import Requirement
from experimental_stats.disclosure.solver import LinearProgramme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from experimental_stats.disclosure.bottleneck import Cut
    from experimental_stats.disclosure.requirement import Way
    from experimental_stats.disclosure.structure import Blocks

BETTER = 1e-6  # relative: less is no improvement
CUTS_A_ROUND = 40
NODES = 200
# A look for exposures takes as much work as hidden blocks squared times relations, times this.
EXPOSURE_WORK = 0.01


class Master:
    """Knows inequalities, and finds patterns that satisfy them."""

    def __init__(
        self,
        blocks: Blocks,
        requirements: Iterable[Requirement],
        *,
        ways: Mapping[Requirement, Way],
        singletons: bool,
    ):
        """Begin without inequalities.

        Args:
            blocks: Of the table.
            requirements: Known so far; exposures to single contributors are found by the way.
            ways: That are known to meet requirements, where all their blocks are hidden.
            singletons: Whether single contributors may not work out other unsafe blocks.
        """
        self._blocks = blocks
        self._requirements = list(requirements)
        self._singletons = singletons
        self._ways = dict(ways)
        self._finder = BottleneckFinder(blocks)
        self._cuts: list[Cut] = []
        self._scale = float(blocks.costs.mean()) or 1.0  # a table of nothing but zeros
        self._work = 0.0

    @property
    def work(self) -> float:
        """Work done so far."""
        return self._work + self._finder.work

    def relax(self, rounds: int, most_work: float) -> NDArray[np.float64]:
        """Add inequalities from mixtures of patterns; return the last, shares 0-1 (n_blocks,).

        Args:
            rounds: At most so many mixtures.
            most_work: Total `work` at which to go on with what was found.
        """
        blocks = self._blocks
        programme = self._programme(np.ones(len(blocks.values), dtype=bool), blocks.primary)
        shares: NDArray[np.float64] = blocks.primary.astype(float)
        for _ in range(rounds):
            shares = np.clip(programme.solve().values, 0.0, 1.0)
            fresh = []
            for requirement in self._requirements:
                if self.work >= most_work:
                    break
                if cut := self._finder.cut(requirement, shares):
                    fresh.append(cut)
            for cut in fresh:
                programme.require(cut.blocks, cut.weights, 1.0)
            self._cuts += fresh
            if not fresh or self.work >= most_work:
                break
        self._work += programme.work
        return shares

    def better(
        self,
        hidden: NDArray[np.bool_],
        free: NDArray[np.bool_],
        most_work: float,
    ) -> NDArray[np.bool_] | None:
        """Return a cheaper sufficient pattern that differs from `hidden` only where `free`.

        Args:
            hidden: A sufficient pattern, bool (n_blocks,).
            free: Which blocks may change, bool (n_blocks,).
            most_work: Total `work` at which to give up.

        Returns:
            The pattern, or None where there is none or none was found by then.
        """
        costs = self._blocks.costs
        limit = float(costs[hidden].sum()) * (1 - BETTER)
        while self.work < most_work:
            programme = self._programme(free, hidden, integral=True)
            programme.limit_nodes(NODES)
            programme.suggest(hidden.astype(float))
            found = programme.solve().values > 0.5
            self._work += programme.work
            if float(costs[found].sum()) >= limit:
                return None
            broken = self._broken(found, most_work)
            if broken is None:
                return None
            if not broken:
                return found
            self._cuts += broken
        return None

    def _broken(self, hidden: NDArray[np.bool_], most_work: float) -> list[Cut] | None:
        """Return inequalities that a pattern breaks, none where it is sufficient.

        None where that was not found out within the work allowed.
        """
        shares = hidden.astype(float)
        broken: list[Cut] = []
        for requirement in self._requirements:
            way = self._ways.get(requirement)
            if way is not None and hidden[way.blocks].all():
                continue
            if self.work >= most_work:
                return None
            if cut := self._finder.cut(requirement, shares):
                broken.append(cut)
                if len(broken) == CUTS_A_ROUND:
                    return broken
        if broken or not self._singletons:
            return broken
        self._work += EXPOSURE_WORK * self._blocks.relations.shape[0] * int(hidden.sum()) ** 2
        for block, who in exposed_pairs(self._blocks, hidden):
            requirement = self._movable(Requirement(block=block, sign=1, amount=0.0, known_to=who))
            if cut := self._finder.cut(requirement, shares):
                self._requirements.append(requirement)
                broken.append(cut)
        return broken

    def _movable(self, asked: Requirement) -> Requirement:
        """Return what is asked, or the same downwards where told sums leave no room above."""
        everything = np.ones(len(self._blocks.values))
        if not self._blocks.told.any() or not self._blocks.values[asked.block]:
            return asked
        no_room = self._finder.cut(asked, everything) is not None
        return replace(asked, sign=-1) if no_room else asked

    def _programme(
        self, free: NDArray[np.bool_], hidden: NDArray[np.bool_], *, integral: bool = False
    ) -> LinearProgramme:
        blocks = self._blocks
        size = len(blocks.values)
        programme = LinearProgramme(
            csc_matrix((0, size)),
            np.zeros(0),
            lower=np.where(free, blocks.primary, hidden).astype(float),
            upper=np.where(free, ~blocks.told, hidden).astype(float),
            cost=blocks.costs / self._scale,
            integral=size if integral else 0,
        )
        for cut in self._cuts:
            if free[cut.blocks].any():
                programme.require(cut.blocks, cut.weights, 1.0)
        return programme
