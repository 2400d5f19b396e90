"""What has to stay possible for an outsider, and the proof that it does (pure).

A *requirement* says that an outsider must think it possible that a hidden block is greater (or
less) than it is by some amount. A *way* proves that it holds: a change of hidden blocks that keeps
every sum, keeps every block at 0 or more, and changes that block as required. What is proved for a
pattern is proved for every pattern that hides more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.disclosure.structure import Blocks

NOBODY = -1
SLACK = 1e-6  # relative: what is asked for beyond the rule, so that rounding cannot undercut it
EXACT = 1e6  # whole numbers up to this add up exactly, in a solver too: nothing more is asked


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Requirement:
    """A block must be able to move.

    Attributes:
        block: Which.
        sign: 1 upwards, -1 downwards.
        amount: How far, in units of the values; 0 for any distance.
        known_to: A block whose value the outsider knows, for he is its only contributor;
            `NOBODY` for an outsider who knows nothing more.
    """

    block: int
    sign: int
    amount: float
    known_to: int = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A possible change of hidden blocks.

    Attributes:
        blocks: That change, int64 (n,), ascending. steps: by how much, float64 (n,).
    """

    blocks: NDArray[np.int64]
    steps: NDArray[np.float64]


def range_requirements(blocks: Blocks) -> list[Requirement]:
    """Return what the protection ranges ask for, the furthest first."""
    found = []
    # Beside a count of 1 that must reach 2 another one gives exactly 1, and not a millionth more.
    exact = blocks.values.max(initial=0.0) <= EXACT and _are_whole(blocks.values)
    for block in np.flatnonzero(blocks.primary):
        for sign, amount in ((1, blocks.up[block]), (-1, blocks.down[block])):
            if amount > 0:
                more = 0.0 if exact and _are_whole(amount) else SLACK
                found.append(
                    Requirement(block=int(block), sign=sign, amount=float(amount) * (1 + more))
                )
    # The lower end need not fall below 0, which rounding must not ask for either.
    found = [
        Requirement(block=r.block, sign=-1, amount=min(r.amount, float(blocks.values[r.block])))
        if r.sign < 0
        else r
        for r in found
    ]
    return sorted(found, key=lambda r: (-r.amount, r.block, -r.sign))


def _are_whole(numbers: NDArray[np.float64] | np.float64) -> bool:
    return bool(np.all(numbers == np.floor(numbers)))


def reach(
    way: Way, values: NDArray[np.float64], most: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far up and down each block of a way can go, moving along it or against it.

    Args:
        way: A direction.
        values: Of all blocks.
        most: Bounds of all blocks.

    Returns:
        Two arrays like ``way.blocks``, ≥ 0; both ends are reached by steps of the way alone.
    """
    below = values[way.blocks]
    above = most[way.blocks] - below
    falls, rises = way.steps < 0, way.steps > 0
    along = min(_least(below[falls], -way.steps[falls]), _least(above[rises], way.steps[rises]))
    against = min(_least(below[rises], way.steps[rises]), _least(above[falls], -way.steps[falls]))
    up = np.where(rises, way.steps * along, -way.steps * against)
    down = np.where(rises, way.steps * against, -way.steps * along)
    return up, down


def _least(room: NDArray[np.float64], speed: NDArray[np.float64]) -> float:
    """Return how many steps are possible until the first block is used up; at most a million."""
    return float(min(1e6, (room / speed).min())) if room.size else 1e6
