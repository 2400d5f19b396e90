"""Links of an HTML page, found in one pass over its tags (pure).

A scanner and no parser: broken markup, deep nesting and megabytes of rubbish cost time in
proportion to their length and no more, and a tree is never built. Comments, scripts and styles
are skipped, `base href` and `meta refresh` are read, entities are undone. What does not plainly
end where it seems to (a quote that is left open, a comment over several tags) is scanned through.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from crawlers.last_links import FEW_LINKS, last_links
from crawlers.links_elsewhere import Link, head_links, script_target, scripted_links
from crawlers.markup import MAX_PARTS, read_markup

if TYPE_CHECKING:
    from crawlers.markup import Element, PageMarkup

MAX_LINKS_PER_PAGE = 2000
MAX_TAGS_SCANNED = 10_000  # behind the parts that are cut; more are made to keep us busy
MAX_REFRESH_SECONDS = 10  # beyond them a page is to be read before it leads on
_MAX_TAG_LENGTH = 4096
_MAX_TEXT_LENGTH = 200
_MAX_INNER = 2000  # characters in which a link or a title is to end
_PARTS_OF_A_LINK = 12  # tags inside a link, beyond which its end is searched for
_FEW_TAGS = 3  # from the beginning of a link to its end, of one that is known again
_END_OF_LINK = "</a"
_SCRIPTS = frozenset({"script", "style"})
_NOT_HERE = frozenset({"link", "body", "/script", "/style"})  # elements that others read
_MAX_ANCHORS = 500  # of a website that are remembered by the hash of their part
_MAX_REMEMBERED_LENGTH = 600  # of a link, so that those remembered take a few megabytes at most

_TAG = re.compile(
    r"<(?:(!--)|(script|style)\b|(a|area|base|meta|frame|iframe|title|html)\b)",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    # Possessive, and only at the start of a word: no input makes it go back over its steps.
    r"""(?<![\w:-])([a-zA-Z][\w:-]*+)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""",
)
# As the HTML standard reads it; possessive, like the above.
_REFRESH = re.compile(
    r"""\s*+(\d++)[\d.]*+\s*+[;,]?+\s*+(?:url\s*+=\s*+)?+(?:"([^"]*)|'([^']*)|([^"']*))""", re.I
)
_MARKUP = re.compile(r"<[^<>]{0,4096}>")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLinks:
    """What a page says about where else to go.

    Attributes:
        base: What its links are relative to.
        links: In the order of the page, at most 2000.
        refresh: Target of a `meta refresh` of ten seconds or less, as written; empty without.
        title: Of the page.
        language: Of the `html` element's `lang`, two or three letters; empty where it says none.
        canonical: What the page says its address is, as written; empty without.
        n_dead: Links that only a script could follow: ``#`` and ``javascript:``.
    """

    base: str
    links: tuple[Link, ...]
    refresh: str = ""
    title: str = ""
    language: str = ""
    canonical: str = ""
    n_dead: int = 0


def read_links(html: str, url: str) -> PageLinks:
    """Return the links of a page that stands for itself.

    Args:
        html: The page, decoded.
        url: Its address, used where the page names no base.
    """
    return links_of(read_markup(html), url)


def links_of(page: PageMarkup, url: str) -> PageLinks:
    """Return the links of a page.

    Args:
        page: Cut at its tags.
        url: Its address, used where the page names no base.
    """
    found = _Finding(url)
    seen = 0  # places before this one stand in a comment, a script or a tag that was dealt with
    parts, marks, anchors = page.parts, page.marks, page.anchors
    for number, (place, element) in enumerate(page.elements):
        if len(found.links) >= MAX_LINKS_PER_PAGE:
            break
        name, inside, _ = element
        if place < seen or name in _NOT_HERE:
            continue
        mark = _mark_of_link(parts, marks, place) if name == "a" and inside else None
        if mark is not None:
            # Few tags in it, so that their parts say all: read once for a website.
            found.add(*(anchors.get(mark) or _read_anchor(page, place, mark, element)))
        else:
            seen = _read_other(found, page, number) or seen
    head = head_links(page)
    found.links += [*head.alternates, *scripted_links(page)]
    if len(found.links) <= FEW_LINKS or found.n_dead > len(found.links):
        found.links += last_links(page.html)
    return PageLinks(
        base=found.base,
        links=tuple(found.links[:MAX_LINKS_PER_PAGE]),
        refresh=found.refresh,
        title=found.title,
        language=found.language,
        canonical=head.canonical,
        n_dead=found.n_dead,
    )


def _read_other(found: _Finding, page: PageMarkup, number: int) -> int:
    """Take over an element by its number; returns the place to go on at, or 0 for the next."""
    place, (name, inside, behind) = page.elements[number]
    if name in _SCRIPTS:
        return _behind_script(page, number, name) or _scan(found, page, place)
    if inside is None:
        return _scan(found, page, place)
    inner = ""
    if name == "a":
        inner = _inner_of(page, place, inside, behind)
    elif name == "title":
        inner = _title_of(page, place, inside, behind)
    found.take(name, inside, inner)
    return 0


def _mark_of_link(parts: list[str], marks: list[int], place: int) -> int | tuple[int, ...] | None:
    """Return what a link with few tags in it is known by; None for one with more."""
    if place + _FEW_TAGS >= len(parts):
        return None
    if parts[place + 1].startswith("/a"):
        return marks[place]
    if parts[place + 2].startswith("/a"):
        return marks[place], marks[place + 1]
    if parts[place + 3].startswith("/a"):
        return marks[place], marks[place + 1], marks[place + 2]
    return None


def _read_anchor(
    page: PageMarkup, place: int, mark: int | tuple[int, ...], element: Element
) -> tuple[Link | None, bool]:
    """Read a link, and remember it for its website as long as that has not too many."""
    inside = element.inside or ""
    if "=" in inside:
        inner = _inner_of(page, place, inside, element.behind)
        read = _anchor_of(inside, inner)
    else:
        read = None, False  # a link without an attribute says nothing
    if len(page.anchors) < _MAX_ANCHORS:
        page.anchors[mark] = read
    return read


def _anchor_of(inside: str, inner: str) -> tuple[Link | None, bool]:
    # A menu repeats on every page: what was read once is not read again.
    is_short = len(inside) + len(inner) < _MAX_REMEMBERED_LENGTH
    return (_remembered_anchor if is_short else _anchor)("a", inside, inner)


def _behind_script(page: PageMarkup, number: int, name: str) -> int:
    """Return the place of the part that closes a script or style; 0 where none does."""
    closing = f"/{name}"
    later = islice(page.elements, number + 1, None)
    return next((place for place, element in later if element.name == closing), 0)


def _inner_of(page: PageMarkup, place: int, inside: str, behind: str) -> str:
    """Return what stands inside a link: in most of them nothing but text."""
    size = len(behind) + len(_END_OF_LINK)
    for last in range(place + 1, min(place + _PARTS_OF_A_LINK, len(page.parts))):
        part = page.parts[last]
        if size > _MAX_INNER:
            break
        if part.startswith("/a"):
            return "<".join([behind, *page.parts[place + 1 : last]])
        size += 1 + len(part)
    return _inner(page.html, page.offsets[place] + len("<a") + len(inside))


def _title_of(page: PageMarkup, place: int, inside: str, behind: str) -> str:
    """Return what follows the tag of a title, its end with it."""
    if page.parts[min(place + 1, len(page.parts) - 1)].startswith("/title"):
        return f"{behind}</title"
    position = page.offsets[place] + len("<title") + len(inside)
    return page.html[position : position + _MAX_INNER]


def _scan(found: _Finding, page: PageMarkup, place: int) -> int:
    """Take over what begins at a place and does not end in its part; returns where to go on."""
    html, position = page.html, page.offsets[place]
    # Behind it, a page is not cut any more and is scanned on.
    rest = page.offsets[MAX_PARTS] if len(page.parts) > MAX_PARTS else len(html)
    for _ in range(MAX_TAGS_SCANNED):
        tag = _TAG.search(html, position)
        if tag is None or len(found.links) >= MAX_LINKS_PER_PAGE:
            break
        if tag[1]:
            position = _after(html, "-->", tag.end())
        elif tag[2]:
            position = _behind_element(html, tag[2].lower(), tag.end())
        else:
            name = tag[3].lower()
            position = _end_of_tag(html, tag.end())
            inner = _inner(html, position) if name == "a" else ""
            inner = html[position : position + _MAX_INNER] if name == "title" else inner
            found.take(name, html[tag.end() : position], inner)
        if position <= rest:
            break
    return bisect_left(page.offsets, position)


class _Finding:
    """What was found so far on one page."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.base = url
        self.links: list[Link] = []
        self.refresh = ""
        self.title = ""
        self.language = ""
        self.n_dead = 0
        self._has_base = False  # the first one counts

    def take(self, name: str, inside: str, inner: str) -> None:
        """Take over what one start tag says; `inner` is what follows it, of links and titles."""
        if name != "title" and "=" not in inside:
            return  # says nothing
        if name == "a":
            self.add(*_anchor_of(inside, inner))
            return
        if name == "title":
            self.title = self.title or _text_until(inner, "</title")
            return
        values = _attributes(inside)
        if name == "base":
            if not self._has_base and (base := unescape(values.get("href", ""))):
                self.base, self._has_base = _joined(self.url, base), True
        elif name == "meta":
            self._take_meta(values)
        elif name == "html":
            code = _LANGUAGE.match(values.get("lang", "") or values.get("xml:lang", ""))
            self.language = code[0].lower() if code else ""
        elif values.get("href") or values.get("src"):
            self.add(*_anchor(name, inside, ""))

    def add(self, link: Link | None, is_dead: bool) -> None:
        """Take over a link that was read."""
        self.n_dead += is_dead
        if link is not None:
            self.links.append(link)

    def _take_meta(self, values: dict[str, str]) -> None:
        if values.get("http-equiv", "").lower() == "refresh" and not self.refresh:
            self.refresh = refresh_target(unescape(values.get("content", "")[:2000]))


def refresh_target(said: str) -> str:
    """Return where a refresh leads within ten seconds, as written; empty where it does not.

    Args:
        said: Value of the `meta` element, or of the HTTP header of that name.
    """
    read = _REFRESH.match(said)
    if not read or int(read[1][:6]) > MAX_REFRESH_SECONDS:
        return ""
    return (read[2] or read[3] or read[4] or "").strip()


def _attributes(inside: str) -> dict[str, str]:
    return {  # of one said twice the first counts
        key.lower(): double or single or bare
        for key, double, single, bare in reversed(_ATTRIBUTE.findall(inside))
    }


def _anchor(name: str, inside: str, inner: str) -> tuple[Link | None, bool]:
    """Return the link of an element, if it leads anywhere, and whether only a script follows it."""
    values = _attributes(inside)
    named = values.get("href") or values.get("src") or values.get("xlink:href") or ""
    href = unescape(named).strip()
    is_dead = href == "#" or href[:11].lower() == "javascript:"
    href = script_target(href) if is_dead else href
    if not href:
        return None, is_dead
    text = _plain(inner) or unescape(values.get("title", "") or values.get("aria-label", ""))
    link = Link(
        href=href,
        text=text[:_MAX_TEXT_LENGTH],
        language=values.get("hreflang", "")[:2].lower(),
        is_part=name == "frame",
    )
    return link, is_dead


_remembered_anchor = lru_cache(maxsize=8192)(_anchor)


def _inner(html: str, position: int) -> str:
    """Return what stands inside a link, as far as 2000 characters reach."""
    end = html.find(_END_OF_LINK, position, position + _MAX_INNER)
    if end >= 0:
        return html[position:end]
    window = html[position : position + _MAX_INNER]
    end = window.lower().find(_END_OF_LINK)
    return window[:end] if end >= 0 else window[:_MAX_TEXT_LENGTH]


def _joined(url: str, href: str) -> str:
    try:
        base = urljoin(url, href.strip())
        parts = urlsplit(base)
    except ValueError:  # a base that is no address says nothing
        return url
    # Nor does one that no page stands at: `data:`, `javascript:`, a scheme without a host.
    return base if parts.scheme in {"http", "https"} and parts.hostname else url


def _after(html: str, mark: str, position: int) -> int:
    end = html.find(mark, position)
    return len(html) if end < 0 else end + len(mark)


def _behind_element(html: str, name: str, position: int) -> int:
    closing = re.compile(rf"</{name}", re.IGNORECASE).search(html, position)
    return closing.end() if closing else len(html)


def _end_of_tag(html: str, position: int) -> int:
    limit = min(len(html), position + _MAX_TAG_LENGTH)
    end = html.find(">", position, limit)
    inside = html[position:end] if end >= 0 else "\"'"
    if "'" not in inside and not inside.count('"') % 2:  # nearly every tag is like this
        return end + 1
    quote = ""
    while position < limit:
        mark = _QUOTE_OR_END.search(html, position, limit) if not quote else None
        if quote:
            end = html.find(quote, position, limit)
            if end < 0:
                break
            position, quote = end + 1, ""
        elif mark is None:
            break
        elif mark[0] == ">":
            return mark.end()
        else:
            position, quote = mark.end(), mark[1]
    # A quote never closed: take what stands before the first bracket, as browsers recover.
    return _after(html, ">", position) if position < limit else limit


# A quote opens behind a sign of equality only: in `<a href="/team" ">` the last is one too many.
_QUOTE_OR_END = re.compile(r"""=\s{0,9}(["'])|>""")


def _text_until(window: str, closing: str) -> str:
    end = window.find(closing)
    if end < 0:
        end = window.lower().find(closing)
    return _plain(window[:end] if end >= 0 else window[:_MAX_TEXT_LENGTH])


def _plain(inner: str) -> str:
    if "<" in inner:
        inner = _MARKUP.sub(" ", inner)
    return " ".join(unescape(inner).split())[:_MAX_TEXT_LENGTH]
