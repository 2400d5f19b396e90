"""Links elsewhere than in `<a href>`: in the head, in attributes for scripts, in menus (pure).

What real websites hide their pages behind: `hreflang` alternates, `onclick` and `data-href` of
whole table rows, `javascript:` addresses, select menus, menus that a script fetches. Nothing is
run; an address is taken where it stands there in plain text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawlers.markup import PageMarkup

MAX_FOUND = 200  # of each sort, on one page
MAX_LOOKED_AT = 2000  # elements that call a script, of each sort
_MAX_PARTS = 5  # of a page, fetched by scripts
_MAX_HEAD = 100_000  # characters that the head of a page is looked for in

_HEAD_LINK = re.compile(r"<link\b([^<>]{0,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w:-])(rel|href|hreflang|type)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""",
    re.IGNORECASE,
)
# Names as they are written in practice: a pattern for any case would be looked for at every letter.
_ACTIONS = {
    name: re.compile(name + r"""\s*+=\s*+(?:"([^"<>]{1,500})"|'([^'<>]{1,500})')""")
    for name in ("onclick", "onClick", "data-href", "data-url", "data-link")
}
_ASSIGNED = re.compile(
    r"""(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\s*\(|window\.open\s*\()"""
    r"""\s*\\?['"`]([^'"`\\]{1,500})""",
    re.IGNORECASE,
)
_PAGE_IN_SCRIPT = re.compile(
    r"""['"]([^'"\s<>]{1,300}\.(?:html?|php\d?|aspx?|jsp|cfm)(?:\?[^'"\s<>]{0,200})?|/[^'"\s<>]{1,300})['"]""",
    re.IGNORECASE,
)
# Menus that a script fetches and puts into every page: `$.get("navigation.html", …`.
_FETCHED = re.compile(
    r"""(?:\.get|\.load|\bfetch)\s*\(\s*["'](?:\$?\{{1,2}\w*\}{1,2})?([^"'<>\s{}]{1,200}\.html?)["']"""
)
_INCLUDED = re.compile(
    r"""-include(?:-html)?\s*=\s*["'](?:\{{1,2}\w*\}{1,2})?([^"'<>\s{}]{1,200}\.html?)["']"""
)
_OPTION = re.compile(
    r"""<option\b[^<>]{0,200}?\bvalue\s*=\s*(?:["']((?:https?:/)?/[^"'<>]{1,500}"""
    r"""|[^"'<>:]{1,300}\.(?:html?|php|aspx?))["']|((?:https?:/)?/[^\s"'<>]{1,500}))""",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of a page.

    Attributes:
        href: As written, entities undone, at most a tag's length.
        text: What it says, markup removed, at most 200 characters.
        language: Of the page it leads to, as its `hreflang` says; empty where it says nothing.
        is_part: Whether it is a frame: part of the page, not another one.
    """

    href: str
    text: str
    language: str = ""
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLinks:
    """What the `<link>` elements of a page say.

    Attributes:
        canonical: Address of the page itself, as written; empty where none is named.
        alternates: The page in other languages, and the pages before and behind it.
    """

    canonical: str = ""
    alternates: tuple[Link, ...] = ()


def head_links(page: PageMarkup) -> HeadLinks:
    """Return what the `<link>` elements in the head of a page say about addresses of pages."""
    canonical = ""
    alternates: list[Link] = []
    for place, (name, inside, _) in page.elements:
        if name == "body" and page.parts[place].startswith(name):
            break
        if name != "link":
            continue
        if len(page.html) > _MAX_HEAD and page.offsets[place] > _MAX_HEAD:
            break
        said, link = _head_link(f"<{page.parts[place]}" if inside is None else f"<link{inside}")
        canonical = canonical or said
        if link is not None and len(alternates) < MAX_FOUND:
            alternates.append(link)
    return HeadLinks(canonical=canonical, alternates=tuple(alternates))


def _head_link(part: str) -> tuple[str, Link | None]:
    """Return the canonical address or the further page that an element names, if it names one."""
    if (element := _HEAD_LINK.match(part)) is None:
        return "", None
    values = {
        name.lower(): unescape(double or single or bare).strip()
        for name, double, single, bare in _ATTRIBUTE.findall(element[1])
    }
    return relation_of(values)


def relation_of(values: Mapping[str, str]) -> tuple[str, Link | None]:
    """Return the canonical address or the further page that a `link` names, if it names one.

    Args:
        values: Its `rel`, `href`, `hreflang` and `type`.
    """
    relations, href = values.get("rel", "").lower().split(), values.get("href", "")
    if "canonical" in relations:
        return href, None
    is_version = "alternate" in relations and "hreflang" in values
    is_page = values.get("type", "text/html") == "text/html" and (
        is_version or not {"next", "prev"}.isdisjoint(relations)
    )
    if not href or not is_page:
        return "", None
    return "", Link(href=href, text="", language=values.get("hreflang", "")[:2].lower())


def scripted_links(page: PageMarkup) -> list[Link]:
    """Return the addresses in `onclick`, `data-href` and the like, and in select menus."""
    found: list[Link] = []
    if not page.holds_signs:
        return found
    for name, pattern in _ACTIONS.items():
        for action in islice(pattern.finditer(page.holding(name)), MAX_LOOKED_AT):
            value = unescape(action[1] or action[2])
            target = value.strip() if name.startswith("data") else script_target(value)
            if target and len(found) < MAX_FOUND:
                found.append(Link(href=target, text=""))
    for signs, pattern in ((("get(", "load(", "fetch("), _FETCHED), (("-include",), _INCLUDED)):
        parts = (part[1] for part in pattern.finditer(page.holding(*signs)))
        found += [Link(href=part, text="", is_part=True) for part in islice(parts, _MAX_PARTS)]
    if "<option" in (menus := page.holding("option")):
        options = islice(_OPTION.finditer(menus), MAX_FOUND)
        found += [Link(href=(option[1] or option[2]).strip(), text="") for option in options]
    return found


def script_target(script: str) -> str:
    """Return the address that a line of script leads to, where it stands there; else nothing.

    Args:
        script: Value of an `onclick`, or a `javascript:` address.
    """
    if found := _ASSIGNED.search(script[:1000]):
        return found[1]
    found = _PAGE_IN_SCRIPT.search(script[:1000])
    return found[1] if found else ""
