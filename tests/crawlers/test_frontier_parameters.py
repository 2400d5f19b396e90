"""Addresses that differ in what stands behind the question mark."""

from __future__ import annotations

from waiting_links import HOME, asked, found, frontier, order

from crawlers.page_worth import Worth
from crawlers.query_variants import MAX_VARIANTS, MAX_VARIANTS_IN_MENU
from crawlers.yields import NoPage


def test_a_path_with_ever_new_parameters_is_cut_short() -> None:
    waiting = frontier()
    waiting.add_links(found(*(f"/list?page={n}" for n in range(100))), depth=2)
    assert len(asked(waiting)) == MAX_VARIANTS


def test_parameters_lead_on_where_the_pages_have_titles_of_their_own() -> None:
    waiting = frontier()
    waiting.add_links(found(*(f"/item?id={n}" for n in range(30))), depth=2)
    first = asked(waiting)
    for url in first[:3]:
        waiting.note_kept(url, Worth.PAGE, is_named=True)
    waiting.note_kept(first[3], Worth.PAGE, is_named=False)
    assert len(asked(waiting)) == 2 * 3
    assert asked(waiting) == []


def test_a_website_whose_menu_is_made_of_parameters_is_asked_for_its_lower_pages_too() -> None:
    waiting = frontier()
    waiting.add_links(found(*(f"/index.php?id={n}" for n in range(3))), depth=1)
    waiting.add_links(found(*(f"/index.php?id={n}" for n in range(3, 20))), depth=2)
    assert len(asked(waiting)) == 20


def test_a_menu_whose_pages_are_told_apart_by_a_parameter_is_taken_whole() -> None:
    waiting = frontier()
    waiting.add_links(found(*(f"/index.php?id={n}" for n in range(30))), depth=1)
    assert len(waiting) == 30
    waiting.add_links(found(*(f"/index.php?id={n}" for n in range(30, 99))), depth=1)
    assert len(waiting) == MAX_VARIANTS_IN_MENU


def test_addresses_that_differ_from_known_ones_in_nothing_but_a_code_are_dropped() -> None:
    waiting = frontier()
    for url in ("/?t=1f3a9c", "/team?t=2b4d6e"):
        waiting.note(f"{HOME.rstrip('/')}{url}", gave_a_page=True)
    waiting.add_links(found("/team?t=77aa01", "/jobs?t=88bb12"), depth=1)
    for url in ("/?t=9f9f91", "/team?t=8f8f81"):
        waiting.note(f"{HOME.rstrip('/')}{url}", gave_a_page=False, counts=NoPage.REPEATED)
    assert order(waiting) == ["jobs?t=88bb12"]


def test_what_begins_a_query_depends_on_the_page_it_stands_on() -> None:
    waiting = frontier()
    for place in ("one", "two"):
        waiting.add_links(found("?page=2", base=HOME + place), depth=1)
    assert len(waiting) == 2


def test_pages_asked_for_once_more_with_parameters_in_vain_are_not_asked_for_for_ever() -> None:
    waiting = frontier()
    pages = tuple(f"/page-{word}" for word in "abcdefghij")
    waiting.add_links(found(*pages), depth=1)
    for url in asked(waiting):
        waiting.note(url, gave_a_page=True)
    waiting.add_links(found(*(f"{page}?{page[-1]}=1" for page in pages), "/list?cat=5"), depth=2)
    again = []
    while entry := waiting.next():
        waiting.begin(entry.url)
        waiting.note(entry.url, gave_a_page=False, counts=NoPage.REPEATED)
        again.append(entry.url)
    assert len(again) == 7, "six of them, and the one of a page that is not known"
