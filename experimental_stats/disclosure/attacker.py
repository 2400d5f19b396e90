"""What an outsider can infer of the hidden cells of a published table.

He knows the published cells, which cells add up to which, and that no cell is below 0. Everything
that he can infer of a hidden cell is an interval: the least and the greatest value that the cell
takes over all tables that agree with what he knows. Both are linear programmes (Fischetti and
Salazar 2001, section 2); the values are not held to be whole numbers.

This module shares the reading of the table and the solver with `protection`, and nothing else: it
is there to find what that one overlooks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.sparse import csc_matrix, csr_matrix, hstack
from scipy.sparse.csgraph import connected_components

from experimental_stats.disclosure.cells import (
    check_additive,
    read_layout,
    read_numbers,
    refuse,
    require_columns,
    row_name,
)
from experimental_stats.disclosure.solver import INFINITE, LinearProgramme, Outcome
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from experimental_stats.disclosure.cells import Layout

NEGLIGIBLE = 1e-9  # of the largest unknown sum: what is smaller is noise of the machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknowns:
    """The hidden cells and what is known of their sums.

    Attributes:
        rows: (n_rows, n_hidden) with 1 for a part and -1 for the sum; rows · hidden = known.
        known: (n_rows,).
    """

    rows: csr_matrix
    known: NDArray[np.float64]


def attack(
    cells: pa.Table, *, dimensions: Mapping[str, Mapping[str, str]], totals: Mapping[str, str]
) -> pa.Table:
    """Return for each hidden cell the interval that an outsider can infer.

    Args:
        cells: One row for every combination of codes: the dimension columns (string), ``value``
            (≥ 0, null where hidden) and ``disclosure`` (string, not empty where hidden).
        dimensions: Column -> {code: parent code}; every code but the root is a key.
        totals: Column -> root.

    Returns:
        One row a hidden cell in the order of `cells`: the dimension columns, ``lower`` and
        ``upper`` (float64, in units of ``value``; infinity where nothing bounds the cell).

    Raises:
        InvalidInput: The table is not complete, published values do not add up or contradict the
            hidden cells, a hidden cell still has its value; the rows are named.
    """
    layout = read_layout(cells, dimensions, totals)
    values = _published(cells, layout)
    check_additive(layout, values)
    hidden = np.flatnonzero(np.isnan(values))
    lower, upper = intervals(_unknowns(layout, values, hidden))
    place_of = np.full(layout.n_cells, -1, dtype=np.int64)
    place_of[hidden] = np.arange(len(hidden))
    chosen = place_of[layout.place]
    told = chosen >= 0
    names = list(dimensions)
    found = cells.select(names).filter(pa.array(told))
    found = found.append_column("lower", pa.array(lower[chosen[told]]))
    return found.append_column("upper", pa.array(upper[chosen[told]]))


def intervals(
    unknowns: Unknowns, wanted: Sequence[int] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the greatest value of every unknown, which is at least 0.

    Args:
        unknowns: And their equations.
        wanted: Places of those that are asked for, by default all; the ends of the others are not
            followed to the last.

    Raises:
        InvalidInput: No values fit what is known.
    """
    n_unknown = unknowns.rows.shape[1]
    lower, upper = np.zeros(n_unknown), np.full(n_unknown, np.inf)
    asked = np.zeros(n_unknown, dtype=bool)
    asked[slice(None) if wanted is None else list(wanted)] = True
    links = unknowns.rows.T @ unknowns.rows
    _, component = connected_components(links, directed=False)
    order = np.argsort(component, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(component[order])) + 1):
        if not len(members):
            continue
        columns = unknowns.rows[:, members].tocsr()
        used = np.flatnonzero(np.diff(columns.indptr))
        part = Unknowns(rows=columns[used], known=unknowns.known[used])
        lower[members], upper[members] = _component_intervals(part, np.flatnonzero(asked[members]))
    return lower, upper


def _published(cells: pa.Table, layout: Layout) -> NDArray[np.float64]:
    """Return the published values in canonical order, NaN where hidden."""
    require_columns(cells, ["value", "disclosure"])
    values = read_numbers(cells, layout, "value")
    hidden = np.array([bool(text) for text in cells.column("disclosure").to_pylist()])
    open_rows = np.isnan(values)[layout.place]
    refuse(
        "Values and disclosure contradict each other",
        (
            row_name(layout, int(row), "hidden, but has a value" if hidden[row] else "no value")
            for row in np.flatnonzero(open_rows != hidden)
        ),
    )
    return values


