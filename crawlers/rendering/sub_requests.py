"""What the scripts of a website may ask for, and what they get: fetched by us, not the browser.

Each sub-request takes the way of any request of the crawl: ports, opt-outs, robots.txt, the delay
per host, the address guard, the caps of size and time. What it brought is remembered for the visit,
since the pages of a website share their scripts.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.answers import Answer
from crawlers.fetching import ACCEPT_PAGES
from crawlers.website_urls import registrable_domain, tidy_url
from storage.accounting import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawlers.reaching import PageReacher, Reached

MAX_REMEMBERED_BYTES = 30_000_000  # of one website's scripts and data
MAX_REDIRECTS = 3
MAX_EXACT = 2000  # characters of an address
MAX_NAMED = 30  # scripts asked for before the browser runs
# What the browser may want of us, and what we then say we accept.
ACCEPT = {
    "document": ACCEPT_PAGES,
    "script": "*/*",
    "xhr": "application/json,*/*;q=0.5",
    "fetch": "application/json,*/*;q=0.5",
}
_DATA = frozenset({"script", "xhr", "fetch"})
_OURS = frozenset({Outcome.REFUSED_ROBOTS, Outcome.REFUSED_OPT_OUT, Outcome.BLOCKED_ADDRESS})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SCRIPT = re.compile(r"<script\b([^<>]{1,2000})>|<link\b([^<>]{1,2000})>", re.IGNORECASE)
_SOURCE = re.compile(r"""\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_MODULE_LINK = re.compile(r"\brel\s*=\s*[\"']?modulepreload\b", re.IGNORECASE)
_NOT_RUN = re.compile(
    r"\bnomodule\b|\btype\s*=\s*[\"']?[^\"'>\s]*(?:json|template|html|text/x)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubAnswer:
    """What a script gets for what it asked.

    Attributes:
        url: Where redirects ended.
        status: HTTP status code.
        content_type: As sent.
        body: Content encoding undone (bytes).
    """

    url: str
    status: int
    content_type: str
    body: bytes
    answer: Answer


class SubRequests:
    """The sub-requests of one website's rendered pages.

    Args:
        pages: Asks for addresses as the visit does.
        budget: Requests that rendering this website may take.
        script_hosts: Hosts of others whose scripts (nothing else) may be fetched.

    Attributes:
        left: Requests that may still be sent.
        withheld: Scripts and data so far that our rules, not the website, kept from a page.
    """

    def __init__(
        self, pages: PageReacher, *, budget: int, script_hosts: frozenset[str] = frozenset()
    ) -> None:
        self._pages = pages
        self._script_hosts = script_hosts
        self._known: dict[str, SubAnswer | None] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._bytes = 0
        self.left = budget
        self.withheld = 0

    def holds(self, url: str, *, page_url: str, kind: str) -> bool:
        """Tell whether a page may ask for an address.

        It may on its own registrable domain, and for scripts on the hosts that the settings name.

        Args:
            url: In tidy form.
            page_url: Of the page that asks.
            kind: As the browser calls it: document, script, xhr, fetch, …
        """
        if kind not in ACCEPT:
            return False
        host = urlsplit(url).hostname or ""
        own = registrable_domain(urlsplit(page_url).hostname or "")
        return registrable_domain(host) == own or (kind == "script" and host in self._script_hosts)

    async def answer(self, url: str, *, page_url: str, kind: str) -> SubAnswer | None:
        """Return what an address answers, or None where it must not or cannot be had.

        Args:
            url: As the browser asks; the fragment does not count.
            page_url: Of the page that asks.
            kind: As the browser calls it.

        Raises:
            CrawlStopped: The crawl was broken off, or its hours are over.
            DayUsedUp: The website had all its requests of the day.
        """
        tidy = tidy_url(url)
        if tidy is None or not self.holds(tidy, page_url=page_url, kind=kind):
            self.withheld += tidy is not None and kind in _DATA
            return None
        exact = url.partition("#")[0]  # a parameter that tidying drops may matter to a script
        asked = exact if len(exact) <= MAX_EXACT and tidy_url(exact) else tidy
        async with self._asking.setdefault(asked, asyncio.Lock()):
            if asked not in self._known:
                self._known[asked] = await self._ask(asked, page_url, kind)
            return self._known[asked]

    async def fetch_named(self, page: Reached) -> None:
        """Fetch the scripts that a page names, so that the browser need not wait for them."""
        for url in named_scripts(page.html, page.links.base)[:MAX_NAMED]:
            if self.left <= 0:
                return
            await self.answer(url, page_url=page.url, kind="script")

    async def _ask(self, url: str, page_url: str, kind: str) -> SubAnswer | None:
        for _ in range(MAX_REDIRECTS + 1):
            if self.left <= 0 or self._bytes >= MAX_REMEMBERED_BYTES:
                self.withheld += 1
                return None
            self.left -= 1
            answer = await self._pages.ask_allowed(url, accept=ACCEPT[kind])
            if not isinstance(answer, Answer):
                self.withheld += answer.reason in _OURS
                return None
            location = answer.header("location")
            if answer.status not in _REDIRECTS or not location:
                self._bytes += len(answer.body)
                return SubAnswer(
                    url=url,
                    status=answer.status,
                    content_type=answer.header("content-type"),
                    body=answer.body,
                    answer=answer,
                )
            target = tidy_url(location, url)
            if target is None or not self.holds(target, page_url=page_url, kind=kind):
                return None
            url = target
        return None


def named_scripts(html: str, base: str) -> Sequence[str]:
    """Return the addresses of the scripts that a page's markup names and a browser would run."""
    found: dict[str, None] = {}
    for tag in _SCRIPT.finditer(html):
        inside = tag[1] or tag[2]
        if tag[1] is None and not _MODULE_LINK.search(inside):
            continue
        if tag[1] and _NOT_RUN.search(inside):
            continue
        named = (_SOURCE if tag[1] else _HREF).search(inside)
        if named and (url := tidy_url(unescape(named[1] or named[2] or named[3] or ""), base)):
            found[url] = None
    return list(found)
