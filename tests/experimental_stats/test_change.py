from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.change import WaveTables, estimate_change


def wave(truth: np.ndarray, audited: np.ndarray, *, order: np.ndarray | None = None) -> WaveTables:
    """Give a census of scores in one stratum with a simple random audit."""
    n = len(truth)
    places = np.arange(n) if order is None else order
    units = pa.table(
        {
            "unit_id": [f"u{k:04}" for k in places],
            "eligible": [True] * n,
            "responded": [True] * n,
            "probability": [0.3] * n,
            "weighting_cell": ["all"] * n,
            "audit_stratum": ["h"] * n,
            "employees": [2.0] * n,
        }
    )
    chosen = np.flatnonzero(audited)
    audit = pa.table(
        {
            "unit_id": [f"u{k:04}" for k in chosen],
            "active": truth[chosen],
            "stratum": ["h"] * len(chosen),
            "inclusion_probability": [len(chosen) / n] * len(chosen),
        }
    )
    return WaveTables(units=units, audit=audit)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def test_a_kept_panel_of_unchanged_units_makes_the_change_certain(
    rng: np.random.Generator,
) -> None:
    truth, audited = rng.random(600) < 0.3, rng.random(600) < 0.3
    [row] = estimate_change(wave(truth, audited), wave(truth, audited)).to_pylist()
    assert row["correlation"] == pytest.approx(1.0)
    assert row["value"] == 0.0
    assert row["standard_error"] == pytest.approx(0.0, abs=1e-6)
    assert row["n_audit_both"] == row["n_audit_before"] == int(audited.sum())


def test_fresh_audits_of_full_response_are_independent(rng: np.random.Generator) -> None:
    truth = rng.random(2000) < 0.3
    found = [
        estimate_change(
            wave(truth, rng.random(2000) < 0.3), wave(truth, rng.random(2000) < 0.3)
        ).to_pylist()[0]["correlation"]
        for _ in range(8)
    ]
    assert abs(float(np.mean(found))) < 0.06


def test_the_error_of_a_kept_panel_is_that_of_the_mean_difference(
    rng: np.random.Generator,
) -> None:
    # Srs without replacement, both times the same n of N: V(N d̄) = N² (1 - n/N) s²_d / n.
    first = rng.random(1000) < 0.3
    second = np.where(rng.random(1000) < 0.1, ~first, first)
    audited = np.zeros(1000, dtype=bool)
    audited[rng.permutation(1000)[:400]] = True
    [row] = estimate_change(wave(first, audited), wave(second, audited)).to_pylist()
    difference = second[audited].astype(float) - first[audited]
    expected = 1000 * np.sqrt(0.6 * difference.var(ddof=1) / 400)
    assert row["standard_error"] == pytest.approx(expected, rel=0.1)
    assert row["value"] == pytest.approx(1000 * difference.mean(), rel=0.05)


def test_the_interval_holds_the_change_and_the_order_of_rows_does_not_matter(
    rng: np.random.Generator,
) -> None:
    truth, audited = rng.random(500) < 0.2, rng.random(500) < 0.4
    later = np.where(rng.random(500) < 0.3, True, truth)
    measures = ("enterprises", "employees")
    table = estimate_change(wave(truth, audited), wave(later, audited), measures=measures)
    mixed = estimate_change(
        wave(truth, audited, order=rng.permutation(500)),
        wave(later, audited, order=rng.permutation(500)),
        measures=measures,
    )
    assert table.equals(mixed)
    for row in table.to_pylist():
        assert row["ci_lower"] <= row["value"] <= row["ci_upper"]
        assert row["value"] == pytest.approx(row["value_after"] - row["value_before"])
    enterprises, employees = table.to_pylist()
    assert employees["value"] == pytest.approx(2 * enterprises["value"], rel=0.02)


def test_waves_without_a_unit_in_common_are_independent() -> None:
    truth, audited = np.arange(300) % 3 == 0, np.arange(300) % 2 == 0
    other = wave(truth, audited)
    renamed = WaveTables(
        units=other.units.set_column(0, "unit_id", pa.array([f"x{k}" for k in range(300)])),
        audit=other.audit.set_column(
            0, "unit_id", pa.array([f"x{k}" for k in range(300) if k % 2 == 0])
        ),
    )
    [row] = estimate_change(wave(truth, audited), renamed).to_pylist()
    assert row["correlation"] == 0.0
    assert row["n_audit_both"] == 0


def test_weights_that_say_what_the_cells_say_change_nothing(rng: np.random.Generator) -> None:
    truth, audited = rng.random(600) < 0.3, rng.random(600) < 0.5
    responds = rng.random(600) < 0.6
    waves = []
    for later in (False, True):
        made = wave(np.where(rng.random(600) < 0.1, ~truth, truth) if later else truth, audited)
        units = made.units.set_column(2, "responded", pa.array(responds))
        for name in ("probability", "audit_stratum"):
            hidden = pa.compute.if_else(units.column("responded"), units.column(name), None)
            units = units.set_column(units.column_names.index(name), name, hidden)
        audit = made.audit.filter(pa.array(responds[np.flatnonzero(audited)]))
        waves.append(WaveTables(units=units, audit=audit))
    weight = pa.array(np.where(responds, 600 / responds.sum(), np.nan), from_pandas=True)
    weighted = [
        WaveTables(units=w.units.append_column("response_weight", weight), audit=w.audit)
        for w in waves
    ]
    [by_cells], [by_weights] = (estimate_change(*pair).to_pylist() for pair in (waves, weighted))
    assert 0.2 < by_cells["correlation"] < 1
    for name, figure in by_cells.items():
        assert by_weights[name] == (pytest.approx(figure) if name != "measure" else figure)
