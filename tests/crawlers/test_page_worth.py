from __future__ import annotations

import pytest

from crawlers.links import read_links
from crawlers.markup import read_markup
from crawlers.page_worth import PageWorth, Worth

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
