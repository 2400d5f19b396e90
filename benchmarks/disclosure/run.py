"""How much is hidden, how fast, and what leaks: ours, two simple rules, and pytauargus.

One command: ``python benchmarks/disclosure/run.py``; ``--most-cells 2000`` for all 40 tables,
``--shaped`` for 70 of awkward shapes instead, ``--peer PYTHON`` for an environment that holds
pytauargus (``pip install pytauargus pandas``; ``--peer-cells`` bounds the tables it is given).
Prints per table, and over all tables of amounts: cells hidden besides the unsafe ones, their share
of the value, seconds of one core, and how many unsafe cells `attack` infers within their ranges.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from made_up_tables import RULES, MadeUpTable, suite
from shaped_tables import fresh_suite

from experimental_stats.disclosure import attack, protect
from experimental_stats.disclosure.cells import read_layout
from experimental_stats.disclosure.exposure import exposed_pairs
from experimental_stats.disclosure.rules import assess, read_contributors, read_rules
from experimental_stats.disclosure.structure import find_blocks

MOST_EXPOSED = 1000  # cells of a table in which exposures of the others' patterns are looked for


def findings(table: MadeUpTable, marks: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the places of unsafe cells that are open, or inferred within their range, or exactly,
    and of secondaries that are exact."""
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
    where = np.flatnonzero(hidden)
    told_unsafe = np.flatnonzero(safety.unsafe[layout.place] & ~hidden)
    return (
        np.concatenate([told_unsafe, where[near & unsafe]]),
        where[exact & unsafe],
        where[exact & ~unsafe],
    )


def lines_of(table: MadeUpTable) -> list[list[int]]:
    """Return every sum of the table as rows: the whole, then its parts."""
    names = list(table.dimensions)
    keys = list(zip(*(table.cells.column(n).to_pylist() for n in names), strict=True))
    place = {key: i for i, key in enumerate(keys)}
    lines = []
    for axis, name in enumerate(names):
        for key in keys:
            parts = [c for c, parent in table.dimensions[name].items() if parent == key[axis]]
            line = [place[(*key[:axis], c, *key[axis + 1 :])] for c in parts]
            if parts:
                lines.append([place[key], *line])
    return lines


def simple_rule(table: MadeUpTable, given: list[str]) -> list[str]:
    """Where a line of the table has one hidden cell, hide the smallest other, again and again."""
    values = table.cells.column("value").to_numpy()
    lines = lines_of(table)
    marks = list(given)
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


def exposed(table: MadeUpTable, marks: list[str]) -> np.ndarray:
    """Return the places of unsafe cells that become exact for the only company of another one."""
    layout = read_layout(table.cells, table.dimensions, table.totals)
    contributors = read_contributors(table.cells, layout)
    blocks = find_blocks(layout, contributors, assess(contributors, read_rules(RULES)))
    in_block = blocks.block[layout.place]
    hidden = np.zeros(len(blocks.values), dtype=bool)
    hidden[in_block[[bool(mark) for mark in marks] & (in_block >= 0)]] = True
    return np.flatnonzero(np.isin(in_block, [block for block, _ in exposed_pairs(blocks, hidden)]))


def attacked_rule(table: MadeUpTable, given: list[str], wanted: str) -> list[str]:
    """Go on with the simple rule as long as the attacker infers an unsafe cell.

    For each such cell the smallest told cell of every line that it stands in is hidden.

    Args:
        wanted: ``not exact``, ``safe`` (the whole range is kept), or ``not exposed`` as well.
    """
    values = table.cells.column("value").to_numpy()
    lines = lines_of(table)
    marks = simple_rule(table, given)
    while True:
        near, exact, _ = findings(table, marks)
        partners = set()
        open_cells = exact if wanted == "not exact" else near
        if wanted == "not exposed":
            open_cells = np.union1d(near, exposed(table, marks))
        for cell in open_cells.tolist():
            for line in lines:
                spare = [i for i in line if not marks[i] and values[i] > 0]
                if cell in line and spare:
                    partners.add(min(spare, key=lambda i: (values[i], i)))
        if not partners:
            return marks
        for partner in partners:
            marks[partner] = "secondary"
        marks = simple_rule(table, marks)


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


