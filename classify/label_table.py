"""The rows of a label file, CSV or Parquet, each with the place it stands at.

What a spreadsheet saves is read as it was meant or refused by its line, never guessed: European
ones part cells by semicolons, which the header gives away.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from classify.label_studio import flat_annotation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SUBJECTS = ("unit_id", "url", "text")
# What spreadsheets take for a formula, with the wide forms that some of them fold into these.
_FORMULA = re.compile("'*[=+\\-@\t\r＝＋－＠]")
_MOST_CHARACTERS = 1_000_000
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def csv_rows(path: Path) -> Iterator[tuple[str, dict[str, str] | str]]:
    """Return (place, row) of a CSV file in UTF-8, or what is wrong there; the header is line 1.

    An export of Label Studio is known by its column ``annotation_id``.

    Raises:
        ValueError: It is no such file; the message names the line.
        csv.Error: A cell is longer than a million characters.
    """
    csv.field_size_limit(_MOST_CHARACTERS)
    text = _decoded(path.read_bytes())
    reader = csv.reader(
        io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text.partition("\n")[0])
    )
    names = [name.strip() for name in _next(reader, 1) or ()]
    check_columns(names)
    line = reader.line_num + 1
    while (cells := _next(reader, line)) is not None:
        if cells and (row := _row(cells, names)):
            yield f"line {line}", row
        line = reader.line_num + 1


def parquet_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Return (place, row) of a Parquet file; its first row is line 2, as in CSV.

    Raises:
        ValueError: It is no Parquet file, or lacks a column.
    """
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path)
    check_columns(table.column_names)
    for number, row in enumerate(table.to_pylist(), start=2):
        yield f"line {number}", {name: _as_text(value) for name, value in row.items()}


def check_columns(names: Iterable[str]) -> None:
    """Raise ValueError where a column is missing or stands twice: one answer would be lost."""
    listed = list(names)
    missing = [name for name in ("sector", "active") if name not in listed]
    if not set(SUBJECTS) & set(listed):
        missing.append("unit_id, url or text")
    if missing:
        message = f"the column {' and '.join(missing)} is missing"
        if listed:
            message += f"; its header has {', '.join(repr(name[:40]) for name in listed[:20])}"
        raise ValueError(message)
    twice = sorted({name for name in listed if name and listed.count(name) > 1})
    if twice:
        message = f"the column {' and '.join(twice)} stands in the header more than once"
        raise ValueError(message)


def guarded(text: str) -> str:
    """Return `text` with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """Undo `guarded`: ``unguarded(guarded(text)) == text`` for every text."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _decoded(data: bytes) -> str:
    if data.startswith(_WIDE):
        message = "it is UTF-16, not UTF-8"
        raise ValueError(message)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        message = f"line {line} is not UTF-8 (byte 0x{data[fault.start]:02x})"
        raise ValueError(message) from fault


def _delimiter(header: str) -> str:
    """Return what parts the cells of the header: the one that shows the columns there must be."""
    for sign in _DELIMITERS:
        names = {name.strip().strip('"') for name in header.split(sign)}
        if {"sector", "active"} <= names and names & set(SUBJECTS):
            return sign
    return ","


def _next(reader: Any, line: int) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as fault:
        message = f"the row that begins in line {line}: {fault}"
        if "unexpected end of data" in message:
            message = f"line {line} opens a quotation mark that nothing closes"
        raise csv.Error(message) from fault


def _row(cells: list[str], names: list[str]) -> dict[str, str] | str:
    if len(cells) != len(names):
        than = "more" if len(cells) > len(names) else "fewer"
        return f"has {than} cells than the header ({len(cells)}, not {len(names)})"
    values = (unguarded(cell.strip()) for cell in cells)
    row = dict(zip(names, values, strict=True))
    return flat_annotation(row) if "annotation_id" in row else row


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | float):
        return str(int(value)) if value in (0, 1) else str(value).replace("nan", "")
    return value.isoformat() if isinstance(value, datetime) else str(value).strip()
