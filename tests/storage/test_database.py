"""The work database: opened by one, migrated once, and whole again after a full disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from storage.database import Store, migrations
from storage.disk_faults import disk_faults
from storage.errors import InvalidInput, NotReady, RetriableError
from storage.records.stage import Issue

REPOSITORY = Path(__file__).parents[2]


def n_issues(store: Store) -> int:
    ((count,),) = store.rows("SELECT count(*) FROM issue")
    return int(count)


def note(store: Store, n_rows: int) -> None:
    """Write rows of about 100 bytes that do not compress."""
    store.execute(
        "INSERT INTO issue SELECT 'w', 'frame', md5(i::VARCHAR), md5((i + 1)::VARCHAR)"
        " || md5((i + 2)::VARCHAR), i, now() FROM range(?) t(i)",
        [n_rows],
    )


def note_and_fail(store: Store, fault: BaseException) -> None:
    with store.transaction():
        note(store, 10)
        raise fault


def interrupts_before(step: int, store: Store) -> bool:
    """Write in a transaction that is interrupted before a step of Python's; False: it had fewer."""
    left = step

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal left
        if "/storage/" not in frame.f_code.co_filename:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
        return trace

    try:
        sys.settrace(trace)
        with store.transaction():
            note(store, 10)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


def elsewhere(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=60,
        check=False,
    )


OPEN_IT = (
    "import sys, pathlib; from storage.database import Store; from storage.errors import NotReady\n"
    "try: Store(pathlib.Path(sys.argv[1])).close(); print('opened')\n"
    "except NotReady as fault: print(fault.title, '/', fault.advice)"
)


class TestLock:
    def test_a_second_process_is_refused_and_told_to_wait(self, tmp_path: Path) -> None:
        with Store(tmp_path / "work" / "a.duckdb"):
            answer = elsewhere(OPEN_IT, str(tmp_path / "work" / "a.duckdb"))
        assert "Another process has" in answer.stdout, answer.stderr
        assert "Wait until it has ended" in answer.stdout

    def test_a_second_store_of_the_same_process_is_refused_too(self, tmp_path: Path) -> None:
        with Store(tmp_path / "a.duckdb"), pytest.raises(NotReady):
            Store(tmp_path / "a.duckdb")

    def test_the_lock_is_free_again_after_closing(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "a.duckdb")
        store.close()
        store.close()
        assert elsewhere(OPEN_IT, str(tmp_path / "a.duckdb")).stdout == "opened\n"

    def test_the_lock_is_free_when_its_process_is_killed(self, tmp_path: Path) -> None:
        program = (
            "import os, sys, pathlib; from storage.database import Store\n"
            "s = Store(pathlib.Path(sys.argv[1]))\n"
            "s.execute('''INSERT INTO issue VALUES ('w','frame','kept','',1,now())''')\n"
            "s.execute('BEGIN'); s.execute('''DELETE FROM issue'''); os.kill(os.getpid(), 9)"
        )
        assert elsewhere(program, str(tmp_path / "a.duckdb")).returncode == -9
        with Store(tmp_path / "a.duckdb") as store:
            assert store.rows("SELECT code FROM issue") == [("kept",)]

    def test_a_file_that_a_stranger_has_open_is_reported_as_in_use(self, tmp_path: Path) -> None:
        path = tmp_path / "a.duckdb"
        Store(path).close()
        stranger = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True);"
                " sys.stdin.read()",
                str(path),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert stranger.stdout is not None
            assert stranger.stdout.readline() == "open\n"
            with pytest.raises(NotReady, match="Another process has"):
                Store(path)
        finally:
            stranger.communicate("")


