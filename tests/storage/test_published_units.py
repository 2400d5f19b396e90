"""Registers of thousands of columns are written once, not with every stage."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from storage.database import Store
from storage.publication import publish
from storage.published_units import MANY_CELLS, MANY_COLUMNS

N_COLUMNS = 1_000
N_UNITS = MANY_CELLS // N_COLUMNS + 1


def import_wave(store: Store, wave: str, n_columns: int, n_units: int) -> None:
    other = json.dumps({f"c{n}": f"v{n}" for n in range(n_columns)})
    store.execute(
        "INSERT INTO wave SELECT ?, coalesce(max(position), 0) + 1, now(), 'r', 'd', '', 1, 0"
        " FROM wave",
        [wave],
    )
    store.execute(
        "INSERT INTO unit SELECT ?, 'u' || range, 'enterprise', 'Firm', '', '', '', '', '', '', '',"
        " '', '', '', '', '', '', NULL, NULL, ? FROM range(?)",
        [wave, other, n_units],
    )


def told(target: Path, query: str) -> list[Any]:
    with duckdb.connect(target, read_only=True) as reader:
        return reader.execute(query).fetchall()


def test_a_register_of_thousands_of_columns_is_written_once(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "it's here" / "p.duckdb"
    import_wave(store, "w1", N_COLUMNS, N_UNITS)
    publish(store, target)
    (file,) = target.parent.glob("unit-*.parquet")
    written = file.stat().st_mtime_ns
    publish(store, target)
    assert file.stat().st_mtime_ns == written
    shown = told(target, "SELECT count(*), min(c0), max(c999), min(legal_name) FROM unit")
    assert shown == [(N_UNITS, "v0", "v999", "Firm")]
    assert told(target, "SELECT unit_id FROM unit LIMIT 2") == [("u0",), ("u1",)]

    import_wave(store, "w2", 0, 1)  # another frame: another file, the former lives for a day
    publish(store, target)
    assert told(target, "SELECT wave, count(*), max(c7) FROM unit GROUP BY ALL ORDER BY ALL") == [
        ("w1", N_UNITS, "v7"),
        ("w2", 1, None),
    ]
    assert file.exists()
    publish(store, target)
    assert file.exists()
    before = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(file.with_suffix(".retired"), (before, before))
    publish(store, target)
    (left,) = target.parent.glob("unit-*")
    assert left.suffix == ".parquet"
    assert left != file
    assert told(target, "SELECT count(*) FROM unit") == [(N_UNITS + 1,)]


def test_an_ordinary_register_stays_within_the_database(store: Store, tmp_path: Path) -> None:
    import_wave(store, "w1", MANY_COLUMNS + 20, 50)
    (tmp_path / "unit-0.new").write_bytes(b"half a file")
    publish(store, tmp_path / "p.duckdb")
    assert [file.name for file in tmp_path.iterdir()] == ["p.duckdb"]
    assert told(tmp_path / "p.duckdb", "SELECT count(DISTINCT c119) FROM unit") == [(1,)]


def test_names_that_differ_by_case_only_are_columns_of_their_own(
    wave: Any, store: Store, tmp_path: Path
) -> None:
    wave.unit("u1", other='{"Ref": "1", "REF": "2", "ref": "3", "Unit_ID": "x", "further_0": "f"}')
    publish(store, tmp_path / "p.duckdb")
    query = 'SELECT "REF", "Ref_", "ref__", "Unit_ID_", "further_0" FROM unit'
    assert told(tmp_path / "p.duckdb", query) == [("2", "1", "3", "x", "f")]
