"""Hiding the unsafe cells of a table, and those that would give them away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from experimental_stats.disclosure.cells import check_additive, read_layout, refuse
from experimental_stats.disclosure.rules import assess, read_contributors, read_rules
from experimental_stats.disclosure.search import hidden_blocks
from experimental_stats.disclosure.structure import find_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIMARY, SECONDARY = "primary", "secondary"


def protect(
    cells: pa.Table,
    *,
    dimensions: Mapping[str, Mapping[str, str]],
    totals: Mapping[str, str],
    rules: Mapping[str, Any],
) -> pa.Table:
    """Return `cells` with what may not be told marked in a column ``disclosure``.

    Args:
        cells: One row for every combination of codes, margins and zeros included: the dimension
            columns (string), ``value`` (≥ 0, additive), ``n_contributors`` (whole), and for
            magnitudes ``largest_1`` to ``largest_3`` (0 where there are fewer contributors).
        dimensions: Column -> {code: parent code}; every code but the root is a key.
        totals: Column -> root.
        rules: See `rules.Rules`; a missing rule is off, but for ``singletons``.

    Returns:
        The rows of `cells` in their order, with ``disclosure``: ``primary`` for the unsafe cells,
        ``secondary`` for those hidden so that an outsider stays outside the protection range of
        every unsafe cell, empty for all others. Empty cells are never hidden.

    Raises:
        InvalidInput: The table, a dimension or a rule is faulty; rows and codes are named.
    """
    wanted = read_rules(rules)
    layout = read_layout(cells, dimensions, totals)
    refuse(
        "The table is protected already",
        ["column disclosure"] if "disclosure" in cells.column_names else [],
        "Leave the column out.",
    )
    contributors = read_contributors(cells, layout)
    check_additive(layout, contributors.values)
    safety = assess(contributors, wanted)
    blocks = find_blocks(layout, contributors, safety)
    hidden = hidden_blocks(blocks, singletons=wanted.singletons)
    covered = (blocks.block >= 0) & hidden[blocks.block] if len(hidden) else safety.unsafe
    marks = np.where(safety.unsafe, PRIMARY, np.where(covered, SECONDARY, ""))
    return cells.append_column("disclosure", pa.array(marks[layout.place].tolist(), pa.string()))
