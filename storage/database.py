"""The work database: opened by one process at a time, migrated on opening."""

from __future__ import annotations

import dataclasses
import os
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import storage.migrations
from storage.accounting import OUTCOMES
from storage.disk_faults import disk_faults, tells_of_a_full_disk
from storage.engine import begin_threads, duckdb, end_threads, load_relations
from storage.errors import InvalidInput, RetriableError
from storage.sql_text import quoted_name, quoted_text
from storage.transaction import Transaction
from storage.work_lock import in_use, take_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    import pyarrow as pa

R = TypeVar("R")
_WORK = "work"  # what the engine calls the file that is open


class Store:
    """The work database of a workspace.

    Args:
        path: The DuckDB file, made if absent; None for a database in memory.

    Raises:
        NotReady: Another process has it open.
        InvalidInput: A newer sectorlens wrote it, or it is no work database.
        RetriableError: The disk is full; every method may say so. Nothing that stood before is
            lost, and the same call succeeds once there is room.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._place = str(path or "the database in memory")
        self._invalidated = False
        with disk_faults(self._place):
            self._lock = take_lock(path) if path else None
            try:
                self._connection = _open(path, self._place)
            except BaseException:
                if self._lock:
                    self._lock.close()
                raise

    @property
    def n_bytes(self) -> int:
        """Return the size of its file; 0 for a database in memory."""
        return self._path.stat().st_size if self._path else 0

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
        self._give_lock_free()

    def _give_lock_free(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None

    @contextmanager
    def put_aside(self) -> Iterator[None]:
        """Close the file and give the lock free until the block ends: other commands may work.

        The engine stays, without threads, so that the process may fork meanwhile: to make another
        takes longer than all else that opening does. A database in memory is left as it is. Where
        the block fails, the file stays closed.

        Raises:
            NotReady: Another process has it open when the block ends.
            InvalidInput: A newer sectorlens wrote it meanwhile, or it is no database any longer.
        """
        if self._path is None:
            yield
            return
        with self._working() as connection:
            connection.execute("USE memory")
            connection.execute(f"DETACH {_WORK}")
            end_threads(connection)
        self._give_lock_free()
        yield
        with disk_faults(self._place):
            self._lock = take_lock(self._path)
            begin_threads(self._connection)
            _attach(self._connection, self._path)
            _make_ready(self._connection, self._place)

    def transaction(self) -> Transaction:
        """Make all that is written inside a ``with`` stand together, or none of it."""
        return Transaction(self.execute, self._undo)

    def _undo(self) -> None:
        if not self._invalidated:
            # A commit that failed has rolled back by itself: then there is nothing to undo.
            with suppress(duckdb.TransactionException):
                self._connection.execute("ROLLBACK")

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
        """Run one statement. Placeholders are ``?`` or ``$name``."""
        with self._working() as connection:
            connection.execute(sql, parameters or None)

    def fetch(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> pa.Table:
        """Run one query and return its rows as an Arrow table."""
        load_relations()
        with self._working() as connection:
            return connection.sql(sql, params=parameters or None).to_arrow_table()

    def rows(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        """Run one query and return its rows as tuples."""
        with self._working() as connection:
            return connection.execute(sql, parameters or None).fetchall()

    def records(
        self, kind: type[R], sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[R]:
        """Run one query and return a record a row; column names are the record's fields."""
        with self._working() as connection:
            cursor = connection.execute(sql, parameters or None)
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchall()
        return [kind(**dict(zip(names, row, strict=True))) for row in rows]

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append an Arrow table by column names; columns it lacks take their default."""
        if rows.num_rows:
            load_relations()
            columns = ", ".join(f'"{name}"' for name in rows.column_names)
            with self._working() as connection:
                connection.register("rows_to_insert", rows)
                try:
                    connection.execute(
                        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM rows_to_insert"  # noqa: S608 - names are ours
                    )
                finally:
                    # A broken transaction refuses this too, and would hide why it broke.
                    with suppress(duckdb.TransactionException):
                        connection.unregister("rows_to_insert")

    def insert_records(self, table: str, records: Sequence[Any], **constants: Any) -> None:
        """Append dataclass records; `constants` are columns of one value for all of them."""
        if not records:
            return
        names = [field.name for field in dataclasses.fields(records[0])]
        columns: dict[str, list[Any]] = {n: [getattr(r, n) for r in records] for n in names}
        columns |= {name: [value] * len(records) for name, value in constants.items()}
        self.insert_columns(table, columns)

    def insert_columns(self, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        """Append rows given as lists of equal length by column; no Arrow is loaded for it."""
        names = ", ".join(map(quoted_name, columns))
        values = ", ".join(f"unnest(${k})" for k, _ in enumerate(columns, start=1))
        given = {
            str(k): [one.value if isinstance(one, Enum) else one for one in column]
            for k, column in enumerate(columns.values(), start=1)
        }
        if any(given.values()):
            self.execute(f"INSERT INTO {table} ({names}) SELECT {values}", given)

    def publish_copy(self, target: Path, statements: Sequence[str]) -> None:
        """Attach a new database file as ``published`` and fill it by `statements`.

        The file is written in the storage format of DuckDB 1.5, so that 1.5 and 2.x can open it.
        """
        place = quoted_text(str(target))
        self.execute(f"ATTACH {place} AS published (STORAGE_VERSION 'v1.5.0')")
        # Beyond so many bytes a commit writes the file itself, and not all of it to a log before.
        self.execute("SET checkpoint_threshold = '0 bytes'")
        try:
            with self.transaction():  # all at once: each commit takes as long as a statement
                for statement in statements:
                    self.execute(statement)
        except BaseException:
            # The fault of the statement is the one to be told, not that of tidying up.
            with suppress(duckdb.Error, InvalidInput, RetriableError):
                self.execute("DETACH published")
            raise
        finally:
            with suppress(duckdb.Error, InvalidInput, RetriableError):
                self.execute("RESET checkpoint_threshold")
        self.execute("DETACH published")

    def checkpoint(self) -> None:
        """Write what was committed to the database file itself, and let go of it otherwise."""
        self.execute("CHECKPOINT")

    def rewrite(self) -> None:
        """Write the database file anew: nothing of rows that were deleted is left on the disk.

        Temporary tables are lost. The file is replaced in one step; a database in memory stays.
        """
        if self._path is None:
            return
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        place = quoted_text(str(fresh))
        with self._working() as connection:
            connection.execute("CHECKPOINT")
            connection.execute(f"ATTACH {place} AS rewritten")
            try:
                connection.execute(f"COPY FROM DATABASE {_WORK} TO rewritten")
            except BaseException:
                with suppress(duckdb.Error):
                    connection.execute("DETACH rewritten")
                fresh.unlink(missing_ok=True)
                raise
            connection.execute("DETACH rewritten")
        with disk_faults(self._place):
            with fresh.open("rb") as written:
                os.fsync(written.fileno())
            self._connection.close()
            fresh.replace(self._path)
            self._connection = _connect(self._path)

    @contextmanager
    def _working(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend the connection, a new one where a full disk has spoilt the former one."""
        with disk_faults(self._place):
            if self._invalidated:
                self._connection.close()
                self._connection = _connect(self._path)
                self._invalidated = False
            try:
                yield self._connection
            except duckdb.Error as fault:
                # A full disk may have spoilt the file's part of the engine, which no kind tells.
                if isinstance(fault, duckdb.FatalException) or tells_of_a_full_disk(fault):
                    self._invalidated = self._path is not None
                raise


