"""Which blocks to hide besides the unsafe ones: a pattern that meets every requirement."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.disclosure.exposure import exposed_pairs
from experimental_stats.disclosure.requirement import Requirement, range_requirements, reach
from experimental_stats.disclosure.routing import Router
from storage.errors import QualityError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from experimental_stats.disclosure.requirement import Way
    from experimental_stats.disclosure.structure import Blocks

ENOUGH = 1e-9  # relative: a way that falls short by less meets its requirement


class CannotProtect(QualityError):  # noqa: N818 - names a state, as the tree of errors does
    """Even with everything hidden that may be, an outsider comes too close."""


class Pattern:
    """Hidden blocks, and for every requirement the way that proves it met."""

    def __init__(
        self, blocks: Blocks, *, singletons: bool, leaning: NDArray[np.float64] | None = None
    ) -> None:
        """Begin with the unsafe blocks alone.

        Args:
            blocks: Of the table.
            singletons: Whether single contributors may not work out other unsafe blocks.
            leaning: Share 0-1 by which each block is likely to be hidden: such ways come cheaper.
        """
        self.blocks = blocks
        self.hidden = blocks.primary.copy()
        self.requirements = range_requirements(blocks)
        self.ways: dict[Requirement, Way] = {}
        self._singletons = singletons
        self._leaning = leaning
        self._rows = blocks.relations.tocsr()
        self._asked = np.zeros(len(blocks.values), dtype=bool)
        self._asked[[requirement.block for requirement in self.requirements]] = True

    @property
    def cost(self) -> float:
        """What the hidden blocks cost together."""
        return float(self.blocks.costs[self.hidden].sum())

    @property
    def secondary(self) -> NDArray[np.int64]:
        """Blocks that are hidden for the sake of others, the dearest first."""
        found = np.flatnonzero(self.hidden & ~self.blocks.primary)
        return found[np.argsort(-self.blocks.costs[found], kind="stable")]

    def close(self, router: Router) -> None:
        """Hide what is needed until every requirement is met and nobody is exposed."""
        self.meet(self.requirements, router)
        while self._singletons:
            pairs = exposed_pairs(self.blocks, self.hidden, list(self.ways.values()))
            asked = [
                self._movable(Requirement(block=b, sign=1, amount=0.0, known_to=who), router)
                for b, who in pairs
            ]
            fresh = [requirement for requirement in asked if requirement not in self.ways]
            if not fresh:
                return
            self.requirements += fresh
            self.meet(fresh, router)

    def meet(self, requirements: Iterable[Requirement], router: Router) -> None:
        """Find ways for those requirements that have none, and hide what they run through."""
        pending = [r for r in requirements if r not in self.ways]
        by_block: dict[int, list[Requirement]] = {}
        for requirement in pending:
            by_block.setdefault(requirement.block, []).append(requirement)
        for requirement in pending:
            if requirement in self.ways:
                continue
            router.price(self.hidden, self._leaning)
            way = router.way(requirement)
            if way is None:
                raise CannotProtect(
                    "No pattern protects the table",
                    "Leave out the breakdown that has too few units.",
                )
            self.hidden[way.blocks] = True
            self.ways[requirement] = way
            self._credit(way, by_block)

    def users(self, block: int) -> list[Requirement]:
        """Return the requirements whose ways run through a block, the hardest first."""
        return [r for r in self.requirements if block in self.ways[r].blocks]

    def prune(self, most_work: float) -> None:
        """Tell again what need not be hidden, the dearest first, while work does not exceed this.

        What was not tried by then stays hidden, unless no way runs through it.
        """
        router = Router(self.blocks, np.flatnonzero(self.hidden))
        router.price(self.hidden)
        for block in self.secondary:
            users = self.users(int(block))
            if users and (router.work >= most_work or self._stands_alone_beside(int(block))):
                continue
            here = np.array([block])
            router.shut(here, closed=True)
            fresh: dict[Requirement, Way] = {}
            for requirement in users:
                way = router.way(requirement) if router.work < most_work else None
                if way is None:
                    break
                fresh[requirement] = way
            else:
                self.ways |= fresh
                self.hidden[block] = False
                continue
            router.shut(here, closed=False)

    def adopt(self, hidden: NDArray[np.bool_], ways: Mapping[Requirement, Way]) -> None:
        """Take over a pattern, and those ways that it leaves open with what they prove."""
        self.hidden = hidden.copy()
        self.ways = {r: way for r, way in ways.items() if hidden[way.blocks].all()}
        held = set(self.requirements)
        self.requirements += sorted(r for r in self.ways if r not in held)

    def exchange(self, block: int, router: Router, most_work: float) -> bool:
        """Try to tell a block and hide cheaper ones instead; return whether it was done.

        It is given up where the router's work exceeds `most_work`.
        """
        here = np.array([block])
        hidden = self.hidden.copy()
        hidden[block] = False
        limit = self.blocks.costs[block] * (1 - ENOUGH)
        router.shut(here, closed=True)
        fresh: dict[Requirement, Way] = {}
        spent = 0.0
        for requirement in self.users(block):
            router.price(hidden)
            way = router.way(requirement) if router.work < most_work else None
            if way is None:
                break
            new = way.blocks[~hidden[way.blocks]]
            spent += float(self.blocks.costs[new].sum())
            if spent >= limit:
                break
            hidden[new] = True
            fresh[requirement] = way
        else:
            self.ways |= fresh
            self.hidden = hidden
            router.shut(here, closed=False)
            return True
        router.shut(here, closed=False)
        return False

    def _movable(self, asked: Requirement, router: Router) -> Requirement:
        """Return what is asked, or the same downwards where told sums leave no room above."""
        if asked in self.ways or not self.blocks.told.any() or not self.blocks.values[asked.block]:
            return asked
        router.price(self.hidden)
        return asked if router.way(asked) else replace(asked, sign=-1)

    def _stands_alone_beside(self, block: int) -> bool:
        """Return whether a sum would hold one hidden block, which has to move, were this told."""
        relations = self.blocks.relations
        rows = relations.indices[relations.indptr[block] : relations.indptr[block + 1]]
        members = self._rows[rows]
        inside = members.indices[self.hidden[members.indices]]
        count = np.diff(members.indptr)
        row = np.repeat(np.arange(len(rows)), count)[self.hidden[members.indices]]
        for place in np.flatnonzero(np.bincount(row, minlength=len(rows)) == 2):
            if self._asked[inside[row == place]][inside[row == place] != block].any():
                return True
        return False

    def _credit(self, way: Way, pending: dict[int, list[Requirement]]) -> None:
        """Give a way to all requirements that it meets."""
        up, down = reach(way, self.blocks.values, self.blocks.most)
        for place, block in enumerate(way.blocks.tolist()):
            for requirement in pending.get(block, ()):
                if requirement in self.ways:
                    continue
                got = up[place] if requirement.sign > 0 else down[place]
                enough = got >= requirement.amount and got > 0
                if enough and requirement.known_to not in way.blocks:
                    self.ways[requirement] = way
