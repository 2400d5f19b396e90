from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest

from storage.database import Store
from storage.records.release import Estimate
from storage.tables import release as tables

DRAW = {"wave": "w1", "sector": "drones", "draw_id": "d", "size": 1, "seed": 1, "design": "{}"}


def units(*rows: tuple[str, bool]) -> pa.Table:
    return pa.table(
        {
            "unit_id": [unit for unit, _ in rows],
            "stratum": ["a1"] * len(rows),
            "inclusion_probability": [0.5] * len(rows),
            "drawn": [drawn for _, drawn in rows],
        }
    )


def estimate(value: float | None) -> Estimate:
    return Estimate(
        wave="w1", sector="drones", measure="enterprises", domain_variable="_T", domain="_T",
        estimator="stratified_audit", value=value, standard_error=value, ci_lower=value,
        ci_upper=value, confidence_level=0.95, n_frame=None, n_classified=None, n_audit=None,
        quality="", disclosure="primary", method_version="1",
    )  # fmt: skip


def test_a_draw_takes_the_place_of_the_one_before(store):
    tables.replace_draw(store, DRAW, units(("a", True), ("b", False)))
    tables.replace_draw(store, DRAW | {"draw_id": "e"}, units(("c", True)))
    assert [draw["draw_id"] for draw in tables.load_draws(store)] == ["e"]
    assert tables.load_drawn(store, "w1").column("unit_id").to_pylist() == ["c"]
    assert tables.load_draws(store, "w2") == []


def test_a_draw_stands_whole_or_not_at_all(store):
    tables.replace_draw(store, DRAW, units(("a", True)))
    twice = units(("b", True), ("b", True))
    with pytest.raises(duckdb.ConstraintException):
        tables.replace_draw(store, DRAW | {"draw_id": "e"}, twice)
    assert [draw["draw_id"] for draw in tables.load_draws(store)] == ["d"]
    assert tables.load_strata(store, "w1", "drones").column("unit_id").to_pylist() == ["a"]


def test_answers_are_labels_numbered_on(store):
    answer = {
        "unit_id": "a", "sector": "drones", "active": None, "coder": "kim",
        "coded_at": datetime(2026, 10, 1, tzinfo=UTC), "note": "", "inclusion_probability": 0.5,
    }  # fmt: skip
    tables.insert_answers(store, "w1", [answer], source="a.csv")
    tables.insert_answers(store, "w1", [answer | {"coder": "lee", "active": True}], source="b.csv")
    tables.insert_answers(store, "w1", [], source="c.csv")
    assert store.rows("SELECT label_id, purpose, wave, source, active FROM label ORDER BY 1") == [
        (1, "audit", "w1", "a.csv", None),
        (2, "audit", "w1", "b.csv", True),
    ]
    loaded = tables.load_answers(store, "w1")
    assert [(row["coder"], row["active"]) for row in loaded] == [("kim", None), ("lee", True)]
    assert loaded[0]["coded_at"].tzinfo is not None


def test_the_frame_brings_register_columns_of_any_name(store, wave):
    odd = 'Kammer "Ost"'
    wave.unit("a", other='{"Kammer \\"Ost\\"": "x", "staff": "12,5"}')
    wave.unit("b", other='{"staff": "7"}')
    frame = tables.load_frame(store, "w1", texts=[odd, "region"], numbers=["staff", "employees"])
    assert frame.column(odd).to_pylist() == ["x", ""]
    assert frame.column("staff").to_pylist() == [None, 7.0]
    assert frame.column("employees").to_pylist() == [None, None]
    assert frame.column("outcome_class").to_pylist() == ["structural", "structural"]
    assert tables.has_column(store, "w1", odd)
    assert tables.has_column(store, "w1", "region")
    assert not tables.has_column(store, "w1", "colour")


def test_estimates_of_a_wave_are_replaced_together(store):
    tables.replace_estimates(store, "w1", [estimate(3.0)])
    tables.replace_estimates(store, "w1", [estimate(None)])
    assert store.rows("SELECT value, n_frame FROM estimate") == [(None, None)]


def test_the_release_database_opens_on_its_own_and_leaves_nothing_behind(store, tmp_path):
    rows = pa.table(
        {"name": ["x"], "value": [1.5], "n": pa.array([None], pa.int64()), "yes": [True]}
    )
    tables.write_release_database(store, tmp_path / "o'clock.duckdb", {"figure": rows})
    with duckdb.connect(str(tmp_path / "o'clock.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT * FROM figure").fetchall() == [("x", 1.5, None, True)]
    assert store.rows("SELECT count(*) FROM duckdb_tables() WHERE temporary") == [(0,)]


def test_releases_and_waves_are_remembered(store, tmp_path):
    assert tables.load_wave(store, "w1") is None
    tables.record_release(store, "w1", release_digest="sha256:0", directory=tmp_path)
    assert store.rows("SELECT wave, release_digest FROM release") == [("w1", "sha256:0")]
    assert isinstance(store, Store)
