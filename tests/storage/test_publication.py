"""Readers open a copy that is replaced in one step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from storage.database import Store
from storage.publication import PUBLISHED, publish

# docs and dashboards rely on these: columns may be added, never renamed
CONTRACT = {
    "unit": "wave unit_id unit_type legal_name nace_code nace_section size_class region"
    " employees turnover",
    "unit_outcome": "wave unit_id outcome outcome_class detail website_url n_pages n_words"
    " language",
    "unit_website": "wave unit_id website_url declared link_probability link_evidence",
    "website": "wave website_url final_url outcome detail n_requests n_pages n_bytes started_at"
    " ended_at",
    "page": "wave website_url url final_url fetched_at http_status media_type n_bytes body_digest"
    " archive_file archive_offset",
    "document": "wave website_url url title language text n_words extractor",
    "prediction": "wave unit_id sector probability active model_id",
    "evidence": "wave unit_id sector rank url passage weight",
    "label": "unit_id url sector active coder coded_at purpose wave inclusion_probability",
    "estimate": "wave sector measure domain_variable domain estimator value standard_error ci_lower"
    " ci_upper confidence_level n_frame n_classified n_audit quality disclosure method_version",
}


def columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]


def test_the_contracts_tables_and_columns_are_there(store: Store, tmp_path: Path) -> None:
    publish(store, tmp_path / "published" / "p.duckdb")
    with duckdb.connect(tmp_path / "published" / "p.duckdb", read_only=True) as reader:
        for table, expected in CONTRACT.items():
            assert set(expected.split()) <= set(columns(reader, table)), table
        tables = {row[0] for row in reader.execute("SHOW TABLES").fetchall()}
    assert tables == {"unit", *PUBLISHED}


def test_a_place_that_cannot_be_written_is_told_by_the_system(store: Store) -> None:
    with pytest.raises(OSError, match="proc") as fault:
        publish(store, Path("/proc/p.duckdb"))  # not even root writes there
    assert fault.value.filename


def test_a_reader_keeps_what_it_opened_and_the_next_sees_the_new(
    wave: Any, store: Store, tmp_path: Path
) -> None:
    target = tmp_path / "p.duckdb"
    publish(store, target)
    old = duckdb.connect(target, read_only=True)
    wave.unit("u1")
    publish(store, target)
    assert old.execute("SELECT count(*) FROM unit").fetchall() == [(0,)]
    old.close()
    with duckdb.connect(target, read_only=True) as new:
        assert new.execute("SELECT unit_id FROM unit").fetchall() == [("u1",)]
    assert [file.name for file in tmp_path.iterdir()] == ["p.duckdb"]


def test_the_file_is_written_in_the_format_of_duckdb_1_5(store: Store, tmp_path: Path) -> None:
    publish(store, tmp_path / "p.duckdb")
    with duckdb.connect(tmp_path / "p.duckdb", read_only=True) as reader:
        ((tags,),) = reader.execute(
            "SELECT tags FROM duckdb_databases() WHERE database_name = 'p'"
        ).fetchall()
    assert tags["storage_version"].startswith("v1.5.0")


def test_register_columns_beyond_the_contract_become_columns(
    wave: Any, store: Store, tmp_path: Path
) -> None:
    wave.unit("u1", other='{"NUTS 3": "AT130", "Region": "Wien", "a\\"b": "x"}')
    wave.unit("u2")
    publish(store, tmp_path / "p.duckdb")
    with duckdb.connect(tmp_path / "p.duckdb", read_only=True) as reader:
        row = reader.execute(
            """SELECT "NUTS 3", "Region_", "a""b" FROM unit ORDER BY unit_id"""
        ).fetchall()
    assert row == [("AT130", "Wien", "x"), (None, None, None)]


def test_what_a_killed_run_left_behind_is_cleared(store: Store, tmp_path: Path) -> None:
    (tmp_path / "p.new.duckdb").write_bytes(b"half a file")
    publish(store, tmp_path / "p.duckdb")
    assert [file.name for file in tmp_path.iterdir()] == ["p.duckdb"]


def test_a_big_table_is_published_in_parts_and_in_its_order(store: Store, tmp_path: Path) -> None:
    """More rows than a part holds, in disorder, and a key that half of them share."""
    store.execute(
        "INSERT INTO evidence SELECT '1' AS wave, CASE WHEN n % 2 = 0 THEN 'u''1' ELSE"
        " 'u' || (n * 7919 % 50_021) END AS unit_id,"
        " CASE WHEN n < 10 THEN 'drones' ELSE 'tourism' END AS sector, n AS rank,"
        " 'https://a.example/' AS url, 'text' AS passage, 0.5 AS weight FROM range(50_000) t(n)"
    )
    publish(store, tmp_path / "p.duckdb")
    rows = store.rows("SELECT * FROM evidence ORDER BY wave, sector, unit_id, rank")
    with duckdb.connect(tmp_path / "p.duckdb", read_only=True) as reader:
        told = reader.execute("SELECT * EXCLUDE (archive_file, archive_offset) FROM evidence")
        assert told.fetchall() == rows
