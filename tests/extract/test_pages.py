"""Saved pages: a new case is a new directory with input.html, expected.json and meta.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from extract.cleaning import join_blocks
from extract.extractors import trafilatura_recall, visible_text
from extract.language import identify_language
from extract.text import UnreadablePage, refusal_of

PAGES = Path(__file__).parent / "pages"
CASES = sorted(path.name for path in PAGES.iterdir())


@pytest.mark.parametrize("way", [trafilatura_recall, visible_text], ids=["trafilatura", "visible"])
@pytest.mark.parametrize("case", CASES)
def test_a_saved_page_gives_what_its_case_expects(case, way):
    expected = json.loads((PAGES / case / "expected.json").read_text(encoding="utf-8"))
    meta = json.loads((PAGES / case / "meta.json").read_text(encoding="utf-8"))
    content = way.build({}).read(
        (PAGES / case / "input.html").read_bytes(),
        content_type=meta["content_type"],
        url=meta["url"],
    )
    if isinstance(content, UnreadablePage):
        assert content.reason == expected["outcome"], content.detail
        return
    refusal = refusal_of(content)
    assert (refusal[0] if refusal else "document") == expected["outcome"], refusal
    if refusal:
        return
    text = join_blocks(content.blocks)
    for words in expected["with"]:
        assert words in text
    for words in expected["without"]:
        assert words not in text
    for line in expected.get("lines", []):
        assert line in text.split("\n")
    for field in ("title", "description"):
        assert getattr(content, field) == expected.get(field, getattr(content, field))
    assert identify_language(text, declared=content.declared_language) == expected["language"]


def test_every_case_says_what_it_is_about():
    for case in CASES:
        assert json.loads((PAGES / case / "meta.json").read_text(encoding="utf-8"))["about"]


def test_the_cases_cover_at_least_ten_languages():
    languages = {
        json.loads((PAGES / case / "expected.json").read_text(encoding="utf-8")).get("language")
        for case in CASES
    }
    assert len(languages - {None}) >= 10
