from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from storage.database import Store
from storage.little_memory import LITTLE_MEMORY, SMALL, within_little_memory

MEMORY = "SELECT current_setting('memory_limit'), current_setting('threads')"
# Numbers in one list: they cannot be put aside on the disk.
TOO_MUCH = "SELECT len(list(i)) FROM range(20_000_000) t(i)"


def test_memory_is_little_within_and_as_before_behind(tmp_path: Path) -> None:
    with Store(tmp_path / "a.duckdb") as store:
        before = store.rows(MEMORY)
        ((limit, threads),) = within_little_memory(store, lambda: store.rows(MEMORY))
        assert limit.replace(".5 MiB", "") == "91", f"{LITTLE_MEMORY}MB as DuckDB says it"
        assert threads == 1
        assert store.rows(MEMORY) == before
        # Numbers that nothing makes smaller: 72 megabytes of them.
        store.execute("CREATE TABLE number AS SELECT random() AS number FROM range(9_000_000)")
        store.checkpoint()
        assert store.n_bytes > SMALL
        assert within_little_memory(store, lambda: store.rows(MEMORY))[0][1] == 2


def test_what_needs_more_is_done_again_with_more(tmp_path: Path) -> None:
    with Store(tmp_path / "a.duckdb") as store:
        limits: list[str] = []

        def work() -> list[tuple[int]]:
            limits.append(store.rows(MEMORY)[0][0])
            return store.rows(TOO_MUCH)

        assert within_little_memory(store, work) == [(20_000_000,)]
        assert 1 < len(limits) == len(set(limits))
        assert store.rows(MEMORY)[0][0] not in limits[:1]


def test_what_no_memory_is_enough_for_is_tried_with_all_there_is(tmp_path: Path) -> None:
    with Store(tmp_path / "a.duckdb") as store:
        limits: list[str] = []

        def work() -> None:
            limits.append(store.rows(MEMORY)[0][0])
            raise duckdb.OutOfMemoryException("never enough")

        with pytest.raises(duckdb.OutOfMemoryException):
            within_little_memory(store, work)
        assert limits[-1] == store.rows(MEMORY)[0][0]
        assert len(limits) == 4


def test_a_fault_of_the_work_is_told_and_nothing_stays_little(tmp_path: Path) -> None:
    with Store(tmp_path / "a.duckdb") as store:
        before = store.rows(MEMORY)
        with pytest.raises(duckdb.CatalogException, match="no_such_table"):
            within_little_memory(store, lambda: store.rows("FROM no_such_table"))
        assert store.rows(MEMORY) == before
