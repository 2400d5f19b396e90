"""All or nothing, whenever an interruption comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.engine import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Transaction:
    """What is written inside stands together, or none of it; transactions are never nested.

    A class, since a generator that Ctrl-C reaches between its ``yield`` and the ``with`` lives on,
    and what it began with it. Between two of Python's own steps an interruption can still leave a
    transaction open (on entering ``__exit__``, say); the next one undoes it and begins afresh.

    Args:
        execute: Runs one statement.
        undo: Rolls back what was begun; no fault where nothing was.
    """

    def __init__(self, execute: Callable[[str], None], undo: Callable[[], None]) -> None:
        self._execute = execute
        self._undo = undo

    def __enter__(self) -> None:
        try:
            self._begin()
        except BaseException:
            self._undo()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._execute("COMMIT")
        except BaseException:
            self._undo()
            raise
        if kind is not None:
            self._undo()

    def _begin(self) -> None:
        try:
            self._execute("BEGIN")
        except duckdb.TransactionException:
            self._undo()
            self._execute("BEGIN")
