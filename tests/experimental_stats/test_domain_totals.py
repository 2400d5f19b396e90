import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experimental_stats.domain_totals import MOST_PULL, USUAL_PULL, Contrast, benchmark

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


def test_domains_that_behave_alike_are_drawn_together_most():
    alike = Contrast(found=np.array([10.0, 11.0, 9.0]), expected=np.full(3, 10.0))
    assert alike.pull() == MOST_PULL
    apart = Contrast(found=np.array([40.0, 2.0, 3.0]), expected=np.full(3, 15.0))
    assert apart.pull() < 5
    assert apart.ratio()[0] > 2
    assert apart.ratio()[1] < 1


def test_two_domains_say_too_little_of_their_spread():
    assert Contrast(found=np.array([9.0, 1.0]), expected=np.full(2, 5.0)).pull() == USUAL_PULL


def test_a_domain_without_data_keeps_the_ratio_one():
    bare = Contrast(found=np.array([0.0, 5.0, 9.0]), expected=np.array([0.0, 6.0, 8.0]))
    assert bare.ratio()[0] == 1.0
    assert bare.own_weight()[0] == 0.0
    drawn = bare.draw(np.random.default_rng(1), 4000)
    assert drawn.mean(axis=0) == pytest.approx(bare.ratio(), rel=0.05)
