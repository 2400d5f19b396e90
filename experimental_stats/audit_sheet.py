"""The sheet that coders fill in, and reading it back (files, no database)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from experimental_stats.plain_text import csv_cell, guarded
from storage.errors import InvalidInput, told_together
from storage.filled_in_csv import moment_of, read_filled_in, resembling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
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
# All that a file of answers may hold; the draw's own columns are compared with what was drawn.
ANSWER_COLUMNS = (
    *SHEET_COLUMNS,
    "url",
    "coded_at",
    "wave",
    "purpose",
    "stratum",
    "inclusion_probability",
)
_UNITS = frozenset({"unit_id", "url"})


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
        InvalidInput: The file cannot be read, has no header, or a row has not as many cells.
    """
    try:
        with path.open("rb"):
            pass
    except OSError as fault:
        raise InvalidInput(
            f"{path} cannot be read: {fault.strerror}",
            "Check the name, and that it is a file that you may read.",
        ) from fault
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            return list(enumerate(map(_as_text, pq.read_table(path).to_pylist()), start=2))
        return _csv_rows(path)
    except (OSError, ValueError, csv.Error, pa.ArrowException) as fault:
        raise InvalidInput(
            f"{path} cannot be read: {fault}",
            "Give a CSV file in UTF-8 (spreadsheets offer `CSV UTF-8` when saving), or Parquet.",
        ) from fault


def unread_columns(rows: Sequence[tuple[int, Mapping[str, Any]]]) -> list[str]:
    """Return the names of columns that somebody may have meant to be read.

    Those that only resemble what is read; and all others that are not read where the column
    ``active`` is empty in every row: the answers may stand in one of them.
    """
    names = dict.fromkeys(name for _, row in rows for name in row)
    answers = (row.get("active") for _, row in rows)
    if any(cell is not None and str(cell).strip() not in {"", "nan"} for cell in answers):
        return resembling(names, ANSWER_COLUMNS)
    return [name for name in names if name.strip() and name not in ANSWER_COLUMNS]


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its text as text where the file holds it as bytes."""
    return {name: v.decode() if isinstance(v, bytes) else v for name, v in row.items()}


def read_moment(cell: object) -> datetime | None:
    """Read a cell of ``coded_at``: ISO 8601, UTC where no zone is named; None where empty.

    Raises:
        ValueError: It is no moment.
    """
    try:
        return moment_of(cell)
    except ValueError as fault:
        message = f"coded_at is {str(cell)[:40]!r}; it has to be a date like 2026-10-01"
        raise ValueError(message) from fault


def _csv_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    found = read_filled_in(path, lambda names: "active" in names and bool(_UNITS & set(names)))
    if not found.names:
        message = "it is empty"
        raise csv.Error(message)
    if faults := [(f"line {line}", row) for line, row in found.rows if isinstance(row, str)]:
        raise InvalidInput(
            f"{path} has rows that cannot be read; nothing was imported",
            "Mend the lines named above: each has as many cells as the header.",
            told_together(faults),
        )
    return [(line, row) for line, row in found.rows if not isinstance(row, str)]