def _open(path: Path | None, place: str) -> duckdb.DuckDBPyConnection:
    if path and not path.exists():
        _make_empty(path)
    connection = _connect(path)
    try:
        _make_ready(connection, place)
    except BaseException:
        # Else the file stays open, and locked, for as long as the fault is remembered.
        connection.close()
        raise
    return connection


def _make_ready(connection: duckdb.DuckDBPyConnection, place: str) -> None:
    _migrate(connection, place)
    _fill_code_list(connection)


def _make_empty(path: Path) -> None:
    """Make the file aside and put it in place whole: half a file could never be opened again."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    try:
        duckdb.connect(str(fresh)).close()
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _connect(path: Path | None) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if path:
        config["temp_directory"] = f"{path}.tmp"  # what does not fit into memory stays beside it
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        if path:
            _attach(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Open a file beside the database in memory that an engine begins with, and work on it."""
    try:
        connection.execute(f"ATTACH {quoted_text(str(path))} AS {_WORK}")
    except duckdb.Error as fault:
        if tells_of_a_full_disk(fault):
            raise
        if "Could not set lock" in str(fault):
            raise in_use(path) from fault
        advice = (
            "Get the right to read and write it."
            if "Permission denied" in str(fault) or "Read-only" in str(fault)
            else "Put the last backup in its place, or move it away and import the frame again."
        )
        raise InvalidInput(
            f"{path} cannot be opened as a database: {str(fault).splitlines()[0]}", advice
        ) from fault
    connection.execute(f"USE {_WORK}")


def migrations() -> list[tuple[int, str, str]]:
    """Return (number, name, SQL) of every migration that ships, in order."""
    return [(number, name, file.read_text("utf-8")) for number, (name, file) in _shipped().items()]


def _shipped() -> dict[int, tuple[str, Path]]:
    """Return the name and file of every migration that ships, by number."""
    found = {}
    for file in sorted(Path(storage.migrations.__file__).parent.glob("*.sql")):
        number, _, name = file.stem.partition("_")
        found[int(number)] = name, file
    return found


def _migrate(connection: duckdb.DuckDBPyConnection, place: str) -> None:
    applied = _applied_migrations(connection, place)
    known = _shipped()
    if newer := sorted(applied - known.keys()):
        raise InvalidInput(
            f"{place} was written by a newer sectorlens: its migration {newer[-1]} is unknown here",
            "Use that version of sectorlens, or a workspace of this one; nothing was changed.",
        )
    for number, (name, file) in known.items():
        if number not in applied:
            connection.execute("BEGIN")  # undone by closing where one of these fails
            connection.execute(file.read_text("utf-8"))
            connection.execute("INSERT INTO migration (number, name) VALUES (?, ?)", [number, name])
            connection.execute("COMMIT")


def _applied_migrations(connection: duckdb.DuckDBPyConnection, place: str) -> set[int]:
    try:  # to list the tables takes as long as all else that opening does
        return {row[0] for row in connection.execute("SELECT number FROM migration").fetchall()}
    except duckdb.CatalogException as fault:
        if connection.execute("FROM (SHOW TABLES)").fetchall():
            raise InvalidInput(
                f"{place} is a database, but no work database of sectorlens",
                "Move it away, or use another workspace; nothing was changed.",
            ) from fault
    connection.execute(
        "CREATE TABLE migration"
        " (number INTEGER PRIMARY KEY, name VARCHAR, applied_at TIMESTAMPTZ DEFAULT now())"
    )
    return set()


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
