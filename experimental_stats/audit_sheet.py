"""The sheet that coders fill in, and reading it back (files, no database)."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from experimental_stats.plain_text import csv_cell, guarded
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SHEET_COLUMNS = (
    "unit_id",
    "sector",
    "legal_name",
    "website_url",
    "evidence_url",
    "evidence",
    "active",
    "coder",
    "note",
)
LONGEST_CELL = 1_000_000  # characters; a cell of more is no answer


def as_csv(sheet: Sequence[Mapping[str, Any]]) -> str:
    """Return the sheet as CSV; names and passages of strangers cannot become formulas."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SHEET_COLUMNS)
    for row in sheet:
        writer.writerow(
            [
                guarded(str(row["unit_id"])),
                *(csv_cell(str(row.get(name, ""))) for name in SHEET_COLUMNS[1:]),
            ]
        )
    return text.getvalue()


def read_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return (line, row) of a CSV or Parquet file; the header is line 1.

    Raises:
        InvalidInput: The file cannot be read, or has no header.
    """
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            table: list[dict[str, Any]] = pq.read_table(path).to_pylist()
            return list(enumerate(table, start=2))
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _csv_rows(file)
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as fault:
        raise InvalidInput(
            f"{path} cannot be read: {fault}", "Give a CSV file in UTF-8, or Parquet."
        ) from fault


def read_moment(cell: object) -> datetime | None:
    """Read a cell of ``coded_at``: ISO 8601, UTC where no zone is named; None where empty.

    Raises:
        ValueError: It is no moment.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    try:
        moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell).strip())
    except ValueError as fault:
        message = f"coded_at is {str(cell)[:40]!r}; it has to be a date like 2026-10-01"
        raise ValueError(message) from fault
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _csv_rows(file: io.TextIOWrapper) -> list[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(file, strict=True)
    header = next(reader, None)
    if not header:
        message = "it is empty"
        raise csv.Error(message)
    names = [name.strip() for name in header]
    rows: list[tuple[int, dict[str, Any]]] = []
    line = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            padded = cells + [""] * (len(names) - len(cells))
            rows.append((line, dict(zip(names, padded, strict=False))))
        line = reader.line_num + 1
    return rows
