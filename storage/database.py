"""The work database: opened by one process at a time, migrated on opening."""

from __future__ import annotations

import dataclasses
import fcntl
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING, Any, Self, TypeVar

import duckdb
import pyarrow as pa

from storage.accounting import OUTCOMES
from storage.errors import InvalidInput, NotReady

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import IO

R = TypeVar("R")


class Store:
    """The work database of a workspace.

    Args:
        path: The DuckDB file, made if absent; None for a database in memory.

    Raises:
        NotReady: Another process has it open.
        InvalidInput: A newer sectorlens wrote it, or it is no database.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = _take_lock(path) if path else None
        try:
            self._connection = _connect(path)
            _migrate(self._connection, str(path or "the database in memory"))
            _fill_code_list(self._connection)
        except BaseException:
            if self._lock:
                self._lock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and give the lock free; safe to call twice."""
        self._connection.close()
        if self._lock:
            self._lock.close()
            self._lock = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all that is written inside stand together, or none of it."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        """Run one statement. Placeholders are ``?`` or ``$name``."""
        self._connection.execute(sql, parameters or None)

    def fetch(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pa.Table:
        """Run one query and return its rows as an Arrow table."""
        return self._connection.execute(sql, parameters or None).to_arrow_table()

    def rows(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """Run one query and return its rows as tuples."""
        return self._connection.execute(sql, parameters or None).fetchall()

    def records(
        self, kind: type[R], sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[R]:
        """Run one query and return a record a row; column names are the record's fields."""
        cursor = self._connection.execute(sql, parameters or None)
        names = [column[0] for column in cursor.description or ()]
        return [kind(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append an Arrow table by column names; columns it lacks take their default."""
        if rows.num_rows:
            columns = ", ".join(f'"{name}"' for name in rows.column_names)
            self._connection.register("rows_to_insert", rows)
            self._connection.execute(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM rows_to_insert"  # noqa: S608 - names are ours
            )
            self._connection.unregister("rows_to_insert")

    def insert_records(self, table: str, records: Sequence[Any], **constants: Any) -> None:
        """Append dataclass records; `constants` are columns of one value for all of them."""
        if not records:
            return
        names = [field.name for field in dataclasses.fields(records[0])]
        columns: dict[str, Any] = {name: [getattr(r, name) for r in records] for name in names}
        columns |= {name: [value] * len(records) for name, value in constants.items()}
        self.insert(table, pa.table({name: pa.array(values) for name, values in columns.items()}))

    def publish_copy(self, target: Path, statements: Sequence[str]) -> None:
        """Attach a new database file as ``published`` and fill it by `statements`.

        The file is written in the storage format of DuckDB 1.5, so that 1.5 and 2.x can open it.
        """
        place = str(target).replace("'", "''")
        self._connection.execute(f"ATTACH '{place}' AS published (STORAGE_VERSION 'v1.5.0')")
        try:
            for statement in statements:
                self._connection.execute(statement)
        finally:
            self._connection.execute("DETACH published")


def _take_lock(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_suffix(".lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        lock.close()
        raise NotReady(
            f"Another sectorlens command is writing to {path}",
            "Wait until it has ended, then run this command again; readers use published/.",
        ) from fault
    return lock


def _connect(path: Path | None) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        connection = duckdb.connect(str(path) if path else ":memory:", config=config)
    except (duckdb.IOException, duckdb.InvalidInputException) as fault:
        raise InvalidInput(
            f"{path} cannot be opened as a database: {str(fault).splitlines()[0]}",
            "Put the last backup in its place, or move it away and import the frame again.",
        ) from fault
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    return connection


def migrations() -> list[tuple[int, str, str]]:
    """Return (number, name, SQL) of every migration that ships, in order."""
    found = []
    for entry in resources.files("storage.migrations").iterdir():
        if entry.name.endswith(".sql"):
            number, _, name = entry.name.removesuffix(".sql").partition("_")
            found.append((int(number), name, entry.read_text(encoding="utf-8")))
    return sorted(found)


def _migrate(connection: duckdb.DuckDBPyConnection, place: str) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migration"
        " (number INTEGER PRIMARY KEY, name VARCHAR, applied_at TIMESTAMPTZ DEFAULT now())"
    )
    applied = {row[0] for row in connection.execute("SELECT number FROM migration").fetchall()}
    known = migrations()
    if newer := sorted(applied - {number for number, _, _ in known}):
        raise InvalidInput(
            f"{place} was written by a newer sectorlens: its migration {newer[-1]} is unknown here",
            "Use that version of sectorlens, or a workspace of this one; nothing was changed.",
        )
    for number, name, sql in known:
        if number not in applied:
            connection.execute("BEGIN")
            connection.execute(sql)
            connection.execute("INSERT INTO migration (number, name) VALUES (?, ?)", [number, name])
            connection.execute("COMMIT")


def _fill_code_list(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [
        (code.value, kind.value, meaning, preference)
        for preference, (code, (kind, meaning)) in enumerate(OUTCOMES.items())
    ]
    held = connection.execute("SELECT * FROM outcome_code ORDER BY preference").fetchall()
    if held != rows:
        connection.execute("BEGIN")
        connection.execute("DELETE FROM outcome_code")
        connection.executemany("INSERT INTO outcome_code VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
