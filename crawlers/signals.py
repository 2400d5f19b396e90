"""What pages say of their use beyond robots.txt: index or not, train on it or not, rights reserved.

Read from ``X-Robots-Tag`` and ``<meta name="robots">`` (those for everybody and those for us), and
from the TDM Reservation Protocol (header, ``<meta>``, ``/.well-known/tdmrep.json``). All of it is
recorded by website; whether a page is kept all the same, the politeness decides.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING

from crawlers.answers import Fault
from crawlers.markup import REST
from crawlers.politeness import PRODUCT_TOKEN
from crawlers.robots_file import PathRules, canonical_path
from storage.accounting import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawlers.answers import Answer
    from crawlers.links import PageLinks
    from crawlers.markup import PageMarkup
    from crawlers.politeness import Politeness
    from storage.page_archive import ArchivedPage

TDM_FILE = "/.well-known/tdmrep.json"
MAX_FILE_BYTES = 512 * 1024
MAX_FILE_RULES = 1000

_MAX_HEAD = 65_536  # characters
_MAX_METAS = 200
_META_NAMES = frozenset({"robots", PRODUCT_TOKEN, "tdm-reservation", "tdm-policy"})
_META = re.compile(r"<meta\b[^>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w:-])([a-zA-Z][\w:-]*+)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""",
)
_MAY_SAY = frozenset({"meta", REST})  # elements
_FIELDS = frozenset({"x-robots-tag", "tdm-reservation", "tdm-policy"})
_LENGTHS = frozenset(map(len, _FIELDS))
_DIRECTIVES = frozenset({"noindex", "nofollow", "noarchive", "noai", "noimageai"})
_MEANT_BY = {"none": frozenset({"noindex", "nofollow"})}
# Directives with a value behind a colon: what stands before it is no name of a robot.
_WITH_VALUE = re.compile(r"unavailable_after|max-[a-z-]+")


def directives(values: Iterable[str]) -> set[str]:
    """Return what the values of ``X-Robots-Tag`` ask of us; the strictest of all holds.

    A name before a colon says for whom the rest of the value is.

    Args:
        values: One for each header of that name.
    """
    found: set[str] = set()
    for value in values:
        is_ours = True
        for part in value[:2000].lower().split(","):
            name, colon, rest = (text.strip() for text in part.partition(":"))
            asked = name
            if colon and not _WITH_VALUE.fullmatch(name):
                is_ours = name in {"*", "robots", PRODUCT_TOKEN}
                asked = rest
            if is_ours:
                found |= _MEANT_BY.get(asked, {asked} & _DIRECTIVES)
    return found


def read_metas(html: str) -> list[tuple[str, str]]:
    """Return (name in lower case, content) of the `meta` elements that speak of a page's use.

    Args:
        html: Decoded; only its head is looked at.
    """
    html = html[:_MAX_HEAD]
    body = html.find("<body")
    low = (html[:body] if body >= 0 else html).lower()
    body = low.find("<body")
    low = low[:body] if body >= 0 else low
    if not any(name in low for name in _META_NAMES):
        return []
    head = _without_comments(html[: len(low)])
    found = []
    for tag in islice(_META.finditer(head), _MAX_METAS):
        values = {
            key.lower(): double or single or bare
            for key, double, single, bare in _ATTRIBUTE.findall(tag[0])
        }
        name = values.get("name", "").strip().lower()
        if name in _META_NAMES:
            found.append((name, unescape(values.get("content", "")[:1000])))
    return found


def _without_comments(head: str) -> str:
    # Steps from mark to mark: what is never closed hides the rest, and nothing is read twice.
    kept, position = [], 0
    while (start := head.find("<!--", position)) >= 0:
        kept.append(head[position:start])
        end = head.find("-->", start)
        if end < 0:
            return "".join(kept)
        position = end + 3
    return "".join([*kept, head[position:]])


