"""How many addresses that differ in their parameters alone a website is asked for (pure).

`index.php?id=` is all that some websites have, and `?sort=` is what others grow without end. What
the start page links is taken, up to a bound. Of what is found further on a few are asked for, and
more only where the menu itself is made of parameters, or where such pages have titles of their own:
a list sorted anew has none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from crawlers.frontier_entry import FrontierEntry

MAX_VARIANTS = 5  # query strings of one path
MAX_VARIANTS_IN_MENU = 40  # of which that many where the website names its pages by them
IS_A_MENU = 3  # of them on the start page
MORE_FOR_EACH = 2  # that had a title of its own


class QueryVariants:
    """The addresses with parameters of one website."""

    def __init__(self) -> None:
        self._found: Counter[int] = Counter()  # by the path's hash, like all below
        self._in_menu: Counter[int] = Counter()
        self._asked: Counter[int] = Counter()
        self._named: Counter[int] = Counter()
        self._held: dict[int, list[FrontierEntry]] = defaultdict(list)

    def is_taken(self, path: str, depth: int) -> bool:
        """Tell whether one more address of a path may wait; it is counted.

        Args:
            path: Of an address that has parameters.
            depth: Clicks from the start page.
        """
        mark = hash(path)
        self._found[mark] += 1
        self._in_menu[mark] += depth <= 1
        return self._found[mark] <= MAX_VARIANTS_IN_MENU

    def count_anew(self) -> None:
        """Forget how many were found: many of them turned out to be the same."""
        self._found.clear()

    def begin(self, url: str) -> None:
        """Take down that an address is asked for."""
        if "?" in url:
            self._asked[_path(url)] += 1

    def holds_back(self, entry: FrontierEntry) -> bool:
        """Tell whether an entry is to wait until more is known of its like; it is kept here."""
        if entry.depth <= 1 or "?" not in entry.url:
            return False
        mark = _path(entry.url)
        if self._in_menu[mark] >= IS_A_MENU:
            return False
        if self._asked[mark] < MAX_VARIANTS + MORE_FOR_EACH * self._named[mark]:
            return False
        self._held[mark].append(entry)
        return True

    def named(self, url: str) -> list[FrontierEntry]:
        """Take down that an address gave a page with a title of its own.

        Returns:
            Entries that were held back and may be looked at again.
        """
        if "?" not in url:
            return []
        mark = _path(url)
        self._named[mark] += 1
        return self._held.pop(mark, [])


def _path(url: str) -> int:
    return hash(urlsplit(url).path)
