"""Sitemaps of one website: asked for where its links have run out, and not before.

A sitemap is a request that brings no page, and an ordinary website links its own pages. So none is
asked for while links lead on, and none where they led to a fair number of pages, unless the menu is
one that only scripts can follow. Those that robots.txt names are read; where they name no page, or
there are none, `/sitemap.xml` is tried if there is as much as one link that only a script can
follow; or where there are no more than two pages that lead to next to nothing and name the
programme that made them, which may have another place for it. Where there is nothing more than a
page or two even then, feeds and files of scripts may name others (`crawlers.hidden_lists`).
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.answers import Answer, Fault
from crawlers.folding import plain_bytes
from crawlers.hidden_lists import data_named, feeds_named, listed_in, listed_inside, scripts_named
from crawlers.html_bytes import decode_html, media_type_of
from crawlers.links import PageLinks
from crawlers.links_elsewhere import Link
from crawlers.rendering.shell import needs_rendering
from crawlers.sitemaps import MAX_SITEMAP_BYTES, read_sitemap
from crawlers.website_urls import tidy_url, url_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawlers.frontier import Frontier
    from crawlers.reaching import PageReacher

MAX_REQUESTS = 4  # for sitemaps, in one visit
MIN_DEAD_LINKS = 2  # on one page, from which on a website's menu counts as made by scripts
FEW_PAGES = 8
NEXT_TO_NONE = 2  # pages, where feeds and scripts may name others
MAX_LIST_REQUESTS = 2  # for feeds, and as many for files of scripts
MAX_SCRIPT_BYTES = 300_000
_ACCEPT_FILES = "*/*"
_MAX_READ = 200_000  # characters
_A_MENU = 3  # links to wherever (places on the page, files, other websites): it hides nothing

# What programmes say in their pages, and where they put the sitemap that /sitemap.xml is not.
_OWN_PLACES = (
    *(("yoast", "/sitemap_index.xml"), ("rank math", "/sitemap_index.xml")),
    *(("wordpress", "/wp-sitemap.xml"), ("astro", "/sitemap-index.xml")),
)
_SIGNS = (b"generator", b"yoast", b"rank math", b"/wp-")  # one of them stands in each of these
_PROGRAMME = re.compile(
    r"<meta\b[^<>]{0,200}\bgenerator\b[^<>]{0,200}>|\b(?:yoast|rank math)\b"
    r"|/wp-(?:content|includes)/",
    re.IGNORECASE,
)


class SitemapSearch:
    """The sitemaps of one website.

    Args:
        pages_of: Asks for them as for any page of the visit: robots.txt, delay and budgets hold.
    """

    def __init__(self, pages_of: PageReacher) -> None:
        self._pages_of = pages_of
        self._is_over = False
        self._dead_links = 0
        self._n_noted = 0
        self._feeds: dict[str, None] = {}
        self._scripts: dict[str, None] = {}
        self._inside: dict[str, None] = {}  # addresses in pages' own scripts
        self._programme, self._n_places = "", 0  # that made the website; where a page leads to

    def are_known(self) -> None:
        """Take notice that they were asked for before the visit was broken off."""
        self._is_over = True

    def note_page(self, links: PageLinks, html: str) -> None:
        """Take down what a page's links are like, and what else it names.

        Args:
            links: Of the page.
            html: The page.
        """
        self._n_noted += 1
        if self._n_noted <= NEXT_TO_NONE:
            self._note_lists(links, html)
        made_by_scripts = MIN_DEAD_LINKS if any(link.is_part for link in links.links) else 0
        self._dead_links = max(self._dead_links, links.n_dead, made_by_scripts)

    async def add_pages(self, frontier: Frontier, *, n_pages: int) -> bool:
        """Add the addresses that sitemaps name to a frontier, once in a visit.

        Args:
            frontier: Of the website; what is not on the website or was seen is left out.
            n_pages: Kept so far.

        Returns:
            Whether anything now waits in the frontier.
        """
        if self._is_over:
            return False
        self._is_over = True
        if n_pages <= FEW_PAGES or self._dead_links >= MIN_DEAD_LINKS:
            asked: set[str] = set()
            names_pages = await self._read(await self._named(frontier), asked, frontier)
            if not names_pages and frontier.scope.path_prefix == "/":  # or it is another's
                for unnamed in self._guesses(frontier.scope.home, n_pages):
                    if unnamed not in asked and await self._read([unnamed], asked, frontier):
                        break
        if n_pages <= NEXT_TO_NONE:
            await self._read_feeds(frontier)
            await self._read_scripts(frontier)
            if not len(frontier):
                self._add(self._inside, f"{frontier.scope.home}/", frontier)
        return len(frontier) > 0

    def _guesses(self, home: str, n_pages: int) -> list[str]:
        """Return where a sitemap may stand that nobody names, as far as it is worth a request."""
        if n_pages > NEXT_TO_NONE:
            return [f"{home}/sitemap.xml"] if self._dead_links > 0 else []
        if self._dead_links == 0 and (not self._programme or self._n_places >= _A_MENU):
            return []
        own = [place for programme, place in _OWN_PLACES if programme in self._programme]
        return [home + place for place in own or ["/sitemap.xml"]]

    async def _read(self, sitemaps: list[str], asked: set[str], frontier: Frontier) -> bool:
        """Add what sitemaps and those below them name; False where none of them names a page."""
        waiting, names_pages = deque(sitemaps), False
        while waiting and len(asked) < MAX_REQUESTS:
            url = waiting.popleft()
            asked.add(url)
            found = read_sitemap(await self._body(url, frontier))
            names_pages = names_pages or bool(found.pages)
            self._add(found.pages, url, frontier)
            for child in found.sitemaps:
                target = tidy_url(child, url)
                if target and target not in asked and frontier.scope.holds_host(target):
                    waiting.append(target)
        return names_pages

    # ------------------------------------------------------------ feeds, and files of scripts

    def _note_lists(self, links: PageLinks, html: str) -> None:
        n_places, scripts = _n_places(links), scripts_named(html, links)
        # Of what a browser is to fill nobody knows where it leads to, and its pages are alike.
        is_shell = (n_places < _A_MENU or bool(scripts)) and needs_rendering(html)
        self._n_places = max(self._n_places, _A_MENU if is_shell else n_places)
        if self._n_places < _A_MENU or links.n_dead:
            self._programme = self._programme or _told(html)
        if scripts and is_shell:
            scripts = []  # what a browser is to fill has no menu for others to find
        else:
            self._inside.update(dict.fromkeys(listed_inside(html, links)))
        for named, known in ((feeds_named(html), self._feeds), (scripts, self._scripts)):
            tidied = (tidy_url(one, links.base) for one in named)
            known.update(dict.fromkeys(filter(None, tidied)))

    async def _read_feeds(self, frontier: Frontier) -> None:
        for url in [*self._feeds][:MAX_LIST_REQUESTS]:
            if len(frontier) > 0 or not frontier.scope.holds_host(url):
                continue
            found = read_sitemap(await self._body(frontier.scope.at_home(url), frontier))
            self._add(found.pages, url, frontier)

    async def _read_scripts(self, frontier: Frontier) -> None:
        waiting, asked = deque(self._scripts), 0
        while waiting and asked < MAX_LIST_REQUESTS and not len(frontier):
            url = waiting.popleft()
            if not frontier.scope.holds_host(url):
                continue
            asked += 1
            text = await self._text(frontier.scope.at_home(url))
            self._add([link.href for link in listed_in(text)], frontier.scope.home + "/", frontier)
            named = (tidy_url(one, url) for one in data_named(text))
            waiting.extendleft(one for one in named if one)

    def _add(self, addresses: Iterable[str], base: str, frontier: Frontier) -> None:
        links = tuple(Link(href=one, text="") for one in addresses)
        frontier.add_links(PageLinks(base=base, links=links), depth=2)

    async def _text(self, url: str) -> str:
        answer = await self._pages_of.ask_allowed(
            url, accept=_ACCEPT_FILES, first_bytes=MAX_SCRIPT_BYTES
        )
        if isinstance(answer, Fault) or answer.status != 200:
            return ""
        kind = answer.header("content-type")
        return "" if media_type_of(kind).startswith("image/") else decode_html(answer.body, kind)

    async def _named(self, frontier: Frontier) -> list[str]:
        home = f"{frontier.scope.home}/"
        named = await self._pages_of.sitemaps_of(home)
        tidied = (tidy_url(address, home) for address in named)
        found = {
            url_key(url): frontier.scope.at_home(url)
            for url in tidied
            if url and frontier.scope.holds_host(url)
        }
        return list(found.values())

    async def _body(self, url: str, frontier: Frontier) -> bytes:
        for _ in range(2):
            answer = await self._pages_of.ask_allowed(url, first_bytes=MAX_SITEMAP_BYTES)
            if isinstance(answer, Fault):
                return b""
            target = _redirect(answer, url)
            if target is None or not frontier.scope.holds_host(target):
                return answer.body if answer.status == 200 else b""
            url = target
        return b""


def _redirect(answer: Answer, url: str) -> str | None:
    location = answer.header("location")
    if answer.status not in {301, 302, 303, 307, 308} or not location:
        return None
    target = tidy_url(location, url)
    return target if target and urlsplit(target).path != "/" else None


def _n_places(links: PageLinks) -> int:
    """Return how many addresses a page leads to; no more than make a menu are counted."""
    places: set[str] = set()
    for link in links.links:
        places.add(link.href)
        if len(places) == _A_MENU:
            break
    return len(places)


def _told(html: str) -> str:
    """Return what a page says of the programme that made it, in lower case."""
    html = html[:_MAX_READ]
    plain = plain_bytes(html)
    if not any(sign in plain for sign in _SIGNS):
        return ""
    told = " ".join(_PROGRAMME.findall(html)[:9]).lower()
    return f"{told} wordpress" if "wp-" in told else told
