"""The proofs of a pattern, checked by plain arithmetic: a second look without a solver (pure).

A pattern comes with a way for every requirement: a table that an outsider must think possible. That
each of them keeps all sums, leaves what is told as it is, is nowhere below 0 and reaches as far as
asked is seen by adding up, in tables of any size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from storage.errors import SectorlensError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from experimental_stats.disclosure.requirement import Requirement, Way
    from experimental_stats.disclosure.structure import Blocks

# Relative to the greatest step of a way: rounding of the solver. What is asked for exceeds the
# rules by more (`requirement.SLACK`), but for whole numbers, which the solver adds up exactly.
EXACT = 1e-7


def check_ways(
    blocks: Blocks,
    hidden: NDArray[np.bool_],
    requirements: Iterable[Requirement],
    ways: Mapping[Requirement, Way],
) -> None:
    """Refuse a pattern of which a requirement is not proved.

    Args:
        blocks: Of the table.
        hidden: The pattern, bool (n_blocks,).
        requirements: All that the pattern has to meet.
        ways: Their proofs.

    Raises:
        SectorlensError: A way is missing or proves nothing.
    """
    for requirement in requirements:
        way = ways.get(requirement)
        fault = "has no way" if way is None else fault_of(way, requirement, blocks, hidden)
        if fault:
            raise SectorlensError(
                "Disclosure control could not prove its own pattern",
                "Report it with the table; nothing was published.",
                [f"block {requirement.block} by {requirement.amount:.6g}: {fault}"],
            )


def fault_of(way: Way, requirement: Requirement, blocks: Blocks, hidden: NDArray[np.bool_]) -> str:
    """Return what is wrong with a way as proof of a requirement; empty where it proves it."""
    steps = np.zeros(len(blocks.values))
    steps[way.blocks] = way.steps
    moved = requirement.sign * steps[requirement.block]
    if moved == 0:
        return "does not move it"
    # A way found for another requirement may serve in part, or backwards.
    steps *= (requirement.amount or abs(moved)) / moved
    near = EXACT * float(np.abs(steps).max())
    changed = blocks.values + steps
    faults = {
        "runs through what is told": (~hidden | blocks.told)[way.blocks],
        "changes what its outsider knows": requirement.known_to == way.blocks,
        "changes a sum": np.abs(blocks.relations @ steps) > near,
        "makes a zero less": (blocks.values <= 0) & (steps < -near),
    }
    if requirement.amount:  # else any small part of the way will do
        faults["leaves the bounds"] = (changed < -near) | (changed > blocks.most + near)
    return next((what for what, where in faults.items() if where.any()), "")
