"""DuckDB's engine without what its Python package adds to it.

Statements, rows and faults are the engine's own; relations and Arrow (`Store.fetch`,
`Store.insert`) are the package's, which takes twice as long to load as the engine and is left until
one is wanted.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
else:
    try:
        import _duckdb as duckdb
    except ImportError:  # a DuckDB that has its engine elsewhere
        import duckdb

__all__ = ["begin_threads", "duckdb", "end_threads", "load_relations"]


def load_relations() -> None:
    """Load the package, which gives the engine's connections their relations and Arrow."""
    import duckdb  # noqa: F401 - for what loading it does


def end_threads(connection: duckdb.DuckDBPyConnection) -> None:
    """End all threads of the engine but the one that calls it."""
    connection.execute("SET threads = 1")
    with suppress(duckdb.CatalogException):  # DuckDB 1.5 has none for reading ahead
        connection.execute("SET async_threads = 0")


def begin_threads(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the engine have the threads that it has by itself."""
    connection.execute("RESET threads")
    with suppress(duckdb.CatalogException):
        connection.execute("RESET async_threads")
