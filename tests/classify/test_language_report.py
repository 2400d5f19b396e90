"""How a model does in each language."""

from __future__ import annotations

import pytest

from classify.language_report import FEWEST, OTHERS, report_languages
from storage.records.assessment import HeldOutScore


def said(number: int, language: str, *, active: bool, probability: float) -> HeldOutScore:
    return HeldOutScore(
        subject=f"s{number}",
        group_name=f"s{number}",
        fold=0,
        language=language,
        text_digest="",
        active=active,
        probability=probability,
        decided=probability >= 0.5,
    )


def in_language(language: str, start: int, rows: list[tuple[bool, float]]) -> list[HeldOutScore]:
    return [
        said(start + n, language, active=active, probability=probability)
        for n, (active, probability) in enumerate(rows)
    ]


RIGHT = [(True, 0.9)] * FEWEST + [(False, 0.1)] * 6
TURNED = [(True, 0.1)] * FEWEST + [(False, 0.9)] * FEWEST


def test_a_language_in_which_the_model_guesses_is_told_apart_from_one_in_which_it_is_right() -> (
    None
):
    scores = [*in_language("en", 0, RIGHT), *in_language("pl", 50, TURNED)]
    scores += in_language("ru", 90, [(True, 0.9), (False, 0.2)])
    told = report_languages(scores, seed=1)
    assert list(told) == ["en", "pl", "ru", OTHERS]
    assert (told["en"]["n"], told["en"]["n_active"], told["en"]["n_decided"]) == (10, 4, 4)
    assert told["en"]["measures"]["f1"]["value"] == 1
    assert told["pl"]["measures"]["f1"]["value"] == 0
    assert told["pl"]["measures"]["average_precision"]["value"] < 0.7
    assert told["ru"] == {"n": 2, "n_active": 1, "n_decided": 1, "measures": {}}
    assert told[OTHERS]["n"] == 10
    assert told[OTHERS]["measures"]["recall"]["value"] == pytest.approx(1 / 5)
    assert report_languages(scores[::-1], seed=1).keys() == told.keys()


def test_one_language_alone_is_not_held_against_others() -> None:
    assert list(report_languages(in_language("en", 0, RIGHT), seed=1)) == ["en"]
    assert list(report_languages(in_language("fr", 0, RIGHT), seed=1)) == ["fr"]
    assert report_languages([], seed=1) == {}
