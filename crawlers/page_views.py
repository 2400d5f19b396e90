"""Views of pages that a programme hangs below each of them: talk, source, for paper (pure).

A wiki's page has a dozen of them (`/Granite/talk`, `?title=Granite&action=info`), a blog's three
(`/granite/amp`). Each is new text, and none is a page of its own; all of them together crowd out
the pages. They show by their names: what stands below most pages under the same name is a view.
Addresses of sections have names of their own, and offices by town (`/graz/contact`) lose nothing
but their place in the queue. Of views that a word in a parameter names (`?action=info`) none is
asked for at all, but for languages.
"""

from __future__ import annotations

import re
from collections import Counter

from crawlers.language_codes import LANGUAGES

IS_A_VIEW = 3  # addresses that one of that name stands below
MAX_NAMES = 5000  # remembered of one website
_OF_A_HOST = 3  # slashes of an address that has a path
_INDEX_PAGE = re.compile(r"/(?:index|default|home|start)\.\w{2,5}$", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{2,}")
_TONGUE = re.compile(r"l(?:an)?g?(?:uage)?$|lng|locale|sprache|langue|idioma|lingua|taal", re.I)
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_]\w{2})?")


class PageViews:
    """The names of what stands below the addresses of one website."""

    def __init__(self) -> None:
        self._below: Counter[str] = Counter()
        self._of_one: Counter[str] = Counter()  # words in parameters behind one address

    def note(self, url: str) -> None:
        """Take down an address that is seen for the first time.

        Args:
            url: In tidy form.
        """
        above, name = parted(url)
        if name in self._below or len(self._below) < MAX_NAMES:
            self._below[name] += 1
        if name[:1] == "?" and len(self._of_one) < MAX_NAMES and names_a_view(name):
            self._of_one[above] += 1

    def has_views(self, url: str) -> bool:
        """Tell whether several words in parameters stand behind an address, linked or not.

        Args:
            url: In tidy form.
        """
        return self._of_one[url] >= IS_A_VIEW

    def viewed(self, url: str, *, n_pages: int) -> str:
        """Return the address that one may be a view of; empty where its name is no view's.

        Args:
            url: In tidy form.
            n_pages: Kept so far: most of them have one.
        """
        above, name = parted(url)
        return above if self._below[name] >= max(IS_A_VIEW, n_pages / 2) else ""


def names_a_view(url: str) -> bool:
    """Tell whether an address's last parameter says a word, and no language.

    A number (`&page=2`) may tell pages apart that stand below each section.

    Args:
        url: In tidy form, or the end of one; it has parameters.
    """
    name, _, said = url[max(url.rfind("&"), url.rfind("?")) + 1 :].partition("=")
    return bool(_WORD.fullmatch(said)) and not (_LANGUAGE.fullmatch(said) or _TONGUE.match(name))


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
