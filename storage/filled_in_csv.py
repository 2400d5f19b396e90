"""The rows of a CSV file that people filled in, each with the line it stands at.

What a spreadsheet saves is read as it was meant or refused by its line, never guessed: European
ones part cells by semicolons, which the header gives away.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

LONGEST_CELL = 1_000_000  # characters
LEAST_MISSPELT = 5  # letters: of shorter names one letter is too much of a difference
_DELIMITERS = (",", ";", "\t")
# Nobody judged anything outside; at the ends of the calendar another time zone leaves it.
_YEARS = range(1900, 2200)
_NOT_TEXT = {
    b"\xff\xfe": "UTF-16, not UTF-8",
    b"\xfe\xff": "UTF-16, not UTF-8",
    b"\x1f\x8b": "packed with gzip",
    b"PK\x03\x04": "a workbook or packed with zip, not CSV",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledInCsv:
    """A file as it was read.

    Attributes:
        names: Of the columns, in their order.
        rows: (line, row): cells by column as they stand there, or what is wrong with the row.
    """

    names: tuple[str, ...]
    rows: list[tuple[int, dict[str, str] | str]]


def read_filled_in(path: Path, suffices: Callable[[Collection[str]], bool]) -> FilledInCsv:
    """Read a CSV file in UTF-8; the header is line 1, rows without any content are left out.

    Args:
        path: The file.
        suffices: Whether a header has the columns there must be: it shows what parts the cells.

    Raises:
        ValueError: It is no such file, or a column stands twice; the message names the line.
        csv.Error: A cell is longer than a million characters, or a quotation mark stays open.
    """
    csv.field_size_limit(LONGEST_CELL)
    text = _decoded(path.read_bytes())
    delimiter = _delimiter(text.partition("\n")[0], suffices)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    names = [name.strip() for name in _next(reader, 1) or ()]
    refuse_twins(names)
    rows: list[tuple[int, dict[str, str] | str]] = []
    line = reader.line_num + 1
    while (cells := _next(reader, line)) is not None:
        if any(cell.strip() for cell in cells):
            rows.append((line, _row(cells, names)))
        line = reader.line_num + 1
    return FilledInCsv(names=tuple(names), rows=rows)


def refuse_twins(names: Iterable[str]) -> None:
    """Raise ValueError where a column stands twice: one answer would be lost."""
    listed = list(names)
    twice = sorted({name for name in listed if name and listed.count(name) > 1})
    if twice:
        message = f"the column {' and '.join(twice)} stands in the header more than once"
        raise ValueError(message)


def resembling(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Return those of `names` that are a known name but for how they are written.

    That is letter case, blanks and hyphens; of names from `LEAST_MISSPELT` letters on also one
    letter too many, too few, another one, or two that have changed places.
    """
    plain = {_plain(name) for name in known}
    return [
        name
        for name in names
        if name not in known and any(_alike(_plain(name), other) for other in plain)
    ]


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def _alike(name: str, known: str) -> bool:
    if name == known:
        return True
    if min(len(name), len(known)) < LEAST_MISSPELT or abs(len(name) - len(known)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(name, known, strict=False)) if a != b), -1)
    if start < 0:
        return True  # one of them ends a letter earlier
    left, right = name[start:], known[start:]
    swapped = left[1::-1] + left[2:] if len(left) > 1 else left
    return right in (swapped, left[1:]) or right[1:] in (left, left[1:])


def moment_of(cell: object) -> datetime | None:
    """Return the moment that a cell names, in UTC; None where it is empty.

    Args:
        cell: ISO 8601 or a `datetime` (from Parquet); UTC where no zone is named.

    Raises:
        ValueError: It is no moment, or none from 1900 to 2199.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell).strip())
    if moment.year not in _YEARS:
        raise ValueError(str(cell))
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _decoded(data: bytes) -> str:
    for start, what in _NOT_TEXT.items():
        if data.startswith(start):
            message = f"it is {what}"
            raise ValueError(message)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        message = f"line {line} is not UTF-8 (byte 0x{data[fault.start]:02x})"
        raise ValueError(message) from fault


def _delimiter(header: str, suffices: Callable[[Collection[str]], bool]) -> str:
    for sign in _DELIMITERS:
        if suffices({name.strip().strip('"').strip() for name in header.split(sign)}):
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
    return dict(zip(names, cells, strict=True))
