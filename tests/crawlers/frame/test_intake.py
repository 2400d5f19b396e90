"""A register becomes the frame of a wave: all of it, the good rows, or nothing."""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.frame import csv_register
from crawlers.frame.intake import RegisterFile, check_wave_name, import_frame
from crawlers.frame.reader import reader_name
from crawlers.frame.rejected_rows import harmless
from storage.database import Store
from storage.errors import InvalidInput, QualityError, RetriableError
from storage.records.stage import StageReport
from storage.tables.frame import frame_digest, waves

Import = Callable[..., StageReport]
GOOD = "unit_id,legal_name,website\n1,A,a.example\n2,B,\n"
PARTLY = "unit_id,legal_name,website\n1,A,a.example\n=2,,\n3,+C,ftp://c.example\n4,\t=D,-\n"


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        yield opened


@pytest.fixture
def take(store: Store, tmp_path: Path) -> Import:
    """Import a CSV text as a wave."""

    def run(
        content: str, wave: str = "w1", *, mapping: str = "", accept_partial: bool = False
    ) -> StageReport:
        path = tmp_path / "register.csv"
        path.write_text(content, encoding="utf-8", newline="")
        mapping_path = tmp_path / "mapping.toml" if mapping else None
        if mapping_path:
            mapping_path.write_text(mapping, encoding="utf-8")
        register = RegisterFile(path=path, reader=csv_register.build({}), mapping_path=mapping_path)
        return import_frame(
            store,
            wave,
            register,
            accept_partial=accept_partial,
            rejected_directory=tmp_path / "rejected",
        )

    return run


def ids(store: Store, wave: str = "w1") -> list[str]:
    found = store.rows("SELECT unit_id FROM unit WHERE wave = ? ORDER BY unit_id", [wave])
    return [unit_id for (unit_id,) in found]


def crawl(store: Store, wave: str) -> None:
    noon = datetime(2026, 10, 1, 12, tzinfo=UTC)
    store.execute(
        "INSERT INTO website_visit VALUES (?, 'r', 'https://a.example/', 1, '', 'timeout', '',"
        " 1, 0, 0, ?, ?)",
        [wave, noon, noon],
    )


def test_a_good_register_is_imported_whole(store: Store, take: Import, tmp_path: Path) -> None:
    report = take(GOOD)
    assert (report.stage, report.of, report.taken, report.done) == ("frame", "rows", 2, 2)
    assert report.rejected == {}
    assert report.notes == ("1 of 2 units have a website, 1 websites in all.",)
    assert ids(store) == ["1", "2"]
    assert store.rows("SELECT unit_id, website_url, scheme_given, declared FROM unit_website") == [
        ("1", "https://a.example/", False, True)
    ]
    ((source, digest, mapping_digest, n_rows, n_rejected),) = store.rows(
        "SELECT source, source_digest, mapping_digest, n_rows, n_rejected FROM wave"
    )
    assert (source, mapping_digest, n_rows, n_rejected) == ("register.csv", "", 2, 0)
    assert digest.startswith("sha256:")
    assert not (tmp_path / "rejected").exists()


