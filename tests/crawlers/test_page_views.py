from __future__ import annotations

import pytest

from crawlers.page_views import IS_A_VIEW, MAX_NAMES, PageViews, names_a_view, parted

HOME = "https://a.test"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/granite/talk", ("/granite", "talk")),
        ("/stone/granite/talk/", ("/stone/granite", "talk")),
        ("/granite?print=1", ("/granite", "?print=1")),
        ("/?title=A&do=info", ("/?title=A", "?do=info")),
    ],
)
def test_an_address_is_parted_at_its_last_name(address: str, expected: tuple[str, str]) -> None:
    assert parted(f"{HOME}{address}") == (f"{HOME}{expected[0]}", expected[1])


@pytest.mark.parametrize(
    "address", ["/", "/granite", "/granite/index.html", "/de/contact", "/en-GB/contact"]
)
def test_what_stands_below_nothing_but_a_language_is_no_view(address: str) -> None:
    assert parted(f"{HOME}{address}") == ("", "")


def test_what_most_pages_have_below_them_is_a_view() -> None:
    views = PageViews()
    for name in ("granite", "marble", "slate"):
        assert not views.viewed(f"{HOME}/{name}/talk", n_pages=4)
        views.note(f"{HOME}/{name}/talk")
    assert views.viewed(f"{HOME}/{name}/talk", n_pages=4) == f"{HOME}/slate"
    assert not views.viewed(f"{HOME}/{name}/talk", n_pages=2 * IS_A_VIEW + 1)
    assert not views.viewed(f"{HOME}/{name}/other", n_pages=4)


def test_the_names_remembered_are_bounded() -> None:
    views = PageViews()
    for number in range(MAX_NAMES + 50):
        views.note(f"{HOME}/a/n{number}")
    for name in ("x", "y", "z"):
        views.note(f"{HOME}/{name}/late")
    assert not views.viewed(f"{HOME}/x/late", n_pages=1)


@pytest.mark.parametrize("query", ["action=info", "id=4&view=print", "format=json-pretty"])
def test_a_word_in_the_last_parameter_names_a_view(query: str) -> None:
    assert names_a_view(f"{HOME}/granite?{query}")


@pytest.mark.parametrize(
    "query", ["page=2", "print", "lang=english", "l=german", "v=de-AT", "x=", "view=info&id=4"]
)
def test_numbers_and_languages_name_none(query: str) -> None:
    assert not names_a_view(f"{HOME}/granite?{query}")
