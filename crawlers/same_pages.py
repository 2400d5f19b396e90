"""Pages that come again with other text around them, under an address with another code (pure).

Teasers, quotes and offers drawn anew for each visitor make every answer a new text, so that a page
under two addresses (`/about?x=1f`, `/about?x=8c`) does not repeat itself as a whole. What stays is
its title and what it says itself. Only pages are compared whose addresses are one but for a code,
or what a parameter says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawlers.volatile_parts import coded_parts
from crawlers.website_urls import url_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawlers.site_text import StoredPage

    Shared = Callable[[StoredPage], tuple[int, int]]

MAX_REMEMBERED = 400  # pages of one website, under each of their addresses without a code
MAX_COMPARED = 5  # with one page
MIN_SHARED = 20  # words
_SHARE = 1 / 3  # of what stands on few other pages
_SHARE_BY_NUMBER = 1 / 2  # the same where addresses number pages, as those of programmes do
_NUMBER = re.compile(r"[=/_-]\d{1,7}(?:\.\w{2,5})?/?$")


class SamePages:
    """The pages of one website by their addresses without codes, and by their titles."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[StoredPage]] = {}

    def comes_again(
        self,
        url: str,
        title: str,
        page: StoredPage,
        shared: Callable[[StoredPage], tuple[int, int]],
    ) -> bool:
        """Tell whether a page is one that was had under another address; else it is remembered.

        Args:
            url: Where it was found.
            title: Of it.
            page: What stands on it.
            shared: Tells of another page how many words that stand on few pages both have, and how
                many the longer of them has of these in all.
        """
        places = [rest for _, rest in coded_parts(url)]
        alike = [one for place in places for one in self._known.get((place, title), ())]
        share = _SHARE_BY_NUMBER if _NUMBER.search(url) else _SHARE
        for other in alike[:MAX_COMPARED]:
            common, longer = shared(other)
            if common >= max(MIN_SHARED, share * longer):
                return True
        if len(self._known) < MAX_REMEMBERED:
            for place in {url_key(url), *places}:
                self._known.setdefault((place, title), []).append(page)
        return False
