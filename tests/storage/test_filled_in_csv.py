from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.filled_in_csv import FilledInCsv, moment_of, read_filled_in, resembling

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def suffices(names: Collection[str]) -> bool:
    return {"unit_id", "active"} <= set(names)


def read(path: Path, content: str | bytes) -> FilledInCsv:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_filled_in(path, suffices)


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_header_shows_what_parts_the_cells(tmp_path: Path, sign: str) -> None:
    content = (
        f'"unit_id"{sign} active {sign}note\r\nU1{sign}1{sign}"a{sign}\nb"\r\nU2{sign}0{sign}\r\n'
    )
    found = read(tmp_path / "a.csv", "\ufeff" + content)
    assert found.names == ("unit_id", "active", "note")
    assert found.rows == [
        (2, {"unit_id": "U1", "active": "1", "note": f"a{sign}\nb"}),
        (4, {"unit_id": "U2", "active": "0", "note": ""}),
    ]


def test_a_row_of_another_length_is_told_and_no_other_row_is_lost(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "unit_id,active\nU1\nU2,1\nU3,1,0\n,,\n\nU4,0\n")
    assert found.rows == [
        (2, "has fewer cells than the header (1, not 2)"),
        (3, {"unit_id": "U2", "active": "1"}),
        (4, "has more cells than the header (3, not 2)"),
        (7, {"unit_id": "U4", "active": "0"}),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfeu\x00", "it is UTF-16"),
        (b"\x1f\x8b\x08", "it is packed with gzip"),
        (b"PK\x03\x04", "it is a workbook"),
        (b"unit_id,active\nU\xe9,1\n", "line 2 is not UTF-8"),
        (b"unit_id,active,active\n", "the column active stands in the header more than once"),
        (b'unit_id,active\nU1,"1\n', "line 2 opens a quotation mark that nothing closes"),
        (b"unit_id,active\nU1," + b"x" * 1_000_001, "the row that begins in line 2: field larger"),
    ],
)
def test_what_cannot_be_read_is_told_by_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises((ValueError, csv.Error), match=told):
        read(tmp_path / "a.csv", content)


def test_a_header_that_does_not_suffice_is_read_by_commas(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", "unit_id;active2\nU1;1\n").names == ("unit_id;active2",)
    assert read(tmp_path / "b.csv", "").names == ()


@given(
    st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), min_size=1)), min_size=1)
)
def test_every_cell_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str]]
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["unit_id", "active"])
    for number, (text,) in enumerate(cells):
        writer.writerow([f"U{number}", text])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    found = read(path, out.getvalue())
    assert [row["active"] for _, row in found.rows if isinstance(row, dict)] == [
        t for (t,) in cells
    ]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        (None, None),
        ("  ", None),
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2026-10-01T01:30:00+02:00", datetime(2026, 9, 30, 23, 30, tzinfo=UTC)),
        (datetime(2026, 10, 1), datetime(2026, 10, 1, tzinfo=UTC)),  # noqa: DTZ001 — as Parquet has it
    ],
)
def test_a_moment_is_read_in_utc(cell: object, moment: datetime | None) -> None:
    assert moment_of(cell) == moment


@pytest.mark.parametrize(
    "cell", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "9999-12-31", "soon"]
)
def test_what_no_other_time_zone_can_hold_is_no_moment(cell: str) -> None:
    with pytest.raises(ValueError, match=cell[:4]):
        moment_of(cell)


def test_names_that_only_resemble_are_found() -> None:
    known = ("coder", "coded_at", "purpose")
    names = ("coder", "Purpose", "Coded at", "region", "codedat ")
    assert resembling(names, known) == ["Purpose", "Coded at", "codedat "]


@pytest.mark.parametrize(
    ("name", "resembles"),
    [
        ("actvie", True),  # two letters have changed places
        ("activ", True),
        ("actives", True),
        ("actuve", True),
        ("Atcive ", True),
        ("sector_", True),
        ("ctor", False),
        ("attic", False),
        ("notes", False),  # short names differ by a letter and mean something else
        ("url2", False),
        ("", False),
    ],
)
def test_names_misspelt_by_one_letter_resemble(name: str, resembles: bool) -> None:
    assert resembling([name], ("active", "sector", "note", "url")) == [name] * resembles
