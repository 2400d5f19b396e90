import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.audit_strata import stratum_rates
from experimental_stats.audited_frame import read_audited_frame
from experimental_stats.size_trend import fit_slope, log_size, share_of, size_trend


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


@pytest.mark.parametrize("slope", [-0.8, 0.0, 0.8])
def test_the_slope_is_not_drawn_towards_nothing_by_the_level_of_all(slope):
    rng = np.random.default_rng(8)
    size = log_size(rng.lognormal(1.0, 1.5, 60_000), np.ones(60_000, bool))
    chance = share_of(-3.0 + slope * size)
    # The offset is the rate of all sizes together, as the strata's rates are.
    offset = np.full(len(size), np.log(chance.mean() / (1.0 - chance.mean())))
    fit = fit_slope(size, offset, answer=chance, weight=np.ones(len(size)))
    fitted = share_of(offset + fit.level + fit.slope * size)
    largest = size > np.quantile(size, 0.99)
    assert fitted[largest].mean() == pytest.approx(chance[largest].mean(), rel=0.03)
    assert fitted.mean() == pytest.approx(chance.mean(), rel=0.01)


def test_without_answers_of_either_kind_the_slope_stays_where_the_prior_puts_it():
    size = np.linspace(-1.0, 2.0, 30)
    for answer in (0.0, 1.0):
        fit = fit_slope(
            size, np.full(30, -3.0), answer=np.full(30, answer), weight=np.full(30, 1e-9)
        )
        assert (fit.level, fit.slope, fit.error) == pytest.approx((0.0, 0.0, 1.0), abs=1e-4)
