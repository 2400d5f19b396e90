from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.volatile_parts import VolatileParts, coded_parts

HOME = "http://a.test"


def shown(*urls: str) -> VolatileParts:
    """Return what addresses show; those that begin with ``=`` gave repeats."""
    parts = VolatileParts()
    for url in urls:
        parts.note(f"{HOME}{url.removeprefix('=')}", gave_a_page=not url.startswith("="))
    return parts


@pytest.mark.parametrize(
    ("form", "other"),
    [
        ("/{page}?tk={code}", "/{page}?tk={code}"),
        ("/{page}?ref=/{code}", "/{page}?ref=x"),
        ("/{page}?a=1&tk={code}", "/{page}?tk={code}&a=1"),
        ("/s({code})/{page}", "/s({code})/{page}"),
        ("/x/{code}/{page}", "/x/{code}/{page}"),
        ("/{page}/{code}", "/{page}/{code}"),
        ("/{page};st={code}", "/{page};st={code}"),
        ("/{page};{code}", "/{page};{code}"),
    ],
)
def test_a_code_that_made_no_difference_on_two_paths_is_folded(form: str, other: str) -> None:
    def at(page: str, code: str) -> str:
        return form.format(page=page, code=code)

    before = shown(at("about", "1f3a9c"), at("team", "2b4d6e"), "=" + at("about", "77aa01"))
    assert not before.is_known(HOME + at("team", "90bb21")), "seen on one path only"
    parts = shown(
        at("about", "1f3a9c"),
        at("team", "2b4d6e"),
        at("jobs", "5c5c5c"),
        "=" + at("about", "77aa01"),
        "=" + at("team", "88cc12"),
    )
    assert parts.is_known(HOME + other.format(page="jobs", code="90bb21"))
    assert not parts.is_known(HOME + at("prices", "90bb21")), "a page that nobody has seen"


def test_the_page_without_its_code_counts_as_the_same() -> None:
    parts = shown("/", "/about?tk=1f3a9c", "=/?tk=2b4d6e", "=/about?tk=99ff21")
    assert parts.is_known(f"{HOME}/?tk=abc123")


@pytest.mark.parametrize(
    "urls",
    [
        ("/item?id=1f3a9c", "/item?id=2b4d6e", "=/item?id=77aa01", "/list?id=8d8d8d"),
        ("/news/2024-fair", "/news/2025-fair", "=/news/2026-fair", "=/jobs/2026-pilot"),
        ("/news", "/news/2025-fair", "=/jobs/2026-pilot", "/jobs", "=/news/2026-fair"),
    ],
)
def test_a_code_that_tells_two_pages_apart_is_never_folded(urls: tuple[str, ...]) -> None:
    parts = shown(*urls, "=/list?id=123abc", "=/team?id=123abc")
    unseen = ("/item?id=fedcba9", "/list?id=fedcba9", "/news/1999-fair", "/jobs/1999-pilot")
    assert not any(parts.is_known(HOME + url) for url in unseen)


def test_short_numbers_and_words_are_no_codes() -> None:
    for url in ("/p/17", "/lang/deutsch", "/leistungen/vermessung", "/", "/a;page=2"):
        assert list(coded_parts(HOME + url)) == []


def test_where_a_visitor_came_from_is_folded_and_what_is_shown_is_not() -> None:
    parts = shown("/a?id=1&ref=/", "/a?id=2&ref=/", "=/a?id=1&ref=/a", "=/a?id=2&ref=/b")
    assert parts.is_known(f"{HOME}/a?id=2&ref=/c")
    assert not parts.is_known(f"{HOME}/a?id=3&ref=/c")


def test_a_code_that_no_parameter_names_is_one_whatever_it_is() -> None:
    parts = shown("/a", "/b", "=/a?1700000001", "=/b?1700000002")
    assert parts.is_known(f"{HOME}/a?1700000033")
    assert not parts.is_known(f"{HOME}/a?team")


def test_several_parameters_that_say_nothing_are_folded_at_once() -> None:
    parts = shown("/a", "/b", "=/a?x=1", "=/b?x=1", "=/a?y=5", "=/b?y=4")
    assert parts.is_known(f"{HOME}/a?y=7&x=9")
    assert not parts.is_known(f"{HOME}/c?y=7&x=9")


def test_repeats_of_different_paths_say_nothing_of_a_place() -> None:
    parts = shown("/", "/about", "=/x?tk=1f3a9c", "=/y?tk=2b4d6e", "=/z?tk=3c5e7f")
    assert not parts.is_known(f"{HOME}/w?tk=77aa01")


@given(st.lists(st.tuples(st.text("ab1/?=&;.", max_size=30), st.booleans()), max_size=20))
def test_what_was_noted_is_only_ever_known_as_a_whole_address_or_by_its_fold(
    noted: list[tuple[str, bool]],
) -> None:
    parts = VolatileParts()
    for path, gave in noted:
        parts.note(f"{HOME}/{path}", gave_a_page=gave)
    assert not parts.is_known(f"{HOME}/never/seen/before")
