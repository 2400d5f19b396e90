"""Registers as Parquet: any column type becomes the text that a person would write."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crawlers.frame import parquet_register
from crawlers.frame.mapping import RegisterMapping
from storage.errors import InvalidInput
from storage.records.frame import Frame


def read(tmp_path: Path, table: pa.Table, **mapping: object) -> Frame:
    path = tmp_path / "register.parquet"
    pq.write_table(table, path)
    said = RegisterMapping.model_validate(mapping) if mapping else None
    return parquet_register.build({}).read(path, said, classification="NACE_R2")


def with_column(name: str, values: pa.Array) -> pa.Table:
    n = len(values)
    return pa.table(
        {
            "unit_id": pa.array(range(1, n + 1), pa.int64()),
            "legal_name": [f"Firm {number}" for number in range(n)],
            name: values,
        }
    )


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([6201, None], pa.int64()), ["6201", ""]),
        (pa.array([6201.0, float("nan"), None, 0.5, 1e300]), ["6201", "", "", "0.5", "1e+300"]),
        (
            pa.array([Decimal("6201.00"), Decimal("0.50"), Decimal("100.00")]),
            ["6201", "0.5", "100"],
        ),
        (pa.array([True, False, None]), ["1", "0", ""]),
        (pa.array([date(2026, 10, 1)]), ["2026-10-01"]),
        (pa.array([datetime(2026, 10, 1, 12, tzinfo=UTC)]), ["2026-10-01T12:00:00+00:00"]),
        (pa.array(["a", "b", "a", None]).dictionary_encode(), ["a", "b", "a", ""]),
        (pa.array(["a", None], pa.large_string()), ["a", ""]),
        (pa.array(["a", None], pa.string_view()), ["a", ""]),
        (pa.array([b"ab", None], pa.binary(2)), ["ab", ""]),
        (pa.array([["a", "b"], [], None]), ["a b", "", ""]),
        (pa.array([{"k": 1}]), ['{"k": 1}']),
        (pa.nulls(2), ["", ""]),
    ],
)
def test_a_column_of_any_type_becomes_text(
    tmp_path: Path, values: pa.Array, texts: list[str]
) -> None:
    frame = read(tmp_path, with_column("further", values))
    assert [unit.other["further"] for unit in frame.units] == texts
    assert not frame.faults


def test_number_codes_keep_no_decimal_point_and_lost_zeros_are_told(tmp_path: Path) -> None:
    frame = read(tmp_path, with_column("nace_code", pa.array([6201.0, 111.0])))
    assert [unit.nace_code for unit in frame.units] == ["6201"]
    assert [(fault.line, fault.unit_id) for fault in frame.faults] == [(3, "2")]
    assert "leading zero was lost" in frame.faults[0].problem


def test_the_first_row_counts_as_line_2_also_over_batches(tmp_path: Path) -> None:
    n = 45_000
    names = pa.array(["x"] * (n - 1) + [""])
    table = pa.table({"unit_id": pa.array(range(n)), "legal_name": names})
    frame = read(tmp_path, table)
    assert [(fault.line, fault.unit_id) for fault in frame.faults] == [(n + 1, str(n - 1))]
    assert len(frame.units) == n - 1


def test_numbers_are_not_read_by_the_signs_of_texts(tmp_path: Path) -> None:
    frame = read(
        tmp_path,
        with_column("turnover", pa.array([1.234, 1234.0])),
        decimal=",",
        thousands=".",
    )
    assert [unit.turnover for unit in frame.units] == [1.234, 1234.0]


def test_text_that_is_not_utf_8_makes_its_row_bad(tmp_path: Path) -> None:
    values = pa.array([b"ok", b"M\xfcller"], pa.binary())
    wrong = pa.Array.from_buffers(pa.string(), 2, values.buffers())
    frame = read(tmp_path, with_column("city", wrong))
    assert [(fault.line, fault.column) for fault in frame.faults] == [(3, "city")]
    assert [unit.city for unit in frame.units] == ["ok"]


def test_duplicates_are_found_and_kept_as_read(tmp_path: Path) -> None:
    frame = read(tmp_path, pa.table({"unit_id": ["A", "A"], "legal_name": ["x", "y"]}))
    assert [row["legal_name"] for row in frame.rejected_rows] == ["x", "y"]
    assert [row["line"] for row in frame.rejected_rows] == ["2", "3"]


@pytest.mark.parametrize(
    "content", [b"unit_id,legal_name\n1,a\n", b"PAR1" + b"\x00" * 50 + b"PAR1"]
)
def test_what_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.parquet"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="cannot be read as Parquet"):
        parquet_register.build({}).read(path, None, classification="NACE_R2")


def test_a_damaged_page_is_an_input_fault(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    n = 2000
    names = [f"Firm {number * 7919}" for number in range(n)]
    pq.write_table(pa.table({"unit_id": names, "legal_name": names}), path, use_dictionary=False)
    damaged = bytearray(path.read_bytes())
    damaged[200:4000] = b"\xff" * 3800
    path.write_bytes(damaged)
    with pytest.raises(InvalidInput, match="cannot be read as Parquet"):
        parquet_register.build({}).read(path, None, classification="NACE_R2")


def test_missing_columns_are_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as told:
        read(tmp_path, pa.table({"id": [1]}))
    assert told.value.details == ("required but not there: unit_id, legal_name; found: 'id'",)


def test_options_are_refused() -> None:
    with pytest.raises(InvalidInput, match="takes no options"):
        parquet_register.build({"rows": 1})
