"""Which addresses the menu of a website leads to, and which pages stand outside of it (pure).

What stands on several of the first pages is a menu: somebody put it there to be found. A page that
leads to none of it was not made with the others: a break-in's, an error page, a programme's own
list. One such page may be an oddity; several in one directory are a reason to take the rest first.
"""

from __future__ import annotations

from collections import Counter

PAGES_READ = 4  # at the beginning of a visit
IS_A_MENU = 3  # addresses
IS_A_CROWD = 2  # strangers of one directory, beyond pages that were none
IS_A_WIDE_CROWD = 3  # the same of addresses made alike, each in a directory of its own


class SiteMenu:
    """What the first pages of one website have in common, and who has nothing of it."""

    def __init__(self) -> None:
        self._n_pages = 0
        self._stood_on: dict[int, tuple[int, int]] = {}  # by mark: key of the address, first page
        self._marks: set[int] = set()
        self._keys: set[int] = set()
        self._n_before = 0  # of the keys, when the last page ended
        # By directory, and by how addresses are made; in the menu or not.
        self._strangers: Counter[tuple[str, bool]] = Counter()

    @property
    def is_open(self) -> bool:
        """Tell whether further pages are still compared."""
        return self._n_pages < PAGES_READ

    def learns(self, mark: int, key: int) -> bool:
        """Take down a link that is written as none before; tells whether it leads to the menu.

        Args:
            mark: Of the link as it is written.
            key: Of the address that it leads to.
        """
        if key in self._keys:
            self._marks.add(mark)
            return True
        if self.is_open:
            self._stood_on[mark] = key, self._n_pages
        return False

    def meets(self, mark: int) -> bool:
        """Take down a link that stood on this page or one before; as `learns`."""
        if mark in self._marks:
            return True
        key, page = self._stood_on.get(mark, (0, self._n_pages))
        if page == self._n_pages:
            return False
        self._marks.add(mark)
        self._keys.add(key)
        return True

    def end_page(self) -> bool:
        """Take down that one of the first pages was read; tells whether the menu grew by it."""
        self._n_pages += 1
        n_before, self._n_before = self._n_before, len(self._keys)
        if not self.is_open:
            self._stood_on.clear()
        return len(self._keys) > n_before

    def holds(self, key: int) -> bool:
        """Tell whether the menu leads to an address."""
        return key in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def note_page(self, path: str, key: int, *, is_stranger: bool) -> None:
        """Take down whether a page is of the same make as the others.

        Args:
            path: Of its address.
            key: Of its address.
            is_stranger: Whether it leads to nothing that the menu names.
        """
        is_in_menu = self.holds(key)
        for place in ((path.rpartition("/")[0], is_in_menu), (_make_of(path), is_in_menu)):
            if is_stranger or self._strangers[place] > 0:
                self._strangers[place] += 1 if is_stranger else -1

    def stands_among_strangers(self, path: str, key: int) -> bool:
        """Tell whether pages of an address's directory were mostly of another make.

        Those that the menu names and those that it does not are judged by their own likes: links
        of a break-in may stand on each page, too.
        """
        is_in_menu = self.holds(key)
        if self._strangers[path.rpartition("/")[0], is_in_menu] >= IS_A_CROWD:
            return True
        return self._strangers[_make_of(path), is_in_menu] >= IS_A_WIDE_CROWD


def _make_of(path: str) -> str:
    """Return how an address is made: how deep it lies, and what it ends on."""
    directory, _, last = path.rpartition("/")
    return f"{directory.count('/')}.{last.partition('.')[2]}"
