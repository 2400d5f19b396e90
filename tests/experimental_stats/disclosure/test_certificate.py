"""Proofs of a pattern: the true ones pass, and each way to be wrong is told."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from experimental_stats.disclosure.certificate import check_ways, fault_of
from experimental_stats.disclosure.requirement import Requirement, Way
from experimental_stats.disclosure.structure import Blocks
from storage.errors import SectorlensError

# total 60 = 10 + 20 + 30 + 0
VALUES = np.array([60.0, 10.0, 20.0, 30.0, 0.0])
BLOCKS = Blocks(
    block=np.arange(5),
    values=VALUES,
    costs=VALUES,
    relations=csc_matrix([[-1.0, 1, 1, 1, 1]]),
    primary=np.array([False, True, False, False, False]),
    alone=np.zeros(5, dtype=bool),
    up=np.zeros(5),
    down=np.zeros(5),
    most=np.full(5, np.inf),
    told=np.array([True, False, False, False, False]),
)
HIDDEN = np.array([False, True, True, False, True])
UP = Requirement(block=1, sign=1, amount=3.0)


def way(*steps: float) -> Way:
    moved = np.flatnonzero(steps)
    return Way(blocks=moved, steps=np.array(steps)[moved])


@pytest.mark.parametrize(
    ("requirement", "steps", "fault"),
    [
        (UP, (0, 3.0, -3.0, 0, 0), ""),
        # found for another requirement: a part of it will do, or all of it backwards
        (UP, (0, 30.0, -30.0, 0, 0), ""),
        (UP, (0, -1.0, 1.0, 0, 0), ""),
        (UP, (0, 0, 1.0, 0, -1.0), "does not move it"),
        (UP, (3.0, 3.0, 0, 0, 0), "runs through what is told"),
        (UP, (0, 3.0, 0, -3.0, 0), "runs through what is told"),
        (UP, (0, 3.0, -2.0, 0, 0), "changes a sum"),
        (UP, (0, 3.0, 0, 0, -3.0), "makes a zero less"),
        (replace(UP, amount=21.0), (0, 21.0, -21.0, 0, 0), "leaves the bounds"),
        (replace(UP, sign=-1, amount=11.0), (0, -11.0, 11.0, 0, 0), "leaves the bounds"),
        (replace(UP, amount=0.0), (0, 40.0, -40.0, 0, 0), ""),
        (replace(UP, amount=0.0, known_to=2), (0, 1.0, -1.0, 0, 0), "changes what its outsider"),
        (replace(UP, amount=0.0, sign=-1, known_to=2), (0, -1.0, 0, 0, 1.0), ""),
    ],
)
def test_a_way_is_a_proof_or_it_is_told_why_not(requirement, steps, fault):
    found = fault_of(way(*steps), requirement, BLOCKS, HIDDEN)
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


def test_a_bound_that_outsiders_know_counts():
    known = replace(BLOCKS, most=np.array([np.inf, 12.0, np.inf, np.inf, np.inf]))
    assert fault_of(way(0, 3.0, -3.0, 0, 0), UP, known, HIDDEN) == "leaves the bounds"


def test_a_pattern_without_its_proofs_is_refused():
    check_ways(BLOCKS, HIDDEN, [UP], {UP: way(0, 3.0, -3.0, 0, 0)})
    with pytest.raises(SectorlensError, match="block 1 by 3: has no way"):
        check_ways(BLOCKS, HIDDEN, [UP], {})
    with pytest.raises(SectorlensError, match="block 1 by 3: changes a sum"):
        check_ways(BLOCKS, HIDDEN, [UP], {UP: way(0, 3.0, 0, 0, 1.0)})
