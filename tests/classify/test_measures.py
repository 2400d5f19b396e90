from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from classify.measures import (
    average_precision,
    decide_across,
    find_threshold,
    precision_recall_f1,
    with_interval,
)
from classify.sector import DecisionRule

ANSWERS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=1
)


@given(ANSWERS)
def test_average_precision_is_scikit_learns_ties_included(pairs: list[tuple[float, bool]]) -> None:
    scores, active = np.array([p for p, _ in pairs]), np.array([a for _, a in pairs])
    expected = average_precision_score(active, scores) if active.any() else 0.0
    assert average_precision(scores, active) == pytest.approx(expected)


def test_precision_recall_and_f1_of_a_known_table() -> None:
    decided = np.array([True, True, True, False, False])
    active = np.array([True, True, False, True, False])
    assert precision_recall_f1(decided, active) == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_nothing_decided_or_nothing_active_counts_as_zero() -> None:
    none, some = np.zeros(3, dtype=bool), np.ones(3, dtype=bool)
    assert precision_recall_f1(none, some) == (0.0, 0.0, 0.0)
    assert precision_recall_f1(some, none) == (0.0, 0.0, 0.0)


given_probability = np.array([0.9, 0.8, 0.6, 0.3, 0.2, 0.1])
given_active = np.array([True, True, False, True, False, False])


def test_the_f1_rule_takes_the_threshold_with_the_best_expected_f1() -> None:
    cut = find_threshold(given_probability, given_active, DecisionRule())
    total = given_probability.sum()
    expected = [2 * given_probability[:k].sum() / (k + total) for k in range(1, 7)]
    best = int(np.argmax(expected)) + 1
    assert (given_probability >= cut).sum() == best


def test_the_count_rule_decides_as_many_as_are_labelled() -> None:
    cut = find_threshold(given_probability, given_active, DecisionRule(rule="count"))
    assert (given_probability >= cut).sum() == 3


def test_the_precision_rule_takes_all_it_can_at_that_precision() -> None:
    strict = DecisionRule(rule="precision", minimum_precision=1.0)
    loose = DecisionRule(rule="precision", minimum_precision=0.7)
    assert (given_probability >= find_threshold(given_probability, given_active, strict)).sum() == 2
    assert (given_probability >= find_threshold(given_probability, given_active, loose)).sum() == 4


def test_a_fixed_threshold_and_a_floor_are_kept() -> None:
    assert find_threshold(given_probability, given_active, DecisionRule(threshold=0.77)) == 0.77
    assert (
        find_threshold(given_probability, given_active, DecisionRule(minimum_probability=0.95))
        == 0.95
    )


def test_decisions_across_folds_use_only_the_other_folds() -> None:
    folds = np.array([0, 1, 0, 1, 0, 1])
    decided = decide_across(given_probability, given_active, folds, DecisionRule(rule="count"))
    changed = given_probability.copy()
    changed[0] = 0.99
    again = decide_across(changed, given_active, folds, DecisionRule(rule="count"))
    assert decided[0] == again[0]


def test_the_interval_holds_the_value_and_is_the_same_for_the_same_seed() -> None:
    groups = [f"g{n // 2}" for n in range(40)]
    flags = np.arange(40) % 4 == 0

    def share(places: np.ndarray) -> float:
        return float(flags[places].mean())

    first, again = with_interval(share, groups, 1), with_interval(share, groups, 1)
    assert first == again
    assert first.lower <= first.value <= first.upper
    assert first.value == 0.25
    assert first.upper - first.lower > 0.1


def test_a_single_group_has_an_interval_without_width() -> None:
    measure = with_interval(lambda places: float(len(places)), ["one"] * 5, 0)
    assert (measure.lower, measure.value, measure.upper) == (5.0, 5.0, 5.0)
