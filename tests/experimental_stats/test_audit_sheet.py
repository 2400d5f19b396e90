from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from experimental_stats.audit_sheet import SHEET_COLUMNS, as_csv, read_rows, unread_columns
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path


def test_a_sheet_that_a_european_spreadsheet_saved_is_read_as_it_was_meant(tmp_path: Path) -> None:
    sheet = tmp_path / "answers.csv"
    sheet.write_bytes("\ufeffunit_id;sector;active;note\r\nU1;drones;1;a, b\r\n;;;\r\n".encode())
    assert read_rows(sheet) == [
        (2, {"unit_id": "U1", "sector": "drones", "active": "1", "note": "a, b"})
    ]


def test_rows_of_another_length_are_told_by_line_and_no_answer_is_made_of_them(
    tmp_path: Path,
) -> None:
    sheet = tmp_path / "answers.csv"
    sheet.write_text("unit_id,sector,active\nU1,drones\nU2,drones,1\nU3,drones,1,0\n")
    with pytest.raises(InvalidInput) as fault:
        read_rows(sheet)
    assert fault.value.details == (
        "line 2: has fewer cells than the header (2, not 3)",
        "line 4: has more cells than the header (4, not 3)",
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (b"\xff\xfeu\x00", "UTF-16"),
        (b"unit_id,active,active\nU1,1,0\n", "active stands in the header more than once"),
        (b'unit_id,active\nU1,"1\n', "quotation mark"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes, told: str) -> None:
    sheet = tmp_path / "answers.csv"
    sheet.write_bytes(content)
    with pytest.raises(InvalidInput, match=told):
        read_rows(sheet)


def test_the_sheet_that_is_given_out_comes_back(tmp_path: Path) -> None:
    sheet = tmp_path / "answers.csv"
    sheet.write_text(as_csv([{"unit_id": "=U1", "sector": "drones", "legal_name": "=x, y\n"}]))
    ((line, row),) = read_rows(sheet)
    assert (line, row["unit_id"], row["legal_name"]) == (2, "'=U1", "'=x, y")
    assert tuple(row) == SHEET_COLUMNS


@pytest.mark.parametrize(
    ("row", "unread"),
    [
        ({"unit_id": "U1", "active": "1", "Coder": "kim", "nace": "62"}, ["Coder"]),
        ({"unit_id": "U1", "active": 1, "coded by": "kim", "secotr": "drones"}, ["secotr"]),
        ({"unit_id": "U1", "active": False, "nace": "62"}, []),
        # The sheet's own column was left empty: the answers may stand in another one.
        ({"unit_id": "U1", "active": "", "anwser": "1", "evidence": "x", "": ""}, ["anwser"]),
        ({"unit_id": "U1", "active": None, "note": "no website", "url": "a.example"}, []),
    ],
)
def test_columns_that_may_have_been_meant_are_found(
    row: dict[str, object], unread: list[str]
) -> None:
    assert unread_columns([(2, row)]) == unread
