from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.passage_roles import Role, role_of
from classify.passages import choose_passages
from classify.placeholders import own_text, without_placeholders
from storage.records.text import Document

LOREM = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt."
UNSEEN = "Venenatis purus egestas lorem aenean enim bibendum. Ac pharetra egestas eget gravida."
PUMPS = (
    "How long does it take to mount a heat pump? Much depends on the place. We plan, mount and"
    " service heat pumps and photovoltaic systems for houses and firms in the whole region."
)


def page(text: str) -> Document:
    return Document(
        website_url="https://a.example/",
        url="https://a.example/",
        title="Offer",
        description="",
        language="en",
        text=text,
        n_words=len(text.split()),
        extractor="test",
        body_digest="sha256:0",
        text_digest="sha256:0",
        position=0,
    )


@pytest.mark.parametrize("filler", [LOREM, UNSEEN])
def test_placeholder_sentences_are_cut_out_of_text_of_ones_own(filler: str) -> None:
    assert without_placeholders(f"{PUMPS} {filler} {PUMPS}") == f"{PUMPS} {PUMPS}"
    assert own_text(f"{PUMPS} {filler}") == PUMPS


def test_a_passage_that_tells_a_trade_beside_placeholders_is_read_without_them_after_others() -> (
    None
):
    start = page("Welcome to our firm in the heart of the town.")
    filled = replace(page(f"{PUMPS}\n{LOREM}"), url="https://a.example/pumps", position=1)
    plain = replace(page("We repair bicycles."), url="https://a.example/z", position=2)
    told = [passage.text for passage in choose_passages([start, filled, plain])]
    assert told[1:] == ["Offer. We repair bicycles.", f"Offer. {PUMPS}"]
    assert role_of(told[-1]) is Role.BUSINESS
    assert len(choose_passages([start, filled, plain], limit=2)) == 2


@pytest.mark.parametrize("filler", [f"Home About {LOREM}", f"Our rooms. {UNSEEN}"])
def test_headings_around_placeholders_are_no_text_of_ones_own(filler: str) -> None:
    assert own_text(filler) is None
    assert role_of(filler) is Role.FILLER


@pytest.mark.parametrize(
    "text",
    [
        PUMPS,
        "L'urna magna del tempo: dolore, odio e amore nella poesia latina, a Porta Libera.",
        "El dolor de cabeza no se cura sin tempo ni quiete, nulla dies sine linea.",
        "Ille labore suo vivit. Carpe diem.",
        "Ut vel nunc.",
    ],
)
def test_text_in_living_languages_and_single_latin_words_stay(text: str) -> None:
    assert own_text(text) == text


@given(st.text(max_size=300))
def test_nothing_is_added_or_moved(text: str) -> None:
    left, words = without_placeholders(text).split(), iter(text.split())
    assert all(word in words for word in left)
    assert own_text(text) == text or own_text(text) is None or len(left) >= 20