def patterns_of(
    table: MadeUpTable, chosen: argparse.Namespace
) -> dict[str, tuple[list[str], float]]:
    """Return name -> pattern and seconds, of all that are compared on a table."""
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
    goals = ("not exact", "safe", "not exposed")
    for goal in goals if table.cells.num_rows <= chosen.attacked_cells else ():
        start = time.process_time()
        marks = attacked_rule(table, primary, goal)
        patterns[f"attacked until {goal}"] = (marks, time.process_time() - start)
    takes = not any(shape in table.name for shape in ("count", "groups"))
    if chosen.peer and takes and table.cells.num_rows <= chosen.peer_cells:
        for mode in ("OPT(1)", "MOD(1)"):
            start = time.perf_counter()
            try:
                marks = peer(table, chosen.peer, mode)
            except (subprocess.SubprocessError, ValueError) as fault:
                print(f"{table.name}: pytauargus {mode} failed: {type(fault).__name__}")
                continue
            patterns[f"pytauargus {mode}"] = (marks, time.perf_counter() - start)
    return patterns


def measured(
    table: MadeUpTable, patterns: dict[str, tuple[list[str], float]]
) -> dict[str, np.ndarray]:
    """Print and return the figures of every pattern of a table, in the order of `tell`."""
    values = table.cells.column("value").to_numpy()
    found = {}
    for name, (pattern, seconds) in patterns.items():
        at_risk = len(exposed(table, pattern)) if table.cells.num_rows <= MOST_EXPOSED else 0
        second = np.array([mark == "secondary" for mark in pattern])
        near, _, exact = findings(table, pattern)
        share = values[second].sum() / (values.sum() or 1.0)
        found[name] = np.array([1, second.sum(), share, len(near), len(exact), at_risk, seconds])
        print(
            f"{table.name:28} {name:24} secondary {second.sum():4} value {share:6.1%}"
            f" inferred {len(near):3} exact secondaries {len(exact):3} exposed {at_risk:3}"
            f" {seconds:6.2f} s",
            flush=True,
        )
    return found


def tell(group: str, tables: list[dict[str, np.ndarray]]) -> None:
    """Print the sums of a group of tables, by pattern; and what ours hides on the same tables."""
    for name in dict.fromkeys(name for table in tables for name in table):
        same = [table for table in tables if name in table]
        n, second, share, near, exact, at_risk, seconds = sum(table[name] for table in same)
        ours = sum(table["ours"][2] for table in same) / n
        print(
            f"{group}: {int(n)} tables, {name}: {int(second)} secondary, {share / n:.1%} of the"
            f" value (ours {ours:.1%}), {int(near)} inferred, {int(exact)} exact secondaries,"
            f" {int(at_risk)} exposed, {seconds:.0f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most-cells", type=int, default=400)
    parser.add_argument("--least-cells", type=int, default=0)
    parser.add_argument("--shaped", action="store_true", help="tables of awkward shapes")
    parser.add_argument("--attacked-cells", type=int, default=450, help="most for attacked rules")
    parser.add_argument("--peer", default="", help="a Python that holds pytauargus")
    parser.add_argument("--peer-cells", type=int, default=150, help="most for pytauargus")
    chosen = parser.parse_args()
    amounts, counts = [], []
    for table in fresh_suite() if chosen.shaped else suite():
        if chosen.least_cells <= table.cells.num_rows <= chosen.most_cells:
            found = measured(table, patterns_of(table, chosen))
            (counts if "count" in table.name else amounts).append(found)
    tell("all amounts", amounts)
    tell("all counts", counts)
    tell("beside pytauargus", [one for one in amounts if "pytauargus OPT(1)" in one])


if __name__ == "__main__":
    main()
