"""The rows of a label file, CSV or Parquet, each with the place it stands at.

`storage.filled_in_csv` reads the cells; here they become what labels say.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from classify.label_studio import flat_annotation
from storage.filled_in_csv import read_filled_in, refuse_twins

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

SUBJECTS = ("unit_id", "url", "text")
# What only the sheets of `label suggest` have; a file of labels has none of them.
_OF_SHEETS = ("score", "passage", "passage_url")
# What spreadsheets take for a formula, with the wide forms that some of them fold into these.
_FORMULA = re.compile("'*[=+\\-@\t\r＝＋－＠]")


def csv_rows(path: Path) -> Iterator[tuple[str, dict[str, str] | str]]:
    """Return (place, row) of a CSV file in UTF-8, or what is wrong there; the header is line 1.

    An export of Label Studio is known by its column ``annotation_id``.

    Raises:
        ValueError: It is no such file; the message names the line.
        csv.Error: A cell is longer than a million characters.
    """
    found = read_filled_in(path, lambda names: not _missing(names))
    check_columns(found.names)
    for line, row in found.rows:
        read = row if isinstance(row, str) else _as_meant(row)
        if read:
            yield f"line {line}", read


def parquet_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Return (place, row) of a Parquet file; its first row is line 2, as in CSV.

    Raises:
        ValueError: It is no Parquet file, lacks a column, or holds text that is not UTF-8.
    """
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    check_columns(table.column_names)
    for number, row in enumerate(table.to_pylist(), start=2):
        yield f"line {number}", {name: _as_text(value) for name, value in row.items()}


def check_columns(names: Iterable[str]) -> None:
    """Raise ValueError where a column is missing or stands twice: one answer would be lost."""
    listed = list(names)
    if not listed:
        message = "it is empty"
        raise ValueError(message)
    if missing := _missing(listed):
        has = ", ".join(repr(name[:40]) for name in listed[:20])
        message = f"the column {' and '.join(missing)} is missing; its header has {has}"
        raise ValueError(message)
    refuse_twins(listed)


def _missing(names: Collection[str]) -> list[str]:
    missing = [name for name in ("sector", "active") if name not in names]
    return missing if set(SUBJECTS) & set(names) else [*missing, "unit_id, url or text"]


def is_unanswered(row: Mapping[str, str]) -> bool:
    """Return whether a row of a sheet of `label suggest` has neither an answer nor a coder.

    There an empty ``active`` is what the row came with: "cannot tell" is said by these words, or
    by a coder's name beside the empty cell.
    """
    is_of_sheet = all(name in row for name in _OF_SHEETS)
    return is_of_sheet and not row["active"] and not row.get("coder")


def guarded(text: str) -> str:
    """Return `text` with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Undo `guarded`: ``unguarded(guarded(text)) == text`` for every text."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _as_meant(row: dict[str, str]) -> dict[str, str]:
    values = {name: unguarded(cell.strip()) for name, cell in row.items()}
    return flat_annotation(values) if "annotation_id" in values else values


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode().strip()
    if isinstance(value, bool | float):
        return str(int(value)) if value in (0, 1) else str(value).replace("nan", "")
    return value.isoformat() if isinstance(value, datetime) else str(value).strip()
