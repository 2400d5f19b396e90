from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.rendering.shell import NO_TEXT, SOME_TEXT, needs_rendering

SCRIPT = '<script defer src="/app.js"></script>'
WORDS = "word " * (SOME_TEXT + 1)
MENU = "<ul>" + "<li>menu item</li>" * 20 + "</ul>"


def page(body: str, head: str = SCRIPT) -> str:
    return f"<!doctype html><html><head><title>Name</title>{head}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "html",
    [
        page(
            "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>"
        ),
        page('<div id="__next"><div class="loader"><span></span></div></div>'),
        page('<main id="app" class="x">  Loading…  </main>'),
        page(f'{MENU}<div id="root"><!-- here --></div>'),
        page(f"{MENU}<noscript><p>Bitte aktivieren Sie JavaScript.</p></noscript><div></div>"),
        page("<app-root></app-root><p>One two three four five six seven eight nine ten.</p>"),
        page(
            "<p>One two three four five six seven eight nine</p>",
            f"<script>{'x();' * 600}</script>",
        ),
        page("", "<SCRIPT SRC=a.js></SCRIPT>"),
        page("Please wait"),
    ],
)
def test_shells_are_recognised(html: str) -> None:
    assert needs_rendering(html)


@pytest.mark.parametrize(
    "html",
    [
        page(f"<div id=root><p>{WORDS}</p></div>"),
        page(f"{WORDS}<noscript>Please enable JavaScript</noscript><div id=root></div>"),
        page("<h1>Little</h1>", ""),
        page("<h1>Little</h1>", '<script type="application/ld+json">{"a": 1}</script>'),
        page(f"{MENU}<p>A short page that says what the firm does.</p>"),
        page(f"<main id='app'>{MENU}<p>Made on the server.</p></main>"),
        "",
    ],
)
def test_pages_with_text_of_their_own_are_not(html: str) -> None:
    assert not needs_rendering(html)


def test_text_in_noscript_is_no_text_of_the_page() -> None:
    inside = "word " * (NO_TEXT - 2)
    assert needs_rendering(page(f"<noscript>{inside * 100}</noscript>{inside}"))


@pytest.mark.parametrize(
    "case", sorted((Path(__file__).parents[2] / "extract" / "pages").glob("js_shell_*"))
)
def test_what_reading_calls_a_shell_is_one_here(case: Path) -> None:
    assert needs_rendering((case / "input.html").read_text(encoding="utf-8"))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    [
        "<noscript>", "<script>", "<div id=root id=root ", "<div id=root>", "<x-y>", "<!--",
        "<noscript>javascript enable ", "<div id=root>loading<div><span>", "<section",
        "İ<noscript>",
    ],
)  # fmt: skip
def test_no_page_costs_long(piece: str) -> None:
    html = page("word " * 20 + piece * (400_000 // len(piece)))
    needs_rendering(html)


@given(st.text(alphabet='<>/!-=" divscrptnoaxmL1', max_size=300))
def test_any_text_gets_an_answer(html: str) -> None:
    assert needs_rendering(html) in {True, False}
