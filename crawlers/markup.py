"""A page cut at its tags, and what of it earlier pages of the website held already (pure).

Everything that reads a page asks for the same: which elements stand where, and whether some sign
stands anywhere. Most of a page stood on the pages before, in menus, teasers and footers. So a page
is cut once, at every ``<``; what each part is, is found out once for a website and remembered by
the part's hash. The readers then go over the few parts that matter to them and not over the text.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

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
_ELEMENT = re.compile(
    r"(?:(!--)|(a|area|base|meta|frame|iframe|title|html|link|script|style)\b|(body))",
    re.IGNORECASE,
)
# What makes these elements say anything to a reader; in lower case.
_SAYING = {
    "meta": ("refresh", "robots", "sectorlens", "tdm-reservation", "tdm-policy"),
    "link": ("canonical", "alternate", "next", "prev"),
}


class Element(NamedTuple):
    """A part of a page that begins with a start tag some reader looks at.

    Attributes:
        name: In lower case; ``!--`` for a comment that does not end in its part.
        inside: What stands behind the name up to the end of the tag, with its ``>``; None where
            the tag does not plainly end in this part, or the part is too long to be remembered.
        behind: What stands behind the tag, up to the next one.
    """

    name: str
    inside: str | None
    behind: str


class PageMarkup:
    """A page cut at its tags.

    Args:
        html: The page, decoded.
        site: What is known of its website's pages.

    Attributes:
        html: The page.
        parts: What stands before the first ``<``, and behind each.
        marks: Hash of each part.
        unique: Each different part by its hash, in the order of the page.
        elements: Those that some reader looks at, each with the place of its part in `parts`.
    """

    def __init__(self, html: str, site: SiteMarkup) -> None:
        self.html = html
        self.parts = html.split("<", MAX_PARTS)
        self.marks = list(map(hash, self.parts))
        self.unique = dict(zip(self.marks, self.parts, strict=True))
        self.elements = site.elements_of(self)
        self._bearing = site.bearing(self)

    @cached_property
    def offsets(self) -> list[int]:
        """Return where in the page each part's ``<`` stands; -1 for the first, which has none."""
        return list(accumulate((len(part) + 1 for part in self.parts[:-1]), initial=-1))

    def holding(self, *signs: str) -> str:
        """Return the parts that hold one of some signs, each behind its ``<``; mostly none do.

        Args:
            signs: Of `SIGNS`.
        """
        if not self._bearing:
            return ""
        wanted = set[int]().union(*(self._bearing.get(sign, ()) for sign in signs))
        found = [place for place, mark in enumerate(self.marks) if mark in wanted]
        return "".join(f"<{self.parts[place]}" if place else self.parts[0] for place in found)


class SiteMarkup:
    """What is known of the markup of one website's pages."""

    def __init__(self) -> None:
        self._elements: dict[int, Element | None] = {}
        self._signs: dict[str, set[int]] = {}  # which parts hold one
        self._n_remembered = 0

    def read(self, html: str) -> PageMarkup:
        """Cut a page.

        Args:
            html: The page, decoded.
        """
        return PageMarkup(html, self)

    def elements_of(self, page: PageMarkup) -> list[tuple[int, Element]]:
        """Return the elements of a page that some reader looks at, with their places."""
        if len(self._elements) > MAX_KNOWN:
            self._elements.clear()
            self._signs.clear()
            self._n_remembered = 0
        elements = self._elements
        if fresh := [mark for mark in page.unique if mark not in elements]:
            self._get_to_know(fresh, page.unique)
        found = [
            (place, element)
            for place, mark in enumerate(page.marks)
            if (element := elements[mark]) is not None
        ]
        if found and not found[0][0]:
            del found[0]  # text before the first tag that looks like the inside of one
        if len(page.parts) > MAX_PARTS:
            found = [one for one in found if one[0] < MAX_PARTS]
            found.append((MAX_PARTS, Element(REST, None, "")))
        return found

    def bearing(self, page: PageMarkup) -> dict[str, set[int]]:
        """Return the signs on a page, each with the parts of the website that hold it."""
        return {
            sign: marks for sign, marks in self._signs.items() if not marks.isdisjoint(page.unique)
        }

    def _get_to_know(self, fresh: list[int], parts: dict[int, str]) -> None:
        for mark in fresh:
            self._elements[mark] = self._element(parts[mark])
        together = "<".join([parts[mark] for mark in fresh])
        for sign in SIGNS:
            if sign in together:
                holders = [mark for mark in fresh if sign in parts[mark]]
                self._signs.setdefault(sign, set()).update(holders)

    def _element(self, part: str) -> Element | None:
        if (found := _ELEMENT.match(part)) is None:
            return None
        name = found[0].lower()
        if name == "!--":
            return None if part.find("-->", found.end()) >= 0 else Element(name, None, "")
        end = part.find(">", found.end(), MAX_LENGTH) + 1
        inside = part[found.end() : end]
        is_plain = end and "'" not in inside and not inside.count('"') % 2
        if name in _SAYING and is_plain:
            low = inside.lower()
            if not any(word in low for word in _SAYING[name]):
                return None
        if not is_plain or len(part) > MAX_LENGTH or self._n_remembered >= MAX_REMEMBERED:
            return Element(name, None, "")
        self._n_remembered += 1
        return Element(name, inside, part[end:])


def read_markup(html: str) -> PageMarkup:
    """Cut a page of which nothing is known yet.

    Args:
        html: The page, decoded.
    """
    return SiteMarkup().read(html)
