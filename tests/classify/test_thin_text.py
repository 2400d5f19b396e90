"""Tests of how little text a decision rests on."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classify.passages import passage_of
from classify.thin_text import PHRASE, SILENT, TOLD, silence, thinness
from classify.unit_text import UnitText


def unit(*texts: str) -> UnitText:
    passages = tuple(passage_of(text, "", "en") for text in texts)
    return UnitText(key="u", passages=passages, vectors=np.ones((len(texts), 2)), language="en")


def test_a_title_is_thin_and_a_website_is_not() -> None:
    middle = "x" * ((PHRASE + TOLD) // 2)
    asked = [unit("Cargo ship (manufacture)"), unit(middle), unit("We build ships. " * 40)]
    assert thinness(asked).tolist() == [1.0, 0.5, 0.0]


def test_passages_add_up() -> None:
    assert thinness([unit("x" * PHRASE), unit("x" * PHRASE, "y" * PHRASE)]).tolist() == [1.0, 0.0]


def test_a_script_that_says_more_with_a_letter_needs_fewer() -> None:
    assert thinness([unit("船" * 100), unit("x" * 100)]).tolist() == [0.0, 1.0]


def test_placeholder_text_alone_is_silent_and_beside_a_sentence_of_a_firm_it_is_not() -> None:
    filler = (
        "Hotel. Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor."
    )
    asked = [unit(filler), unit(filler, "We let rooms by the lake."), unit("We let rooms.")]
    assert silence(asked).tolist() == [SILENT, 0.0, 0.0]


@given(st.text(max_size=400), st.text(max_size=50))
def test_more_text_is_never_thinner(text: str, more: str) -> None:
    less, longer = thinness([unit(text), unit(text + more)])
    assert 0.0 <= longer <= less <= 1.0
