from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from classify.card import card_markdown
from classify.sector import DecisionRule
from classify.validation import Trial, measure_decisions, validate


def trial(n: int = 60) -> Trial:
    return Trial(
        active=np.arange(n) % 4 == 0,
        folds=np.arange(n) % 5,
        groups=[f"https://{number}.example/" for number in range(n)],
        rule=DecisionRule(),
        seed=3,
    )


def noisy(given_trial: Trial, noise: float) -> np.ndarray:
    generator = np.random.default_rng(0)
    return given_trial.active + noise * generator.normal(size=len(given_trial.active))


def test_a_better_score_is_told_to_be_better_than_the_baseline() -> None:
    asked = trial()
    found = validate(asked, noisy(asked, 0.1), noisy(asked, 2.0))
    assert found["folds"] == 5
    assert found["model"]["average_precision"]["value"] == pytest.approx(1.0)
    assert found["difference"]["lower"] > 0
    assert found["predicted_active"] == pytest.approx(15, abs=2)
    assert 0 <= found["calibration_error"] < 0.2


def test_the_same_scores_differ_by_nothing() -> None:
    asked = trial()
    scores = noisy(asked, 0.5)
    found = validate(asked, scores, scores)
    assert found["difference"] == {"value": 0.0, "lower": 0.0, "upper": 0.0}
    assert found["model"] == found["baseline"]


def test_the_same_seed_gives_the_same_plain_values() -> None:
    asked = trial()
    first = validate(asked, noisy(asked, 0.5), noisy(asked, 1.0))
    assert first == validate(asked, noisy(asked, 0.5), noisy(asked, 1.0))
    assert json.loads(json.dumps(first)) == first


def test_measures_of_decisions_are_named_and_within_0_and_1() -> None:
    asked = trial()
    decided = np.arange(60) % 3 == 0
    found = measure_decisions(decided.astype(float), decided, asked.active, asked.groups, 0)
    assert list(found) == ["average_precision", "precision", "recall", "f1"]
    assert found["precision"].value == pytest.approx(5 / 20)
    assert found["recall"].value == pytest.approx(5 / 15)


def test_a_card_reads_as_tables_with_every_figure() -> None:
    asked = trial()
    card = {
        "model_id": "drones-0123",
        "sector": "drones",
        "definition": {"title": "Drones", "version": "1", "digest": "sha256:0"},
        "data": {
            "wave": "2026",
            "n": 60,
            "active": 15,
            "inactive": 45,
            "background": 9,
            "languages": {"en": {"n": 60, "active": 15}},
            "digest": "sha256:1",
        },
        "method": {"seed": 3},
        "calibration": "sigmoid",
        "decision": {"rule": "f1", "threshold": 0.4},
        "validation": validate(asked, noisy(asked, 0.1), noisy(asked, 2.0)),
    }
    told = card_markdown(card)
    assert told.startswith("# Model drones-0123\n")
    for part in ("| en | 60 | 15 |", "| F1 |", "0.400", "- seed: 3", "15 active, 45 inactive"):
        assert part in told
    by_hand = {"threshold": 0.4, "minimum_probability": 0.0, "minimum_precision": 0.9}
    card["decision"] = {"rule": "f1", "threshold": 0.4, "asked": by_hand}
    told = card_markdown(card)
    assert "0.400: set by hand in the definition" in told
    assert "`f1`" not in told


def test_no_unit_under_the_least_score_is_decided_active_and_the_baseline_is_not_bound() -> None:
    asked = trial()
    scores = noisy(asked, 0.1)
    bound = replace(asked, least_score=float(np.sort(scores)[-5]))
    free, found = validate(asked, scores, scores), validate(bound, scores, scores)
    assert bound.decide(scores, scores).sum() == 5
    assert found["model"]["recall"]["value"] == pytest.approx(5 / 15)
    assert found["baseline"] == free["baseline"]
    assert found["model"]["average_precision"] == free["model"]["average_precision"]
