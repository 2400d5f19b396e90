"""The codes of a dimension and how they add up: a tree with one root (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storage.errors import InvalidInput

SHOWN = 20  # faults told of one kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """One dimension.

    Attributes:
        name: The column.
        codes: All codes, the root among them, in the order of their text.
        families: (parent, its children), as positions in `codes`; one entry a parent.
    """

    name: str
    codes: tuple[str, ...]
    families: tuple[tuple[int, tuple[int, ...]], ...]


def read_hierarchies(
    dimensions: Mapping[str, Mapping[str, str]], totals: Mapping[str, str]
) -> tuple[Hierarchy, ...]:
    """Read and check the dimensions of a table, in the order of their names.

    Args:
        dimensions: Column -> {code: parent code}; every code but the root is a key.
        totals: Column -> root.

    Raises:
        InvalidInput: No dimension, a dimension without a total, several roots, a circle.
    """
    if not isinstance(dimensions, Mapping) or not isinstance(totals, Mapping):
        raise InvalidInput(
            "dimensions and totals are mappings by column",
            'Such as {"nace": {"A": "_T"}} and {"nace": "_T"}.',
        )
    if not dimensions:
        raise InvalidInput("A table needs at least one dimension", "Name one in `dimensions`.")
    if flat := [repr(name) for name, tree in dimensions.items() if not isinstance(tree, Mapping)]:
        raise InvalidInput(f"The codes of {', '.join(flat)} are no mapping {{code: parent}}")
    if set(dimensions) != set(totals):
        odd = ", ".join(sorted(set(dimensions) ^ set(totals)))
        raise InvalidInput(
            f"Dimensions and totals name different columns: {odd}",
            "Every dimension has a tree of codes in one and its root in the other.",
        )
    return tuple(_hierarchy(name, dimensions[name], totals[name]) for name in sorted(dimensions))


def _hierarchy(name: str, parents: Mapping[str, str], root: str) -> Hierarchy:
    for code, parent in (*parents.items(), (root, root)):
        if not isinstance(code, str) or not isinstance(parent, str):
            raise InvalidInput(f"{name}: code {code!r} under {parent!r} is not text")
    faults = []
    if root in parents:
        faults.append(f"{name}: the total {root!r} has a parent, {parents[root]!r}")
    roots = sorted({parent for parent in parents.values() if parent not in parents} - {root})
    faults += [f"{name}: {code!r} is a root beside the total {root!r}" for code in roots]
    if not faults:
        faults = [
            f"{name}: {code!r} is its own ancestor: {' > '.join(circle)}"
            for code in sorted(parents)
            if (circle := _circle(code, parents))
        ]
    if faults:
        raise InvalidInput(
            f"The codes of {name!r} are no tree",
            "Every code but the total has one parent, and every chain of parents ends there.",
            faults[:SHOWN],
        )
    codes = tuple(sorted({root, *parents}))
    place = {code: position for position, code in enumerate(codes)}
    families: dict[int, list[int]] = {}
    for code in codes:
        if code != root:
            families.setdefault(place[parents[code]], []).append(place[code])
    return Hierarchy(
        name=name,
        codes=codes,
        families=tuple((parent, tuple(families[parent])) for parent in sorted(families)),
    )


def _circle(code: str, parents: Mapping[str, str]) -> list[str]:
    """Return the way from `code` back to itself; empty where it leads to the root."""
    way = [code]
    while way[-1] in parents:
        way.append(parents[way[-1]])
        if way[-1] == code:
            return way
        if len(way) > len(parents) + 1:  # a circle further up, told of its own members
            return []
    return []
