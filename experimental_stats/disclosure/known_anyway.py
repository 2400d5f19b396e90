"""Hidden cells that protect nothing: those that anybody can work out exactly (pure but for one LP).

Whoever can infer a cell exactly has the same tables before him whether it is told or not. To tell
it changes no interval of any other cell, for outsiders and for single contributors: it is hidden in
vain. A search that came to its end leaves none of these; one whose work is limited may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.disclosure.exposure import (
    RANK,
    changes_of,
    hidden_components,
    moved_by,
    programme_of_changes,
)
from experimental_stats.disclosure.requirement import Way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from experimental_stats.disclosure.requirement import Requirement
    from experimental_stats.disclosure.structure import Blocks

MOVES = 1e-6  # of the greatest step of a way: less may be rounding of the solver


def told_anyway(
    blocks: Blocks, hidden: NDArray[np.bool_], ways: Mapping[Requirement, Way]
) -> tuple[NDArray[np.bool_], dict[Requirement, Way]]:
    """Return a pattern without the secondary blocks that outsiders know exactly, and its ways.

    Args:
        blocks: Of the table.
        hidden: A sufficient pattern, bool (n_blocks,).
        ways: Its proofs. None moves what is known exactly, by more than the solver rounds.
    """
    moved = np.zeros(len(hidden), dtype=bool)
    for way in ways.values():
        size = np.abs(way.steps)
        moved[way.blocks[size > MOVES * size.max(initial=0.0)]] = True
    doubtful = hidden & ~blocks.primary & ~moved
    if not doubtful.any():
        return hidden, dict(ways)
    known = exactly_known(blocks, hidden, doubtful)
    kept = {}
    for requirement, way in ways.items():
        stays = ~known[way.blocks]
        kept[requirement] = Way(blocks=way.blocks[stays], steps=way.steps[stays])
    return hidden & ~known, kept


def exactly_known(
    blocks: Blocks, hidden: NDArray[np.bool_], asked: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which of the blocks that are asked for are the same in every table that fits.

    Args:
        blocks: Of the table.
        hidden: The pattern, bool (n_blocks,).
        asked: Some of the hidden blocks, bool (n_blocks,).
    """
    known = np.zeros(len(hidden), dtype=bool)
    for members in hidden_components(blocks, hidden):
        if not asked[members].any():
            continue
        stands = np.linalg.norm(changes_of(blocks, members), axis=1) < RANK
        if (blocks.values[members] <= 0).any():
            _add_held_by_zeros(blocks, members, stands, asked[members])
        known[members] = stands & asked[members]
    return known


def _add_held_by_zeros(
    blocks: Blocks,
    members: NDArray[np.int64],
    stands: NDArray[np.bool_],
    asked: NDArray[np.bool_],
) -> None:
    """Mark what stands still because zeros can only rise: a programme for each block in doubt."""
    programme = programme_of_changes(blocks, members)
    moves = np.zeros(len(members), dtype=bool)
    for place in np.flatnonzero(asked & ~stands):
        if not moves[place]:
            goal = np.zeros(len(members))
            goal[place] = 1.0
            moves |= moved_by(programme, goal)
        stands[place] = not moves[place]
