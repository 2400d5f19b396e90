"""Reading a table of cells: every combination of codes once, in a fixed order (pure)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from experimental_stats.disclosure.hierarchy import SHOWN, read_hierarchies
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from experimental_stats.disclosure.hierarchy import Hierarchy

MOST_CELLS = 200_000
TOLERANCE = 1e-6  # relative, for sums that should be equal
OWN = frozenset(  # columns that mean something, in a table or in what is said of it
    (
        *("value", "n_contributors", "largest_1", "largest_2", "largest_3"),
        *("disclosure", "lower", "upper"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the rows of a table stand in its canonical order, and which cells add up to which.

    Attributes:
        hierarchies: The dimensions, by name.
        place: Canonical position of every row of the input, int64 (n_cells,). The canonical order
            runs through the sorted codes of the dimensions, the last one fastest.
        parents: Canonical position of the sum of every relation, int64 (n_relations,).
        children: What it is the sum of, one array a relation.
    """

    hierarchies: tuple[Hierarchy, ...]
    place: NDArray[np.int64]
    parents: NDArray[np.int64]
    children: tuple[NDArray[np.int64], ...]

    @property
    def n_cells(self) -> int:
        """Number of cells, margins included."""
        return len(self.place)

    def name(self, position: int) -> str:
        """Return a cell's codes for a message."""
        codes = self._indices(position)
        return ", ".join(
            f"{hierarchy.name}={hierarchy.codes[int(code)]}"
            for hierarchy, code in zip(self.hierarchies, codes, strict=True)
        )

    def along(self, relation: int) -> str:
        """Return the name of the dimension that a relation runs along, for a message."""
        whole = self._indices(int(self.parents[relation]))
        part = self._indices(int(self.children[relation][0]))
        named = zip(self.hierarchies, whole, part, strict=True)
        return next(hierarchy.name for hierarchy, one, other in named if one != other)

    def _indices(self, position: int) -> tuple[np.intp, ...]:
        """Return a cell's place along each dimension."""
        return np.unravel_index(position, [len(one.codes) for one in self.hierarchies])

    def in_order(self, column: NDArray[Any]) -> NDArray[Any]:
        """Return a column of the input in canonical order."""
        ordered = np.empty_like(column)
        ordered[self.place] = column
        return ordered


def read_layout(
    cells: pa.Table, dimensions: Mapping[str, Mapping[str, str]], totals: Mapping[str, str]
) -> Layout:
    """Check that `cells` holds every combination of codes once, and lay it out.

    Raises:
        InvalidInput: A dimension is no tree, or named like another column; a column is missing; a
            code is unknown or missing; a combination occurs twice or not at all. The rows are
            named.
    """
    if not isinstance(cells, pa.Table):
        raise InvalidInput(f"cells are {type(cells).__name__}, not a pyarrow.Table")
    hierarchies = read_hierarchies(dimensions, totals)
    refuse(
        "Dimensions have names that mean other columns",
        sorted(OWN & {hierarchy.name for hierarchy in hierarchies}),
        "Rename these columns.",
    )
    require_columns(cells, [hierarchy.name for hierarchy in hierarchies])
    shape = tuple(len(hierarchy.codes) for hierarchy in hierarchies)
    index = np.zeros(cells.num_rows, dtype=np.int64)
    for hierarchy in hierarchies:
        index = index * len(hierarchy.codes) + _code_positions(cells, hierarchy)
    if math.prod(shape) > MOST_CELLS:
        raise InvalidInput(
            f"The dimensions make {math.prod(shape)} cells; at most {MOST_CELLS} can be protected",
            "Leave out a dimension or its lowest level.",
        )
    parents, children = _relations(hierarchies, shape)
    layout = Layout(hierarchies=hierarchies, place=index, parents=parents, children=children)
    found, times = np.unique(index, return_counts=True)
    refuse("Combinations of codes occur more than once", map(layout.name, found[times > 1]))
    if len(found) < math.prod(shape):
        held = set(found.tolist())
        lacking = (place for place in range(math.prod(shape)) if place not in held)
        refuse("Combinations of codes are missing", map(layout.name, lacking))
    return layout


