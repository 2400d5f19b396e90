"""Work on the database that memory is not to grow with, however much the database holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from storage.engine import duckdb

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Store

R = TypeVar("R")

# Beside the 100 megabytes that a command takes by itself: together less than a crawl takes before.
LITTLE_MEMORY = 96  # megabytes
_MORE = 4  # times as much, where that is not enough
_MUCH = 2000  # megabytes: from here on all there is
THREADS = 2  # each has buffers of its own
# Of a database (bytes) that one thread works through in a second or so: to share statements out to
# several takes a sixth more of all of them together.
SMALL = 64_000_000


def within_little_memory(
    store: Store, work: Callable[[], R], *, megabytes: int = LITTLE_MEMORY
) -> R:
    """Do work with little memory; where that is not enough, again with four times as much.

    DuckDB keeps what it touched as long as there is room, up to most of the machine's memory; told
    to take little it puts things aside on the disk.

    Args:
        store: The work database; outside of a transaction.
        work: May be done again: what a first, failed attempt left behind must not matter.
        megabytes: To begin with.

    Returns:
        What the work returns.
    """
    try:
        store.execute(f"SET threads = {THREADS if store.n_bytes >= SMALL else 1}")
        while megabytes < _MUCH:
            store.execute(f"SET memory_limit = '{megabytes}MB'")
            try:
                return work()
            except duckdb.OutOfMemoryException:
                megabytes *= _MORE
        _take_all(store)
        return work()
    finally:
        _take_all(store)


def _take_all(store: Store) -> None:
    store.execute("RESET memory_limit")
    store.execute("RESET threads")
