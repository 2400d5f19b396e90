"""What an outsider can infer of the hidden cells of a published table.

He knows the published cells, which cells add up to which, and that no cell is below 0. Everything
that he can infer of a hidden cell is an interval: the least and the greatest value that the cell
takes over all tables that agree with what he knows. Both are linear programmes (Fischetti and
Salazar 2001, section 2); the values are not held to be whole numbers.

This module shares the reading of the table and the solver with `protection`, and nothing else: it
is there to find what that one overlooks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.sparse import csc_matrix, csr_matrix, diags_array, hstack, identity
from scipy.sparse.csgraph import connected_components

from experimental_stats.disclosure.cells import (
    TOLERANCE,
    check_additive,
    read_layout,
    read_numbers,
    refuse,
    require_columns,
    row_name,
)
from experimental_stats.disclosure.refinement import Refinement
from experimental_stats.disclosure.solver import INFINITE, LinearProgramme, Outcome, SolverStopped
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from experimental_stats.disclosure.cells import Layout

ROUNDED = (1e-9, 1e-8, 1e-6, 1e-4, 1e-2, 1.0)  # shares of `TOLERANCE` that are tried in turn
NEGLIGIBLE = 1e-9  # of an unknown's unit: what is smaller is noise of the machine
EPSILON = 2.5e-16  # of all published values in a row together: what is smaller is their rounding
BOUND_ROUNDS = 20
WIDE = 1e3  # greatest over least size of unknowns from which solutions are refined


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknowns:
    """The hidden cells and what is known of their sums.

    Attributes:
        rows: (n_rows, n_hidden) with 1 for a part and -1 for the sum; rows · hidden = known.
        known: (n_rows,).
        told: (n_rows,), sum of all published values in the row, which its rounding goes by; None
            where the rows allow for rounding themselves.
    """

    rows: csr_matrix
    known: NDArray[np.float64]
    told: NDArray[np.float64] | None = None


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
    unknowns: Unknowns,
    wanted: Sequence[int] | None = None,
    *,
    enough: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the greatest value of every unknown, which is at least 0.

    Args:
        unknowns: And their equations.
        wanted: Places of those that are asked for, by default all; the ends of the others are not
            followed to the last.
        enough: For every unknown a low and a high value: ends that reach them are not followed
            further. By default none is enough.

    Raises:
        InvalidInput: No values fit what is known.
    """
    n_unknown = unknowns.rows.shape[1]
    lower, upper = np.zeros(n_unknown), np.full(n_unknown, np.inf)
    asked = np.zeros(n_unknown, dtype=bool)
    asked[slice(None) if wanted is None else list(wanted)] = True
    low, high = enough or (np.full(n_unknown, -np.inf), np.full(n_unknown, np.inf))
    links = unknowns.rows.T @ unknowns.rows
    _, component = connected_components(links, directed=False)
    order = np.argsort(component, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(component[order])) + 1):
        if not len(members):
            continue
        columns = unknowns.rows[:, members].tocsr()
        used = np.flatnonzero(np.diff(columns.indptr))
        told = None if unknowns.told is None else unknowns.told[used]
        part = Unknowns(rows=columns[used], known=unknowns.known[used], told=told)
        lower[members], upper[members] = _component_intervals(
            part, np.flatnonzero(asked[members]), (low[members], high[members])
        )
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
    published = np.nan_to_num(values)
    known = [
        math.fsum(-(matrix.data[start:end] * published[matrix.indices[start:end]]))
        for start, end in pairwise(matrix.indptr)
    ]
    told = abs(matrix) @ published
    return Unknowns(rows=matrix[:, hidden], known=np.array(known), told=told)


