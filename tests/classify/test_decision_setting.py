"""Tests of how scores become decisions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.decision_setting import NEIGHBOURS, Decision, Scored, raised_by, set_decision
from classify.false_alarms import count_false_alarms
from classify.sector import DecisionRule

RULE = DecisionRule()
ACTIVITIES = [f"activity:{n // 4}" for n in range(2400)]


def websites(seed: int = 0, distance: float = 4.0) -> tuple[Scored, np.ndarray]:
    draw = np.random.default_rng(seed)
    active = np.arange(150) < 15
    scores = draw.normal(0, 1, 150) + np.where(active, distance / 2, -distance / 2)
    return Scored(scores=scores, thin=np.zeros(150)), active


def titles(seed: int = 1, mean: float = -4.0, spread: float = 2.0) -> Scored:
    scores = np.random.default_rng(seed).normal(mean, spread, len(ACTIVITIES))
    return Scored(scores=scores, thin=np.ones(len(ACTIVITIES)))


def decide(labelled: Scored, active: np.ndarray, ordinary: Scored, rule: DecisionRule) -> Decision:
    return set_decision(labelled, active, rule, ordinary=ordinary, activities=ACTIVITIES)


def test_a_phrase_loses_what_keeps_titles_within_the_bound_and_websites_keep_the_rule() -> None:
    labelled, active = websites()
    found = decide(labelled, active, titles(), RULE)
    assert found.thin_discount > 0
    assert found.threshold == found.by_rule
    told = found.describe(RULE)["false_alarms"]
    assert told["within"]
    assert told["hits"] == 1
    cut = found.calibration.score_at(found.threshold)
    allowed = np.sort(titles().scores)[-2] - found.thin_discount
    assert cut - allowed == pytest.approx(NEIGHBOURS)
    # The same without a bound, or where titles score low anyhow.
    free = decide(labelled, active, titles(), DecisionRule(maximum_false_positive_rate=1.0))
    low = decide(labelled, active, titles(mean=-12.0), RULE)
    assert (free.thin_discount, low.thin_discount) == (0.0, 0.0)
    assert free.threshold == low.threshold == found.threshold
    assert free.describe(RULE)["false_alarms"]["hits"] > 1


def test_activities_that_score_high_in_two_languages_raise_the_threshold_of_websites() -> None:
    labelled, active = websites()
    high = titles()
    high.scores[1:3] = 1.5
    found = decide(labelled, active, high, RULE)
    assert found.threshold > found.by_rule
    assert found.least_score > 1.5
    assert raised_by(found, high, ACTIVITIES) == ["activity:0"]
    assert raised_by(decide(labelled, active, titles(), RULE), titles(), ACTIVITIES) == []
    # One odd title among four does not.
    odd = titles()
    odd.scores[0] = 1.5
    assert decide(labelled, active, odd, RULE).threshold == found.by_rule
    # A title that is the only one of its activity does.
    names = ["alone", *ACTIVITIES[1:]]
    alone = set_decision(labelled, active, RULE, ordinary=odd, activities=names)
    assert alone.threshold == found.threshold


def test_labelled_phrases_lose_too_and_the_bound_still_holds() -> None:
    labelled, active = websites()
    thin = Scored(scores=labelled.scores, thin=np.ones(150))
    found = decide(thin, active, titles(mean=-3.0), RULE)
    assert found.describe(RULE)["false_alarms"]["within"]
    assert found.threshold >= found.by_rule


def test_a_threshold_by_hand_bounds_nothing() -> None:
    labelled, active = websites()
    found = decide(labelled, active, titles(mean=0.0), DecisionRule(threshold=0.3))
    assert (found.threshold, found.by_rule, found.thin_discount) == (0.3, 0.3, 0.0)
    assert found.least_score == -np.inf
    assert not found.describe(DecisionRule(threshold=0.3))["false_alarms"]["within"]


def test_without_a_title_there_is_no_bound() -> None:
    labelled, active = websites()
    nothing = Scored(scores=np.zeros(0), thin=np.zeros(0))
    found = set_decision(labelled, active, RULE, ordinary=nothing, activities=[])
    assert (found.thin_discount, found.least_score) == (0.0, -np.inf)


@given(
    seed=st.integers(0, 1000),
    mean=st.floats(-8, 3),
    rate=st.sampled_from([0.0001, 0.002, 0.05]),
    told=st.floats(0, 1),
)
@settings(max_examples=25, deadline=None)
def test_the_bound_holds_whatever_titles_score(
    seed: int, mean: float, rate: float, told: float
) -> None:
    labelled, active = websites(seed)
    ordinary = titles(seed, mean)
    ordinary.thin[::7] = told
    found = decide(labelled, active, ordinary, DecisionRule(maximum_false_positive_rate=rate))
    shown = count_false_alarms(found.ordinary, found.threshold)
    assert shown.upper <= rate or shown.hits == 0
    assert found.threshold >= found.by_rule
    # What is bounded by score is bounded by probability.
    scores = ordinary.less(found.thin_discount)
    bounded = found.calibration.probability(scores[scores < found.least_score])
    assert found.least_score == -np.inf or (bounded <= found.threshold).all()


@pytest.mark.parametrize("rule", ["f1", "count", "precision"])
def test_every_rule_is_bounded(rule: str) -> None:
    labelled, active = websites(distance=2.0)
    asked = DecisionRule(rule=rule, minimum_precision=0.5)
    found = decide(labelled, active, titles(mean=-2.0), asked)
    assert found.describe(asked)["false_alarms"]["within"]
