import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experimental_stats.contrast import AUDIT_VARIANCES, Contrast
from experimental_stats.domain_totals import benchmark, benchmark_within, draw_pieces
from experimental_stats.measure_parts import Pieces

amounts = st.lists(st.floats(0, 1e6), min_size=1, max_size=12)


@given(guess=amounts, share=st.floats(0, 1), seed=st.integers(0, 99))
def test_benchmarked_parts_add_up_and_stay_in_their_room(guess, share, seed):
    room = np.random.default_rng(seed).uniform(0, 2e6, len(guess)).round(3)
    wanted = share * room.sum()
    parts = benchmark(np.array(guess), wanted, room)
    assert parts.sum() == pytest.approx(wanted, rel=1e-6, abs=1e-6)
    assert (parts >= 0).all()
    assert (parts <= room * (1 + 1e-9) + 1e-9).all()


def test_parts_that_fit_are_scaled_alike():
    assert benchmark(np.array([1.0, 3.0]), 8.0, np.array([9.0, 9.0])).tolist() == [2.0, 6.0]


def test_what_does_not_fit_goes_to_the_others():
    assert benchmark(np.array([3.0, 1.0]), 8.0, np.array([3.0, 9.0])).tolist() == [3.0, 5.0]


def test_without_a_hint_the_room_decides():
    assert benchmark(np.zeros(2), 3.0, np.array([2.0, 4.0])).tolist() == [1.0, 2.0]


def test_finer_domains_add_up_to_the_wider_ones_they_lie_in():
    above = np.array([1, 0, 1, 2])
    parts = benchmark_within(
        above,
        np.array([1.0, 2.0, 3.0, 4.0]),
        wanted=np.array([5.0, 8.0, 0.0]),
        room=np.array([9.0, 9.0, 5.0, 9.0]),
    )
    # The first wider domain has one, which takes all; of the second one is full; the third's is 0.
    assert parts.tolist() == [3.0, 5.0, 5.0, 0.0]


def test_domains_that_behave_alike_are_drawn_together_most():
    alike = Contrast(found=np.array([10.0, 11.0, 9.0] * 4), expected=np.full(12, 10.0))
    assert alike.weights.argmax() == 0
    apart = Contrast(found=np.array([40.0, 2.0, 3.0]), expected=np.full(3, 15.0))
    assert apart.own_weight()[0] > alike.own_weight()[0]
    assert apart.ratio()[0] > 2
    assert apart.ratio()[1] < 1


def test_the_likelihood_is_the_negative_binomials():
    contrast = Contrast(found=np.array([3.0, 0.0]), expected=np.array([2.0, 1.5]))
    # A gamma ratio of mean 1 and variance v makes a Poisson count negative binomial with 1 / v.
    likelihood = [
        np.prod(stats.nbinom.pmf(contrast.found, 1 / v, 1 / (1 + v * contrast.expected)))
        for v in AUDIT_VARIANCES
    ]
    assert contrast.weights == pytest.approx(np.array(likelihood) / sum(likelihood))


def test_the_shrinkage_of_one_known_variance_by_hand():
    contrast = Contrast(found=np.array([4.0]), expected=np.array([2.0]), variances=(0.5,))
    assert contrast.ratio() == pytest.approx([(4 + 2) / (2 + 2)])
    assert contrast.own_weight() == pytest.approx([2 / (2 + 2)])


def test_sums_of_units_of_several_sizes_have_their_mean_and_variance():
    pieces = Pieces(share=np.array([[0.75, 0.25]]), piece=np.array([[1.0, 10.0]]))
    drawn = draw_pieces(np.random.default_rng(1), np.full((20_000, 1), 8.0), pieces)
    assert drawn.mean() == pytest.approx(8.0, rel=0.02)
    assert drawn.var() == pytest.approx(6 * 1 + 2 * 10, rel=0.05)


def test_small_units_that_hardly_matter_are_drawn_as_one_with_mean_and_variance():
    pieces = Pieces(share=np.array([[0.1, 0.1, 0.8]]), piece=np.array([[0.5, 1.0, 20.0]]))
    drawn = draw_pieces(np.random.default_rng(1), np.full((20_000, 1), 100.0), pieces)
    assert drawn.mean() == pytest.approx(100.0, rel=0.02)
    assert drawn.var() == pytest.approx(10 * 0.5 + 10 * 1.0 + 80 * 20.0, rel=0.05)


def test_pieces_that_are_hardly_ever_there_keep_mean_and_variance_in_every_draw():
    # One in fifty, one in two hundred, and one that is always there several times.
    pieces = Pieces(share=np.array([[0.2, 0.8], [1.0, 0.0]]), piece=np.array([[10.0, 1.0], [4, 0]]))
    mean = np.tile([[1.0, 0.8], [0.25, 0.02]], (20_000, 1))
    drawn = draw_pieces(np.random.default_rng(1), mean, pieces)
    for first, row in ((0, mean[0]), (1, mean[1])):
        here = drawn[first::2]
        assert here.mean(axis=0) == pytest.approx(row, rel=0.1)
        spread = [row[0] * (0.2 * 10 + 0.8), row[1] * 4]
        assert here.var(axis=0) == pytest.approx(spread, rel=0.12)
    assert set(np.unique(drawn[:, 1])) <= {0.0, 4.0, 8.0, 12.0, 16.0}


def test_a_domain_without_data_keeps_the_ratio_one():
    bare = Contrast(found=np.array([0.0, 5.0, 9.0]), expected=np.array([0.0, 6.0, 8.0]))
    assert bare.ratio()[0] == pytest.approx(1.0)
    assert bare.own_weight()[0] == 0.0
    drawn = bare.draw(np.random.default_rng(1), 4000)
    assert drawn.mean(axis=0) == pytest.approx(bare.ratio(), rel=0.05)