def _component_intervals(
    part: Unknowns,
    asked: NDArray[np.int64],
    enough: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the intervals of unknowns that hang together."""
    free = _without_bound(part.rows)
    outer = _outer_bounds(part)
    sizes = _sizes(part, outer)
    tables = _Tables(part, sizes)
    low, high = enough
    # Any table that fits tells how far every cell can at least go: most ends are met by the way.
    least, most = tables.start.copy(), tables.start.copy()
    for highest_wanted in (False, True):
        for unknown in asked:
            if highest_wanted and free[unknown]:
                continue
            if highest_wanted:
                left, missing = outer[unknown] - most[unknown], high[unknown] - most[unknown]
            else:
                left, missing = least[unknown], least[unknown] - low[unknown]
            if missing <= 0 or left <= NEGLIGIBLE * sizes[unknown]:
                continue
            met = tables.furthest(int(unknown), highest=highest_wanted)
            if met is not None:
                least, most = np.minimum(least, met), np.maximum(most, met)
    return np.maximum(least, 0.0), np.where(free, np.inf, np.maximum(most, 0.0))


class _Tables:
    """Tables that fit what is known."""

    def __init__(self, part: Unknowns, sizes: NDArray[np.float64]) -> None:
        """Find one.

        Raises:
            InvalidInput: None fits.
        """
        self._sizes = sizes
        self._programme, start, off = _begun(part, sizes)
        self.start: NDArray[np.float64] = start * sizes
        self._refinement: Refinement | None = None
        if part.told is not None and sizes.max() > WIDE * _least_size(part, sizes):
            self._refinement = Refinement(part.rows, part.known, (EPSILON * part.told, off))
            self.start = self._refinement.fitting(self.start)

    def furthest(self, unknown: int, *, highest: bool) -> NDArray[np.float64] | None:
        """Return the table with the least or the greatest value of an unknown."""
        if self._refinement is not None:
            unit = float(self._sizes[unknown])
            return self._refinement.furthest(self.start, unknown, unit, highest=highest)
        column = np.array([unknown])
        self._programme.maximise(wanted=highest)
        self._programme.price(column, np.ones(1))
        answer = self._programme.solve()
        self._programme.price(column, np.zeros(1))
        if answer.outcome is not Outcome.OPTIMAL:
            return None
        found: NDArray[np.float64] = answer.values[: len(self._sizes)] * self._sizes
        return found


def _least_size(part: Unknowns, sizes: NDArray[np.float64]) -> float:
    """Return the smallest number that matters: of what unknowns can be, and of what is known."""
    known = np.abs(part.known)
    noise = EPSILON * (part.told if part.told is not None else known)
    return float(min(sizes.min(), known[known > noise].min(initial=np.inf)))


def _outer_bounds(part: Unknowns) -> NDArray[np.float64]:
    """Return upper bounds that hold: what rows leave to one unknown, again and again.

    They are added up in floating numbers: of a small one beside giants the last digits may be off.
    """
    entries = part.rows.tocoo()
    row, column, data = entries.row, entries.col, entries.data
    adds, sums = part.rows.maximum(0.0), (-part.rows).maximum(0.0)
    least, most = np.zeros(part.rows.shape[1]), np.full(part.rows.shape[1], np.inf)
    for _ in range(BOUND_ROUNDS):
        before = np.concatenate([least, most])
        own = np.abs(data) * least[column]
        more = part.known + sums @ most - adds @ least  # room of parts above their least
        fewer = adds @ most - part.known - sums @ least  # of sums
        room = (np.where(data > 0, more[row], fewer[row]) + own) / np.abs(data)
        np.minimum.at(most, column, np.maximum(room, 0.0))
        # A row that holds one unknown tells it: nothing else bounds one from below here.
        single = np.diff(part.rows.indptr)[row] == 1
        told = part.known[row[single]] / data[single]
        np.maximum.at(least, column[single], np.minimum(told, most[column[single]]))
        if (np.concatenate([least, most]) == before).all():
            break
    return most


def _sizes(part: Unknowns, outer: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit in which each unknown is solved for: the most that it can be, as far as told.

    The solver is exact to a billionth of a unit. In one unit for all, a cell of 1 beside one of
    4e9 was inferred to be 0. Where rows allow for rounding themselves one unit serves all.
    """
    largest = float(np.abs(part.known).max(initial=0.0)) or 1.0
    if part.told is None:
        return np.full(len(outer), largest)
    noise = EPSILON * part.told.max(initial=0.0)
    sizes: NDArray[np.float64] = np.where(
        np.isfinite(outer) & (outer > noise), np.minimum(outer, largest), largest
    )
    return sizes


def _begun(
    part: Unknowns, sizes: NDArray[np.float64]
) -> tuple[LinearProgramme, NDArray[np.float64], NDArray[np.float64]]:
    """Return the programme of all tables that fit, in units of `sizes`, one of them, and a margin.

    The margin is by how much each sum may be off.

    Published cells are rounded, at least by the machine: beside a total of 1e12, hidden cells of 1
    are known to 1e-4 only. Where none fits to the last digit, sums may be off by the least that
    lets one fit, up to `TOLERANCE` of what is published in them: by so much cells may be off that
    count as adding up.

    Raises:
        InvalidInput: None fits.
    """
    n_rows, n_unknown = part.rows.shape
    noise = NEGLIGIBLE * np.abs(part.known).max(initial=0.0)
    if part.told is not None:
        noise = EPSILON * part.told
    known = np.where(np.abs(part.known) > noise, part.known, 0.0)
    scaled = part.rows @ diags_array(sizes)
    unit = np.maximum(abs(scaled).max(axis=1).toarray().ravel(), np.abs(known))
    unit = np.where(unit > 0, unit, 1.0)
    scaled = diags_array(1.0 / unit) @ scaled
    for share in (0.0, *(ROUNDED if part.told is not None else ())):
        off = np.zeros(0)
        if share and part.told is not None:
            off = share * TOLERANCE * np.maximum(part.told, 1.0) / unit
        programme = LinearProgramme(
            csc_matrix(hstack([scaled, identity(n_rows, format="csr")[:, : len(off)]])),
            known / unit,
            lower=np.concatenate([np.zeros(n_unknown), -off]),
            upper=np.concatenate([np.full(n_unknown, INFINITE), off]),
            cost=np.zeros(n_unknown + len(off)),
        )
        try:
            start = programme.solve()
        except SolverStopped:
            if share == ROUNDED[-1]:
                raise
            continue
        if start.outcome is Outcome.OPTIMAL:
            margin = off * unit if len(off) else np.broadcast_to(noise, (n_rows,))
            return programme, start.values[:n_unknown], margin
    raise InvalidInput(
        "The published cells contradict each other: no hidden values fit them",
        "Look for published cells that do not add up to their totals.",
    )


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
