from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from classify.drift_measures import (
    CUSUM_LIMIT,
    DecidedTwice,
    count_by_decile,
    cumulated_fall,
    find_prior,
    panel_floor,
    prior_by_likelihood,
    shares_differ,
    stability_index,
    tell_apart,
)

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 500), min_size=1)


def test_the_stability_index_is_the_sum_worked_out_by_hand() -> None:
    # Shares .5/.5 then .8/.2: .3 ln 1.6 + (-.3) ln .4 = .3 ln 4 = .4159; ½ a case changes little.
    found = stability_index({"a": 50_000, "b": 50_000}, {"a": 80_000, "b": 20_000})
    assert found.value == pytest.approx(0.3 * np.log(4), abs=1e-4)
    assert found.p_value < 1e-9


def test_a_small_wave_may_reach_a_tenth_by_chance_and_the_p_value_says_so() -> None:
    found = stability_index({"a": 6, "b": 4}, {"a": 4, "b": 6})
    assert found.value > 0.1
    assert found.p_value > 0.3


@given(COUNTS, COUNTS)
def test_the_stability_index_is_never_negative_and_does_not_mind_the_direction(
    reference: dict[str, int], current: dict[str, int]
) -> None:
    there, back = stability_index(reference, current), stability_index(current, reference)
    assert there.value >= 0
    assert there.value == pytest.approx(back.value)
    assert 0 <= there.p_value <= 1


def test_an_index_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="cases in both waves"):
        stability_index({}, {"a": 3})


def test_deciles_keep_equal_values_together() -> None:
    before, after = count_by_decile(np.array([0.0] * 90 + [0.5] * 10), np.array([0.0, 0.5, 0.9]))
    assert sorted(before.values()) == [10, 90]
    assert sum(after.values()) == 3


def test_waves_of_the_same_texts_cannot_be_told_apart() -> None:
    vectors = np.random.default_rng(1).normal(size=(120, 16))
    units = [f"u{n}" for n in range(120)] * 2
    found = tell_apart(vectors, vectors.copy(), units)
    assert found.value == pytest.approx(0.5, abs=0.02)
    assert found.p_value > 0.2


def test_waves_of_other_texts_are_told_apart() -> None:
    generator = np.random.default_rng(2)
    before, after = generator.normal(size=(120, 16)), generator.normal(size=(120, 16)) + 0.8
    found = tell_apart(before, after, [f"u{n}" for n in range(240)])
    assert found.value > 0.8
    assert found.p_value < 1e-6


def test_the_two_proportions_are_the_textbook_test() -> None:
    # Pooled .4, corrected z = (.2 - .01) / √(.24 · .02) = 2.742.
    found = shares_differ((50, 100), (30, 100))
    assert found.value == pytest.approx(-0.2)
    assert found.p_value == pytest.approx(0.0061, abs=1e-4)
    assert shares_differ((0, 50), (0, 60)).p_value == 1.0


def test_units_that_are_in_both_waves_are_held_against_themselves() -> None:
    # McNemar with Edwards's correction: 12 turned active, none inactive; z = 11 / √12.
    same = DecidedTwice(n=116, first=18, second=30, twice=18)
    found = shares_differ((18, 116), (30, 116), in_both=same)
    assert found.p_value == pytest.approx(2 * norm.sf(11 / np.sqrt(12)))
    assert shares_differ((18, 116), (30, 116)).p_value > 0.05
    unmoved = DecidedTwice(n=116, first=18, second=18, twice=18)
    assert shares_differ((18, 116), (18, 116), in_both=unmoved).p_value == 1.0


@pytest.mark.parametrize("shared", [0, 200, 400])
def test_where_nothing_moved_the_change_of_a_share_rings_as_seldom_as_it_says(shared: int) -> None:
    """Units keep 9 of 10 answers; the share stays; 3,000 pairs of waves."""
    generator = np.random.default_rng(shared)
    n, rings = 400, 0
    for _ in range(3000):
        first = generator.random(n) < 0.1
        again = np.where(generator.random(n) < 0.9, first, generator.random(n) < 0.1)
        second = np.where(np.arange(n) < shared, again, generator.random(n) < 0.1)
        both = DecidedTwice(
            n=shared,
            first=int(first[:shared].sum()),
            second=int(second[:shared].sum()),
            twice=int((first & second)[:shared].sum()),
        )
        counts = (int(first.sum()), n), (int(second.sum()), n)
        rings += shares_differ(*counts, in_both=both).p_value < 0.05
    assert 0.005 < rings / 3000 < 0.055  # careful: few units turn, and the correction is for few


def test_the_likeliest_prior_finds_the_share_that_the_scores_were_drawn_under() -> None:
    generator = np.random.default_rng(3)
    active = generator.random(20_000) < 0.05
    score = generator.normal(loc=np.where(active, 1.5, -1.5))
    odds = np.exp(3.0 * score)  # calibrated where half are active: log odds of N(±1.5, 1) are 3 x
    assert prior_by_likelihood(odds / (1 + odds), 0.5) == pytest.approx(0.05, abs=0.006)


@pytest.mark.parametrize("active", [0, 30])
def test_a_share_that_the_em_creeps_towards_is_found(active: int) -> None:
    """Scores that tell little: five hundred steps of the EM leave it far off."""
    generator = np.random.default_rng(3)
    scores = generator.normal(np.where(np.arange(3000) < active, 0.4, -0.4), 1.3)
    odds = np.exp(0.8 / 1.69 * scores)  # under equal shares
    share = find_prior(odds / (1 + odds), 0.5).share

    def following(now: float) -> float:
        again = odds * now / (1 - now)
        return float((again / (1 + again)).mean())

    crept = 0.5
    for _ in range(500):
        crept = following(crept)
    assert abs(crept - share) > 1e-6
    assert following(share) == pytest.approx(share, abs=1e-9)


def test_the_floor_of_a_panel_lies_two_deviations_under_its_mean() -> None:
    values = np.repeat([0.0, 1.0], [20, 80])
    floor = panel_floor(lambda places: float(values[places].mean()), 100, seed=1)
    assert floor == pytest.approx(0.8 - 1.96 * 0.04, abs=0.01)
    perfect = panel_floor(lambda _: 1.0, 10, least_deviation=0.05, seed=1)
    assert perfect == pytest.approx(1 - 1.96 * 0.05)


def test_a_rate_that_holds_never_rings_and_one_that_breaks_rings_at_once() -> None:
    steady = [(0.9, 0.0009)] * 12
    assert max(cumulated_fall(steady)) == 0.0
    broken = [*steady[:3], (0.6, 0.0009)]
    assert cumulated_fall(broken)[-1] > CUSUM_LIMIT
    sliding = [(0.9 - 0.03 * n, 0.0009) for n in range(8)]
    assert cumulated_fall(sliding)[2] < CUSUM_LIMIT < cumulated_fall(sliding)[-1]
