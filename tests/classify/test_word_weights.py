from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


def test_the_digits_are_the_same_in_every_process() -> None:
    code = (
        "import numpy as np\n"
        "from classify.features import Words\n"
        "from classify.word_weights import WordWeights\n"
        "drawn = np.random.default_rng(1)\n"
        "words = [''.join(drawn.choice(list('abcdefgh'), 9)) for _ in range(400)]\n"
        "learnt = Words.learn([' '.join(words)] * 2)\n"
        "weights = drawn.normal(size=len(learnt.words) + len(learnt.letter_groups))\n"
        "print(sorted(WordWeights(learnt).of_text(' '.join(words[:200]), weights).items()))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True, check=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1
