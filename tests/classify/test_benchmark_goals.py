"""The benchmark's verdicts: what is reached, what so few websites leave open, what is missed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SOURCE = Path(__file__).parents[2] / "benchmarks" / "classify" / "goals.py"


@pytest.fixture(scope="module")
def goals() -> Any:
    spec = importlib.util.spec_from_file_location("benchmark_goals", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def shown(goals: Any, n: int, apart: float, seed: int = 0) -> Any:
    generator = np.random.default_rng(seed)
    active = np.arange(n) % 10 == 0
    scores = generator.normal(size=n) + apart * active
    probability = 1 / (1 + np.exp(-np.clip(apart * (scores - apart / 2) - np.log(9), -30, 30)))
    return goals.Shown(
        scores=scores,
        probability=probability,
        decided=probability >= 0.4,
        active=active,
        english=generator.random(n) < 0.5,
        sites=[f"site {number}" for number in range(n)],
    )


def verdicts(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["goal"]: row["verdict"] for row in rows}


def test_a_model_that_parts_all_reaches_the_goals_and_one_that_knows_nothing_misses(
    goals: Any,
) -> None:
    sure = verdicts(goals.judge_goals({"ai_software": shown(goals, 150, 12.0)}))
    assert set(sure.values()) == {"reached"}
    blind = verdicts(goals.judge_goals({"ai_software": shown(goals, 150, 0.1)}))
    assert blind["average precision"] == blind["F1, ai_software"] == "missed"


def test_the_interval_holds_the_figure_and_widens_with_fewer_websites(goals: Any) -> None:
    widths = []
    for n in (100, 1000):
        rows = {r["goal"]: r for r in goals.judge_goals({"s": shown(goals, n, 2.5)})}
        value, lower, upper = rows["average precision"]["value"]
        assert lower <= value <= upper
        widths.append(upper - lower)
        for row in rows.values():
            assert row["value"][1] <= row["value"][0] <= row["value"][2]
    assert widths[0] > 2 * widths[1]


def test_the_same_websites_are_drawn_in_every_sector(goals: Any) -> None:
    one = shown(goals, 120, 2.5)
    alone = goals.judge_goals({"s": one})[0]["value"]
    twice = goals.judge_goals({"s": one, "t": one})[0]["value"]
    assert twice == alone


@pytest.mark.parametrize(
    ("hits", "texts", "verdict"),
    [(0, 5000, "reached"), (0, 500, "reached"), (3, 1000, "open"), (30, 1000, "missed")],
)
def test_false_alarms_are_judged_by_their_wilson_interval(
    goals: Any, hits: int, texts: int, verdict: str
) -> None:
    rates = {"a": {"mention": [hits, texts - 1]}, "b": {"mention": [0, 1]}}
    rows = goals.judge_false_alarms(rates)
    assert len({str(row["value"]) for row in rows}) == 1
    row = rows[-1]
    assert row["goal"].endswith("mention")
    assert row["verdict"] == verdict
    assert (row["hits"], row["texts"]) == (hits, texts)
    assert row["value"][1] <= hits / texts <= row["value"][2]


def test_all_kinds_are_judged_together_and_each_alone_but_for_what_may_be_of_the_sector(
    goals: Any,
) -> None:
    rates = {
        "a": {"ordinary": [1, 9000], "mention": [4, 500], "field": [90, 100]},
        "b": {"ordinary": [0, 9000], "article_about": [0, 100], "demo": [0, 5]},
    }
    rows = {row["goal"].partition(", ")[2]: row for row in goals.judge_false_alarms(rates)}
    together = rows["all ordinary and confusable texts"]
    assert (together["hits"], together["texts"], together["verdict"]) == (5, 18605, "reached")
    confusable = rows["all confusable texts"]
    assert (confusable["hits"], confusable["texts"], confusable["verdict"]) == (4, 600, "missed")
    assert {"ordinary", "mention", "article_about", "demo"} < set(rows)
    assert "field" not in rows


def test_few_labels_are_drawn_with_both_answers(goals: Any) -> None:
    active = np.arange(150) % 30 == 0
    for seed in range(20):
        drawn = goals._few(active, np.random.default_rng(seed))
        assert drawn.sum() == goals.FEW_LABELS
        assert active[drawn].sum() == goals.FEWEST_ACTIVE
