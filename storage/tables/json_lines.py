"""Records that stand in lines of JSON, taken over without Python looking at each."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from storage.sql_text import quoted_name, quoted_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Store


def insert_json_lines(
    store: Store, table: str, kind: type[Any], lines: Sequence[str], **constants: Any
) -> None:
    """Append records as they stand in lines of JSON.

    Args:
        store: The work database.
        table: Has a column for each field of `kind`.
        kind: The dataclass that they are of.
        lines: A JSON object each, with all fields of the record under ``record``.
        **constants: Columns of one value for all of them.

    Raises:
        duckdb.InvalidInputException: A field is missing, or is not of its column's type.
    """
    if not lines:
        return
    types = dict(store.rows(f"SELECT column_name, column_type FROM (DESCRIBE {table})"))  # noqa: S608 - names are ours
    shape = {"record": {field.name: types[field.name] for field in dataclasses.fields(kind)}}
    names = ", ".join(map(quoted_name, (*constants, *shape["record"])))
    values = "".join(f"${name}, " for name in constants)
    store.execute(
        f"INSERT INTO {table} ({names}) SELECT {values}unnest(read.record) FROM"  # noqa: S608 - names are ours
        f" (SELECT from_json_strict(line, {quoted_text(json.dumps(shape))}) AS read"
        " FROM (SELECT unnest($lines) AS line))",
        {"lines": list(lines), **constants},
    )
