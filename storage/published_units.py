"""The published table of units: a column for each further column of the registers."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage.sql_text import quoted_name, quoted_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from storage.database import Store

# A register beyond both is written once, as Parquet, instead of with every stage: two thousand
# columns of a hundred thousand units take longer than many a stage.
MANY_COLUMNS = 100
MANY_CELLS = 1_000_000
_KEPT = timedelta(days=1)  # a file that no published database names any longer (contract.md)
_ROWS_A_GROUP = 20_000  # bounds what is held in memory while thousands of columns are written
_PATTERN = "unit-*.parquet"
_RETIRED = ".retired"


def units_statement(store: Store, directory: Path) -> str:
    """Return the statement that makes ``published.unit``: a table, or a view over Parquet.

    Args:
        store: The work database; outside of a transaction.
        directory: Of the published database; takes the Parquet file of wide registers.
    """
    file = directory / f"unit-{_digest_of_frames(store)}.parquet"
    if not file.exists():
        keys = _further_columns(store)
        if not _is_wide(store, len(keys)):
            return f"CREATE TABLE published.unit AS {_query(store, keys)}"
        fresh = file.with_suffix(".new")
        store.execute(
            f"COPY ({_query(store, keys)}) TO {quoted_text(str(fresh))}"
            f" (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROWS_A_GROUP})"
        )
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.replace(file)
    place = quoted_text(str(file.resolve()))
    return f"CREATE VIEW published.unit AS SELECT * FROM read_parquet({place})"  # noqa: S608 - quoted


def forget_older_units(directory: Path, statement: str) -> None:
    """Delete Parquet files that no published database of the last day names.

    Args:
        directory: Of the published database.
        statement: By `units_statement`, of the database published now.
    """
    for left_over in directory.glob("unit-*.new"):
        left_over.unlink()
    for file in directory.glob(_PATTERN):
        retired = file.with_suffix(_RETIRED)
        if file.name in statement:
            retired.unlink(missing_ok=True)
        elif not retired.exists():
            retired.touch()
        elif _age(retired) > _KEPT:
            file.unlink()
            retired.unlink()


def _age(file: Path) -> timedelta:
    return datetime.now(UTC) - datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _digest_of_frames(store: Store) -> str:
    """Return what changes with every import of a register: units change with nothing else."""
    imports = store.rows(
        "SELECT wave, imported_at::VARCHAR, source_digest, mapping_digest, n_rows, n_rejected"
        " FROM wave ORDER BY position"
    )
    return hashlib.sha256(json.dumps(imports).encode()).hexdigest()[:16]


def _further_columns(store: Store) -> list[str]:
    rows = store.rows("SELECT DISTINCT unnest(json_keys(other)) AS key FROM unit ORDER BY key")
    return [str(key) for (key,) in rows]


def _is_wide(store: Store, n_columns: int) -> bool:
    ((n_units,),) = store.rows("SELECT count(*) FROM unit")
    return n_columns > MANY_COLUMNS and n_columns * int(n_units) > MANY_CELLS


def _query(store: Store, keys: Sequence[str]) -> str:
    """Return the query of `unit`.

    One reading of each unit's JSON gives all columns: an expression a column reads it anew for each
    and keeps what it read, for two thousand columns more memory than a machine has.
    """
    taken = {str(name).lower() for (name,) in store.rows("SELECT column_name FROM (DESCRIBE unit)")}
    # DuckDB's names differ by more than case, a register's need not: twins stand in another layer.
    layers: list[dict[str, str]] = []
    further = ""
    for key in keys:
        name, layer = key, 0
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        while layer < len(layers) and key.lower() in layers[layer]:
            layer += 1
        if layer == len(layers):
            layers.append({})
        layers[layer][key.lower()] = key
        further += f", further_{layer}[{quoted_text(key)}] AS {quoted_name(name)}"
    read = "".join(
        f", from_json(other, {quoted_text(json.dumps(dict.fromkeys(names.values(), 'VARCHAR')))})"
        f" AS further_{layer}"
        for layer, names in enumerate(layers)
    )
    own = "".join(f", further_{layer}" for layer in range(len(layers)))
    return (
        f"SELECT * EXCLUDE (other{own}){further} FROM (SELECT *{read} FROM unit)"  # noqa: S608 - quoted
        " ORDER BY wave, unit_id"
    )
