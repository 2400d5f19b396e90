from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.redirect_habits import Change, RedirectHabits, change_between
from crawlers.website_urls import tidy_url

HOST = "http://a.test"


def habits(*redirects: tuple[str, str]) -> RedirectHabits:
    learnt = RedirectHabits()
    for asked, led_to in redirects:
        learnt.note(f"{HOST}{asked}", f"{HOST}{led_to}")
    return learnt


@pytest.mark.parametrize(
    ("first", "second", "then"),
    [
        (("/a", "/a/"), ("/b/c", "/b/c/"), ("/d", "/d/")),
        (("/a/", "/a"), ("/b/c/", "/b/c"), ("/d/", "/d")),
        (("/A", "/a"), ("/B/c", "/b/c"), ("/D/E", "/d/e")),
        (("/a.html", "/a"), ("/b.html", "/b"), ("/d.html", "/d")),
        (("/a", "/a.php"), ("/b", "/b.php"), ("/d", "/d.php")),
        (("/a", "/en/a"), ("/b", "/en/b"), ("/d/e", "/en/d/e")),
        (("/index.php/a", "/a"), ("/index.php/b/c", "/b/c"), ("/index.php/d", "/d")),
        (("/a", "/en/a/"), ("/b", "/en/b/"), ("/d", "/en/d/")),
        (("/a.html", "/a/"), ("/b.html", "/b/"), ("/d.html", "/d/")),
        (("/a", "/a?ok=1"), ("/b?c=2", "/b?c=2&ok=1"), ("/d?e=5", "/d?e=5&ok=1")),
    ],
)
def test_two_redirects_of_a_kind_show_what_a_third_would_do(
    first: tuple[str, str], second: tuple[str, str], then: tuple[str, str]
) -> None:
    asked, led_to = then
    assert habits(first).applied(HOST + asked) == ""
    learnt = habits(first, second)
    assert learnt.applied(HOST + asked) == HOST + led_to
    assert learnt.applied(HOST + led_to) == ""


def test_one_address_that_is_answered_as_it_stands_ends_a_habit() -> None:
    learnt = habits(("/a", "/a/"), ("/b", "/b/"))
    learnt.stayed(f"{HOST}/c/")
    learnt.stayed(f"{HOST}/")
    learnt.stayed(f"{HOST}/c.html")
    assert learnt.applied(f"{HOST}/d") == f"{HOST}/d/"
    learnt.stayed(f"{HOST}/c")
    assert learnt.applied(f"{HOST}/d") == ""


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/a", "/b"),
        ("/a", "/"),
        ("/old/1.html", "/error"),
        ("/", "/en/"),
        ("/a", "/x/y/a"),
        ("/a?b=1", "/a"),
        ("/a", "/a/b/c"),
    ],
)
def test_other_redirects_show_no_habit(asked: str, led_to: str) -> None:
    assert change_between(asked, led_to) is None


def test_a_redirect_to_another_host_shows_no_habit() -> None:
    learnt = RedirectHabits()
    for name in "ab":
        learnt.note(f"{HOST}/{name}", f"https://a.test/{name}/")
    assert learnt.applied(f"{HOST}/c") == ""


def test_kinds_of_redirects_are_bounded() -> None:
    learnt = habits(*((f"/a{n}", f"/{n}/a{n}") for n in range(100)))
    learnt.note(f"{HOST}/y", f"{HOST}/99/y")
    learnt.note(f"{HOST}/z", f"{HOST}/99/z")
    assert learnt.applied(f"{HOST}/c") == ""


_PATHS = st.from_regex(r"(/[A-Za-z0-9._-]{1,6}){1,3}/?", fullmatch=True)
_CHANGES = st.builds(
    Change,
    st.booleans(),
    st.sampled_from(["", "/", ".html"]),
    st.sampled_from(["", "/en"]),
    st.sampled_from(["", "/", ".php"]),
    st.sampled_from(["", "s=1"]),
)


@given(path=_PATHS, change=_CHANGES)
def test_what_a_change_makes_of_an_address_is_not_changed_again(path: str, change: Change) -> None:
    made = change.made_to(path)
    if made is not None and not (change.removed and change.added):
        assert change.made_to(made) in {None, made} or change.removed


@given(asked=_PATHS, led_to=_PATHS)
def test_a_change_between_two_addresses_makes_one_of_the_other(asked: str, led_to: str) -> None:
    change = change_between(asked, led_to)
    if change is not None and (made := change.made_to(asked)) is not None:
        assert tidy_url(HOST + made) == tidy_url(HOST + led_to)
