"""What holds for every file in classify/classifiers/."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from classify import classifiers
from classify.calibration import Calibration
from classify.classifier import FeatureSpace, Lesson
from classify.embedders import hashed
from classify.features import find_centres
from classify.genre import Genre
from classify.measures import average_precision
from classify.model_state import read_state, write_state
from classify.prior_texts import PriorText
from classify.score import Compass
from classify.trained_model import TrainedModel
from classify.unit_text import UnitText
from storage.errors import InvalidInput
from storage.records.assessment import Passage

if TYPE_CHECKING:
    from pathlib import Path

    from classify.classifier import Learnt

PLUGINS = [module.name for module in pkgutil.iter_modules(classifiers.__path__)]
SMALL = {"encoder_forest": {"trees": 15}, "encoder_boosting": {"trees": 15}}
WORDS = {"pooled_and_words", "encoder_words", "tfidf_bayes", "tfidf_logistic", "tfidf_svm"}
ENCODER = hashed.build({"dim": 48})
DRONES = ("drone flights over roofs", "unmanned aerial mapping", "drone pilot training")
OTHERS = ("fresh bread and cakes", "tax advice for shops", "plumbing and heating", "hair cuts")


def unit(key: str, lines: tuple[str, ...], language: str = "en") -> UnitText:
    passages = tuple(
        Passage(text=line, url="", language=language, text_digest=f"{key}-{n}")
        for n, line in enumerate(lines)
    )
    return UnitText(
        key=key, passages=passages, vectors=ENCODER.encode(lines).astype(float), language=language
    )


def firm(number: int, *, active: bool) -> UnitText:
    words = DRONES if active else OTHERS
    lines = (words[number % len(words)], words[(number + 1) % len(words)], f"town {number % 4}")
    return unit(f"{'d' if active else 'o'}{number}", lines, ("en", "de")[number % 2])


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    units = [firm(n, active=n < 8) for n in range(24)]
    active = np.array([n < 8 for n in range(24)])
    centres = find_centres(
        np.stack([one.vectors.mean(axis=0) for one in units]), [one.language for one in units]
    )
    towards = ENCODER.encode(DRONES).astype(float)
    away = ENCODER.encode(OTHERS).astype(float)
    return Lesson(
        labelled=units,
        active=active,
        folds=np.arange(24) % 4,
        background=[firm(n, active=False) for n in range(30, 36)],
        prior=[unit("yes", DRONES[:1]), unit("no", OTHERS[:1])],
        known=[
            PriorText(key="yes", text=DRONES[0], language="en", active=True, stated=True),
            PriorText(key="no", text=OTHERS[0], language="en", active=False, stated=False),
        ],
        space=FeatureSpace(
            centres=centres,
            compass=Compass(np.zeros(48), towards.mean(axis=0), away.mean(axis=0)),
            genre=Genre(np.zeros(48), np.zeros(48)),
        ),
    )


@pytest.fixture(scope="module", params=PLUGINS)
def named(request: pytest.FixtureRequest) -> tuple[str, Any]:
    plugin = importlib.import_module(f"classify.classifiers.{request.param}")
    return request.param, plugin.build(SMALL.get(request.param, {}))


@pytest.fixture(scope="module")
def learnt(named: tuple[str, Any], lesson: Lesson) -> Learnt:
    return named[1].learn(lesson)


def test_held_out_units_are_put_in_order(learnt: Learnt, lesson: Lesson) -> None:
    assert learnt.held_out.shape == (24,)
    assert np.isfinite(learnt.held_out).all()
    assert average_precision(learnt.held_out, lesson.active) > 0.8


def test_the_held_out_score_is_what_the_fit_of_the_fold_says(
    learnt: Learnt, lesson: Lesson
) -> None:
    said = learnt.head.judge(lesson.labelled, 1 + lesson.folds)
    assert said.scores == pytest.approx(learnt.held_out, abs=1e-6)
    # The fit on all units has seen them: it is another one.
    seen = learnt.head.judge(lesson.labelled, np.zeros(24, dtype=np.intp))
    assert not np.allclose(seen.scores, learnt.held_out)


def test_every_passage_has_a_finite_weight(learnt: Learnt, lesson: Lesson) -> None:
    one = unit("x", ("drone flights over roofs",), "fi")
    said = learnt.head.judge([lesson.labelled[0], one], np.zeros(2, dtype=np.intp))
    assert [len(weights) for weights in said.passage_weights] == [3, 1]
    assert all(np.isfinite(weights).all() for weights in said.passage_weights)


def test_a_unit_is_judged_alike_alone_and_in_company(learnt: Learnt, lesson: Lesson) -> None:
    together = learnt.head.judge(lesson.labelled, np.zeros(24, dtype=np.intp))
    alone = learnt.head.judge(lesson.labelled[3:4], np.zeros(1, dtype=np.intp))
    assert alone.scores[0] == pytest.approx(together.scores[3], abs=1e-9)


def test_words_move_the_score_where_words_are_features(
    named: tuple[str, Any], learnt: Learnt, lesson: Lesson
) -> None:
    moving = learnt.head.moving_words(lesson.labelled[0], 0)
    if named[0] in WORDS:
        assert moving["drone"] > moving["town"]
    else:
        assert moving == {}


def test_a_head_comes_back_from_its_file_and_the_same_lesson_gives_the_same_bytes(
    named: tuple[str, Any], learnt: Learnt, lesson: Lesson, tmp_path: Path
) -> None:
    write_state({"head": dict(learnt.head.state)}, tmp_path / "one")
    again = named[1].learn(lesson)
    write_state({"head": dict(again.head.state)}, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    back = named[1].restore(read_state(tmp_path / "one")["head"], lesson.space)
    fits = 1 + lesson.folds
    assert np.array_equal(
        back.judge(lesson.labelled, fits).scores, learnt.head.judge(lesson.labelled, fits).scores
    )


def test_the_method_tells_version_options_and_what_a_passage_weighs(
    named: tuple[str, Any],
) -> None:
    name, built = named
    assert built.method["version"]
    assert built.method["passage_weight"]
    for option, value in SMALL.get(name, {}).items():
        assert built.method[option] == value


def test_a_model_of_any_classifier_gives_probabilities(learnt: Learnt, lesson: Lesson) -> None:
    model = TrainedModel(
        card={"decision": {}},
        space=lesson.space,
        head=learnt.head,
        calibration=Calibration("sigmoid", np.array([1.0, 0.0]), np.zeros(0)),
        fold_of={"d0": 2},
    )
    judged = model.judge(lesson.labelled[:2])
    assert all(0 <= one.probability <= 1 for one in judged)
    expected = learnt.head.judge(lesson.labelled[:1], np.array([3])).scores[0]
    assert judged[0].probability == pytest.approx(1 / (1 + np.exp(-expected)))
    assert model.judge([]) == []


@pytest.mark.parametrize("name", PLUGINS)
def test_unknown_options_are_refused_with_the_known_ones(name: str) -> None:
    plugin = importlib.import_module(f"classify.classifiers.{name}")
    with pytest.raises(InvalidInput, match=f"classifier '{name}'") as fault:
        plugin.build({"colour": "red", "depth": 5})
    assert len(fault.value.details) == 2
    assert "known are" in fault.value.advice


def test_without_its_word_half_the_default_reads_nothing_but_vectors(lesson: Lesson) -> None:
    plugin = importlib.import_module("classify.classifiers.pooled_and_words")
    whole, half = plugin.build({}), plugin.build({"word_share": 0.0})
    assert whole.method["word_share"] > half.method["word_share"] == 0.0
    head = half.learn(lesson).head
    asked = lesson.labelled[0]
    other_words = UnitText(
        key="new",
        passages=unit("new", ("quite", "other", "words"), asked.language).passages,
        vectors=asked.vectors,
        language=asked.language,
    )
    fits = np.zeros(2, dtype=np.intp)
    same, again = head.judge([asked, other_words], fits).scores
    assert same == pytest.approx(again)
    assert not any(head.moving_words(asked, 0).values())
    one, two = whole.learn(lesson).head.judge([asked, other_words], fits).scores
    assert one != pytest.approx(two)
