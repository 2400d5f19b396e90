"""Whom a hidden cell is exposed to: itself, or a single contributor of another one (pure).

Where every hidden value is above 0, an outsider can infer a hidden block exactly if and only if it
is the same in every solution of the relations; who knows one hidden block can infer another exactly
if and only if the two always change in proportion. Both are seen in a basis of the solutions of
relations · change = 0: a row of zeros, or two rows that are parallel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import qr
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.disclosure.structure import Blocks

PARALLEL = 1e-9
RANK = 1e-9


def exposed_pairs(blocks: Blocks, hidden: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (unsafe block, block of a single contributor) where the second gives away the first.

    Args:
        blocks: Of the table.
        hidden: bool (n_blocks,).
    """
    pairs: list[tuple[int, int]] = []
    for members in _components(blocks, hidden):
        basis = _changes(blocks, members)
        norm = np.linalg.norm(basis, axis=1)
        rows = basis / np.maximum(norm, RANK)[:, None]
        targets = np.flatnonzero(blocks.primary[members])
        knowing = np.flatnonzero(blocks.alone[members])
        if not len(targets) or not len(knowing):
            continue
        cosine = np.abs(rows[targets] @ rows[knowing].T)
        stuck = norm[targets] < RANK
        for target, who in np.argwhere((cosine > 1 - PARALLEL) | stuck[:, None]):
            block, single = members[targets[target]], members[knowing[who]]
            if block != single:
                pairs.append((int(block), int(single)))
    return sorted(pairs)


def _components(blocks: Blocks, hidden: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return the hidden blocks by what hangs together through relations."""
    inside = np.flatnonzero(hidden)
    if not len(inside):
        return []
    rows = abs(blocks.relations[:, inside])
    _, component = connected_components(rows.T @ rows, directed=False)
    order = np.argsort(component, kind="stable")
    cuts = np.flatnonzero(np.diff(component[order])) + 1
    return [inside[part] for part in np.split(order, cuts)]


def _changes(blocks: Blocks, members: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a basis of all changes of `members` that keep every sum: (n_members, n_free)."""
    rows = blocks.relations[:, members].tocsr()
    dense = rows[np.flatnonzero(np.diff(rows.indptr))].toarray()
    if not dense.size:
        return np.eye(len(members))
    full, triangle, _ = qr(dense.T, mode="full", pivoting=True)
    diagonal = np.abs(np.diag(triangle))
    rank = int((diagonal > RANK * diagonal.max(initial=1.0)).sum())
    basis: NDArray[np.float64] = full[:, rank:]
    return basis
