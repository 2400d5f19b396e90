"""Lists of pages that a page names without linking them: feeds, and files of its scripts (pure).

Where the links of a website have run out after a page or two, what is left may be a feed that its
head names, or a menu that a script file of its own writes into the page. Nothing is run: of a
script, addresses are taken that stand there in plain text.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING

from crawlers.last_links import last_links
from crawlers.links_elsewhere import Link
from crawlers.website_urls import origin, tidy_url, url_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawlers.links import PageLinks

MAX_LISTS = 4  # of one page, of each sort
_MAX_READ = 300_000  # characters
_MAX_ADDRESSES = 60

_FEED = re.compile(r"<link\b([^<>]{0,500}application/(?:rss|atom|rdf)\+xml[^<>]{0,500})>", re.I)
_HREF = re.compile(r"""(?<![\w-])href\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_NO_LIST = re.compile(r"comment", re.IGNORECASE)  # what readers say of the pages
_SCRIPT = re.compile(
    r"""<script\b[^<>]{0,500}?(?<![\w-])src\s{0,9}=\s{0,9}["']?([^"'<>\s]{1,500})""", re.I
)
# What hand-made menus call their files, and what nobody calls a file with a menu in it.
_TELLING = re.compile(
    r"menu|navi?\b|navig|header|links|sidebar|topbar|layout|template|include", re.I
)
_POSSIBLE = re.compile(r"main|site|common|global|index|script|page|app|functions?\b", re.IGNORECASE)
_LIBRARY = re.compile(
    r"jquery|bootstrap|analytic|gtag|\bmin\.js|polyfill|modernizr|cookie|consent|swiper|slick"
    r"|lightbox|captcha|maps?\b|wp-(?:includes|content)|plugin|vendor|chunk|webpack|runtime|tracking",
    re.IGNORECASE,
)
# Data that a script fetches: `fetch("menu.json")`, `open("GET", "nav.xml")`.
_FETCHED = re.compile(
    r"""(?:fetch|JSON|\.get|\.load|open|ajax|import)\s{0,9}\(\s{0,9}(?:\{\s{0,9}url\s{0,9}:\s{0,9})?"""
    r"""(?:["']GET["']\s{0,9},\s{0,9})?["']([^"'<>\s]{1,200}\.(?:json|xml|txt|js))["']"""
)
_INLINE = re.compile(r"<script\b[^<>]{0,300}>((?:[^<]|<(?!/script)){1,100000}+)", re.IGNORECASE)
_OF_PROGRAMMES = re.compile(r"^/(?:api|rest|ajax|graphql|static|assets|cgi-bin|_\w+)(?:/|$)", re.I)
_IS_A_MENU = 3  # addresses of pages that stand together
# Pages by their names' endings, and what cannot well be anything but a path.
_IN_TEXT = re.compile(
    r"""(["'])([^"'\s<>:()+]{1,200}\.(?:html?|php\d?|aspx?|jsp|cfm)(?:\?[^"'\s<>]{0,100})?"""
    r"""|/[A-Za-z][\w%~-]{1,60}(?:/[\w%~-]{1,60}){0,6}/?)\1"""
)


def feeds_named(html: str) -> list[str]:
    """Return the addresses of a page's feeds, as written; those of comments are left out.

    Args:
        html: Decoded page.
    """
    if "+xml" not in html:
        return []
    html = html[:_MAX_READ]
    found = (_HREF.search(tag[1]) for tag in _FEED.finditer(html) if not _NO_LIST.search(tag[1]))
    named = (unescape(one[1] or one[2] or one[3] or "").strip() for one in found if one)
    return list(islice(dict.fromkeys(filter(None, named)), MAX_LISTS))


def scripts_named(html: str, links: PageLinks) -> list[str]:
    """Return the files of a page's scripts that may hold its menu, the likeliest first.

    None where the page has links of its own, places on itself (`#offer`) among them: whoever has a
    menu looks for no other.

    Args:
        html: Decoded page.
        links: Of it.
    """
    if any(_leads_on(link.href, links.base) for link in links.links):
        return []
    named = {unescape(found[1]) for found in _SCRIPT.finditer(html[:_MAX_READ])}
    likely = [one for one in named if not _LIBRARY.search(one) and _rank_of(one) < 2]
    return sorted(likely, key=lambda one: (_rank_of(one), one))[:MAX_LISTS] + data_named(html)


def listed_inside(html: str, links: PageLinks) -> list[str]:
    """Return the addresses of pages that stand in a page's own scripts, in plain text.

    None where the page has links of its own, or where they are too few for a menu.

    Args:
        html: Decoded page.
        links: Of it.
    """
    if any(_leads_on(link.href, links.base) for link in links.links):
        return []
    inside = (found[1] for found in _INLINE.finditer(html[:_MAX_READ]))
    found = dict.fromkeys(
        one for text in inside for one in islice(_addresses(text), _MAX_ADDRESSES)
    )
    likely = [one for one in found if not _LIBRARY.search(one) and not _OF_PROGRAMMES.search(one)]
    return likely[:_MAX_ADDRESSES] if len(likely) >= _IS_A_MENU else []


def data_named(text: str) -> list[str]:
    """Return the files that scripts fetch and that are no pages, as written.

    Args:
        text: Of a page, or of a script.
    """
    found = (one[1] for one in _FETCHED.finditer(text[:_MAX_READ]))
    return list(islice((one for one in found if not _LIBRARY.search(one)), MAX_LISTS))


def listed_in(text: str) -> list[Link]:
    """Return the addresses of pages that stand in a script, or in data, in plain text.

    Args:
        text: Of the file, decoded.
    """
    text = text[:_MAX_READ]
    if "<html" in text[:1000].lower():
        return []  # an error page
    found = {link.href: link for link in last_links(text)}
    for href in islice(_addresses(text), _MAX_ADDRESSES):
        found.setdefault(href, Link(href=href, text=""))
    return list(found.values())[:_MAX_ADDRESSES]


def _addresses(text: str) -> Iterator[str]:
    for one in _IN_TEXT.finditer(text.replace("\\/", "/")):
        yield one[2]


def _leads_on(href: str, base: str) -> bool:
    """Tell whether a link leads to another page of the host, or to a place on its own."""
    target = tidy_url(href, base)
    if target is None or origin(target) != origin(base):
        return False
    return "#" in href or url_key(target) != url_key(base)


def _rank_of(name: str) -> int:
    last = name.partition("?")[0].rsplit("/", 1)[-1]
    return 0 if _TELLING.search(last) else 1 if _POSSIBLE.search(last) else 2
