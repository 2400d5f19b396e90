"""Made-up tables of magnitudes and counts in hierarchical dimensions, from made-up companies."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import pyarrow as pa

RULES = {
    "minimum_contributors": 3,
    "dominance": [[1, 75.0], [2, 90.0]],
    "p_percent": 10.0,
    "protection_percent": 30.0,
    "singletons": True,
}


@dataclass(frozen=True, kw_only=True)
class MadeUpTable:
    name: str
    cells: pa.Table
    dimensions: dict[str, dict[str, str]]
    totals: dict[str, str]
    microdata: dict[str, list]


def made_up_table(
    seed: int,
    *,
    sizes: tuple[int, ...],
    companies: int,
    counts: bool = False,
    spread: float = 1.5,
    skew: float = 1.0,
) -> MadeUpTable:
    """Return a table with about as many codes a dimension as `sizes` asks for.

    Args:
        seed: Of everything.
        sizes: Codes of each dimension, the root included.
        companies: Contributors.
        counts: Count them, instead of adding up an amount.
        spread: Standard deviation of the logarithm of the amounts.
        skew: How unevenly the leaves are filled; 0 for evenly.
    """
    rng = np.random.default_rng(seed)
    names = ["nace", "region", "size"][: len(sizes)]
    dimensions = {name: _tree(rng, name, n) for name, n in zip(names, sizes, strict=True)}
    leaves = {name: sorted(set(tree) - set(tree.values())) for name, tree in dimensions.items()}
    chosen = {}
    for name in names:
        weights = rng.random(len(leaves[name])) ** (3 * skew)
        chosen[name] = rng.choice(leaves[name], companies, p=weights / weights.sum()).tolist()
    amounts = np.round(rng.lognormal(3, spread, companies), 1) + 0.1
    cells = tabulate(chosen, amounts, dimensions, counts=counts)
    return MadeUpTable(
        name=f"{'x'.join(map(str, sizes))}-{companies}-{'count' if counts else 'amount'}-{seed}",
        cells=cells,
        dimensions=dimensions,
        totals=dict.fromkeys(names, "_T"),
        microdata={**chosen, "amount": amounts.tolist()},
    )


def tabulate(
    codes: dict[str, list[str]],
    amounts: np.ndarray,
    dimensions: dict[str, dict[str, str]],
    *,
    counts: bool,
) -> pa.Table:
    """Add up contributions over every combination of codes."""
    names = list(dimensions)
    held: dict[tuple[str, ...], list[float]] = {
        key: [] for key in product(*(["_T", *dimensions[name]] for name in names))
    }
    for row, amount in enumerate(amounts.tolist()):
        lines = [_ancestors(codes[name][row], dimensions[name]) for name in names]
        for key in product(*lines):
            held[key].append(amount)
    keys = list(held)
    top = [sorted(held[key], reverse=True)[:3] for key in keys]
    columns = {name: [key[i] for key in keys] for i, name in enumerate(names)}
    columns["n_contributors"] = [len(held[key]) for key in keys]
    if counts:
        return pa.table({**columns, "value": [float(len(held[key])) for key in keys]})
    columns["value"] = [round(sum(held[key]), 1) for key in keys]
    for k in range(3):
        columns[f"largest_{k + 1}"] = [t[k] if len(t) > k else 0.0 for t in top]
    return pa.table(columns)


def suite() -> list[MadeUpTable]:
    """Return 40 tables of 28 to about 2,000 cells."""
    tables = []
    for seed in range(10):
        tables.append(made_up_table(seed, sizes=(7, 4), companies=30 + 10 * seed))
        tables.append(made_up_table(100 + seed, sizes=(12, 9), companies=150 + 50 * seed))
        tables.append(
            made_up_table(
                200 + seed, sizes=(16, 12), companies=500 + 50 * seed, counts=seed % 2 == 0
            )
        )
    tables += [
        made_up_table(300 + seed, sizes=(9, 7, 5), companies=400 + 150 * seed) for seed in range(6)
    ]
    large = enumerate([(30, 20), (13, 8, 6), (40, 25), (20, 10, 10)])
    return tables + [
        made_up_table(400 + seed, sizes=sizes, companies=3 * prod(sizes)) for seed, sizes in large
    ]


def _tree(rng: np.random.Generator, name: str, size: int) -> dict[str, str]:
    """Return a random tree of `size` codes, single children among them."""
    parents: dict[str, str] = {}
    codes = ["_T"]
    for number in range(size - 1):
        # The first few hang on the root; later ones anywhere, so that depth grows.
        parent = "_T" if number < 3 else codes[int(rng.integers(0, len(codes)))]
        code = f"{name[0].upper()}{number:02d}"
        parents[code] = parent
        codes.append(code)
    return parents


def _ancestors(code: str, tree: dict[str, str]) -> list[str]:
    found = [code]
    while found[-1] in tree:
        found.append(tree[found[-1]])
    return found
