from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.markup import parse_markup
from extract.text import PageContent, read_document, refusal_of
from extract.unscripted import MOST_CHARACTERS, unscripted_texts
from extract.visible import visible_blocks
from storage.records.text import RejectionReason

ABOUT = "We inspect bridges and roofs with drones of our own make, in Graz and all around it."
LONG = " ".join([ABOUT, "Ask for our prices.", "Twelve pilots work for us every day of the year."])


def texts(html: str) -> list[str]:
    tree = parse_markup(html)
    assert tree is not None
    return list(unscripted_texts(tree))


def shell(more: str, *, head: str = "") -> str:
    return (
        f"<html><head><title>Shell</title>{head}</head><body><div id=root></div>{more}"
        "<noscript>You need to enable JavaScript to run this app.</noscript>"
        "<script src=/app.js></script></body></html>"
    )


def data(value: object) -> str:
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(value)}</script>'


def read(html: str) -> PageContent:
    content = read_document(html.encode(), content_type="text/html", blocks_of=visible_blocks)
    assert isinstance(content, PageContent)
    return content


def test_sentences_in_data_for_scripts_are_texts_in_their_order() -> None:
    state = {
        "props": [
            {"title": "Home", "text": f"<p>{ABOUT}</p>", "id": "a-b_c"},
            ["One two three four."],
        ]
    }
    assert texts(shell(data(state))) == [ABOUT, "One two three four."]


@pytest.mark.parametrize(
    "value",
    [
        "https://example.com/a b c d e",
        "body { color: red } h1 { color: blue }",
        "const a = 1 and return a + 2",
        "color:red; font-size:12px; and so on here",
        "Home",
        "call function (a) of some thing",
    ],
)
def test_code_and_addresses_are_none(value: str) -> None:
    assert texts(shell(data({"a": value}))) == []


def test_data_that_is_described_or_configured_elsewhere_is_left() -> None:
    for kind in ("application/ld+json", "importmap", "text/javascript"):
        assert texts(shell(f'<script type="{kind}">{json.dumps({"a": ABOUT})}</script>')) == []


def test_what_asks_for_scripts_is_no_text_and_a_version_without_them_is() -> None:
    assert texts(shell("")) == []
    assert texts(shell(f"<noscript><p>{LONG}</p></noscript>")) == [LONG]


def test_a_shell_whose_text_stands_in_its_data_is_read() -> None:
    content = read(shell(data({"text": LONG})))
    assert content.blocks == (LONG,)
    assert refusal_of(content) is None


def test_a_shell_that_describes_itself_at_length_is_read_and_one_of_a_few_words_is_not() -> None:
    described = read(shell("", head=f'<meta name="description" content="{LONG}">'))
    assert described.blocks == (LONG,)
    assert refusal_of(described) is None
    for few in ("", "Web site created using create-react-app"):
        said = read(shell("", head=f'<meta name="description" content="{few}">'))
        refusal = refusal_of(said)
        assert refusal is not None
        assert refusal[0] is RejectionReason.NEEDS_BROWSER


def test_a_page_with_a_text_of_its_own_keeps_to_it() -> None:
    page = f"<html><body><p>{LONG}</p>{data({'text': 'Another text that is not shown here.'})}"
    assert read(page).blocks == (LONG,)


def test_what_is_taken_is_bounded() -> None:
    many = [f"This is sentence number {number} of a great many." for number in range(60_000)]
    assert sum(map(len, texts(shell(data(many))))) <= MOST_CHARACTERS
    assert texts(shell(f'<script type="application/json">{"[" * 100_000}</script>')) == []


@given(st.recursive(st.text(max_size=60) | st.none(), lambda one: st.lists(one, max_size=5)))
def test_any_data_is_read_without_a_fault(value: object) -> None:
    texts(shell(data(value)))
