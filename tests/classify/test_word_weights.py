from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.features import Words
from classify.word_weights import WordWeights, strongest

TEXTS = [
    "Drone flights, drone repairs!",
    "fresh bread and cakes",
    "Über uns: Brot & Kuchen",
    "ab a",
]
WORDS = Words.learn(TEXTS)
TERMS = (*WORDS.words, *WORDS.letter_groups)


def test_the_words_share_out_the_whole_score() -> None:
    weights = np.random.default_rng(1).normal(size=len(TERMS))
    reader = WordWeights(WORDS)
    for text in TEXTS:
        score = float(np.asarray(WORDS.transform([text]) @ weights).item())
        assert sum(reader.of_text(text, weights).values()) == pytest.approx(score)


@given(st.text(max_size=60))
def test_any_text_can_be_read_and_nothing_is_lost(text: str) -> None:
    weights = np.linspace(-1, 1, len(TERMS))
    found = WordWeights(WORDS).of_text(text, weights)
    score = float(np.asarray(WORDS.transform([text]) @ weights).item())
    assert sum(found.values()) == pytest.approx(score, abs=1e-9)


def test_the_word_that_carries_the_weight_is_named() -> None:
    weights = np.array([1.0 if "dron" in term else 0.0 for term in TERMS])
    found = WordWeights(WORDS).of_text("our drones and cakes", weights)
    assert strongest(found, 1)[0][0] == "drones"
    assert found["cakes"] == 0


def test_the_strongest_come_first_whichever_way_they_pull() -> None:
    weights = {"b": 0.5, "a": 0.5, "c": -2.0, "d": 0.1}
    assert strongest(weights, 3) == [("c", -2.0), ("a", 0.5), ("b", 0.5)]
