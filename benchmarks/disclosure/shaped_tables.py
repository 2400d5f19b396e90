"""Made-up tables of awkward shapes: what official registers look like where they are awkward.

Each shape puts companies into the leaves of its hierarchies and adds them up: deep trees that hang
on one side, chains of only children, combinations that cannot occur, few giants, many zeros, groups
that count as one contributor, single companies in a row.
"""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
import pyarrow as pa
from made_up_tables import MadeUpTable

SHAPES = (
    "plain",
    "lopsided",
    "only children",
    "cannot occur",
    "giants",
    "many zeros",
    "groups",
    "single companies",
    "diagonal",
    "counts",
)


def shaped_table(seed: int, shape: str, *, cells: int, ways: int = 2) -> MadeUpTable:
    """Return a table of about so many cells.

    Args:
        seed: Of everything.
        shape: One of `SHAPES`.
        cells: Wanted, all margins included.
        ways: Dimensions.
    """
    rng = np.random.default_rng([seed, SHAPES.index(shape)])
    names = ["nace", "region", "size"][:ways]
    parts = rng.dirichlet([6] * ways)
    sizes = [max(3, round(cells**part)) for part in parts]
    trees = {n: _tree(rng, n, size, shape) for n, size in zip(names, sizes, strict=True)}
    leaves = [sorted(set(tree) - set(tree.values())) for tree in trees.values()]
    places = _places(rng, [len(found) for found in leaves], shape)
    groups = np.arange(len(places))
    if shape == "groups":
        groups = rng.integers(0, max(2, len(places) // 3), len(places))
    amounts = _amounts(rng, len(places), shape)
    chosen = {
        name: [leaves[axis][place] for place in places[:, axis].tolist()]
        for axis, name in enumerate(names)
    }
    return MadeUpTable(
        name=f"{shape} {'x'.join(str(len(tree) + 1) for tree in trees.values())} {seed}",
        cells=_added_up(chosen, amounts, groups, trees, counts=shape == "counts"),
        dimensions=trees,
        totals=dict.fromkeys(names, "_T"),
        microdata={**chosen, "amount": amounts.tolist(), "group": groups.tolist()},
    )


def _tree(rng: np.random.Generator, name: str, size: int, shape: str) -> dict[str, str]:
    parents: dict[str, str] = {}
    codes = ["_T"]
    for number in range(size - 1):
        parent = "_T" if number < 2 else codes[int(rng.integers(0, len(codes)))]
        if shape == "lopsided" and number > 1:
            parent = codes[-2] if number % 2 else codes[-1]
        if shape == "only children" and number > 1 and rng.random() < 0.6:
            parent = codes[-1]
        code = f"{name[0].upper()}{number:03d}"
        parents[code] = parent
        codes.append(code)
    return parents


def _places(rng: np.random.Generator, sizes: list[int], shape: str) -> np.ndarray:
    """Return the leaf of each company on each axis, int (n_companies, n_axes)."""
    every = np.array(list(product(*(range(size) for size in sizes))))
    if shape == "single companies":
        return every
    if shape == "cannot occur":
        every = every[rng.random(len(every)) < 0.5]
    if shape == "diagonal":
        near = np.abs(every / np.array(sizes) - (every / np.array(sizes))[:, :1]).max(axis=1)
        every = every[near < 0.35]
    weights = rng.exponential(size=len(every)) ** (2 if shape == "plain" else 1)
    n = max(5, int(prod(sizes) * (1 if shape in {"lopsided", "giants"} else 2.5)))
    return every[rng.choice(len(every), n, p=weights / weights.sum())]


def _amounts(rng: np.random.Generator, n: int, shape: str) -> np.ndarray:
    amounts = np.round(rng.lognormal(3, 1.3, n), 1) + 0.1
    if shape == "giants":
        amounts[rng.integers(0, n, 3)] += np.round(amounts.sum() * rng.choice([0.5, 2, 8]), 1)
    if shape == "many zeros":
        amounts[rng.random(n) < 0.5] = 0.0
    return np.round(amounts, 1)


def _added_up(
    codes: dict[str, list[str]],
    amounts: np.ndarray,
    groups: np.ndarray,
    trees: dict[str, dict[str, str]],
    *,
    counts: bool,
) -> pa.Table:
    """Add contributions up in whole tenths, and contributors by group."""
    names = list(trees)
    held: dict[tuple[str, ...], dict[int, int]] = {
        key: {} for key in product(*(["_T", *trees[name]] for name in names))
    }
    tenths = np.round(amounts * 10).astype(int).tolist()
    for row, group in enumerate(groups.tolist()):
        for key in product(*(_line(codes[name][row], trees[name]) for name in names)):
            held[key][group] = held[key].get(group, 0) + tenths[row]
    keys = list(held)
    top = [[*sorted(held[key].values(), reverse=True)[:3], 0, 0, 0] for key in keys]
    columns = {name: [key[axis] for key in keys] for axis, name in enumerate(names)}
    columns["n_contributors"] = [len(held[key]) for key in keys]
    if counts:
        return pa.table({**columns, "value": [float(len(held[key])) for key in keys]})
    columns["value"] = [sum(held[key].values()) / 10 for key in keys]
    for k in range(3):
        columns[f"largest_{k + 1}"] = [line[k] / 10 for line in top]
    return pa.table(columns)


def _line(code: str, tree: dict[str, str]) -> list[str]:
    found = [code]
    while found[-1] in tree:
        found.append(tree[found[-1]])
    return found


def fresh_suite(cells: tuple[int, ...] = (28, 60, 110, 200, 400, 800, 2000)) -> list[MadeUpTable]:
    """Return tables of every shape and size, in two and three dimensions by turns."""
    return [
        shaped_table(1000 + size, shape, cells=size, ways=2 + (place + number) % 2)
        for number, size in enumerate(cells)
        for place, shape in enumerate(SHAPES)
    ]