class TestBadRows:
    def test_nothing_is_imported_and_every_fault_is_told(
        self, store: Store, take: Import, tmp_path: Path
    ) -> None:
        with pytest.raises(InvalidInput, match="2 of 4 rows") as told:
            take(PARTLY)
        first, second = told.value.details
        assert first == "line 3, unit =2: legal_name is empty; every row needs one"
        assert second.startswith("line 4, unit 3: website 'ftp://c.example' has the scheme ftp")
        assert "--accept-partial" in told.value.advice
        assert waves(store) == []
        assert ids(store) == []
        assert not (tmp_path / "rejected").exists()

    def test_accepting_a_part_imports_the_good_rows_and_writes_the_bad_ones(
        self, store: Store, take: Import, tmp_path: Path
    ) -> None:
        report = take(PARTLY, accept_partial=True)
        assert (report.taken, report.done) == (4, 2)
        assert report.rejected == {"invalid_legal_name": 1, "invalid_website": 1}
        assert ids(store) == ["1", "4"]
        path = tmp_path / "rejected" / "frame-w1.csv"
        assert str(path) in report.notes[1]
        with path.open(encoding="utf-8", newline="") as source:
            rows = list(csv.reader(source))
        assert rows[0] == ["line", "reason", "unit_id", "legal_name", "website"]
        assert rows[1][0] == "3"
        assert rows[1][2:] == ["'=2", "", ""]
        assert rows[2][2:] == ["3", "'+C", "ftp://c.example"]
        assert not [left for left in path.parent.iterdir() if left != path]

    def test_where_no_row_is_good_nothing_is_accepted(self, store: Store, take: Import) -> None:
        with pytest.raises(InvalidInput, match="No row of the register") as told:
            take("unit_id,legal_name\n1,\n2,\n", accept_partial=True)
        assert len(told.value.details) == 2
        assert "--accept-partial" not in told.value.advice
        assert waves(store) == []

    def test_a_register_without_rows_is_refused(self, take: Import) -> None:
        with pytest.raises(InvalidInput, match="has a header but no rows"):
            take("unit_id,legal_name\n", accept_partial=True)

    def test_a_flood_of_faults_is_cut_and_counted(self, take: Import) -> None:
        with pytest.raises(InvalidInput) as told:
            take("unit_id,legal_name\n0,good\n" + "".join(f"{n},\n" for n in range(1, 3001)))
        assert len(told.value.details) == 1001
        assert told.value.details[-1] == "and 2000 more faults"

    def test_an_earlier_file_of_bad_rows_goes_when_none_is_bad_any_more(
        self, take: Import, tmp_path: Path
    ) -> None:
        take(PARTLY, accept_partial=True)
        take(GOOD)
        assert list((tmp_path / "rejected").iterdir()) == []

    def test_columns_called_line_and_reason_are_kept_apart(
        self, take: Import, tmp_path: Path
    ) -> None:
        take("unit_id,legal_name,line,reason\n1,a,7,x\n2,,8,y\n", accept_partial=True)
        with (tmp_path / "rejected" / "frame-w1.csv").open(encoding="utf-8", newline="") as source:
            (row,) = csv.DictReader(source)
        assert row["line"] == "3"
        assert (row["register's line"], row["register's reason"]) == ("8", "y")

    def test_if_the_bad_rows_cannot_be_written_nothing_is_imported(
        self, store: Store, take: Import, tmp_path: Path
    ) -> None:
        (tmp_path / "rejected").write_text("in the way")
        with pytest.raises(RetriableError, match="cannot be written"):
            take(PARTLY, accept_partial=True)
        assert ids(store) == []


class TestWaves:
    def test_importing_again_replaces_the_frame_and_keeps_the_order(
        self, store: Store, take: Import
    ) -> None:
        take(GOOD, "b")
        take(GOOD, "a")
        take("unit_id,legal_name,website\n2,B,\n9,Z,z.example z2.example\n", "b")
        assert waves(store) == ["b", "a"]
        assert ids(store, "b") == ["2", "9"]
        assert ids(store, "a") == ["1", "2"]
        assert store.rows("SELECT count(*) FROM unit_website WHERE wave = 'b'") == [(2,)]
        take(GOOD, "c")
        assert waves(store) == ["b", "a", "c"]

    def test_once_something_was_crawled_the_frame_stands(self, store: Store, take: Import) -> None:
        take(GOOD, "a")
        take(GOOD, "b")
        crawl(store, "a")
        with pytest.raises(QualityError, match="The frame of wave a stands") as told:
            take("unit_id,legal_name\n7,Z\n", "a")
        assert told.value.exit_code == 5
        assert "new wave" in told.value.advice
        assert ids(store, "a") == ["1", "2"]
        take("unit_id,legal_name\n7,Z\n", "b")
        assert ids(store, "b") == ["7"]

    def test_a_refused_import_leaves_the_former_frame(self, store: Store, take: Import) -> None:
        take(GOOD)
        before = frame_digest(store, "w1")  # type: ignore[arg-type]  # a plain name of a wave
        with pytest.raises(InvalidInput):
            take(PARTLY)
        assert frame_digest(store, "w1") == before  # type: ignore[arg-type]  # as above

    @pytest.mark.parametrize("name", ["2026-Q1", "w", "A.b_c-9", "x" * 32])
    def test_a_possible_name(self, name: str) -> None:
        assert check_wave_name(name) == name

    @pytest.mark.parametrize("name", ["", "x" * 33, "a b", "../w", "w\n", "wé", "w/1", "'; --"])
    def test_an_impossible_name_is_refused(self, take: Import, name: str) -> None:
        with pytest.raises(InvalidInput, match="cannot be the name of a wave"):
            take(GOOD, name)


