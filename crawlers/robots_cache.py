"""Answers to robots.txt kept across runs, for a day at most (RFC 9309, 2.4).

A file of SQLite beside the crawls: the crawl process never opens the database. Each answer is in it
whole or not at all, however the process dies. Only answers that say what is allowed are kept;
whoever could not be asked is asked again. A file that cannot be read is put away and told of: it
costs a request for each website, never a rule.
"""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing, contextmanager
from dataclasses import dataclass
from time import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

MAX_KEPT_BYTES = 128 * 1024  # of one answer, compressed; real files take a hundredth of that
_TABLE = """
    CREATE TABLE IF NOT EXISTS answer
    (origin TEXT PRIMARY KEY, asked_at REAL NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer to robots.txt from an earlier run, or earlier in this one.

    Attributes:
        status: HTTP status code.
        body: Decoded, as far as it was read.
        seconds_left: For which it still counts.
    """

    status: int
    body: bytes
    seconds_left: float


class RobotsCache:
    """Answers to robots.txt by origin.

    Args:
        path: Of the file, made if absent.
        hours: How long an answer counts; 0 keeps none.
    """

    def __init__(self, path: Path, *, hours: float) -> None:
        self._seconds = hours * 3600
        self._connection: sqlite3.Connection | None = None
        if hours:
            with self._trouble_is_told():
                self._connection = _opened(path)
                oldest = time() - self._seconds
                self._connection.execute("DELETE FROM answer WHERE asked_at < ?", [oldest])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection:
            self._connection.close()

    def get(self, origin: str) -> KeptAnswer | None:
        """Return what an origin answered less than the hours set ago, if it was asked."""
        with self._trouble_is_told():
            if self._connection:
                found = self._connection.execute(
                    "SELECT asked_at, status, body FROM answer WHERE origin = ?", [origin]
                ).fetchone()
                return self._kept(*found) if found else None
        return None

    def put(self, origin: str, status: int, body: bytes) -> None:
        """Keep what an origin answered just now."""
        small = zlib.compress(body, 1)
        with self._trouble_is_told():
            if self._connection and len(small) <= MAX_KEPT_BYTES:
                self._connection.execute(
                    "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)",
                    [origin, time(), status, small],
                )

    def _kept(self, asked_at: float, status: int, body: bytes) -> KeptAnswer | None:
        left = asked_at + self._seconds - time()
        if not 0 < left <= self._seconds:  # too old, or of a clock that was set back since
            return None
        return KeptAnswer(status=status, body=zlib.decompress(body), seconds_left=left)

    @contextmanager
    def _trouble_is_told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, zlib.error, TypeError) as fault:
            import logging  # which the command that looks after the file needs for nothing else

            logger = logging.getLogger(__name__)
            logger.error("robots.txt answers are not kept any more in this run: %s", fault)
            if self._connection:
                self._connection.close()
                self._connection = None


def put_away_if_broken(path: Path) -> str:
    """Put a cache that cannot be read aside, and return a sentence about it; empty where it can.

    To be called while no crawl runs.
    """
    try:
        if path.exists():
            with closing(_opened(path)) as connection:
                (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if verdict != "ok":
                    raise sqlite3.DatabaseError(verdict)
    except sqlite3.Error as fault:
        path.replace(path.with_suffix(".broken"))
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        return f"The kept robots.txt answers could not be read ({fault}): all are asked for anew."
    return ""


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may cost the last answers, never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_TABLE)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