def _unknowns(layout: Layout, values: NDArray[np.float64], hidden: NDArray[np.int64]) -> Unknowns:
    """Return the relations that hold a hidden cell, the published ones brought to the right."""
    sizes = np.array([len(children) for children in layout.children], dtype=np.int64)
    relation = np.concatenate([np.repeat(np.arange(len(sizes)), sizes), np.arange(len(sizes))])
    cell = np.concatenate([*layout.children, layout.parents]).astype(np.int64)
    sign = np.concatenate([np.ones(sizes.sum()), -np.ones(len(sizes))])
    matrix = csr_matrix((sign, (relation, cell)), shape=(len(sizes), layout.n_cells))
    known = -(matrix @ np.nan_to_num(values))
    return Unknowns(rows=matrix[:, hidden], known=known)


def _component_intervals(
    part: Unknowns, asked: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the intervals of unknowns that hang together."""
    n_unknown = part.rows.shape[1]
    free = _without_bound(part.rows)
    scale = float(np.abs(part.known).max(initial=0.0)) or 1.0
    programme = LinearProgramme(
        csc_matrix(part.rows),
        np.where(np.abs(part.known) > NEGLIGIBLE * scale, part.known / scale, 0.0),
        lower=np.zeros(n_unknown),
        upper=np.full(n_unknown, INFINITE),
        cost=np.zeros(n_unknown),
    )
    start = programme.solve()
    if start.outcome is not Outcome.OPTIMAL:
        raise InvalidInput(
            "The published cells contradict each other: no hidden values fit them",
            "Look for published cells that do not add up to their totals.",
        )
    # Any table that fits tells how far every cell can at least go: most ends are met by the way.
    least, most = start.values.copy(), start.values.copy()
    lowest, highest = _outer_bounds(part.rows, part.known / scale)
    for highest_wanted in (False, True):
        programme.maximise(wanted=highest_wanted)
        for unknown in asked:
            reached = most if highest_wanted else least
            limit = highest if highest_wanted else lowest
            if (highest_wanted and free[unknown]) or abs(
                reached[unknown] - limit[unknown]
            ) <= NEGLIGIBLE:
                continue
            column = np.array([unknown])
            programme.price(column, np.ones(1))
            answer = programme.solve()
            programme.price(column, np.zeros(1))
            if answer.outcome is Outcome.OPTIMAL:
                least, most = np.minimum(least, answer.values), np.maximum(most, answer.values)
    return np.maximum(least, 0.0) * scale, np.where(free, np.inf, np.maximum(most, 0.0) * scale)


def _outer_bounds(
    rows: csr_matrix, known: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return bounds that certainly hold: from the rows that have no sum among the unknowns."""
    lowest, highest = np.zeros(rows.shape[1]), np.full(rows.shape[1], np.inf)
    for row in range(rows.shape[0]):
        start, end = rows.indptr[row], rows.indptr[row + 1]
        if (rows.data[start:end] > 0).all():
            cells = rows.indices[start:end]
            highest[cells] = np.minimum(highest[cells], max(known[row], 0.0))
    return lowest, highest


def _without_bound(rows: csr_matrix) -> NDArray[np.bool_]:
    """Return which unknowns can grow for ever: those of the largest support of the recession cone.

    With d = u + v, 0 ≤ u ≤ 1 and v ≥ 0, the greatest sum of u over rows · d = 0 is reached with
    u = 1 wherever any direction of the cone is positive, since directions may be added and scaled.
    """
    n_unknown = rows.shape[1]
    programme = LinearProgramme(
        csc_matrix(hstack([rows, rows])),
        np.zeros(rows.shape[0]),
        lower=np.zeros(2 * n_unknown),
        upper=np.concatenate([np.ones(n_unknown), np.full(n_unknown, INFINITE)]),
        cost=np.concatenate([-np.ones(n_unknown), np.zeros(n_unknown)]),
    )
    free: NDArray[np.bool_] = programme.solve().values[:n_unknown] > 0.5
    return free
