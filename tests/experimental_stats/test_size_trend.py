import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.audit_strata import stratum_rates
from experimental_stats.audited_frame import read_audited_frame
from experimental_stats.size_trend import size_trend


def audited_frame(slope: float, n: int = 4000):
    """One stratum, a score that says nothing, activity by size."""
    rng = np.random.default_rng(3)
    employees = np.ceil(rng.lognormal(2.0, 1.0, n))
    active = rng.random(n) < 1 / (1 + np.exp(2.5 - slope * (np.log1p(employees) - 2.0)))
    ids = [f"u{i:04d}" for i in range(n)]
    units = pa.table(
        {
            "unit_id": ids,
            "eligible": [True] * n,
            "responded": [True] * n,
            "probability": np.full(n, 0.5),
            "weighting_cell": ["x"] * n,
            "employees": employees,
        }
    )
    asked = rng.choice(n, 1500, replace=False)
    audit = pa.table(
        {
            "unit_id": [ids[i] for i in asked],
            "active": active[asked],
            "stratum": ["h"] * 1500,
            "inclusion_probability": np.full(1500, 1500 / n),
        }
    )
    frame = read_audited_frame(units, audit, domains=(), measures=("employees",))
    return frame, stratum_rates(frame), employees


@pytest.mark.parametrize(("slope", "rises"), [(1.0, True), (-1.0, False)])
def test_the_trend_finds_that_large_units_are_more_or_less_often_active(slope, rises):
    frame, rates, employees = audited_frame(slope)
    tilt = size_trend(frame, rates, employees).tilt
    large, small = tilt[employees > 30].mean(), tilt[employees < 5].mean()
    assert bool(large > 1.5 * small) is rises
    assert bool(small > 1.5 * large) is not rises


def test_the_tilt_moves_no_count_and_is_flat_for_the_largest():
    frame, rates, employees = audited_frame(1.0)
    tilt = size_trend(frame, rates, employees).tilt
    outside = ~frame.audited
    assert (rates.spread * tilt)[outside].sum() == pytest.approx(rates.spread[outside].sum())
    second, largest = np.argsort(employees)[-2:]
    assert tilt[largest] == pytest.approx(tilt[second])


def test_equal_amounts_have_no_trend():
    frame, rates, employees = audited_frame(1.0)
    trend = size_trend(frame, rates, np.ones(len(employees)))
    assert (set(trend.tilt), trend.relative_variance) == ({1.0}, 0.0)


def test_what_is_unknown_of_the_slope_is_told():
    frame, rates, employees = audited_frame(0.0)
    trend = size_trend(frame, rates, employees)
    assert 0 < trend.relative_variance < 0.05
