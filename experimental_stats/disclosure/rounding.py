"""Controlled rounding of a table of counts: every cell a multiple of a base, and still additive.

Each cell becomes one of the two multiples of the base next to it (a multiple stays), margins are
the sums of their parts: a programme in one yes or no for each cell (Salazar, Lowthian, Young,
Merola, Bond and Brown 2004). In three dimensions there may be no such table; then cells may go one
multiple further.

Which of the two is drawn: up with the probability of what a cell lies above the lower one, so that
rounding is unbiased (Cox 1987) but for what additivity corrects. The table nearest to the cells,
each moved by (1/2 - u) of the base with u uniform in 0 to 1, does that: alone, a cell goes up where
u lies below its fraction. The nearest table without u would tell of a 0 that it is less than half a
base. u comes from a secret and the cell's name, so that a figure told again is not drawn again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.sparse import csc_matrix

from experimental_stats.disclosure.cell_key import record_keys
from experimental_stats.disclosure.cells import (
    check_additive,
    read_layout,
    read_numbers,
    refuse,
    require_columns,
    row_name,
)
from experimental_stats.disclosure.solver import LinearProgramme, Outcome
from storage.errors import InvalidInput, QualityError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

FURTHER = 2  # multiples further than the next that a cell may go, at most


def round_counts(
    cells: pa.Table,
    *,
    dimensions: Mapping[str, Mapping[str, str]],
    totals: Mapping[str, str],
    base: int = 3,
    secret: str = "",
) -> pa.Table:
    """Return `cells` with ``value`` rounded to multiples of `base`, margins still the sums.

    Args:
        cells: One row for every combination of codes: the dimension columns (string) and ``value``
            (whole, ≥ 0, additive).
        dimensions: Column -> {code: parent code}; every code but the root is a key.
        totals: Column -> root.
        base: At least 2; 3 and 5 are usual.
        secret: Known to the office alone, of the draws; without it the nearest multiples are taken,
            which tell more than that a cell lies less than a base away.

    Returns:
        The rows in their order; a zero stays zero, no other cell moves by as much as `base` unless
        no additive table allows it.

    Raises:
        InvalidInput: The table or the base is faulty.
        QualityError: No additive table lies near enough.
    """
    if base < 2:
        raise InvalidInput(f"Nothing can be rounded to multiples of {base}", "Take 3 or 5.")
    layout = read_layout(cells, dimensions, totals)
    require_columns(cells, ["value"])
    values = read_numbers(cells, layout, "value")
    wrong = ~(values == np.floor(values))[layout.place]
    refuse(
        "Only whole counts can be rounded",
        (row_name(layout, int(row), "not a whole number") for row in np.flatnonzero(wrong)),
    )
    check_additive(layout, values)
    sums = [(int(w), p.tolist()) for w, p in zip(layout.parents, layout.children, strict=True)]
    near = values / base
    if secret:
        names = [layout.name(cell) for cell in range(layout.n_cells)]
        near = near + 0.5 - record_keys(names, secret)
    for further in range(FURTHER + 1):
        lower, upper = multiples_within(values / base, further)
        multiples = nearest_multiples(sums, near, lower=lower, upper=upper)
        if multiples is not None:
            rounded = pa.array((multiples * base)[layout.place])
            return cells.set_column(cells.column_names.index("value"), "value", rounded)
    raise QualityError(
        f"No additive table of multiples of {base} lies near these counts",
        "Take another base, or hide cells instead.",
    )


def multiples_within(
    exact: NDArray[np.float64], further: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and the greatest multiple that each cell may become.

    Args:
        exact: Cells over the base, float64 (n_cells,), ≥ 0.
        further: Multiples beyond the next one that are allowed; then multiples may move too.
    """
    lower = np.where(exact > 0, np.maximum(np.floor(exact) - further, 0.0), 0.0)
    upper = np.where(exact > 0, np.ceil(exact) + further, 0.0)
    return lower, upper


def nearest_multiples(
    sums: Sequence[tuple[int, Sequence[int]]],
    exact: NDArray[np.float64],
    *,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """Return whole multiples, additive and as near as can be; None where there are none.

    Args:
        sums: (whole, its parts), as places in `exact`.
        exact: What they are to be near to: cells over the base, float64 (n_cells,), drawn or not.
        lower: Least multiple of each cell.
        upper: Greatest multiple of each cell.
    """
    size = len(exact)
    # x = exact + above - below: what is above and what is below costs alike.
    rows, columns, signs = [], [], []
    for row, (whole, parts) in enumerate(sums):
        rows += [row] * (len(parts) + 1)
        columns += [int(whole), *(int(part) for part in parts)]
        signs += [-1.0] + [1.0] * len(parts)
    n_sums = len(sums)
    rows += [n_sums + cell for cell in range(size) for _ in range(3)]
    columns += [c for cell in range(size) for c in (cell, size + cell, 2 * size + cell)]
    signs += [1.0, -1.0, 1.0] * size
    farthest = float(np.maximum(upper - exact, exact - lower).max(initial=1.0))
    programme = LinearProgramme(
        csc_matrix((signs, (rows, columns)), shape=(n_sums + size, 3 * size)),
        np.concatenate([np.zeros(n_sums), exact]),
        lower=np.concatenate([lower, np.zeros(2 * size)]),
        upper=np.concatenate([upper, np.full(2 * size, farthest)]),
        cost=np.concatenate([np.zeros(size), np.ones(2 * size)]),
        integral=size,
    )
    answer = programme.solve()
    if answer.outcome is not Outcome.OPTIMAL:
        return None
    found: NDArray[np.float64] = np.round(answer.values[:size])
    return found
