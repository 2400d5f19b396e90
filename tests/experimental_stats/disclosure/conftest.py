"""Tables to protect and to attack, and an outsider who looks for what went wrong."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.disclosure import attack, protect

CONTRIBUTOR_COLUMNS = {"n_contributors", "largest_1", "largest_2", "largest_3"}
EXACT = 1e-6  # relative width of an interval that gives a cell away


def _load_made_up_tables() -> ModuleType:
    place = Path(__file__).parents[3] / "benchmarks/disclosure/made_up_tables.py"
    spec = importlib.util.spec_from_file_location("made_up_tables", place)
    module = importlib.util.module_from_spec(spec)
    sys.modules["made_up_tables"] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Outsider:
    """Judges a protected table from the rules as the contract words them."""

    cells: pa.Table
    dimensions: dict
    totals: dict
    rules: dict
    faults: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = list(self.dimensions)
        self.keys = list(zip(*(self.cells.column(n).to_pylist() for n in self.names), strict=True))
        self.value = self.cells.column("value").to_numpy().astype(float)
        self.count = self.cells.column("n_contributors").to_numpy()
        self.marks = np.array(self.cells.column("disclosure").to_pylist())

    def intervals(self, known: tuple = ()) -> dict:
        """Attack the table as it would be published; `known` cells are published besides."""
        hidden = (self.marks != "") & np.array([key not in known for key in self.keys])
        told = self.cells.drop_columns(
            [n for n in self.cells.column_names if n in CONTRIBUTOR_COLUMNS | {"value"}]
        )
        told = told.set_column(
            told.column_names.index("disclosure"),
            "disclosure",
            pa.array(np.where(hidden, self.marks, "").tolist()),
        ).append_column("value", pa.array(self.value, mask=hidden))
        found = attack(told, dimensions=self.dimensions, totals=self.totals)
        return {
            tuple(row[name] for name in self.names): (row["lower"], row["upper"])
            for row in found.to_pylist()
        }

    def bounds(self, i: int) -> tuple[bool, float, float]:
        """Return whether cell `i` is unsafe, and how far its interval must reach."""
        row, value = self.cells.slice(i, 1).to_pylist()[0], self.value[i]
        upper = []
        if "largest_1" in row:
            for k, percent in self.rules["dominance"]:
                top = sum(row[f"largest_{j + 1}"] for j in range(k))
                if top > percent / 100 * value:
                    upper.append(100 / percent * top)
            rest = value - row["largest_1"] - row["largest_2"]
            if rest < self.rules["p_percent"] / 100 * row["largest_1"]:
                upper.append(value + self.rules["p_percent"] / 100 * row["largest_1"] - rest)
        if upper:
            return True, value, max(upper)
        if 0 < row["n_contributors"] < self.rules["minimum_contributors"]:
            g = self.rules["protection_percent"] / 100 * value
            g = g if "largest_1" in row else max(g, 1.0)
            return True, max(value - g, 0.0), value + g
        return False, value, value

    def same_cell(self, i: int, j: int) -> bool:
        return self._leaves(self.keys[i]) == self._leaves(self.keys[j])

    def _leaves(self, key: tuple) -> frozenset:
        below = [
            [c for c in (*self.dimensions[n], "_T") if self._under(n, c, k)]
            for n, k in zip(self.names, key, strict=True)
        ]
        place = {key: i for i, key in enumerate(self.keys)}
        inner = [set(self.dimensions[n].values()) for n in self.names]
        return frozenset(
            leaf
            for leaf in product(*below)
            if not any(c in codes for c, codes in zip(leaf, inner, strict=True))
            and self.count[place[leaf]]
        )

    def _under(self, name: str, code: str, ancestor: str) -> bool:
        while code != ancestor and code in self.dimensions[name]:
            code = self.dimensions[name][code]
        return code == ancestor

    def judge(self, *, singletons: bool = True) -> list[str]:
        """Return everything that is wrong; nothing where the table is well protected."""
        faults = []
        known = self.intervals()
        for i, key in enumerate(self.keys):
            unsafe, lower, upper = self.bounds(i)
            if (self.marks[i] == "primary") != unsafe:
                faults.append(f"{key}: unsafe {unsafe}, marked {self.marks[i]!r}")
            if self.marks[i] and not self.count[i]:
                faults.append(f"{key}: empty, but hidden")
            if not self.marks[i]:
                continue
            low, high = known[key]
            slack = EXACT * max(1.0, self.value[i])
            if high - low < slack:
                faults.append(f"{key}: exact, {self.marks[i]}")
            if unsafe and (high < upper - slack or low > lower + slack):
                faults.append(f"{key}: [{low}, {high}] within [{lower}, {upper}]")
        return faults + (self._exposed() if singletons else [])

    def _exposed(self) -> list[str]:
        faults = []
        for single in np.flatnonzero((self.marks != "") & (self.count == 1)):
            same = [j for j in range(len(self.keys)) if self.same_cell(int(single), j)]
            known = self.intervals(tuple(self.keys[j] for j in same))
            faults += [
                f"{self.keys[i]}: exact for the only contributor of {self.keys[single]}"
                for i in np.flatnonzero(self.marks == "primary")
                if i not in same
                and known[self.keys[i]][1] - known[self.keys[i]][0]
                < EXACT * max(1.0, self.value[i])
            ]
        return faults


@pytest.fixture(scope="session")
def tables() -> ModuleType:
    """The maker of made-up tables of the benchmark."""
    return _load_made_up_tables()


@pytest.fixture(scope="session")
def protected():
    """Protect a table and hand it to an outsider."""

    def work(cells: pa.Table, dimensions: dict, rules: dict, root: str = "_T") -> Outsider:
        totals = dict.fromkeys(dimensions, root)
        marked = protect(cells, dimensions=dimensions, totals=totals, rules=rules)
        return Outsider(cells=marked, dimensions=dimensions, totals=totals, rules=rules)

    return work


@pytest.fixture(scope="session")
def line():
    """One dimension: codes with value and number of contributors, and their total."""

    def make(**codes: tuple) -> tuple[pa.Table, dict]:
        rows = {"_T": tuple(np.sum([c[:2] for c in codes.values()], axis=0)), **codes}
        columns = {
            "nace": list(rows),
            "value": [float(row[0]) for row in rows.values()],
            "n_contributors": [int(row[1]) for row in rows.values()],
        }
        if any(len(row) > 2 for row in codes.values()):
            tops = {code: (*row[2:], 0.0, 0.0, 0.0)[:3] for code, row in codes.items()}
            every = sorted((x for top in tops.values() for x in top), reverse=True)[:3]
            tops["_T"] = tuple(every)
            for k in range(3):
                columns[f"largest_{k + 1}"] = [float(tops[code][k]) for code in rows]
        return pa.table(columns), {"nace": dict.fromkeys(codes, "_T")}

    return make
