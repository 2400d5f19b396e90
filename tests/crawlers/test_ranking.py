from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from crawlers.links_elsewhere import Link
from crawlers.page_kinds import PageKind
from crawlers.ranking import MAX_CROWD, MAX_CROWD_OF_NAMES, LinkRanks

LINK = Link(href="", text="")
LAST = PageKind.OTHER + 0.5 * MAX_CROWD_OF_NAMES


def ranks(*paths: str, language: str = "de") -> list[float]:
    found = LinkRanks("a.test", language)
    return [found.rank(urlsplit(f"http://a.test{path}"), LINK) for path in paths]


@pytest.mark.parametrize(
    "pattern",
    ["/wort{}", "/x/{}", "/x/{}/y", "/de/{}", "/{}-online-7", "/x/{}/{}"],
)
def test_of_a_crowd_each_comes_later_up_to_a_bound(pattern: str) -> None:
    names = "abcdefghijklm"
    found = ranks(*(pattern.replace("{}", f"qu{name}") for name in names))
    assert found == sorted(found)
    assert found[0] == PageKind.OTHER
    assert found[-1] == LAST


def test_names_that_begin_alike_come_after_legal_pages_from_some_number_on() -> None:
    found = ranks(*(f"/drones-in-{name}" for name in "abcdefghijklmnopqrstuvwxyz"))
    assert found == sorted(found)
    assert found[-1] == PageKind.OTHER + 0.5 * MAX_CROWD > PageKind.ASIDE


def test_a_single_word_stands_in_no_crowd_of_many() -> None:
    assert ranks(*(f"/ein-wort-{name}" for name in "abcdef"), "/wort")[-1] == PageKind.OTHER


def test_other_languages_come_behind_all_of_the_own_and_make_none_of_it_later() -> None:
    foreign = [f"/{code}/leistungen" for code in ("fr", "it", "es", "nl", "pl", "af", "th")]
    *others, own = ranks(*foreign, "/leistungen/x")
    assert own == PageKind.OFFER
    assert min(others) > PageKind.ASIDE + 5


@pytest.mark.parametrize(
    "address",
    [
        *("/2026/05/", "/2026/05/07", "/page/3/", "/news/page/2", "/category/roofs/"),
        *("/?p=12", "/?s=drones", "/y?dir=asc", "/y?id=3&sort=price", "/x?limit=9"),
    ],
)
def test_lists_of_what_stands_elsewhere_come_later(address: str) -> None:
    query = "?id=3" if "?" in address else ""
    assert ranks(address)[0] > ranks(f"/x/y{query}")[0] + 3


@pytest.mark.parametrize("address", ["/2026/05/roofs", "/2026-review", "/page", "/pages/3"])
def test_articles_of_a_day_and_the_like_do_not(address: str) -> None:
    assert ranks(address)[0] == PageKind.OTHER
