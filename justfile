# What CI runs, step by step; `just check` runs all of it.

check: lint types contracts test

lint:
    ruff check .
    ruff format --check .

types:
    mypy

contracts:
    lint-imports

test *arguments:
    pytest {{arguments}}

# Writes the tested set of dependencies anew (the CPU build of PyTorch is taken from PIP_FIND_LINKS).
constraints:
    UV_FIND_LINKS="${PIP_FIND_LINKS:-}" uv pip compile pyproject.toml --all-extras --no-header --no-annotate --python-version 3.11 -o constraints.txt
    sed -i 's/+cpu$//; /^-/d' constraints.txt
