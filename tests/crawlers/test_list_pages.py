from __future__ import annotations

import pytest

from crawlers.list_pages import IN_VAIN, OTHERS, ListPages, is_pure_list

HOME = "https://a.test"
TAG = f"{HOME}/tag/roofs"


@pytest.mark.parametrize(
    "address",
    [
        *("/2026/05/", "/blog/page/3", "/tag/roofs/", "/en/author/admin", "/?s=roofs"),
        *("/shop/?filter_size=9", "/shop?id=4&sort=price", "/x.html?color=3", "/3-pumps?q=Size-M"),
    ],
)
def test_lists_are_known_by_their_addresses(address: str) -> None:
    assert is_pure_list(HOME + address)


@pytest.mark.parametrize(
    "address", ["/", "/tags", "/category/roofs", "/?p=12", "/?page_id=3", "/pages/3", "/x?id=2"]
)
def test_what_may_be_a_page_is_none(address: str) -> None:
    assert not is_pure_list(HOME + address)


def among_others(n: int = OTHERS) -> ListPages:
    lists = ListPages()
    for number in range(n):
        lists.note(f"{HOME}/{number}", list)
    return lists


def test_after_three_that_led_nowhere_no_other_is_asked_for() -> None:
    lists = among_others()
    for number in range(IN_VAIN):
        assert not lists.is_spare(TAG)
        lists.note(f"{HOME}/tag/{number}", lambda: [TAG])
    assert lists.is_spare(TAG)
    assert not lists.is_spare(f"{HOME}/roofs")


def test_where_next_to_all_pages_stand_at_such_addresses_they_are_asked_for() -> None:
    lists = among_others(OTHERS - 1)
    for number in range(IN_VAIN):
        lists.note(f"{HOME}/tag/{number}", list)
    assert not lists.is_spare(TAG)


def test_one_that_led_on_speaks_for_the_others() -> None:
    lists = among_others()
    lists.note(f"{HOME}/shop/page/2", lambda: [f"{HOME}/roof-9"])
    for number in range(IN_VAIN + 1):
        lists.note(f"{HOME}/tag/{number}", list)
    assert not lists.is_spare(TAG)
