"""Views of pages that a programme hangs below each of them: talk, source, for paper (pure).

A wiki's page has a dozen of them (`/Granite/talk`, `?title=Granite&action=info`), a blog's three
(`/granite/amp`). Each is new text, and none is a page of its own; all of them together crowd out
the pages. They show by their names: what stands below most pages under the same name is a view.
Addresses of sections have names of their own, and offices by town (`/graz/contact`) lose nothing
but their place in the queue.
"""

from __future__ import annotations

import re
from collections import Counter

from crawlers.language_codes import LANGUAGES

IS_A_VIEW = 3  # addresses that one of that name stands below
MAX_NAMES = 5000  # remembered of one website
_OF_A_HOST = 3  # slashes of an address that has a path
_INDEX_PAGE = re.compile(r"/(?:index|default|home|start)\.\w{2,5}$", re.IGNORECASE)
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_]\w{2})?")


class PageViews:
    """The names of what stands below the addresses of one website."""

    def __init__(self) -> None:
        self._below: Counter[str] = Counter()

    def note(self, url: str) -> None:
        """Take down an address that is seen for the first time.

        Args:
            url: In tidy form.
        """
        name = parted(url)[1]
        if name in self._below or len(self._below) < MAX_NAMES:
            self._below[name] += 1

    def viewed(self, url: str, *, n_pages: int) -> str:
        """Return the address that one may be a view of; empty where its name is no view's.

        Args:
            url: In tidy form.
            n_pages: Kept so far: most of them have one.
        """
        above, name = parted(url)
        return above if self._below[name] >= max(IS_A_VIEW, n_pages / 2) else ""


def parted(url: str) -> tuple[str, str]:
    """Return what of an address stands before its last name, or its last parameter, and that.

    A language is no page that others could be views of: both are empty there.

    Args:
        url: In tidy form.
    """
    before, mark, query = url.partition("?")
    if mark:
        rest, more, last = query.rpartition("&")
        return (f"{before}?{rest}" if more else before), f"?{last}"
    above, _, name = _INDEX_PAGE.sub("", before).rstrip("/").rpartition("/")
    directory = _LANGUAGE.fullmatch(above.rpartition("/")[2])
    if above.count("/") < _OF_A_HOST or (directory and directory[1].lower() in LANGUAGES):
        return "", ""
    return above, name
