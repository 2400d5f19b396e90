from __future__ import annotations

import json

import pytest

from crawlers.yields import (
    DOUBTFUL_AFTER,
    HOPELESS_AFTER,
    MAX_KINDS,
    AddressYields,
    NoPage,
    address_kinds,
    no_page_from_json,
)

HOME = "a.test"


def noted(*bad: str, good: tuple[str, ...] = ()) -> AddressYields:
    yields = AddressYields(HOME)
    for url in good:
        yields.note(f"http://{HOME}{url}", gave_a_page=True)
    for url in bad:
        yields.note(f"http://{HOME}{url}", gave_a_page=False)
    return yields


def bad(n: int, pattern: str) -> list[str]:
    return [pattern.format(n=n) for n in range(n)]


def test_without_failures_nothing_is_doubtful() -> None:
    assert not noted(good=("/a", "/b")).is_doubtful(f"http://{HOME}/c")


def test_addresses_like_those_that_failed_are_doubtful_then_hopeless() -> None:
    some = noted(*bad(DOUBTFUL_AFTER, "/alt/{n}f3a.html"))
    assert some.is_doubtful(f"http://{HOME}/alt/77aa.html")
    assert not some.is_hopeless(f"http://{HOME}/alt/77aa.html")
    assert noted(*bad(HOPELESS_AFTER, "/alt/{n}f3a.html")).is_hopeless(f"http://{HOME}/alt/x1.html")
    assert not some.is_doubtful(f"http://{HOME}/about.html")


@pytest.mark.parametrize(
    ("counts", "after"),
    [(NoPage.DEAD, 4), (NoPage.REPEATED, 3), (NoPage.ALIAS, 2), (NoPage.FILE, 2)],
)
def test_what_says_nothing_new_is_seen_through_sooner_than_a_dead_link(
    counts: NoPage, after: int
) -> None:
    yields = AddressYields(HOME)
    for number in range(after):
        assert not yields.is_hopeless(f"http://{HOME}/print/other"), number
        yields.note(f"http://{HOME}/print/{'abcd'[number]}", gave_a_page=False, counts=counts)
    assert yields.is_hopeless(f"http://{HOME}/print/other")


def test_a_directory_that_gives_pages_stays_trusted_in_spite_of_some_that_failed() -> None:
    good = tuple(f"/products/name{chr(97 + n)}" for n in range(6))
    assert not noted(*bad(5, "/products/gone-{n}"), good=good).is_doubtful(
        f"http://{HOME}/products/other"
    )


def test_one_parameter_that_gives_nothing_is_seen_on_every_page() -> None:
    yields = noted("/a?view=1", "/b?view=2")
    assert yields.is_doubtful(f"http://{HOME}/c?view=3&page=2")
    assert not yields.is_doubtful(f"http://{HOME}/c")


def test_the_page_without_its_parameters_is_another_matter() -> None:
    yields = noted(*bad(5, "/shop?colour={n}"))
    assert yields.is_hopeless(f"http://{HOME}/shop?colour=9")
    assert not yields.is_doubtful(f"http://{HOME}/shop")


def test_a_made_up_host_counts_as_a_kind_and_the_home_host_does_not() -> None:
    yields = AddressYields(HOME)
    for n in range(HOPELESS_AFTER):
        yields.note(f"http://x.{HOME}/{'abcd'[n]}", gave_a_page=False)
        yields.note(f"http://{HOME}/{'abcd'[n]}", gave_a_page=False)
    assert yields.is_hopeless(f"http://x.{HOME}/new")
    assert not yields.is_doubtful(f"http://{HOME}/new")


def test_session_codes_as_first_directory_are_one_kind() -> None:
    assert address_kinds("http://a.test/s1a2/about", HOME) == address_kinds(
        "http://a.test/s9z8/about", HOME
    )


def test_the_start_page_is_of_no_kind() -> None:
    assert address_kinds("http://a.test/", HOME) == []


def test_what_is_remembered_is_bounded() -> None:
    yields = AddressYields(HOME)
    for n in range(MAX_KINDS + 100):
        yields.note(f"http://{HOME}/{chr(97 + n % 26) * (n // 26 + 1)}", gave_a_page=False)
    assert len(yields._failed) <= MAX_KINDS


