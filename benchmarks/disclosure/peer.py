"""pytauargus on one made-up table, in a process (and an environment) of its own.

Reads {"microdata", "dimensions"} from stdin, writes the rows of its table as JSON. Its solvers keep
state in the process; it wants contributors, not cells.
"""

import json
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytauargus

RULES = "NK(1,75)|NK(2,90)|P(10,1)|FREQ(3,30)"


def hierarchy_lines(tree: dict, code: str = "_T", depth: int = 0) -> list[str]:
    lines = []
    for child in sorted(c for c, parent in tree.items() if parent == code):
        lines += ["@" * depth + child, *hierarchy_lines(tree, child, depth + 1)]
    return lines


def main() -> None:
    given = json.load(sys.stdin)
    place = Path(tempfile.mkdtemp())
    files = {}
    for name, tree in given["dimensions"].items():
        file = place / f"{name}.hrc"
        file.write_text("\n".join(hierarchy_lines(tree)) + "\n", encoding="utf-8")
        files[name] = str(file)
    answer = pytauargus.protect(
        pd.DataFrame(given["microdata"]),
        [list(given["dimensions"])],
        response="amount",
        safety_rules=RULES,
        suppress=sys.argv[1],
        hrc=files,
        hierleadstring="@",
        totcode="_T",
        workdir=str(place),
    )
    tables = answer.tables
    table = next(iter(tables.values())) if isinstance(tables, dict) else tables[0]
    json.dump(table.rows, sys.stdout)


if __name__ == "__main__":
    main()
