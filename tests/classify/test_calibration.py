from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.calibration import (
    Calibration,
    calibrate,
    calibrate_across,
    calibration_error,
    calibration_error_by_chance,
    excess_calibration_error,
)


def world(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=n) * 3
    truth = 1 / (1 + np.exp(-(0.8 * scores - 2.0)))
    return scores, generator.random(n) < truth, truth


def test_a_sigmoid_is_found_again() -> None:
    largest = []
    for seed in range(6):
        scores, active, truth = world(900, seed)
        found = calibrate(scores, active)
        assert found.kind in ("sigmoid", "two_slopes")
        largest.append(np.abs(found.probability(scores) - truth).max())
    assert np.mean(largest) < 0.05
    assert max(largest) < 0.1


def test_two_slopes_are_chosen_where_what_speaks_against_speaks_louder() -> None:
    scores = np.random.default_rng(0).normal(size=900) * 3
    truth = 1 / (1 + np.exp(-(0.2 * np.maximum(scores, 0) + 3.0 * np.minimum(scores, 0))))
    active = np.random.default_rng(1).random(900) < truth
    found = calibrate(scores, active)
    assert found.kind == "two_slopes"
    above, below, _, _ = found.x
    assert below > 2 * above
    assert np.abs(found.probability(scores) - truth).mean() < 0.04


@given(st.integers(0, 20), st.floats(0.2, 5.0), st.floats(-20.0, 20.0))
@settings(max_examples=10, deadline=None)
def test_neither_the_scale_nor_the_zero_of_the_scores_matters(
    seed: int, scale: float, shift: float
) -> None:
    scores, active, _ = world(120, seed)
    moved = scores * scale + shift
    assert calibrate(moved, active).probability(moved) == pytest.approx(
        calibrate(scores, active).probability(scores), abs=1e-4
    )


def test_a_steep_rise_far_from_score_0_is_followed() -> None:
    generator = np.random.default_rng(0)
    scores = np.concatenate([generator.normal(-4, 0.8, 135), generator.normal(1, 1.5, 15)])
    active = np.arange(150) >= 135
    found = calibrate(scores, active)
    assert found.kind == "two_slopes"
    assert found.probability(np.array([-3.0]))[0] < 0.06
    assert found.probability(np.array([0.0]))[0] > 0.8


def test_very_few_labels_are_calibrated_with_care() -> None:
    scores = np.linspace(-3, 3, 24)
    assert calibrate(scores, scores > 2.1).kind == "sigmoid"


def test_many_labels_are_calibrated_by_isotonic_steps_where_no_curve_fits() -> None:
    scores = np.random.default_rng(0).normal(size=4000) * 3
    truth = np.where(scores < -2, 0.02, np.where(scores < 3, 0.5, 0.9))
    active = np.random.default_rng(1).random(4000) < truth
    found = calibrate(scores, active)
    assert found.kind == "isotonic"
    assert np.abs(found.probability(scores) - truth).mean() < 0.04


@given(st.integers(0, 50), st.sampled_from([12, 60, 2500]))
def test_the_map_rises_and_stays_between_0_and_1(seed: int, n: int) -> None:
    scores, active, _ = world(n, seed)
    active[0], active[1] = True, False
    line = np.linspace(-1e6, 1e6, 101)
    probability = calibrate(scores, active).probability(np.sort(np.concatenate([line, scores])))
    assert (np.diff(probability) >= 0).all()
    assert probability.min() >= 0
    assert probability.max() <= 1


def test_scores_that_point_the_wrong_way_still_give_a_rising_map() -> None:
    scores, active, _ = world(200)
    assert np.diff(calibrate(-scores, active).probability(np.array([-5.0, 5.0])))[0] >= 0


def test_perfectly_parted_labels_do_not_give_certainty() -> None:
    scores = np.array([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
    probability = calibrate(scores, scores > 0).probability(scores)
    assert probability.min() > 0.01
    assert probability.max() < 0.99


def test_across_folds_a_units_own_label_does_not_move_its_probability() -> None:
    scores, active, _ = world(200)
    folds = np.arange(200) % 5
    before = calibrate_across(scores, active, folds)
    flipped = active.copy()
    flipped[7] = not flipped[7]
    assert calibrate_across(scores, flipped, folds)[7] == before[7]


def test_a_fold_that_holds_all_active_units_is_survived() -> None:
    scores = np.array([3.0, 2.0, -1.0, -2.0])
    active = np.array([True, True, False, False])
    probability = calibrate_across(scores, active, np.array([0, 0, 1, 1]))
    assert np.isfinite(probability).all()


def test_calibration_error_of_known_groups() -> None:
    probability = np.repeat([0.2, 0.8], 50)
    active = np.concatenate([np.arange(50) < 10, np.arange(50) < 30])
    # Groups of ten in the order given: hits 10 of the first ten, then none, and so on.
    assert calibration_error(
        np.full(100, 0.4), np.repeat([True, False], [40, 60])
    ) == pytest.approx(0.4 * 0.6 + 0.6 * 0.4)
    assert 0 < calibration_error(probability, active) < 1
    assert calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 20))
def test_true_probabilities_have_next_to_no_excess_error_and_shifted_ones_have_it(
    seed: int,
) -> None:
    _, active, truth = world(2000, seed)
    assert excess_calibration_error(truth, active) < 0.012
    assert excess_calibration_error(np.clip(truth + 0.2, 0, 1), active) > 0.1
    assert excess_calibration_error(truth, active) <= calibration_error(truth, active)
    assert calibration_error_by_chance(truth) == pytest.approx(
        calibration_error(truth, active), abs=0.012
    )
    assert calibration_error_by_chance(np.array([0.0, 1.0])) == 0


@pytest.mark.parametrize("kind", ["sigmoid", "two_slopes", "two_slopes_of_before", "isotonic"])
def test_the_score_of_a_probability_is_the_lowest_that_has_it(kind: str) -> None:
    made = {
        "sigmoid": Calibration("sigmoid", np.array([1.5, -0.5]), np.zeros(0)),
        "two_slopes": Calibration("two_slopes", np.array([2.0, 0.5, -1.2, -0.3]), np.zeros(0)),
        "two_slopes_of_before": Calibration("two_slopes", np.array([2.0, 0.5, -0.3]), np.zeros(0)),
        "isotonic": Calibration(
            "isotonic", np.array([-2.0, 0.0, 1.0, 3.0]), np.array([0.1, 0.4, 0.4, 0.9])
        ),
    }[kind]
    for asked in (0.15, 0.4, 0.55, 0.85):
        score = made.score_at(asked)
        just_below = made.probability(np.array([score - 1e-6, score]))
        assert just_below[1] == pytest.approx(asked)
        assert just_below[0] < asked
    assert made.score_at(0.0) == -np.inf
    assert made.score_at(1.0) == np.inf
