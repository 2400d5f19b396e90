import numpy as np
import pytest
from scipy import stats

from experimental_stats import accuracy


def generator():
    return np.random.default_rng(1)


def test_one_stratum_gives_the_beta_interval():
    drawn = accuracy.draw_rates(
        generator(), found=np.array([3.0]), not_found=np.array([97.0]), at_stake=np.array([1.0])
    )
    low, high = np.quantile(drawn, [0.025, 0.975])
    prior = accuracy.PRIOR_COUNT + accuracy.PRIOR_OF_FEW * np.exp(-3 / accuracy.FEW_FINDS)
    assert (low, high) == pytest.approx(
        stats.beta(3 + prior, 97 + prior).ppf([0.025, 0.975]),
        rel=0.06,
    )


def test_one_prior_count_is_shared_over_all_strata():
    ten = accuracy.draw_rates(
        generator(), found=np.zeros(10), not_found=np.full(10, 100.0), at_stake=np.ones(10)
    )
    one = accuracy.draw_rates(
        generator(), found=np.zeros(1), not_found=np.array([100.0]), at_stake=np.ones(1)
    )
    assert ten.sum(axis=1).mean() == pytest.approx(one.mean(), rel=0.15)


def test_a_stratum_with_nothing_at_stake_gets_no_prior():
    drawn = accuracy.draw_rates(
        generator(),
        found=np.zeros(2),
        not_found=np.array([5.0, 5.0]),
        at_stake=np.array([0.0, 1.0]),
    )
    assert drawn[:, 0].max() < 1e-6


def test_sums_have_the_mean_and_variance_asked_for():
    drawn = accuracy.draw_sum(generator(), np.full(20_000, 12.0), 3.0)
    assert drawn.mean() == pytest.approx(12.0, rel=0.02)
    assert drawn.var() == pytest.approx(36.0, rel=0.05)


def test_a_sum_without_variance_is_its_mean_and_one_without_mean_is_zero():
    assert accuracy.draw_sum(generator(), np.array([5.0]), 0.0).tolist() == [5.0]
    assert accuracy.draw_sum(generator(), np.array([0.0]), 2.0).tolist() == [0.0]


def test_a_small_sum_is_zero_as_often_as_it_should():
    drawn = accuracy.draw_sum(generator(), np.full(20_000, 0.3), 1.0)
    assert (drawn == 0).mean() == pytest.approx(np.exp(-0.3), abs=0.02)


def test_a_factor_has_mean_one():
    drawn = accuracy.draw_factor(generator(), 0.04, 20_000)
    assert (drawn.mean(), drawn.var()) == pytest.approx((1.0, 0.04), rel=0.05)
    assert set(accuracy.draw_factor(generator(), 0.0, 3)) == {1.0}


def test_an_interval_holds_the_figure_what_was_seen_and_not_more_than_there_is():
    drawn = np.linspace(0, 100, 1001)
    kept = {"seen": 5.0, "most": 60.0, "confidence_level": 0.9}
    assert accuracy.interval(drawn, 40.0, **kept) == (5.0, 60.0)
    assert accuracy.interval(drawn + 50, 51.0, **kept) == (51.0, 60.0)


def test_the_lower_end_may_come_from_draws_of_its_own():
    drawn = np.linspace(0, 100, 1001)
    lower, upper = accuracy.interval(
        drawn, 40.0, drawn_low=drawn / 2, seen=0.0, most=200.0, confidence_level=0.9
    )
    assert (lower, upper) == pytest.approx((2.5, 95.0))


@pytest.mark.parametrize(
    ("value", "error", "band"),
    [(100, 4, "precise"), (100, 7, "reasonable"), (100, 15, "acceptable"), (100, 20, "unreliable"),
     (0, 3, "unreliable"), (0, 0, "precise")],
)  # fmt: skip
def test_bands_follow_the_coefficient_of_variation(value, error, band):
    assert accuracy.quality_band(value, error) == band
