"""Whom a hidden cell is exposed to: itself, or a single contributor of another one (pure).

Where every hidden value is above 0, an outsider can infer a hidden block exactly if and only if it
is the same in every solution of the relations; who knows one hidden block can infer another exactly
if and only if the two always change in proportion. Both are seen in a basis of the solutions of
relations · change = 0: a row of zeros, or two rows that are parallel.

A hidden value of 0 can only rise, and what it keeps from changing no basis shows. Pairs that are
not proved safe with all zeros standing still are asked of a programme, contributor by contributor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import qr
from scipy.sparse import csc_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from experimental_stats.disclosure.solver import LinearProgramme

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from experimental_stats.disclosure.requirement import Way
    from experimental_stats.disclosure.structure import Blocks

PARALLEL = 1e-9
RANK = 1e-9
DIRECTIONS = 12  # drawn at random, each followed to both ends
NEGLIGIBLE = 1e-12
MOVED = 1e-7  # of the box of changes: less is rounding of the solver


def exposed_pairs(
    blocks: Blocks, hidden: NDArray[np.bool_], ways: Collection[Way] = ()
) -> list[tuple[int, int]]:
    """Return (unsafe block, block of a single contributor) where the second gives away the first.

    Args:
        blocks: Of the table.
        hidden: bool (n_blocks,).
        ways: Changes through hidden blocks that are known to be possible: they save work.
    """
    pairs: list[tuple[int, int]] = []
    for members in hidden_components(blocks, hidden):
        targets = np.flatnonzero(blocks.primary[members])
        knowing = np.flatnonzero(blocks.alone[members])
        if not len(targets) or not len(knowing):
            continue
        exposed = _tied(changes_of(blocks, members), targets, knowing)
        moving = blocks.values[members] > 0
        if not moving.all():
            basis = changes_of(blocks, members[moving])
            still = np.zeros((len(members), basis.shape[1]))
            still[moving] = basis
            doubtful = _tied(still, targets, knowing) & ~exposed
            doubtful &= ~_passed_by(blocks, members[targets], members[knowing], ways)
            exposed |= _stuck(blocks, members, targets, knowing, doubtful)
        if blocks.told.any():  # figures of a release, with zeros that are estimates
            exposed &= ~_parts_of(blocks, members[targets], members[knowing])
        for target, who in np.argwhere(exposed):
            block, single = members[targets[target]], members[knowing[who]]
            if block != single:
                pairs.append((int(block), int(single)))
    return sorted(pairs)


def _parts_of(
    blocks: Blocks, targets: NDArray[np.int64], knowing: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which targets (rows) are parts of what a contributor (columns) is alone in.

    He is alone in them too, or nobody is: they tell him nothing new.
    """
    parts = (blocks.relations[:, targets] > 0).astype(float)
    wholes = (blocks.relations[:, knowing] < 0).astype(float)
    inside: NDArray[np.bool_] = (parts.T @ wholes).toarray() > 0
    return inside


