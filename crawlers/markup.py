"""A page cut at its tags, and what of it earlier pages of the website held already (pure).

Everything that reads a page asks for the same: which elements stand where, and whether some sign
stands anywhere. Most of a page stood on the pages before, in menus, teasers and footers. So a page
is cut once, at every ``<``; what each part is, is found out once for a website and remembered by
the part's hash. The readers then go over the few parts that matter to them and not over the text.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from itertools import accumulate, compress
from typing import Any, NamedTuple

from crawlers.folding import plain_bytes

MAX_PARTS = 20_000  # of a page that are cut; what stands behind is one part
MAX_KNOWN = 40_000  # parts remembered of one website
MAX_REMEMBERED = 3_000  # elements whose text is remembered, too, so that a website takes a megabyte
MAX_LENGTH = 600  # characters of an element that is remembered with its text

REST = "rest"  # name of the last part of a page that has more than are cut

# Signs that scripts' addresses stand behind: all parts that hold one can be had.
SIGNS = (
    *("onclick", "onClick", "data-href", "data-url", "data-link"),
    *("get(", "load(", "fetch(", "-include", "option"),
)
# What several of them share is looked for first.
_SHARED = {
    "lick": ("onclick", "onClick"),
    "data-": ("data-href", "data-url", "data-link"),
    "(": ("get(", "load(", "fetch("),
    "-include": ("-include",),
    "option": ("option",),
}
_ELEMENT = re.compile(
    r"(?:(!--)|(a|area|base|meta|frame|iframe|title|html|link|script|style)\b|(body)"
    r"|(/script|/style))",
    re.IGNORECASE,
)
# By which most other parts are told at once.
_FIRST_LETTERS = frozenset("!abfhilmstABFHILMST")
_END_OF_SCRIPT = frozenset({"/s", "/S"})
# What makes these elements say anything to a reader; in lower case.
_SAYING = {
    "meta": ("refresh", "robots", "sectorlens", "tdm-reservation", "tdm-policy"),
    "link": ("canonical", "alternate", "next", "prev"),
}


class Element(NamedTuple):
    """A part of a page that begins with a tag some reader looks at.

    Attributes:
        name: In lower case; ``!--`` for a comment that does not end in its part, ``/script`` and
            ``/style`` for what ends one.
        inside: What stands behind the name up to the end of the tag, with its ``>``; None where
            the tag does not plainly end in this part, or the part is too long to be remembered.
        behind: What stands behind the tag, up to the next one.
    """

    name: str
    inside: str | None
    behind: str


_ENDS = {name: Element(name, None, "") for name in ("/script", "/style")}
# What is known of a part that no reader looks at.
_NOTHING: tuple[()] = ()


class PageMarkup:
    """A page cut at its tags.

    Args:
        html: The page, decoded.
        site: What is known of its website's pages.

    Attributes:
        html: The page.
        parts: What stands before the first ``<``, and behind each.
        marks: Hash of each part.
        number: How many pages of the website were cut before this one.
        fresh: Places in `parts` of all that stood on none of them.
        elements: Those that some reader looks at, each with its place in `parts`.
        anchors: What was read of links of the website, by the hash of their part.
    """

    def __init__(self, html: str, site: SiteMarkup) -> None:
        self.html = html
        self.parts = html.split("<", MAX_PARTS)
        self.marks = list(map(hash, self.parts))
        self.number = site.n_pages
        self.fresh, found = site.look_up(self.marks, self.parts)
        found[0] = _NOTHING  # no tag stands there, whatever the text looks like
        if len(found) > MAX_PARTS:
            found[MAX_PARTS] = Element(REST, None, "")
        self.elements = [
            (place, element) for place, element in compress(enumerate(found), found) if element
        ]
        self._bearing = site.bearing(self.marks)
        self._n_without = site.n_without
        self.anchors = site.anchors

    @cached_property
    def offsets(self) -> list[int]:
        """Return where in the page each part's ``<`` stands; -1 for the first, which has none."""
        return list(accumulate((len(part) + 1 for part in self.parts[:-1]), initial=-1))

    @property
    def names(self) -> set[str]:
        """Return the names of the elements that some reader looks at."""
        return {element[0] for _, element in self.elements}

    def holds_one_of(self, signs: tuple[bytes, ...]) -> bool:
        """Tell whether one of some signs stands on the page, in letters of any case.

        As long as none stood on any page of the website, only what is new on this one is read.

        Args:
            signs: In lower case and ASCII, without ``<``.
        """
        had_none = self._n_without[signs] == self.number  # and was looked for on each of them
        html = "<".join([self.parts[place] for place in self.fresh]) if had_none else self.html
        plain = plain_bytes(html)
        is_held = any(sign in plain for sign in signs)
        self._n_without[signs] += had_none and not is_held
        return is_held

    @property
    def holds_signs(self) -> bool:
        """Tell whether any of `SIGNS` stands on the page."""
        return bool(self._bearing)

    def holding(self, *signs: str) -> str:
        """Return the parts that hold one of some signs, each behind its ``<``; mostly none do.

        Args:
            signs: Of `SIGNS`.
        """
        if not self._bearing:
            return ""
        wanted = set[int]().union(*(self._bearing.get(sign, ()) for sign in signs))
        if not wanted:
            return ""
        found = [place for place, mark in enumerate(self.marks) if mark in wanted]
        return "".join(f"<{self.parts[place]}" if place else self.parts[0] for place in found)


