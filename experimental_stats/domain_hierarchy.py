"""Which domain variables lie within others: divisions within sections, crossings in both (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from experimental_stats.audited_frame import Codes


def code_above(fine: Codes, coarse: Codes) -> NDArray[np.int64] | None:
    """Return for every code of `fine` the one code of `coarse` that its units have, or None.

    None also where `coarse` tells nothing apart, or more than `fine` does.
    """
    if not 1 < len(coarse.names) <= len(fine.names):
        return None
    above = np.zeros(len(fine.names), dtype=np.int64)
    above[fine.index] = coarse.index
    return above if np.array_equal(above[fine.index], coarse.index) else None


def parents_of(domains: Mapping[str, Codes]) -> dict[str, dict[str, NDArray[np.int64]]]:
    """Return for every variable its nearest wider ones, and for each code the one it lies in.

    Args:
        domains: Domain variable -> codes of all units; the order does not matter.

    Returns:
        variable -> parent variable -> int64, one a code of the variable: code of the parent. Wider
        variables come first. Of a chain only the nearest parent stands, and of variables that part
        the units alike the first by name.
    """
    found: dict[str, dict[str, NDArray[np.int64]]] = {}
    lies_in: dict[str, set[str]] = {}  # of one variable of each way to part the units
    for name in sorted(domains, key=lambda name: (len(domains[name].names), name)):
        nearest: dict[str, NDArray[np.int64]] = {}
        beyond: set[str] = set()
        first_of_its_kind = True
        for other in reversed(lies_in):
            above = None if other in beyond else code_above(domains[name], domains[other])
            if above is None:
                continue
            if len(domains[other].names) == len(domains[name].names):
                first_of_its_kind = False
            else:
                nearest[other] = above
                beyond |= {other} | lies_in[other]
        if first_of_its_kind:
            lies_in[name] = beyond
        found[name] = dict(sorted(nearest.items()))
    return found
