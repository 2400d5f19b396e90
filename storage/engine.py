"""DuckDB's engine without what its Python package adds to it.

Statements, rows and faults are the engine's own; relations and Arrow (`Store.fetch`,
`Store.insert`) are the package's, which takes twice as long to load as the engine and is left until
one is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
else:
    try:
        import _duckdb as duckdb
    except ImportError:  # a DuckDB that has its engine elsewhere
        import duckdb

__all__ = ["duckdb"]


def load_relations() -> None:
    """Load the package, which gives the engine's connections their relations and Arrow."""
    import duckdb  # noqa: F401 - for what loading it does