class TestMapping:
    def test_a_mapping_is_applied_and_its_digest_kept(self, store: Store, take: Import) -> None:
        take(
            "Nr;Firma\n1;A\n",
            mapping='delimiter = ";"\n[columns]\nunit_id = "Nr"\nlegal_name = "Firma"\n',
        )
        assert ids(store) == ["1"]
        ((digest,),) = store.rows("SELECT mapping_digest FROM wave")
        assert digest.startswith("sha256:")

    def test_a_column_that_only_resembles_a_known_one_is_noticed(self, take: Import) -> None:
        report = take("unit_id,legal_name,URL,Size-Class,form\n1,A,a.example,2,x\n")
        assert [issue.code for issue in report.issues] == ["column_not_recognised"] * 2
        assert "'URL' was kept as it is; if it is website" in report.notes[1]
        assert "'Size-Class' was kept as it is; if it is size_class" in report.notes[2]

    def test_a_column_whose_name_the_published_table_needs_is_told(self, take: Import) -> None:
        report = take("unit_id,legal_name,Wave,nace_section,form\n1,A,x,y,z\n")
        assert [issue.code for issue in report.issues] == ["column_renamed"] * 2
        assert "'Wave' is published as 'Wave_'" in report.notes[1]
        assert "'nace_section' is published as 'nace_section_'" in report.notes[2]


def test_progress_ends_with_all_units(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(GOOD)
    told: list[tuple[str, int, int]] = []
    import_frame(
        store,
        "w1",
        RegisterFile(path=path, reader=csv_register.build({})),
        rejected_directory=tmp_path,
        progress=lambda *step: told.append(step),
    )
    assert told == [("frame", 2, 2)]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1", "'=1"),
        ("@a", "'@a"),
        ("-1", "'-1"),
        ("\ta", "'\ta"),
        ("\ra", "'\ra"),
        ("＝1", "'＝1"),
        ("a=1", "a=1"),
        ("a\x00b", "a\ufffdb"),
        ("", ""),
    ],
)
def test_a_cell_is_made_harmless(cell: str, written: str) -> None:
    assert harmless(cell) == written


@pytest.mark.parametrize(
    ("name", "plug_in"),
    [("r.CSV", "csv_register"), ("r.tsv", "csv_register"), ("r.parquet", "parquet_register")],
)
def test_the_suffix_names_the_reader(name: str, plug_in: str) -> None:
    assert reader_name(Path(name)) == plug_in


def test_an_unknown_suffix_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="neither CSV nor Parquet") as told:
        reader_name(Path("register.xlsx"))
    assert ".csv" in told.value.advice


@pytest.mark.root
def test_a_full_disk_loses_nothing_and_the_same_import_succeeds_later(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "sectorlens-test", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    path = tmp_path / "r.csv"
    rows = "".join(f"{n},Firm {n * 7919},firm-{n}.example\n" for n in range(30_000))
    path.write_text("unit_id,legal_name,website\nx,,\n" + rows)
    register = RegisterFile(path=path, reader=csv_register.build({}))
    filler = disk / "filler"
    try:
        with Store(disk / "a.duckdb") as store:
            room = os.statvfs(disk)
            filler.write_bytes(bytes(room.f_bavail * room.f_frsize - 100_000))
            with pytest.raises(RetriableError, match="no room left"):
                import_frame(
                    store, "w", register, accept_partial=True, rejected_directory=disk / "rejected"
                )
            assert waves(store) == []
            assert list((disk / "rejected").iterdir()) == []
            filler.unlink()
            import_frame(
                store, "w", register, accept_partial=True, rejected_directory=disk / "rejected"
            )
            assert store.rows("SELECT count(*) FROM unit") == [(30_000,)]
        assert [left.name for left in (disk / "rejected").iterdir()] == ["frame-w.csv"]
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
