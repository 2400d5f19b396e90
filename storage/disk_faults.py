"""What the disk and the operator do to the database, told in our own words."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storage.engine import duckdb
from storage.errors import RetriableError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def disk_faults(place: str) -> Iterator[None]:
    """Tell of a full disk in our own words, whoever noticed it, and of Ctrl-C as Python does.

    Args:
        place: What was being written.

    Raises:
        RetriableError: There is no room left, or the quota is used up.
        KeyboardInterrupt: The operator broke a query off: DuckDB has its own words for that too.
    """
    try:
        yield
    except (duckdb.Error, OSError, RuntimeError) as fault:
        if isinstance(fault, duckdb.InterruptException) or str(fault) == "Query interrupted":
            raise KeyboardInterrupt from fault
        if not tells_of_a_full_disk(fault):
            raise
        raise RetriableError(
            f"There is no room left on the disk while working on {place}",
            "Make room there, then run the same command again: what was finished before is kept.",
        ) from fault


def tells_of_a_full_disk(fault: BaseException) -> bool:
    """Return whether a fault of DuckDB or the system comes from a disk without room."""
    if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    told = str(fault)
    return any(sign in told for sign in _SIGNS_OF_A_FULL_DISK)


# DuckDB tells only in words; the last one is its own limit for what it puts aside while sorting,
# which is a share of the room that was free.
_SIGNS_OF_A_FULL_DISK = (
    "No space left on device",
    "Disk quota exceeded",
    "max_temp_directory_size",
)