@pytest.mark.parametrize("gave", list(NoPage))
def test_what_an_address_gave_is_read_back_by_its_name(gave: NoPage) -> None:
    assert no_page_from_json(json.loads(json.dumps(gave))) is gave


@pytest.mark.parametrize(
    ("number", "meant"),
    [(1.0, NoPage.DEAD), (1.5, NoPage.REPEATED), (2.0, NoPage.ALIAS), (2.01, NoPage.FILE)],
)
def test_journals_of_earlier_versions_name_it_by_a_number(number: float, meant: NoPage) -> None:
    assert no_page_from_json(number) is meant


def test_redirects_without_end_are_asked_for_last_and_then_not_at_all() -> None:
    yields = AddressYields(HOME)
    yields.note("http://a.test/go/1", gave_a_page=False, counts=NoPage.MAZE)
    assert yields.is_doubtful("http://a.test/go/2")
    assert not yields.is_hopeless("http://a.test/go/2")
    yields.note("http://a.test/go/2", gave_a_page=False, counts=NoPage.MAZE)
    assert yields.is_hopeless("http://a.test/go/3")


def test_what_gave_next_to_nothing_or_a_fault_has_its_like_wait_and_no_more() -> None:
    yields = AddressYields(HOME)
    for name in "abcdefgh":
        yields.note_doubt(f"http://a.test/app/{name}")
    assert yields.is_doubtful("http://a.test/app/z")
    assert not yields.is_hopeless("http://a.test/app/z")
    assert not yields.is_doubtful("http://a.test/team")


def test_pages_of_a_kind_outweigh_doubts() -> None:
    yields = AddressYields(HOME)
    for name in "abc":
        yields.note("http://a.test/app/" + name, gave_a_page=True)
        yields.note_doubt("http://a.test/app/x" + name)
    assert not yields.is_doubtful("http://a.test/app/z")


@pytest.mark.parametrize(
    ("noted", "alike"),
    [
        ("http://a.test/{}/amp/", "http://a.test/z/amp"),
        ("http://a.test/old-{}", "http://a.test/old-z"),
        ("http://a.test/old_{}", "http://a.test/old_z-z"),
    ],
)
def test_what_names_begin_and_end_with_is_a_kind(noted: str, alike: str) -> None:
    yields = AddressYields(HOME)
    for name in ("about", "team", "prices", "offer"):
        yields.note(noted.format(name), gave_a_page=False)
    assert yields.is_hopeless(alike)
    assert not yields.is_hopeless("http://a.test/z/b")


def test_a_language_that_is_nowhere_speaks_against_the_other_languages() -> None:
    yields = AddressYields(HOME)
    for path in ("/en/about", "/fr/about", "/it/about", "/es/about"):
        yields.note(f"http://{HOME}{path}", gave_a_page=False)
    assert yields.is_hopeless(f"http://{HOME}/en/team")
    assert yields.is_hopeless(f"http://{HOME}/nl/team")
    assert not yields.is_hopeless(f"http://{HOME}/shop/team")
    yields.note(f"http://{HOME}/de/about", gave_a_page=True)
    assert not yields.is_hopeless(f"http://{HOME}/nl/team")


def test_a_name_below_each_page_is_seen_through_with_its_ending() -> None:
    yields = AddressYields(HOME)
    for path in ("/about/imprint.html", "/team/imprint.html", "/news/imprint.html"):
        yields.note(f"http://{HOME}{path}", gave_a_page=False, counts=NoPage.REPEATED)
    assert yields.is_hopeless(f"http://{HOME}/prices/imprint.html")
    assert not yields.is_hopeless(f"http://{HOME}/imprint.html")


@pytest.mark.parametrize("pattern", ["/{n}/text-only", "/{n}.print", "/x{n}.amp.html"])
def test_views_are_known_by_the_name_or_the_ending_that_all_of_them_have(pattern: str) -> None:
    names = ("about", "prices", "team", "news")
    some = noted(*(pattern.format(n=name) for name in names[:HOPELESS_AFTER]))
    assert some.is_hopeless(f"http://{HOME}{pattern.format(n='roofs')}")
    assert not some.is_doubtful(f"http://{HOME}/roofs")
    assert not some.is_doubtful(f"http://{HOME}/roofs.html")