def _tied(
    basis: NDArray[np.float64], targets: NDArray[np.int64], knowing: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which targets (rows) stand still or go with which contributors (columns)."""
    norm = np.linalg.norm(basis, axis=1)
    rows = basis / np.maximum(norm, RANK)[:, None]
    cosine = np.abs(rows[targets] @ rows[knowing].T)
    tied: NDArray[np.bool_] = (cosine > 1 - PARALLEL) | (norm[targets] < RANK)[:, None]
    return tied


def _passed_by(
    blocks: Blocks, targets: NDArray[np.int64], knowing: NDArray[np.int64], ways: Collection[Way]
) -> NDArray[np.bool_]:
    """Return which targets (rows) are moved by a way that passes a contributor (columns) by."""
    zero = blocks.values <= 0
    # Forwards or backwards, but zeros only rise.
    fit = [
        way.blocks
        for way in ways
        if not ((steps := way.steps[zero[way.blocks]]) < 0).any() or not (steps > 0).any()
    ]
    rows = np.repeat(np.arange(len(fit)), [len(moved) for moved in fit])
    columns = np.concatenate(fit) if fit else np.zeros(0, dtype=np.int64)
    used = csc_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(fit), len(blocks.values)))
    together = (used[:, targets].T @ used[:, knowing]).toarray()
    alone = np.asarray(used[:, targets].sum(axis=0)).ravel()
    passed: NDArray[np.bool_] = alone[:, None] - together > 0.5
    return passed


def _stuck(
    blocks: Blocks,
    members: NDArray[np.int64],
    targets: NDArray[np.int64],
    knowing: NDArray[np.int64],
    doubtful: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return which doubtful pairs are exposed, where zeros may rise and never fall.

    Corners of a box of changes, in directions drawn at random, move nearly every block that can be
    moved, and sums of them prove most pairs safe; what is left is tried one by one.
    """
    size = len(members)
    least = _least_changes(blocks, members)
    programme = programme_of_changes(blocks, members)
    columns = np.arange(size)
    draw = np.random.default_rng(0)
    directions = []
    for goal in draw.normal(size=(DIRECTIONS, size)):
        for sign in (1.0, -1.0):
            programme.price(columns, sign * goal)
            directions.append(programme.solve().values)
    stuck = doubtful & ~_combined(np.array(directions), targets, knowing)
    for who in np.flatnonzero(stuck.any(axis=0)):
        single = knowing[who : who + 1]
        programme.bound(single, np.zeros(1), np.zeros(1))
        stuck[:, who] &= ~moved_by(programme, draw.normal(size=size))[targets]
        for target in np.flatnonzero(stuck[:, who]):
            goal = np.zeros(size)
            goal[targets[target]] = 1.0
            stuck[:, who] &= ~moved_by(programme, goal)[targets]
        programme.bound(single, least[single], np.ones(1))
    return stuck


def _combined(
    directions: NDArray[np.float64], targets: NDArray[np.int64], knowing: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which targets move while a contributor stands still, in sums of known changes.

    A change that moves him up and one that moves him down, each as often as the other moves him,
    are together a change that leaves him where he is; all of it by adding, so zeros only rise.
    """
    moved = np.zeros((len(targets), len(knowing)), dtype=bool)
    for place, who in enumerate(knowing):
        step = directions[:, who]
        still = directions[np.abs(step) < NEGLIGIBLE]
        up, down = np.flatnonzero(step > MOVED), np.flatnonzero(step < -MOVED)
        pairs = min(len(up), len(down))
        one, other = directions[up[:pairs]], directions[down[:pairs]]
        mixed = one * -step[down[:pairs], None] + other * step[up[:pairs], None]
        changes = np.concatenate([still, mixed])[:, targets]
        moved[:, place] = (np.abs(changes) > MOVED).any(axis=0)
    return moved


def moved_by(programme: LinearProgramme, goal: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which blocks move where a goal, float64 (n_members,), is least, or greatest."""
    moved = np.zeros(len(goal), dtype=bool)
    for sign in (1.0, -1.0):
        programme.price(np.arange(len(goal)), sign * goal)
        moved |= np.abs(programme.solve().values) > MOVED
    return moved


def programme_of_changes(blocks: Blocks, members: NDArray[np.int64]) -> LinearProgramme:
    """Return a programme over the changes of `members` that keep every sum, by 1 at most.

    It has no cost yet. Zeros only rise.
    """
    rows = _relations_among(blocks, members)
    return LinearProgramme(
        rows.tocsc(),
        np.zeros(rows.shape[0]),
        lower=_least_changes(blocks, members),
        upper=np.ones(len(members)),
        cost=np.zeros(len(members)),
    )


def _least_changes(blocks: Blocks, members: NDArray[np.int64]) -> NDArray[np.float64]:
    least: NDArray[np.float64] = np.where(blocks.values[members] > 0, -1.0, 0.0)
    return least


def _relations_among(blocks: Blocks, members: NDArray[np.int64]) -> csr_matrix:
    rows = blocks.relations[:, members].tocsr()
    return rows[np.flatnonzero(np.diff(rows.indptr))]


def hidden_components(blocks: Blocks, hidden: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return the hidden blocks by what hangs together through relations."""
    inside = np.flatnonzero(hidden)
    if not len(inside):
        return []
    rows = abs(blocks.relations[:, inside])
    _, component = connected_components(rows.T @ rows, directed=False)
    order = np.argsort(component, kind="stable")
    cuts = np.flatnonzero(np.diff(component[order])) + 1
    return [inside[part] for part in np.split(order, cuts)]


def changes_of(blocks: Blocks, members: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a basis of all changes of `members` that keep every sum: (n_members, n_free)."""
    dense = _relations_among(blocks, members).toarray()
    if not dense.size:
        return np.eye(len(members))
    full, triangle, _ = qr(dense.T, mode="full", pivoting=True)
    diagonal = np.abs(np.diag(triangle))
    rank = int((diagonal > RANK * diagonal.max(initial=1.0)).sum())
    basis: NDArray[np.float64] = full[:, rank:]
    return basis
