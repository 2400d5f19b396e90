from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from classify.fitting import MOST_LABELLED, STATEMENT_SHARE, Prior, fit_folds, fit_logistic
from classify.prior_texts import (
    activity_titles,
    left_out_in,
    ordinary_texts,
    prior_texts,
)
from classify.sector import load_sectors

SECTORS = load_sectors()


@pytest.mark.parametrize("name", SECTORS)
def test_statements_come_with_their_answer_and_activities_speak_against(name: str) -> None:
    definition = SECTORS[name]
    known = prior_texts(definition)
    stated = [text for text in known if text.stated]
    assert [text.text for text in stated if text.active] == [s.text for s in definition.inclusions]
    assert not any(text.active for text in known if not text.stated)
    assert len({text.key for text in known}) == len(known)


def test_activities_take_turns_in_four_languages() -> None:
    counts = Counter(t.language for t in prior_texts(SECTORS["drones"]) if not t.stated)
    assert set(counts) == {"de", "en", "fr", "it"}
    assert max(counts.values()) - min(counts.values()) < 10


@pytest.mark.parametrize(
    ("hint", "left_out"), [("62.01", 1), ("62", 4), ("J", 26), ("J62.01", 1), ("62.01.0", 1)]
)
def test_a_hint_of_any_level_takes_out_what_it_names(hint: str, left_out: int) -> None:
    def activities(*hints: str) -> set[str]:
        known = prior_texts(replace(SECTORS["drones"], nace_hints=hints))
        return {text.key for text in known if not text.stated}

    gone = activities() - activities(hint)
    assert len(gone) == left_out
    assert "activity:6201" in gone


def some_prior() -> Prior:
    points = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, -1.0], [0.0, -1.0]])
    return Prior(
        points,
        np.array([True, False, False, False]),
        np.array([True, True, False, False]),
        np.array([-1, -1, 0, 1]),
    )


def test_what_is_known_beforehand_weighs_less_beside_many_labels() -> None:
    prior = some_prior()
    few, many, more = (prior.weights(n).sum() for n in (20, MOST_LABELLED, 10 * MOST_LABELLED))
    assert few < many == more
    assert prior.weights(20)[0] == pytest.approx(STATEMENT_SHARE * 10)


def test_an_ordinary_activity_pulls_its_direction_down() -> None:
    points = np.array([[1.0, 1.0], [1.0, 1.0], [-1.0, 0.0], [-1.0, 0.0]])
    active = np.array([True, True, False, False])
    without, _ = fit_logistic(points, active, 1.0)
    informed, _ = fit_logistic(points, active, 1.0, some_prior())
    doubtful = np.array([0.0, -1.0])
    assert doubtful @ informed < doubtful @ without


def test_every_title_of_an_ordinary_activity_is_asked_of_a_fit_that_saw_none_of_them() -> None:
    sector = SECTORS["drones"]
    trained, asked = prior_texts(sector), ordinary_texts(sector)
    assert {text.key for text in asked} == {text.key for text in trained if not text.stated}
    assert len(asked) == 4 * len({text.key for text in asked})
    fold_of = dict(zip((t.key for t in trained), left_out_in(trained, 5), strict=True))
    assert all(fold_of[text.key] == -1 for text in trained if text.stated)
    for text, fold in zip(asked, left_out_in(asked, 5), strict=True):
        assert fold_of[text.key] == fold
    assert set(left_out_in(asked, 5)) == set(range(5))


def test_a_fit_leaves_out_the_activities_of_its_fold() -> None:
    left = some_prior().without(1)
    assert left.folds.tolist() == [-1, -1, 0]
    points = np.array([[1.0, 1.0], [1.0, 1.0], [-1.0, 0.0], [-1.0, 0.0]])
    active, folds = np.array([True, True, False, False]), np.array([0, 1, 0, 1])
    fits = fit_folds(points, active, folds, 1.0, some_prior())
    for fold in (0, 1):
        rest = folds != fold
        weights, _ = fit_logistic(points[rest], active[rest], 1.0, some_prior().without(fold))
        assert fits.weights[fold] == pytest.approx(weights)


def test_an_activity_is_told_by_code_and_english_title() -> None:
    drones = SECTORS["drones"]
    (told,) = activity_titles(drones, ["activity:4120"])
    assert told.startswith("41.20 Construction of")
    assert activity_titles(drones, []) == []