class SiteMarkup:
    """What is known of the markup of one website's pages.

    Attributes:
        n_pages: Cut so far.
        anchors: For the reader of links, which bounds it.
        n_without: Pages, from the first one on, that hold none of some signs.
    """

    def __init__(self) -> None:
        self.n_pages = 0
        self.n_without: Counter[tuple[bytes, ...]] = Counter()
        self.anchors: dict[int | tuple[int, ...], tuple[Any, bool]] = {}
        self._known: dict[int, Element | tuple[()]] = {}
        self._n_elements = 0
        self._signs: dict[str, set[int]] = {}  # which parts hold one

    def read(self, html: str) -> PageMarkup:
        """Cut a page.

        Args:
            html: The page, decoded.
        """
        return PageMarkup(html, self)

    def look_up(
        self, marks: list[int], parts: list[str]
    ) -> tuple[list[int], list[Element | tuple[()] | None]]:
        """Return the places of unknown parts, and of every part what is known now."""
        self.n_pages += 1
        if len(self._known) > MAX_KNOWN:
            self._known.clear()
            self._signs.clear()
            self.anchors.clear()
            self._n_elements = 0
        found = list(map(self._known.get, marks))
        if None not in found:
            return [], found
        fresh = [place for place, known in enumerate(found) if known is None]
        known, element = self._known, self._element
        for place in fresh:
            part = parts[place]
            is_looked_at = part[:1] in _FIRST_LETTERS or part[:2] in _END_OF_SCRIPT
            found[place] = known[marks[place]] = element(part) if is_looked_at else _NOTHING
        together = "<".join([parts[place] for place in fresh])
        for shared, signs in _SHARED.items():
            for sign in signs if shared in together else ():
                if sign in together:
                    holders = [marks[place] for place in fresh if sign in parts[place]]
                    self._signs.setdefault(sign, set()).update(holders)
        return fresh, found

    def bearing(self, marks: list[int]) -> dict[str, set[int]]:
        """Return the signs on a page with some parts, each with the parts that hold it."""
        if not self._signs:
            return {}
        own = set(marks)
        held = ((sign, own & holders) for sign, holders in self._signs.items())
        return {sign: holders for sign, holders in held if holders}

    def _element(self, part: str) -> Element | tuple[()]:
        if (found := _ELEMENT.match(part)) is None:
            return _NOTHING
        name = found[0].lower()
        if name == "!--":
            return _NOTHING if part.find("-->", found.end()) >= 0 else Element(name, None, "")
        if found[4]:
            return _ENDS[name]
        end = part.find(">", found.end(), MAX_LENGTH) + 1
        inside = part[found.end() : end]
        is_plain = end and "'" not in inside and not inside.count('"') % 2
        if name in _SAYING and is_plain:
            low = inside.lower()
            if not any(word in low for word in _SAYING[name]):
                return _NOTHING
        if not is_plain or len(part) > MAX_LENGTH or self._n_elements >= MAX_REMEMBERED:
            return Element(name, None, "")
        self._n_elements += 1
        return Element(name, inside, part[end:])


def read_markup(html: str) -> PageMarkup:
    """Cut a page of which nothing is known yet.

    Args:
        html: The page, decoded.
    """
    return SiteMarkup().read(html)
