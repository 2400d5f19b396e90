import numpy as np
import pytest
from scipy import stats

from experimental_stats import accuracy


def generator():
    return np.random.default_rng(1)


def test_draws_are_the_beta_distributions():
    drawn = accuracy.draw_rates(
        generator(), found=np.array([3.0]), not_found=np.array([97.0]), prior=np.array([0.4])
    )
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (low, high) == pytest.approx(stats.beta(3.4, 97.4).ppf([0.025, 0.975]), rel=0.06)


def prior_of(found, asked, stands_for, size=1.0):
    found, asked = np.array(found, float), np.array(asked, float)
    return accuracy.prior_counts(
        found,
        asked - found,
        stands_for=np.array(stands_for, float),
        size=np.broadcast_to(size, found.shape),
    )


def test_one_prior_count_is_shared_over_all_strata():
    ten = prior_of([0] * 10, [100] * 10, [20] * 10)
    assert ten == pytest.approx(ten[0])
    assert ten.sum() == pytest.approx(prior_of([0], [100], [20]).sum())
    assert ten.sum() == pytest.approx(accuracy.PRIOR_COUNT + accuracy.PRIOR_OF_FEW)


def test_the_prior_fades_with_the_finds_and_its_constant_part_stays():
    counts = [prior_of([k], [1000], [20]).sum() for k in (0, 5, 30, 500)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == pytest.approx(accuracy.PRIOR_COUNT, abs=1e-3)


def test_many_finds_of_small_weight_are_no_comfort_where_few_decide():
    # 80 finds that stand for themselves and one each; 3 that stand for fifty units each.
    decided_by_few = prior_of([80, 3], [100, 100], [1, 50]).sum()
    assert decided_by_few > prior_of([80, 3], [100, 100], [1, 1]).sum() + 0.1


def test_the_prior_is_put_where_units_are_and_the_part_for_few_where_a_find_moves_most():
    # Many finds above: the part for few has faded.
    thin, dense, _ = prior_of([0, 0, 9000], [100, 100, 10000], [50, 5, 0.1])
    assert thin == pytest.approx(10 * dense, rel=0.01)
    thin, dense = prior_of([1, 1], [100, 100], [50, 5])
    assert thin > 15 * dense


def test_of_few_finds_the_prior_goes_to_the_large_units_too():
    small, large = prior_of([1, 1], [100, 100], [10, 10], np.array([1.0, 50.0]))
    assert large > 2 * small
    many = prior_of([500, 500], [5000, 5000], [10, 10], np.array([1.0, 50.0]))
    assert many.sum() == pytest.approx(accuracy.PRIOR_COUNT)
    assert many[0] == pytest.approx(accuracy.PRIOR_COUNT * (0.5 + 1 / 51) / 2)


def test_a_stratum_taken_for_certain_gets_no_prior():
    certain, other = prior_of([4, 0], [10, 100], [0, 9])
    assert certain == 0 < other
    assert prior_of([4], [10], [0]).tolist() == [0.0]


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


def test_few_finds_among_respondents_raise_what_may_be_missing():
    few, many = (accuracy.prior_of_response(1.0 / finds) for finds in (3, 3000))
    assert few > many == pytest.approx(accuracy.PRIOR_COUNT)
    assert accuracy.prior_of_response(0.0) == 0
    drawn = accuracy.draw_factor(generator(), 0.25, 20_000, prior=0.4)
    assert drawn.mean() == pytest.approx(1.1, rel=0.02)


def test_a_factor_has_mean_one():
    drawn = accuracy.draw_factor(generator(), 0.04, 20_000)
    assert (drawn.mean(), drawn.var()) == pytest.approx((1.0, 0.04), rel=0.05)
    assert set(accuracy.draw_factor(generator(), 0.0, 3)) == {1.0}


def test_an_interval_holds_the_figure_what_was_seen_and_not_more_than_there_is():
    drawn = np.linspace(0, 100, 1001)[:, None] + [0.0, 50.0]
    lower, upper = accuracy.intervals(
        drawn,
        np.array([40.0, 51.0]),
        certain=(np.array([6.0, 6.0]), np.array([60.0, 60.0])),
        tails=accuracy.equal_tails(0.9),
    )
    assert lower.tolist() == [6.0, 51.0]
    assert upper.tolist() == [60.0, 60.0]


def test_the_lower_end_may_come_from_draws_of_its_own():
    drawn = np.linspace(0, 100, 1001)[:, None]
    lower, upper = accuracy.intervals(
        drawn,
        np.array([40.0]),
        drawn_low=drawn / 2,
        certain=(np.zeros(1), np.array([200.0])),
        tails=accuracy.equal_tails(0.9),
    )
    assert (lower[0], upper[0]) == pytest.approx((2.5, 95.0))


@pytest.mark.parametrize(("step", "ends"), [(1.0, (0.0, 3.0)), (5.0, (0.0, 5.0)), (0, (0.4, 2.91))])
def test_numbers_of_companies_end_at_whole_ones_and_amounts_where_they_do(step, ends):
    lower, upper = accuracy.intervals(
        np.linspace(0.4, 2.91, 501)[:, None],
        np.array([1.3]),
        certain=(np.zeros(1), np.array([20.0])),
        tails=(0.0, 0.0),
        step=step,
    )
    assert (lower[0], upper[0]) == pytest.approx(ends)


@pytest.mark.parametrize(
    ("value", "error", "band"),
    [(100, 4, "precise"), (100, 7, "reasonable"), (100, 15, "acceptable"), (100, 20, "unreliable"),
     (0, 3, "unreliable"), (0, 0, "precise")],
)  # fmt: skip
def test_bands_follow_the_coefficient_of_variation(value, error, band):
    assert accuracy.quality_band(value, error) == band


def test_what_the_prior_takes_off_the_upper_tail_half_goes_to_the_lower_one():
    finds_alone = np.arange(1000.0)

    def tails(more: float) -> tuple[float, float]:
        return accuracy.tails_of_total(finds_alone + more, finds_alone, 0.95)

    assert tails(0.0) == pytest.approx((0.025, 0.025))
    assert tails(900.0) == pytest.approx((0.0375, 0.025))
    assert tails(15.0) == pytest.approx((0.025 + (0.025 - 0.010) / 2, 0.025))  # ten lie above
    # Draws from the finds that lie higher than those with the prior make no lower end lower.
    assert tails(-10.0) == pytest.approx((0.025, 0.025))


def test_the_ends_leave_out_the_shares_that_they_are_told():
    drawn = np.arange(1001.0)[:, None]
    certain = (np.zeros(1), np.full(1, 2000.0))
    lower, upper = accuracy.intervals(drawn, np.array([500.0]), certain=certain, tails=(0.1, 0.05))
    assert (lower[0], upper[0]) == pytest.approx((100.0, 950.0))


def test_draws_by_block_of_rows_are_those_of_the_whole_array():
    mean = np.random.default_rng(2).gamma(1.0, 3.0, (300, 500))
    blocks = list(accuracy.row_blocks(*mean.shape))
    assert len(blocks) > 1
    assert [row for rows in blocks for row in range(300)[rows]] == list(range(300))
    drawing = generator()
    by_block = [drawing.poisson(mean[rows]) for rows in blocks]
    assert np.array_equal(np.concatenate(by_block), generator().poisson(mean))


def test_a_row_wider_than_a_block_is_a_block_of_its_own():
    wide = list(accuracy.row_blocks(3, 10 * accuracy.BLOCK))
    assert wide == [slice(0, 1), slice(1, 2), slice(2, 3)]
    assert list(accuracy.row_blocks(2, 0)) == [slice(0, 2)]
