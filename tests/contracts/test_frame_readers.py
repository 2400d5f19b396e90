"""What every register format has to keep to: one suite over every plug-in found."""

from __future__ import annotations

import csv
import io
import pkgutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import crawlers.frame
from crawlers.frame.mapping import RegisterMapping
from crawlers.frame.reader import READER_OF_SUFFIX, FrameReader
from storage.errors import InvalidInput
from storage.records.frame import Frame

Rows = list[dict[str, str]]


def as_csv(rows: Rows) -> bytes:
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue().encode()


def as_parquet(rows: Rows) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table({name: [row[name] for row in rows] for name in rows[0]}), target)
    return target.getvalue()


# A new format adds how its files are written here; without it this suite is red.
WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "csv_register": as_csv,
    "parquet_register": as_parquet,
}
PLUG_INS = [
    module.name
    for module in pkgutil.iter_modules(crawlers.frame.__path__)
    if hasattr(import_module(f"crawlers.frame.{module.name}"), "build")
]
GOOD = {"unit_id": "1", "legal_name": 'Ä, "B"\nC', "nace_code": "62.01", "website": "a.example"}


@pytest.fixture(params=PLUG_INS)
def plug_in(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def read(plug_in: str, tmp_path: Path) -> Callable[..., Frame]:
    reader: FrameReader = import_module(f"crawlers.frame.{plug_in}").build({})

    def run(rows: Rows, classification: str = "NACE_R2", **mapping: object) -> Frame:
        path = tmp_path / "register"
        path.write_bytes(WRITERS[plug_in](rows))
        said = RegisterMapping.model_validate(mapping) if mapping else None
        return reader.read(path, said, classification=classification)

    return run


def test_every_plug_in_is_chosen_by_some_suffix(plug_in: str) -> None:
    assert plug_in in READER_OF_SUFFIX.values()


def test_every_plug_in_has_a_how_to(plug_in: str) -> None:
    guide = Path(__file__).parents[2] / "docs" / "plug-ins.md"
    assert f"`{plug_in}`" in guide.read_text(encoding="utf-8")


def test_a_good_row_becomes_a_unit_with_its_websites(read: Callable[..., Frame]) -> None:
    frame = read([GOOD])
    (unit,) = frame.units
    assert (unit.unit_id, unit.legal_name) == ("1", GOOD["legal_name"])
    assert (unit.nace_code, unit.nace_section) == ("6201", "J")
    assert [site.website_url for site in frame.websites] == ["https://a.example/"]
    assert (frame.n_rows, frame.faults, frame.rejected_rows) == (1, (), ())


def test_rows_good_and_bad_add_up_and_faults_are_in_file_order(read: Callable[..., Frame]) -> None:
    rows = [
        GOOD | {"legal_name": "one line"},
        GOOD | {"unit_id": "2", "legal_name": "", "nace_code": "0000"},
        GOOD | {"unit_id": "3", "website": "mailto:a@b.example"},
        GOOD | {"unit_id": "4", "legal_name": "one line"},
        GOOD | {"unit_id": "4", "legal_name": "one line"},
    ]
    frame = read(rows)
    assert [(fault.line, fault.unit_id, fault.column) for fault in frame.faults] == [
        (3, "2", "legal_name"),
        (3, "2", "nace_code"),
        (4, "3", "website"),
        *((first, "4", "unit_id") for first in _lines_of_the_last_two(frame)),
    ]
    assert frame.n_rows == len(frame.units) + len(frame.rejected_rows) == len(rows)
    assert [row["line"] for row in frame.rejected_rows] == sorted(
        {str(fault.line) for fault in frame.faults}
    )
    assert all(row["reason"] for row in frame.rejected_rows)


def _lines_of_the_last_two(frame: Frame) -> list[int]:
    # Row 3's name has a line break, which is a line of the file only where the format has lines.
    return [fault.line for fault in frame.faults if fault.column == "unit_id"]


def test_a_mapping_renames_and_recodes(read: Callable[..., Frame]) -> None:
    frame = read(
        [{"Nr": "1", "Firm": "A", "Class": "2", "Form": "x"}],
        columns={"unit_id": "Nr", "legal_name": "Firm", "size_class": "Class"},
        values={"size_class": {"2": "10-49"}},
    )
    assert (frame.units[0].size_class, frame.units[0].other) == ("10-49", {"Form": "x"})


def test_missing_columns_and_unknown_classifications_are_input_faults(
    read: Callable[..., Frame],
) -> None:
    with pytest.raises(InvalidInput, match="columns"):
        read([{"unit_id": "1", "name": "A"}])
    with pytest.raises(InvalidInput, match="no classification"):
        read([GOOD], classification="NACE")


def test_options_that_it_does_not_know_are_refused(plug_in: str) -> None:
    with pytest.raises(InvalidInput):
        import_module(f"crawlers.frame.{plug_in}").build({"no_such_option": 1})


def test_a_missing_file_is_an_input_fault(plug_in: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        import_module(f"crawlers.frame.{plug_in}").build({}).read(
            tmp_path / "absent", None, classification="NACE_R2"
        )