def require_columns(cells: pa.Table, names: Sequence[str]) -> None:
    """Refuse a table that lacks a column, or holds one twice.

    Raises:
        InvalidInput: The columns are named.
    """
    held = cells.column_names
    faults = [f"{name}: {held.count(name)} times" for name in names if held.count(name) != 1]
    refuse("Columns are missing or occur more than once", faults)


def read_numbers(cells: pa.Table, layout: Layout, name: str) -> NDArray[np.float64]:
    """Return a column of numbers ≥ 0 in canonical order; null becomes NaN.

    Raises:
        InvalidInput: Values that are no number, not finite or below 0; the rows are named.
    """
    kind = cells.schema.field(name).type
    numeric = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
    if not any(fits(kind) for fits in numeric):
        raise InvalidInput(f"Column {name!r} holds {kind}, not numbers", "Cast it to float64.")
    column = cells.column(name)
    numbers = column.cast(pa.float64(), safe=False).to_numpy()
    wrong = ~column.is_null().to_numpy() & ~(np.isfinite(numbers) & (numbers >= 0))
    refuse(
        f"{name} must be a finite number of at least 0",
        (row_name(layout, int(row), f"{name} {numbers[row]}") for row in np.flatnonzero(wrong)),
    )
    ordered: NDArray[np.float64] = layout.in_order(np.array(numbers, dtype=np.float64))
    return ordered


def check_additive(layout: Layout, values: NDArray[np.float64]) -> None:
    """Refuse published values that do not add up; relations with a NaN are left out.

    What may be missed is relative to the sum, or to the greatest cell where all are below 1.

    Raises:
        InvalidInput: The relations, by their total and the dimension they run along; or a sum is
            beyond what floating numbers hold.
    """
    with np.errstate(over="ignore"):
        sums = np.array([values[children].sum() for children in layout.children])
    told = values[layout.parents]
    scale = min(1.0, np.nanmax(values, initial=0.0))
    off = np.abs(sums - told) > TOLERANCE * np.maximum(scale, np.maximum(sums, told))
    refuse(
        "Cells do not add up",
        (
            f"{layout.name(int(layout.parents[i]))}: {told[i]:.12g}, its"
            f" {len(layout.children[i])} parts by {layout.along(i)} together {sums[i]:.12g}"
            for i in np.flatnonzero(off | np.isinf(sums)).tolist()
        ),
    )


def row_name(layout: Layout, row: int, what: str) -> str:
    """Return the name of a row of the input, the first being row 1, with what is said of it."""
    return f"row {row + 1} ({layout.name(int(layout.place[row]))}): {what}"


def refuse(title: str, faults: Iterable[str], advice: str = "Mend the table.") -> None:
    """Raise an error that tells the first faults, or do nothing where there are none.

    Raises:
        InvalidInput: There is a fault.
    """
    told = list(islice(faults, SHOWN + 1))
    if told:
        more = ["and more"] if len(told) > SHOWN else []
        raise InvalidInput(title, advice, told[:SHOWN] + more)


def _code_positions(cells: pa.Table, hierarchy: Hierarchy) -> NDArray[np.int64]:
    place = {code: position for position, code in enumerate(hierarchy.codes)}
    codes = cells.column(hierarchy.name).to_pylist()
    faults = (
        f"row {row + 1}: {hierarchy.name} {code!r}"
        for row, code in enumerate(codes)
        if code not in place
    )
    refuse("Codes that the dimension does not know", faults)
    return np.array([place[code] for code in codes], dtype=np.int64)


def _relations(
    hierarchies: Sequence[Hierarchy], shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], ...]]:
    """Return the sum and the parts of every relation of the table."""
    grid = np.arange(math.prod(shape), dtype=np.int64).reshape(shape)
    parents: list[NDArray[np.int64]] = []
    children: list[NDArray[np.int64]] = []
    for axis, hierarchy in enumerate(hierarchies):
        lines = np.moveaxis(grid, axis, 0).reshape(shape[axis], -1)
        for parent, parts in hierarchy.families:
            parents.append(lines[parent])
            children.extend(lines[list(parts)].T)
    sums = np.concatenate(parents) if parents else np.empty(0, dtype=np.int64)
    return sums, tuple(children)
