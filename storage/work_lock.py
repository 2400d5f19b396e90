"""The lock of the work database: one command at a time has it open."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

from storage.errors import InvalidInput, NotReady

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO


def take_lock(path: Path) -> IO[str]:
    """Return the lock of a work database; it is free when it is closed, or its process dies.

    Raises:
        NotReady: Another process holds it.
        InvalidInput: Its directory cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_suffix(".lock").open("a")
    except (PermissionError, FileExistsError, NotADirectoryError, IsADirectoryError) as fault:
        raise InvalidInput(
            f"{path.parent} cannot be written to: {fault.strerror}",
            "Use a workspace in a directory that you may write to.",
        ) from fault
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        lock.close()
        raise in_use(path) from fault
    except OSError:
        lock.close()
        raise
    return lock


def in_use(path: Path) -> NotReady:
    """Return the fault that a work database is open elsewhere."""
    return NotReady(
        f"Another process has {path} open",
        "Wait until it has ended, then run this command again; readers use published/.",
    )
