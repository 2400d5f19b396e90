"""Links of one website that wait to be followed, and the order in which they are."""

from __future__ import annotations

from crawlers.frontier import Frontier
from crawlers.links import PageLinks
from crawlers.links_elsewhere import Link
from crawlers.website_urls import scope_of

HOME = "https://www.steiner-drohnen.at/"


def frontier(language: str = "de") -> Frontier:
    scope = scope_of(HOME, HOME, shared=False, foreign=frozenset({"other.at", "shop.firma.at"}))
    made = Frontier(scope, language=language)
    made.mark_seen(HOME)
    return made


def found(*hrefs: str, base: str = HOME) -> PageLinks:
    links = (href.partition("|") for href in hrefs)
    return PageLinks(base=base, links=tuple(Link(href=h, text=t) for h, _, t in links))


def order(waiting: Frontier) -> list[str]:
    entries = iter(waiting.next, None)
    return [entry.url.removeprefix(HOME) for entry in entries if entry]


def asked(waiting: Frontier) -> list[str]:
    """Return the addresses that are asked for, each begun before the next is taken."""
    urls = []
    while entry := waiting.next():
        waiting.begin(entry.url)
        urls.append(entry.url)
    return urls