class WebsiteSignals:
    """What the pages of one visit say, counted, and what follows from it.

    Args:
        politeness: Says what follows.
    """

    def __init__(self, politeness: Politeness) -> None:
        self._politeness = politeness
        self._counts: Counter[str] = Counter()
        self._policy = ""
        self._file: PathRules | None = None
        self._is_file_asked = politeness.on_tdm_reservation == "record"

    @property
    def asks_for_file(self) -> bool:
        """Tell whether the website is still to be asked for its TDM file: once, where wanted."""
        return not self._is_file_asked

    def read_file(self, answer: Answer | Fault) -> None:
        """Take over a website's TDM file; one that is absent or no such file reserves nothing."""
        self._is_file_asked = True
        if isinstance(answer, Fault) or answer.status != 200:
            return
        try:
            entries = json.loads(answer.body) if len(answer.body) <= MAX_FILE_BYTES else []
        except (ValueError, RecursionError):  # hostile or broken: says nothing that can be read
            return
        rules = []
        for entry in entries[:MAX_FILE_RULES] if isinstance(entries, list) else []:
            if isinstance(entry, dict) and isinstance(entry.get("location"), str):
                reserved = str(entry.get("tdm-reservation", "")).strip() == "1"
                rules.append((not reserved, entry["location"].encode()))
        self._file = PathRules(rules) if rules else None

    def judged(
        self, url: str, answer: Answer, page: PageMarkup, links: PageLinks
    ) -> PageLinks | Fault:
        """Count what a page says, and return the links that are followed, or why it is not kept.

        Where `on_nofollow` is ``obey``, a page that asks for it has none.

        Args:
            url: Of the page.
            answer: That holds it.
            page: Cut at its tags.
            links: Of the page.
        """
        said = self.note(url, answer.exchange.headers, page)
        for signal, policy in (
            ("noindex", self._politeness.on_noindex),
            ("tdm-reservation", self._politeness.on_tdm_reservation),
        ):
            if signal in said and policy == "refuse":
                detail = f"{signal} at {url}, which is refused by the settings"
                return Fault(reason=Outcome.REFUSED_ROBOTS, detail=detail)
        return self._followed(links, said)

    def restored(self, archived: ArchivedPage, page: PageMarkup, links: PageLinks) -> PageLinks:
        """Count what a page that was kept before says, and return the links that are followed."""
        return self._followed(links, self.note(archived.url, archived.headers, page))

    def _followed(self, links: PageLinks, said: set[str]) -> PageLinks:
        is_obeyed = "nofollow" in said and self._politeness.on_nofollow == "obey"
        return dataclasses.replace(links, links=(), refresh="") if is_obeyed else links

    def note(
        self,
        url: str,
        headers: Iterable[tuple[str, str]],
        page: PageMarkup,
    ) -> set[str]:
        """Count what a page says, and return it.

        Args:
            url: Of the page.
            headers: As received.
            page: Cut at its tags.
        """
        metas = [] if page.names.isdisjoint(_MAY_SAY) else read_metas(page.html)
        told = [
            (key, value)
            for name, value in headers
            if len(name) in _LENGTHS and (key := name.lower()) in _FIELDS
        ]
        if not metas and not told and self._file is None:
            return set()
        said = directives(value for name, value in told if name == "x-robots-tag")
        for name, content in metas:
            if name in {"robots", PRODUCT_TOKEN}:
                # Here no name stands before a colon: the element's own says for whom it is.
                said |= directives([content.replace(":", " ")])
        both = [*told, *metas]
        by_page = any(name == "tdm-reservation" and value.strip() == "1" for name, value in both)
        by_file = self._file is not None and not self._file.allow(canonical_path(url))
        said |= {"tdm-reservation"} if by_page or by_file else set()
        self._counts.update(said)
        self._policy = self._policy or next(
            (value.strip()[:500] for name, value in both if name == "tdm-policy"), ""
        )
        return said

    def as_json(self) -> str:
        """Return the number of pages by signal as a JSON object, `tdm-policy` with its address."""
        found: dict[str, int | str] = dict(sorted(self._counts.items()))
        if self._policy:
            found["tdm-policy"] = self._policy
        return json.dumps(found) if found else ""
