"""Registers as Parquet: columns of any type, read as the text a person would write."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from crawlers.frame.assembly import assemble_frame
from crawlers.frame.columns import resolve_columns
from crawlers.frame.mapping import RegisterMapping
from crawlers.frame.reader import UNDECODABLE, FrameReader, RegisterRow, require_file
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from storage.records.frame import Frame

_ROWS_AT_A_TIME = 20_000


def build(options: Mapping[str, object]) -> FrameReader:
    """Make the reader; it takes no options.

    Raises:
        InvalidInput: Options were given.
    """
    if options:
        raise InvalidInput(
            f"parquet_register takes no options, but was given: {', '.join(options)}",
            "Say in the mapping file how columns and codes are named.",
        )
    return ParquetRegister()


class ParquetRegister:
    """Reads Parquet files; row 1 counts as line 2, as if there were a header line."""

    def read(self, path: Path, mapping: RegisterMapping | None, *, classification: str) -> Frame:
        """Read a register; see `FrameReader.read`."""
        mapping = mapping or RegisterMapping()
        require_file(path)
        try:
            with pq.ParquetFile(path) as source:
                header = list(source.schema_arrow.names)
            columns = resolve_columns(path, header, mapping)
            return assemble_frame(
                columns, lambda: _rows(path, mapping), mapping, classification=classification
            )
        except (pa.ArrowException, OSError) as fault:
            raise InvalidInput(
                f"The register {path} cannot be read as Parquet: {str(fault).splitlines()[0]}",
                "Export it again, or save it as CSV (UTF-8).",
            ) from fault


def _rows(path: Path, mapping: RegisterMapping) -> Iterator[RegisterRow]:
    numbers = {mapping.columns.get(name, name) for name in ("employees", "turnover")}
    line = 2
    with pq.ParquetFile(path) as source:
        for batch in source.iter_batches(_ROWS_AT_A_TIME):
            columns = [
                _texts(column, mapping.decimal if name in numbers else ".")
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
            for values in zip(*columns, strict=True):
                yield RegisterRow(line=line, values=list(values))
                line += 1


def _texts(column: pa.Array, decimal: str) -> list[str]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _texts(column.dictionary_decode(), decimal)
    if _holds_text(kind):
        return _decoded(column)
    written = _writer(kind, decimal)
    return ["" if value is None else written(value) for value in column.to_pylist()]


def _holds_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    binary = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view)
    return any(test(kind) for test in (*tests, *binary, pa.types.is_fixed_size_binary))


def _decoded(column: pa.Array) -> list[str]:
    if not pa.types.is_fixed_size_binary(column.type):
        column = column.cast(pa.large_binary())
    return ["" if value is None else _decode(value) for value in column.to_pylist()]


def _decode(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("utf-8", errors="replace") + UNDECODABLE


def _writer(kind: pa.DataType, decimal: str) -> Callable[[Any], str]:
    if pa.types.is_floating(kind):
        return lambda value: _float(value).replace(".", decimal)
    if pa.types.is_decimal(kind):
        return lambda value: f"{value.normalize():f}".replace(".", decimal)
    if pa.types.is_boolean(kind):
        return lambda value: "1" if value else "0"
    if pa.types.is_temporal(kind):
        return lambda value: value.isoformat() if hasattr(value, "isoformat") else str(value)
    if pa.types.is_nested(kind):
        return _nested
    return str


def _float(value: float) -> str:
    if math.isnan(value):
        return ""  # how data frames write a missing number
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _nested(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value)  # a list of websites, as the contract writes several
    return json.dumps(value, ensure_ascii=False, default=str)
