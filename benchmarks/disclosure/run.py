"""How much is hidden, how fast, and what leaks: ours, a simple rule, and pytauargus.

One command: ``python benchmarks/disclosure/run.py``; ``--most-cells 2000`` for all 40 tables,
``--peer PYTHON`` for an environment that holds pytauargus (``pip install pytauargus pandas``).
Prints per table, and over all tables of amounts: cells hidden besides the unsafe ones, their share
of the value, seconds of one core, and how many unsafe cells `attack` infers within their ranges.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
from made_up_tables import RULES, MadeUpTable, suite

from experimental_stats.disclosure import attack, protect
from experimental_stats.disclosure.cells import read_layout
from experimental_stats.disclosure.rules import assess, read_contributors, read_rules


def judge(table: MadeUpTable, marks: list[str]) -> tuple[int, int]:
    """Return unsafe cells that are inferred within their range, and secondaries that are exact."""
    layout = read_layout(table.cells, table.dimensions, table.totals)
    contributors = read_contributors(table.cells, layout)
    safety = assess(contributors, read_rules(RULES))
    values = table.cells.column("value").to_numpy()
    hidden = np.array([bool(mark) for mark in marks])
    told = table.cells.select(list(table.dimensions))
    told = told.append_column("value", pa.array(values, mask=hidden))
    told = told.append_column("disclosure", pa.array(marks))
    found = attack(told, dimensions=table.dimensions, totals=table.totals)
    ends = np.stack([found.column("lower").to_numpy(), found.column("upper").to_numpy()])
    place = layout.place[hidden]
    slack = 1e-6 * np.maximum(values[hidden], 1.0)
    near = (ends[1] < values[hidden] + safety.up[place] - slack) | (
        ends[0] > values[hidden] - safety.down[place] + slack
    )
    exact = ends[1] - ends[0] < slack
    unsafe = safety.unsafe[place]
    open_cells = int((safety.unsafe[layout.place] & ~hidden).sum())
    return int((near & unsafe).sum()) + open_cells, int((exact & ~unsafe).sum())


def simple_rule(table: MadeUpTable, primary: list[str]) -> list[str]:
    """Where a line of the table has one hidden cell, hide the smallest other, again and again."""
    names = list(table.dimensions)
    keys = list(zip(*(table.cells.column(n).to_pylist() for n in names), strict=True))
    place = {key: i for i, key in enumerate(keys)}
    values = table.cells.column("value").to_numpy()
    lines = []
    for axis, name in enumerate(names):
        for key in keys:
            parts = [c for c, parent in table.dimensions[name].items() if parent == key[axis]]
            line = [place[(*key[:axis], c, *key[axis + 1 :])] for c in parts]
            if parts:
                lines.append([place[key], *line])
    marks = list(primary)
    changed = True
    while changed:
        changed = False
        for line in lines:
            hidden = [i for i in line if marks[i]]
            spare = [i for i in line if not marks[i] and values[i] > 0]
            if len(hidden) == 1 and values[hidden[0]] > 0 and spare:
                marks[min(spare, key=lambda i: (values[i], i))] = "secondary"
                changed = True
    return marks


def peer(table: MadeUpTable, python: str, mode: str) -> list[str]:
    script = Path(__file__).resolve().with_name("peer.py")
    given = json.dumps({"microdata": table.microdata, "dimensions": table.dimensions})
    # It writes logs wherever it is started.
    answer = subprocess.run(
        [python, str(script), mode], input=given, capture_output=True, text=True, timeout=300,
        check=True, cwd=tempfile.mkdtemp(),
    )  # fmt: skip
    text = answer.stdout[answer.stdout.index("[{") :]
    names = list(table.dimensions)
    status = {tuple(row[n] for n in names): row["status"] for row in json.loads(text)}
    status = {tuple(c or "_T" for c in key): how for key, how in status.items()}
    keys = zip(*(table.cells.column(n).to_pylist() for n in names), strict=True)
    word = {"U": "primary", "M": "secondary"}
    return [word.get(status.get(key, ""), "") for key in keys]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most-cells", type=int, default=400)
    parser.add_argument("--peer", default="", help="a Python that holds pytauargus")
    chosen = parser.parse_args()
    totals: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(6))
    for table in suite():
        if table.cells.num_rows > chosen.most_cells:
            continue
        values = table.cells.column("value").to_numpy()
        patterns: dict[str, tuple[list[str], float]] = {}
        for name, singletons in (("ours", True), ("ours, singletons off", False)):
            start = time.process_time()
            found = protect(
                table.cells, dimensions=table.dimensions, totals=table.totals,
                rules=RULES | {"singletons": singletons},
            )  # fmt: skip
            marks = found.column("disclosure").to_pylist()
            patterns[name] = (marks, time.process_time() - start)
        primary = [mark if mark == "primary" else "" for mark in marks]
        patterns["simple rule"] = (simple_rule(table, primary), 0.0)
        if chosen.peer and "count" not in table.name:
            for mode in ("OPT(1)", "MOD(1)"):
                start = time.perf_counter()
                try:
                    marks = peer(table, chosen.peer, mode)
                except (subprocess.SubprocessError, ValueError) as fault:
                    print(f"{table.name}: pytauargus {mode} failed: {type(fault).__name__}")
                    continue
                patterns[f"pytauargus {mode}"] = (marks, time.perf_counter() - start)
        for name, (pattern, seconds) in patterns.items():
            second = np.array([mark == "secondary" for mark in pattern])
            near, exact = judge(table, pattern)
            share = values[second].sum() / values.sum()
            print(
                f"{table.name:26} {name:22} secondary {second.sum():4} value {share:6.1%}"
                f" inferred {near:3} exact secondaries {exact:3} {seconds:6.2f} s",
                flush=True,
            )
            if "count" not in table.name:
                totals[name] += [1, second.sum(), share, near, exact, seconds]
    for name, (n, second, share, near, exact, seconds) in totals.items():
        print(
            f"{int(n)} tables, {name}: {int(second)} secondary, {share / n:.1%} of the value,"
            f" {int(near)} inferred, {int(exact)} exact secondaries, {seconds:.0f} s"
        )


if __name__ == "__main__":
    main()
