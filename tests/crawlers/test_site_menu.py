from __future__ import annotations

import pytest

from crawlers.frontier import Frontier
from crawlers.links import PageLinks
from crawlers.links_elsewhere import Link
from crawlers.site_menu import IS_A_CROWD, IS_A_WIDE_CROWD, PAGES_READ, SiteMenu
from crawlers.website_urls import scope_of

HOME = "https://www.steiner-drohnen.at/"
MENU = ("/about", "/preise", "/kontakt")


def begun() -> Frontier:
    frontier = Frontier(scope_of(HOME, HOME, shared=False, foreign=frozenset()))
    frontier.begin(HOME)
    return frontier


def read(frontier: Frontier, path: str, *hrefs: str, depth: int = 1) -> None:
    """Take over the links of a page that is kept."""
    url = f"{HOME}{path.lstrip('/')}"
    frontier.begin(url)
    links = tuple(Link(href=href, text="") for href in hrefs)
    frontier.add_links(PageLinks(base=url, links=links), depth=depth, page=url)


def order(frontier: Frontier) -> list[str]:
    found = []
    while (entry := frontier.next()) is not None:
        frontier.begin(entry.url)
        found.append(entry.url.removeprefix(HOME))
    return found


def test_a_link_of_two_pages_is_in_the_menu_and_one_that_a_page_repeats_is_not() -> None:
    menu = SiteMenu()
    assert not menu.learns(1, 10)
    assert not menu.meets(1)
    menu.end_page()
    assert menu.meets(1)
    assert menu.learns(2, 10)  # written otherwise
    assert menu.holds(10)
    assert len(menu) == 1


def test_after_a_few_pages_nothing_is_added() -> None:
    menu = SiteMenu()
    menu.learns(1, 10)
    for _ in range(PAGES_READ):
        menu.end_page()
    assert not menu.is_open
    assert not menu.meets(1)
    assert not menu.learns(2, 10)


def test_what_the_menu_names_comes_before_what_one_page_names() -> None:
    assert order(begun_with_a_menu()) == ["preise", "eines", "zweites"]
    frontier = begun()
    read(frontier, "/", "/eines", "/zweites", *MENU)
    assert order(frontier)[:3] == ["about", "kontakt", "eines"]  # nobody knows yet


def begun_with_a_menu() -> Frontier:
    frontier = begun()
    read(frontier, "/", "/eines", "/zweites", *MENU)
    read(frontier, "/about", *MENU)
    read(frontier, "/kontakt", *MENU)
    return frontier


def test_what_nothing_speaks_for_hides_no_page_of_the_menu_however_much_was_dead() -> None:
    frontier = begun_with_a_menu()
    for number in range(4):
        frontier.note(f"{HOME}alt-{number}", gave_a_page=False)
    assert order(frontier)[0] == "preise"


def test_pages_of_another_make_have_their_directory_wait() -> None:
    frontier = begun_with_a_menu()
    for number in range(IS_A_CROWD):
        read(frontier, f"/fremd-{number}", "/fremd-x", depth=2)
    read(frontier, "/preise", "/preise/drohnen", *MENU)
    assert order(frontier) == ["preise/drohnen", "eines", "zweites", "fremd-x"]


def test_a_page_of_the_same_make_takes_the_doubt_away() -> None:
    menu = SiteMenu()
    for _ in range(IS_A_CROWD):
        menu.note_page("/news/a", 1, is_stranger=True)
    assert menu.stands_among_strangers("/news/b", 2)
    assert not menu.stands_among_strangers("/b", 2)
    menu.note_page("/news/c", 3, is_stranger=False)
    assert not menu.stands_among_strangers("/news/b", 2)


def test_a_website_without_a_menu_has_no_strangers() -> None:
    frontier = begun()
    read(frontier, "/", "/a", "/b")
    for name in "ab":
        read(frontier, name, f"/{name}/1", f"/{name}/2", depth=2)
    assert order(frontier) == ["a/1", "b/1", "a/2", "b/2"]


@pytest.mark.parametrize("n_dead", [0, 4])
def test_a_crowd_of_which_the_last_were_dead_ends(n_dead: int) -> None:
    frontier = begun()
    read(frontier, "/", *(f"/wort{letter}" for letter in "abcdefghijklm"))
    for number in range(3):  # from then on, what nothing speaks for is doubted
        frontier.note(f"{HOME}alt{number}/x", gave_a_page=False)
    asked = []
    while (entry := frontier.next()) is not None:
        frontier.begin(entry.url)
        frontier.note(entry.url, gave_a_page=bool(n_dead) and len(asked) % n_dead == 0)
        asked.append(entry.url)
    assert len(asked) == (13 if n_dead else 5)


def test_strangers_that_each_have_a_directory_are_known_by_how_their_addresses_are_made() -> None:
    menu = SiteMenu()
    for number in range(IS_A_WIDE_CROWD):
        assert not menu.stands_among_strangers("/pills/cheap.html", 99)
        menu.note_page(f"/d{number}/n{number}.html", number, is_stranger=True)
    assert menu.stands_among_strangers("/pills/cheap.html", 99)
    assert not menu.stands_among_strangers("/services/drones", 99)
    menu.note_page("/about/us.html", 98, is_stranger=False)
    assert not menu.stands_among_strangers("/pills/cheap.html", 99)
