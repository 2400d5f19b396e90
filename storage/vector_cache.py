"""Vectors of texts by (text digest, embedder digest): nothing is embedded twice.

A file of its own, so that it can be deleted without loss and never makes the work database big.
"""

from __future__ import annotations

import os
import zlib
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from storage.disk_faults import disk_faults, tells_of_a_full_disk
from storage.errors import InvalidInput, NotReady, RetriableError
from storage.records.stage import Issue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    import numpy.typing as npt

_TABLE = (
    "CREATE TABLE IF NOT EXISTS vector (embedder_digest VARCHAR NOT NULL,"
    " text_digest VARCHAR NOT NULL, vector BLOB NOT NULL,"
    " PRIMARY KEY (embedder_digest, text_digest));"
    # Null in rows of versions before this one: they are taken for what they say.
    " ALTER TABLE vector ADD COLUMN IF NOT EXISTS checksum UINTEGER"
)
_MEGABYTES = (128, 512, 2048, 0)  # of memory, tried one after the other; 0: all there is
R = TypeVar("R")


class VectorCache:
    """Float32 vectors kept on disk.

    A file that cannot be read is set aside beside its place and told in `issues`; the cache then
    starts empty, which costs time and nothing else. So are vectors that are not what was kept.

    Args:
        path: The DuckDB file, made if absent; None keeps vectors for this process only.

    Raises:
        NotReady: Another process has it open.
        InvalidInput: It may not be read and written.
        RetriableError: The disk is full; so may `add`. What was kept before stays.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._set_aside: tuple[Issue, ...] = ()
        self._damaged: set[str] = set()
        # What a file is read through; vectors that lie in memory only are what they are.
        self._more_memory = list(_MEGABYTES[1:]) if path else []
        with disk_faults(str(path)):
            try:
                self._connection = _open(path)
            except duckdb.Error as fault:
                self._connection = self._start_anew(fault)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Return what the operator has to know: what was damaged."""
        if not self._damaged:
            return self._set_aside
        detail = (
            f"{len(self._damaged)} vectors of {self._path or 'the cache in memory'} are not what"
            " was kept: they are damaged, or another's; they were made anew"
        )
        damaged = Issue(
            stage="classify", code="vectors_damaged", detail=detail, count=len(self._damaged)
        )
        return (*self._set_aside, damaged)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._connection.close()

    def known(
        self, text_digests: Sequence[str], embedder_digest: str
    ) -> dict[str, npt.NDArray[np.float32]]:
        """Return the vectors that are there.

        Args:
            text_digests: ``sha256:<hex>`` of the texts.
            embedder_digest: Vectors of another embedder are never given.

        Returns:
            text digest -> float32 (dim,); what is not known, not whole or not finite is absent.
        """
        wanted = pa.table({"text_digest": pa.array(sorted(set(text_digests)), pa.string())})
        query = (
            "SELECT text_digest, vector, checksum FROM vector JOIN wanted USING (text_digest)"
            " WHERE embedder_digest = ?"
        )

        def look_up() -> list[tuple[str, object, int | None]]:
            self._connection.register("wanted", wanted)
            return self._connection.execute(query, [embedder_digest]).fetchall()

        try:
            rows = self._with_memory(look_up)
        except duckdb.Error as fault:
            self._connection = self._start_anew(fault)
            return {}
        # A value of half numbers is as damaged as one that is not finite: it is made anew.
        # So is one that is no bytes, in a table of another make; adding sets that file aside.
        vectors = {
            digest: np.frombuffer(raw, dtype="<f4")
            for digest, raw, checksum in rows
            if isinstance(raw, bytes)
            and len(raw) % 4 == 0
            and checksum in {None, _checksum(embedder_digest, digest, raw)}
        }
        whole = {digest: vector for digest, vector in vectors.items() if np.isfinite(vector).all()}
        self._damaged.update(digest for digest, _, _ in rows if digest not in whole)
        return whole

    def add(
        self,
        text_digests: Sequence[str],
        vectors: npt.NDArray[np.float32],
        embedder_digest: str,
    ) -> None:
        """Keep vectors; one that is there already is replaced.

        Args:
            text_digests: Of the rows, in their order.
            vectors: float32 (n, dim).
            embedder_digest: Of the embedder that made them.
        """
        last = {digest: row for row, digest in enumerate(text_digests)}
        raw = [vectors[row].astype("<f4").tobytes() for row in last.values()]
        sums = [_checksum(embedder_digest, *one) for one in zip(last, raw, strict=True)]
        rows = pa.table(
            {
                "embedder_digest": pa.array([embedder_digest] * len(last), pa.string()),
                "text_digest": pa.array(list(last), pa.string()),
                "vector": pa.array(raw, pa.binary()),
                "checksum": pa.array(sums, pa.uint32()),
            }
        )
        with disk_faults(str(self._path)):
            try:
                self._with_memory(partial(self._insert, rows))
            except (duckdb.OutOfMemoryException, duckdb.IOException) as fault:
                raise RetriableError(
                    f"The vector cache {self._path or 'in memory'} takes no more vectors: {fault}",
                    "Make room on its disk, then run this command again; nothing was lost.",
                ) from fault
            except duckdb.Error as fault:
                self._connection = self._start_anew(fault)
                self._insert(rows)

    def _with_memory(self, work: Callable[[], R]) -> R:
        """Do work; where memory is not enough for it, again with more, and in the end with all."""
        while True:
            try:
                return work()
            except duckdb.OutOfMemoryException:
                if not self._more_memory:
                    raise
                megabytes = self._more_memory.pop(0)
                limit = f"SET memory_limit = '{megabytes}MB'" if megabytes else "RESET memory_limit"
                self._connection.execute(limit)

    def _insert(self, rows: pa.Table) -> None:
        self._connection.register("rows_to_insert", rows)
        self._connection.execute("INSERT OR REPLACE INTO vector SELECT * FROM rows_to_insert")
        self._connection.unregister("rows_to_insert")

    def _start_anew(self, fault: duckdb.Error) -> duckdb.DuckDBPyConnection:
        if tells_of_a_full_disk(fault):  # the file is good: all it holds would be embedded again
            raise fault
        if self._path is None or "lock on file" in str(fault):
            raise NotReady(
                f"The vector cache {self._path or 'in memory'} cannot be used: {fault}",
                "Wait until the other sectorlens command has ended, then run this one again.",
            ) from fault
        if not _may_be_written(self._path):
            raise InvalidInput(
                f"The vector cache {self._path} may not be read and written by you",
                "Get the right to read and write it and its directory, or move it away: it is made"
                " anew, which costs time and nothing else.",
            ) from fault
        aside = _free_name(self._path)
        if hasattr(self, "_connection"):
            self._connection.close()
        self._path.rename(aside)
        log = self._path.with_name(self._path.name + ".wal")
        if log.exists():  # not deleted: who looks into the file may need it
            log.rename(aside.with_name(aside.name + ".wal"))
        detail = f"{self._path} could not be read and was set aside as {aside.name}: {fault}"
        told = Issue(stage="classify", code="vector_cache_set_aside", detail=detail)
        self._set_aside += (told,)
        self._damaged.clear()  # went with the file
        self._more_memory = list(_MEGABYTES[1:])
        return _open(self._path)


def _open(path: Path | None) -> duckdb.DuckDBPyConnection:
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(path) if path else ":memory:")
    connection.execute("SET enable_progress_bar = false")
    if path:
        connection.execute(f"SET memory_limit = '{_MEGABYTES[0]}MB'")
    connection.execute(_TABLE)
    return connection


def _checksum(embedder_digest: str, text_digest: str, raw: bytes) -> int:
    """Return the CRC-32 of a vector and of whose it is."""
    return zlib.crc32(raw, zlib.crc32(f"{embedder_digest} {text_digest}".encode()))


def _may_be_written(path: Path) -> bool:
    """Return whether this user may read and write a file, if it is there, and its directory."""
    both = os.R_OK | os.W_OK
    file = not path.exists() or os.access(path, both)
    return file and os.access(path.parent, both | os.X_OK)


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.unreadable-{number}")).exists():
        number += 1
    return aside