class TestOpening:
    def test_every_migration_is_applied_once_and_in_order(self, tmp_path: Path) -> None:
        path = tmp_path / "a.duckdb"
        with Store(path) as store:
            first = store.rows("SELECT number, name, applied_at FROM migration ORDER BY number")
        with Store(path) as store:
            again = store.rows("SELECT number, name, applied_at FROM migration ORDER BY number")
        assert first == again
        assert [(number, name) for number, name, _ in first] == [m[:2] for m in migrations()]
        numbers = [number for number, _, _ in first]
        assert numbers == sorted(set(numbers))

    def test_a_workspace_of_a_newer_version_is_refused_with_advice(self, tmp_path: Path) -> None:
        path = tmp_path / "a.duckdb"
        with Store(path) as store:
            store.execute("INSERT INTO migration (number, name) VALUES (9999, 'later')")
        with pytest.raises(InvalidInput, match="newer sectorlens") as told:
            Store(path)
        assert "Use that version of sectorlens" in told.value.advice
        # The refused file is closed, though the fault is still held here.
        answer = elsewhere("import duckdb, sys; duckdb.connect(sys.argv[1])", str(path))
        assert answer.returncode == 0, answer.stderr

    @pytest.mark.parametrize("content", [b"unit_id,legal_name\n" * 500, b"\x00" * 20_000])
    def test_a_file_that_is_no_database_is_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "a.duckdb"
        path.write_bytes(content)
        with pytest.raises(InvalidInput, match="cannot be opened as a database") as told:
            Store(path)
        assert "backup" in told.value.advice
        assert path.read_bytes() == content

    def test_a_truncated_database_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.duckdb"
        with Store(path) as store:
            note(store, 20_000)
        path.write_bytes(path.read_bytes()[:20_000])
        with pytest.raises(InvalidInput, match="cannot be opened as a database"):
            Store(path)

    def test_a_database_of_somebody_else_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "a.duckdb"
        with duckdb.connect(str(path)) as foreign:
            foreign.execute("CREATE TABLE page (mine VARCHAR)")
        with pytest.raises(InvalidInput, match="no work database of sectorlens"):
            Store(path)
        with duckdb.connect(str(path)) as foreign:
            assert foreign.execute("SHOW TABLES").fetchall() == [("page",)]

    def test_a_directory_that_cannot_be_is_an_input_fault(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(InvalidInput, match="cannot be written to"):
            Store(tmp_path / "file" / "a.duckdb")


class TestReadingAndWriting:
    @pytest.mark.parametrize(
        "told", [duckdb.InterruptException("INTERRUPT"), RuntimeError("Query interrupted")]
    )
    def test_a_query_that_was_broken_off_is_a_keyboard_interrupt(self, told: Exception) -> None:
        with pytest.raises(KeyboardInterrupt), disk_faults("the work database"):
            raise told

    def test_a_transaction_that_fails_leaves_nothing(self, store: Store) -> None:
        with pytest.raises(RuntimeError, match="halfway"):
            note_and_fail(store, RuntimeError("halfway"))
        assert n_issues(store) == 0
        with store.transaction():
            note(store, 10)
        assert n_issues(store) == 10

    def test_an_interrupt_inside_a_transaction_leaves_nothing(self, store: Store) -> None:
        with pytest.raises(KeyboardInterrupt):
            note_and_fail(store, KeyboardInterrupt())
        assert n_issues(store) == 0

    def test_an_interrupt_before_any_step_of_a_transaction_leaves_all_or_nothing(
        self, store: Store
    ) -> None:
        interrupted, before = True, 0
        step = 0
        while interrupted:
            interrupted = interrupts_before(step, store)
            assert n_issues(store) in (before, before + 10), step
            with store.transaction():
                note(store, 1)
            step, before = step + 1, n_issues(store)
        assert step > 50

    def test_a_fault_of_a_statement_is_told_as_it_is(self, store: Store) -> None:
        twice = "INSERT INTO migration (number, name) VALUES (500, 'a'), (500, 'b')"
        with pytest.raises(duckdb.ConstraintException), store.transaction():
            store.execute(twice)
        assert store.rows("SELECT 1 FROM migration WHERE number = 500") == []

    def test_arrow_comes_and_goes_by_column_names_without_a_warning(
        self, store: Store, recwarn: pytest.WarningsRecorder
    ) -> None:
        rows = {"stage": ["crawl"], "wave": ["w"], "code": ["c"], "detail": ["=1"], "count": [2]}
        store.insert("issue", pa.table(rows))
        found = store.fetch("SELECT wave, count, noted_at FROM issue WHERE wave = $w", {"w": "w"})
        assert found.select(["wave", "count"]).to_pylist() == [{"wave": "w", "count": 2}]
        assert found["noted_at"].null_count == 0
        assert store.fetch("SELECT 1 FROM issue WHERE wave = ?", ["v"]).num_rows == 0
        assert not recwarn.list

    def test_records_come_and_go_by_their_fields(self, store: Store) -> None:
        issues = [Issue(stage="crawl", code=code, detail="d") for code in "ab"]
        store.insert_records("issue", issues, wave="w")
        store.insert_records("issue", [], wave="w")
        query = "SELECT stage, code, detail, count FROM issue WHERE wave = ? ORDER BY code"
        assert store.records(Issue, query, ["w"]) == issues

    def test_a_failed_insert_leaves_no_rows_registered(self, store: Store) -> None:
        with pytest.raises(duckdb.Error):
            store.insert("issue", pa.table({"no_such_column": [1]}))
        with pytest.raises(duckdb.CatalogException):
            store.rows("FROM rows_to_insert")

    def test_a_published_copy_opens_read_only_elsewhere(self, store: Store, tmp_path: Path) -> None:
        note(store, 100)
        target = tmp_path / "it's published.duckdb"
        store.publish_copy(target, ["CREATE TABLE published.issue AS FROM issue"])
        with duckdb.connect(str(target), read_only=True) as reader:
            assert reader.execute("SELECT count(*) FROM issue").fetchall() == [(100,)]

    def test_a_copy_that_fails_tells_why_and_lets_the_store_go_on(
        self, store: Store, tmp_path: Path
    ) -> None:
        with pytest.raises(duckdb.CatalogException, match="no_such_table"):
            store.publish_copy(
                tmp_path / "a.duckdb", ["CREATE TABLE published.x AS FROM no_such_table"]
            )
        store.publish_copy(tmp_path / "b.duckdb", ["CREATE TABLE published.x AS SELECT 1 AS one"])


@dataclass
class SmallDisk:
    """A file system of a few megabytes, and something that can fill it."""

    directory: Path

    def fill(self) -> None:
        room = os.statvfs(self.directory)
        (self.directory / "filler").write_bytes(bytes(room.f_bavail * room.f_frsize))

    def make_room(self) -> None:
        (self.directory / "filler").unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    directory = tmp_path / "disk"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "sectorlens-test", str(directory)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(directory)
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


@pytest.mark.root
class TestFullDisk:
    def test_the_same_call_succeeds_once_there_is_room(self, small_disk: SmallDisk) -> None:
        with Store(small_disk.directory / "a.duckdb") as store:
            note(store, 1000)
            small_disk.fill()
            with pytest.raises(RetriableError, match="no room left") as told, store.transaction():
                note(store, 50_000)
            assert "Make room" in told.value.advice
            assert n_issues(store) == 1000
            small_disk.make_room()
            with store.transaction():
                note(store, 50_000)
            assert n_issues(store) == 51_000

    def test_what_was_committed_before_is_there_after_opening_again(
        self, small_disk: SmallDisk
    ) -> None:
        path = small_disk.directory / "a.duckdb"
        with Store(path) as store:
            note(store, 1000)
            small_disk.fill()
            with pytest.raises(RetriableError):
                note(store, 50_000)
        small_disk.make_room()
        with Store(path) as store:
            assert n_issues(store) == 1000

    def test_a_spoilt_connection_is_replaced_by_the_store_itself(
        self, small_disk: SmallDisk
    ) -> None:
        with Store(small_disk.directory / "a.duckdb") as store:
            note(store, 1000)
            small_disk.fill()
            with pytest.raises(RetriableError):
                store.execute("CHECKPOINT")  # DuckDB gives its whole connection up after this
            small_disk.make_room()
            note(store, 1000)
            assert n_issues(store) == 2000

    def test_opening_on_a_full_disk_is_retriable(self, small_disk: SmallDisk) -> None:
        small_disk.fill()
        path = small_disk.directory / "work" / "a.duckdb"
        with pytest.raises(RetriableError):
            Store(path)
        small_disk.make_room()
        Store(path).close()
        assert sorted(left.name for left in path.parent.iterdir()) == ["a.duckdb", "a.lock"]

    def test_a_copy_for_readers_that_finds_no_room_is_retriable(
        self, small_disk: SmallDisk, store: Store
    ) -> None:
        note(store, 1000)
        small_disk.fill()
        copy = ["CREATE TABLE published.issue AS SELECT i.* FROM issue i, range(50)"]
        with pytest.raises(RetriableError):
            store.publish_copy(small_disk.directory / "copy.duckdb", copy)
        small_disk.make_room()
        assert n_issues(store) == 1000
        store.publish_copy(small_disk.directory / "again.duckdb", copy)


def test_faults_that_are_not_of_the_disk_pass_through() -> None:
    with pytest.raises(PermissionError), disk_faults("a file"):
        raise PermissionError(13, "Permission denied")


def test_a_full_quota_is_told_as_a_full_disk() -> None:
    with pytest.raises(RetriableError, match="while working on pages"), disk_faults("pages"):
        raise OSError(122, "Disk quota exceeded")
