from __future__ import annotations

import pytest
from waiting_links import HOME, asked, found, frontier, order

MENU = ("team", "prices", "works/bridges")


def test_names_on_a_page_below_come_last_where_they_are_known_beside_the_start_page() -> None:
    waiting = frontier()
    waiting.begin(HOME)
    waiting.add_links(found(*MENU), depth=1)
    waiting.add_links(found(*MENU, "roofs", base=f"{HOME}works/bridges"), depth=2)
    known = [*MENU, "works/roofs"]
    later = order(waiting)
    assert set(later[:4]) == set(known)
    assert later[4:] == ["works/team", "works/prices", "works/works/bridges"]


def test_two_of_them_in_vain_are_enough() -> None:
    waiting = frontier()
    waiting.begin(HOME)
    waiting.add_links(found(*MENU), depth=1)
    waiting.add_links(found(*MENU, base=f"{HOME}works/bridges"), depth=2)
    for name in ("works/team", "works/prices"):
        waiting.begin(HOME + name)
        waiting.note(HOME + name, gave_a_page=False)
    assert len(asked(waiting)) == len(MENU)


def test_one_of_them_that_is_a_page_speaks_for_all() -> None:
    waiting = frontier()
    waiting.begin(HOME)
    waiting.add_links(found(*MENU), depth=1)
    waiting.add_links(found(*MENU, base=f"{HOME}en/bridges"), depth=2)
    for name, is_page in (("en/team", True), ("en/x", False), ("en/prices", False)):
        waiting.begin(HOME + name)
        waiting.note(HOME + name, gave_a_page=is_page)
    assert HOME + "en/works/bridges" in asked(waiting)


@pytest.mark.parametrize("href", ["/works/team", f"{HOME}works/team", "../works/team"])
def test_links_that_say_where_they_lead_are_no_such_links(href: str) -> None:
    waiting = frontier()
    waiting.begin(HOME)
    waiting.add_links(found("team", "zinc"), depth=1)
    waiting.add_links(found(href, base=f"{HOME}works/bridges"), depth=2)
    for name in ("works/x", "works/y"):
        waiting.note(HOME + name, gave_a_page=False)
    assert len(asked(waiting)) == 3
