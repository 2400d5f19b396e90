"""A store that is put aside: others may work meanwhile, the process may fork, nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from storage.database import Store
from storage.errors import InvalidInput, NotReady

REPOSITORY = Path(__file__).parents[2]
THREADS = Path("/proc/self/task")
NOTE = "INSERT INTO issue SELECT 'w', 'frame', ?, '', 1, now()"
NOTES = "SELECT code FROM issue ORDER BY code"
NOTE_ELSEWHERE = """
import sys
from contextlib import ExitStack
from pathlib import Path
from storage.database import Store
with Store(Path(sys.argv[1])) as store:
    store.execute(sys.argv[2], ["of another"])
"""


def note_elsewhere(path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", NOTE_ELSEWHERE, str(path), NOTE], cwd=REPOSITORY, check=True
    )


def test_another_process_may_write_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with Store(path) as store:
        store.execute(NOTE, ["before"])
        store.execute("CREATE TEMP TABLE mine AS SELECT 1 AS one")
        with store.put_aside():
            assert not path.with_name("a.duckdb.wal").exists(), "all stands in the file"
            note_elsewhere(path)
        store.execute(NOTE, ["since"])
        assert store.rows(NOTES) == [("before",), ("of another",), ("since",)]
        assert store.rows("FROM mine") == [(1,)]
        assert store.rows("SELECT current_setting('temp_directory')") == [(f"{path}.tmp",)]
        with pytest.raises(NotReady, match="Another process has"):
            Store(path)
    with Store(path) as store:
        assert len(store.rows(NOTES)) == 3


@pytest.mark.skipif(not THREADS.exists(), reason="nothing tells how many threads there are")
def test_a_fork_meanwhile_has_no_lock_to_wait_for(tmp_path: Path) -> None:
    others = len(list(THREADS.iterdir()))
    with Store(tmp_path / "a.duckdb") as store:
        threads = store.rows("SELECT current_setting('threads')")
        with store.put_aside():
            assert len(list(THREADS.iterdir())) <= others, "none is the engine's"
            if (fork := os.fork()) == 0:
                os._exit(0)
            assert os.waitpid(fork, 0)[1] == 0
        assert store.rows("SELECT current_setting('threads')") == threads
        assert store.rows(NOTES) == []


def test_it_may_be_put_aside_twice_and_rewritten(tmp_path: Path) -> None:
    with Store(tmp_path / "a.duckdb") as store:
        for name in ("first", "second"):
            with store.put_aside():
                pass
            store.execute(NOTE, [name])
            store.rewrite()
        assert store.rows(NOTES) == [("first",), ("second",)]


def test_what_fails_meanwhile_is_told_and_the_file_is_free(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with pytest.raises(ZeroDivisionError), Store(path) as store, store.put_aside():
        raise ZeroDivisionError
    Store(path).close()


def test_who_has_it_open_at_the_end_is_not_disturbed(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with ExitStack() as others, Store(path) as store:
        with pytest.raises(NotReady, match="Another process has"), store.put_aside():
            other = others.enter_context(Store(path))
        other.execute(NOTE, ["of another"])


def test_a_file_that_is_no_database_any_longer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    message = "cannot be opened as a database"
    with Store(path) as store, pytest.raises(InvalidInput, match=message), store.put_aside():
        path.write_bytes(b"no database" * 1000)


def test_in_memory_nothing_is_put_aside() -> None:
    with Store() as store:
        store.execute(NOTE, ["before"])
        with store.put_aside():
            assert store.rows(NOTES) == [("before",)]
        assert store.rows(NOTES) == [("before",)]
