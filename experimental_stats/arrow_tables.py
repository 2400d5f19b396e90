"""Arrow tables as callers hand them in, in the few types that the estimators read (pure).

Writers of Parquet give text as dictionaries, large strings or views, and numbers as ids: all of
these mean the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence


def plain_table(table_name: str, table: Any, *, texts: Sequence[str]) -> pa.Table:
    """Return a table whose `texts` columns are strings; columns that are not there are left out.

    Args:
        table_name: What the caller calls the table.
        table: A `pyarrow.Table` or `pyarrow.RecordBatch`.
        texts: Names of columns that hold text or identifiers.

    Raises:
        InvalidInput: It is no table, names a column twice, or holds what cannot be read as text.
    """
    if isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    if not isinstance(table, pa.Table):
        raise InvalidInput(f"{table_name} is a {type(table).__name__}, not an Arrow table")
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(f"{table_name} holds more than one column {', '.join(twice)}")
    for name in dict.fromkeys(texts):
        if name in names and table.column(name).type != pa.string():
            table = table.set_column(
                names.index(name), name, _text(table_name, name, table.column(name))
            )
    return table


def _text(table_name: str, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as fault:
        raise InvalidInput(
            f"{table_name}.{name} is {column.type} and cannot be read as text: {fault}"
        ) from fault
