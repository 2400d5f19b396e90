from __future__ import annotations

import pytest

from crawlers.links import read_links
from crawlers.markup import read_markup
from crawlers.page_worth import MAX_ITEMS, PageWorth, Worth

SHARED = "".join(
    f"<p>We deliver within {word} days and take it back, no questions.</p>"
    for word in "one two three four five six seven eight nine ten eleven twelve".split()
)
NAMES = ("Hexacopter", "Quadrocopter", "Gimbal", "Battery", "Charger", "Propeller")


def worths(*pages: tuple[str, str, str]) -> list[Worth]:
    """Return what pages of one website are worth: path, title and what stands in them."""
    worth = PageWorth()
    list_of_all = "<title>Offer</title>" + "".join(f"<a href=/{n}>{n}</a>" for n in NAMES)
    made = [("/", list_of_all)]
    made += [(path, f"<title>{title}</title>{said}{SHARED}") for path, title, said in pages]
    return [
        worth.judge(
            html.encode(), read_markup(html), read_links(html, path), f"http://a.test{path}"
        )[0]
        for path, html in made
    ][1:]


def test_items_that_differ_in_name_and_price_alone_are_pages() -> None:
    items = [(f"/item/{n}", name, f"<h1>{name}</h1><p>{n * 7} EUR") for n, name in enumerate(NAMES)]
    assert set(worths(*items)) <= {Worth.PAGE, Worth.THIN}


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/day/{n}", "Day {n}"),  # numbers
        ("/t/{n}", "Ticket {n}f3a{n}"),  # codes
        ("/{name}", "No {name} here"),  # echoes
        ("/calendar/{n}", "{name} {n}"),  # a kind of address that is a trap
        ("/{n}", "Drones"),
    ],
)
def test_titles_of_numbers_codes_and_echoes_name_nothing(path: str, title: str) -> None:
    pages = [
        (path.format(n=n, name=name), title.format(n=n, name=name), f"<p>{n * 7} EUR")
        for n, name in enumerate(NAMES)
    ]
    assert set(worths(*pages)[2:]) == {Worth.REPEAT}


def test_a_title_of_words_that_others_had_names_nothing_new() -> None:
    pages = [(f"/{n}", name, f"<p>{n} EUR") for n, name in enumerate((*NAMES, *NAMES))]
    assert set(worths(*pages)[len(NAMES) :]) == {Worth.REPEAT}


def test_an_item_named_by_its_slug_may_be_one_as_often_as_there_are_few_of_them() -> None:
    worth, may_be = PageWorth(), []
    for n in range(MAX_ITEMS + 8):
        name = f"{NAMES[n % 6]}{NAMES[n // 6]}".lower()
        html = f"<title>{name}</title><h1>{name}</h1><p>{n * 7} EUR</p>{SHARED}"
        url = f"http://a.test/{name}"
        worth.judge(html.encode(), read_markup(html), read_links(html, url), url)
        may_be.append(worth.may_be_item())
        if n and may_be[-1]:
            worth.note_item()
    assert sum(may_be) == MAX_ITEMS + 1  # and the first, which is a page as it is


def test_titles_of_words_of_their_own_are_told_from_those_of_addresses() -> None:
    worth = PageWorth()
    for title, url, told in (
        ("Gimbal", "http://a.test/5", (True, False)),
        ("Charger", "http://a.test/charger", (False, True)),
        ("Battery", "http://a.test/calendar/battery", (False, False)),
        ("Gimbal 7", "http://a.test/7", (False, True)),
        ("Gimbal 8", "http://a.test/x", (False, False)),
        ("Gimbal 8", "http://a.test/8", (False, False)),
        ("Gimbal 9f3a", "http://a.test/9f3a", (False, False)),
    ):
        html = f"<title>{title}</title>{SHARED}"
        worth.judge(html.encode(), read_markup(html), read_links(html, url), url)
        assert (worth.is_named, worth.is_item) == told, url


@pytest.mark.parametrize(
    "said",
    [
        "<h1>Page {0} unavailable</h1><p>Address {0} has moved or been removed. Use the menu.</p>",
        "<b>Warning</b>: include({0}.php): failed to open stream: No such file on line 12",
    ],
)
def test_an_error_page_that_names_the_address_is_one_for_each_of_them(said: str) -> None:
    about = ("/about", "About Hexa", "<h1>About us</h1><p>Hexa makes drones.</p>")
    dead = [(path, "Hexa Ltd", said.format(path)) for path in ("/dead/a.html", "/old-b", "/old-c")]
    assert worths(about, *dead) == [Worth.PAGE] + [Worth.NOT_FOUND] * 3
