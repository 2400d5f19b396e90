"""Registers as CSV: UTF-8 and a delimiter found in the header, unless a mapping names others."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from typing import TYPE_CHECKING, TextIO

from crawlers.frame.assembly import assemble_frame
from crawlers.frame.columns import resolve_columns
from crawlers.frame.mapping import REQUIRED_COLUMNS, RegisterMapping
from crawlers.frame.reader import UNDECODABLE, FrameReader, RegisterRow, require_file
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Self

    from storage.records.frame import Frame

DELIMITERS = (",", ";", "\t", "|")
LONGEST_HEADER = 65_536  # characters
LONGEST_LINE = 4_000_000  # characters; what is beyond is not read into memory
LONGEST_FIELD = 131_072  # characters; the module csv holds one limit for the whole process
_MARK_UNDECODABLE = "sectorlens.mark_undecodable"
# First bytes -> what such a file is.
_OTHER_FORMATS = {
    b"PK\x03\x04": "a workbook or zip archive",
    b"\xd0\xcf\x11\xe0": "an old workbook",
    b"\x1f\x8b": "packed with gzip",
    b"PAR1": "Parquet",
    b"%PDF": "PDF",
    b"SQLite": "a database",
}


def build(options: Mapping[str, object]) -> FrameReader:
    """Make the reader; it takes no options, the mapping file says what varies.

    Raises:
        InvalidInput: Options were given.
    """
    if options:
        raise InvalidInput(
            f"csv_register takes no options, but was given: {', '.join(options)}",
            "Name encoding and delimiter in the mapping file instead.",
        )
    return CsvRegister()


class CsvRegister:
    """Reads CSV as RFC 4180 has it, with any line ends."""

    def read(self, path: Path, mapping: RegisterMapping | None, *, classification: str) -> Frame:
        """Read a register; see `FrameReader.read`."""
        mapping = mapping or RegisterMapping()
        encoding = _encoding(mapping)
        require_file(path)
        _refuse_other_formats(path, mapping)
        header, delimiter = _read_header(path, encoding, mapping)
        columns = resolve_columns(path, header, mapping)

        def open_rows() -> Iterator[RegisterRow]:
            return _rows(path, encoding, delimiter, len(header))

        return assemble_frame(columns, open_rows, mapping, classification=classification)


def _encoding(mapping: RegisterMapping) -> str:
    name = codecs.lookup(mapping.encoding or "utf-8").name
    return "utf-8-sig" if name == "utf-8" else name


def _open(path: Path, encoding: str) -> TextIO:
    codecs.register_error(_MARK_UNDECODABLE, _mark_undecodable)
    return path.open(encoding=encoding, errors=_MARK_UNDECODABLE, newline="")


def _mark_undecodable(fault: UnicodeError) -> tuple[str, int]:
    if not isinstance(fault, UnicodeDecodeError):
        raise fault
    return UNDECODABLE, fault.end


def _refuse_other_formats(path: Path, mapping: RegisterMapping) -> None:
    with path.open("rb") as source:
        start = source.read(8)
    for signature, kind in _OTHER_FORMATS.items():
        if start.startswith(signature):
            raise InvalidInput(
                f"The register {path} is not CSV: it is {kind}",
                "Save it as CSV (UTF-8), or as .parquet.",
            )
    if mapping.encoding is None and start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InvalidInput(
            f"The register {path} is not UTF-8 but UTF-16",
            'Save it as UTF-8, or say encoding = "utf-16" in a mapping file.',
        )


def _read_header(path: Path, encoding: str, mapping: RegisterMapping) -> tuple[list[str], str]:
    with _open(path, encoding) as source:
        start = source.read(LONGEST_HEADER)
    _refuse_what_is_no_header(path, encoding, start)
    wanted = {mapping.columns.get(name, name) for name in REQUIRED_COLUMNS}
    best: tuple[int, int] = (-1, 0)
    header: list[str] = []
    delimiter = ""
    for candidate in [mapping.delimiter] if mapping.delimiter else DELIMITERS:
        try:
            names = next(
                csv.reader(io.StringIO(start, newline=""), delimiter=candidate, strict=True)
            )
        except csv.Error:
            continue
        fit = (len(wanted & {name.strip() for name in names}), len(names))
        if fit > best:
            best, header, delimiter = fit, names, candidate
    if not delimiter:
        raise InvalidInput(
            f"The header of the register {path} cannot be read as CSV: a quote is wrong in it",
            "Mend line 1, or name the delimiter in a mapping file.",
        )
    return header, delimiter


def _refuse_what_is_no_header(path: Path, encoding: str, start: str) -> None:
    first = start.splitlines()[0] if start.strip() else ""
    if UNDECODABLE in first:
        raise InvalidInput(
            f"Line 1 of the register {path} is not {encoding.removesuffix('-sig').upper()}",
            'Save it as UTF-8, or name its encoding in a mapping file, e.g. encoding = "cp1252".',
        )
    if "\x00" in first or (len(start) == LONGEST_HEADER and not set("\r\n") & set(start)):
        raise InvalidInput(
            f"The register {path} is not CSV: line 1 is no header",
            "Save it as CSV (UTF-8) with a header line, or as .parquet.",
        )
    if re.fullmatch(r"sep=\S?\s?", first.strip().strip('"'), re.IGNORECASE):
        raise InvalidInput(
            f"Line 1 of the register {path} is {first.strip()!r}, a note to spreadsheets, where the"
            " column names should be",
            "Delete line 1; delimiters are found by themselves, or named in a mapping file.",
        )
    if not first.strip():
        raise InvalidInput(
            f"Line 1 of the register {path} is blank, where the column names should be",
            "Put the header on line 1.",
        )


def _rows(path: Path, encoding: str, delimiter: str, n_columns: int) -> Iterator[RegisterRow]:
    with _open(path, encoding) as source:
        lines = _Lines(source)
        csv.field_size_limit(LONGEST_FIELD)
        parser = csv.reader(lines, delimiter=delimiter, strict=True)
        next(parser)  # the header
        while True:
            lines.begin_row()
            try:
                values = next(parser)
            except StopIteration:
                return
            except csv.Error as fault:
                first = lines.give_back_all_but_first()
                # Cut at delimiters only, so that the identifier can be told and no text is lost.
                parts = first.rstrip("\r\n").split(delimiter)
                yield RegisterRow(line=lines.line, values=parts, problem=_quoting_problem(fault))
                continue
            if len(values) == n_columns:
                yield RegisterRow(line=lines.line, values=values)
            elif values:  # blank lines are no rows
                problem = (
                    f"has {len(values)} fields where the header has {n_columns}: quote fields"
                    " that hold the delimiter, and double quotes within them"
                )
                yield RegisterRow(line=lines.line, values=values, problem=problem)


def _quoting_problem(fault: csv.Error) -> str:
    return (
        f"cannot be read as CSV ({fault}): a quote that opens a field has to be closed, and"
        " quotes within the field doubled"
    )


class _OverlongLine(str):
    """The start of a line whose rest was thrown away."""

    __slots__ = ()


class _Lines:
    """Lines of a file, kept until it is known that the row they make up is whole.

    Where a row turns out to be broken (a quote that is never closed swallows what follows), only
    its first line is lost: the others are given out again, so that one fault costs one row.

    Attributes:
        line: File line on which the current row begins.
    """

    def __init__(self, source: TextIO) -> None:
        self.line = 1
        self._source = source
        self._again: deque[str] = deque()
        self._taken: list[str] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        if not line:
            raise StopIteration
        self._taken.append(line)
        if isinstance(line, _OverlongLine):
            raise csv.Error(f"a line has more than {LONGEST_LINE} characters")
        return line

    def begin_row(self) -> None:
        self.line += len(self._taken)
        self._taken.clear()

    def give_back_all_but_first(self) -> str:
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        return self._taken[0][:LONGEST_HEADER]

    def _read(self) -> str:
        line = rest = self._source.readline(LONGEST_LINE)
        while len(rest) == LONGEST_LINE and not rest.endswith("\n"):
            rest = self._source.readline(LONGEST_LINE)
        return line if rest is line else _OverlongLine(line[:LONGEST_HEADER])
