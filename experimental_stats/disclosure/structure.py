"""The table as a solver should see it: no empty cells, and no cell twice (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.disclosure.cells import Layout
    from experimental_stats.disclosure.rules import Contributors, Safety

# A hidden cell costs its value and this share of the mean value: of two patterns that hide as
# much, the one with fewer cells.
COUNT_PENALTY = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Cells that are surely equal are one block: a parent with one child that is not empty.

    Attributes:
        block: Of every cell, in canonical order; -1 for an empty cell. int64 (n_cells,).
        values: Of the blocks, float64 (n_blocks,).
        costs: Of hiding them: the values of all their cells, and a little for each cell.
        relations: (n_relations, n_blocks): 1 for the parts and -1 for their sum; no two rows
            alike.
        primary: Whether a cell of the block is unsafe, bool (n_blocks,).
        alone: Whether it has one contributor.
        up, down: How far an outsider's interval must reach around the value.
        most: The greatest value that an outsider thinks possible; infinite as a rule.
        told: Whether the block is published whatever happens.
    """

    block: NDArray[np.int64]
    values: NDArray[np.float64]
    costs: NDArray[np.float64]
    relations: csc_matrix
    primary: NDArray[np.bool_]
    alone: NDArray[np.bool_]
    up: NDArray[np.float64]
    down: NDArray[np.float64]
    most: NDArray[np.float64]
    told: NDArray[np.bool_]


def find_blocks(layout: Layout, contributors: Contributors, safety: Safety) -> Blocks:
    """Return the blocks of a table and their relations.

    A block is as unsafe as its most unsafe cell: to tell one of its cells is to tell all.
    """
    counts, values = contributors.counts, contributors.values
    block = _equal_cells(layout, counts > 0)
    n_blocks = int(block.max(initial=-1)) + 1
    inside = np.flatnonzero(block >= 0)
    owner = block[inside]

    def greatest(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        result = np.zeros(n_blocks)
        np.maximum.at(result, owner, numbers[inside])
        return result

    penalty = COUNT_PENALTY * values[inside].mean() if inside.size else 0.0
    return Blocks(
        block=block,
        values=greatest(values),
        costs=np.bincount(owner, weights=values[inside] + penalty, minlength=n_blocks).astype(
            float
        ),
        relations=_relations(layout, block, n_blocks),
        primary=greatest(safety.unsafe.astype(float)) > 0,
        alone=greatest((counts == 1).astype(float)) > 0,
        up=greatest(safety.up),
        down=greatest(safety.down),
        most=np.full(n_blocks, np.inf),
        told=np.zeros(n_blocks, dtype=bool),
    )


def _equal_cells(layout: Layout, filled: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the block of every cell, numbered by their first cells."""
    pairs = [
        (parent, children[filled[children]][0])
        for parent, children in zip(layout.parents, layout.children, strict=True)
        if filled[parent] and filled[children].sum() == 1
    ]
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    graph = csr_matrix(
        (np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(layout.n_cells, layout.n_cells)
    )
    _, group = connected_components(graph, directed=False)
    block = np.full(layout.n_cells, -1, dtype=np.int64)
    cells = np.flatnonzero(filled)
    _, first, number = np.unique(group[cells], return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    block[cells] = rank[number]
    return block


def _relations(layout: Layout, block: NDArray[np.int64], n_blocks: int) -> csc_matrix:
    """Return the relations between blocks, each once."""
    found: dict[tuple[int, tuple[int, ...]], None] = {}
    for parent, children in zip(layout.parents, layout.children, strict=True):
        parts = block[children]
        parts = np.sort(parts[parts >= 0])
        if len(parts) > 1:
            found[int(block[parent]), tuple(parts.tolist())] = None
    rows, columns, signs = [], [], []
    for row, (total, parts_of) in enumerate(sorted(found)):
        rows += [row] * (len(parts_of) + 1)
        columns += [total, *parts_of]
        signs += [-1.0] + [1.0] * len(parts_of)
    return csc_matrix((signs, (rows, columns)), shape=(len(found), n_blocks))
