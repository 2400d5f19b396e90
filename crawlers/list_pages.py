"""Lists of what stands elsewhere, and whether those of one website are worth asking for (pure).

Tags, authors, months, searches, a shop's filters and orders: a blog or a shop has dozens of them,
each a new text, put together of the beginnings of pages. Where three led to no page that was not
known, the others will not either. Categories are none of them: many a shop's offer stands there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawlers.website_urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

OTHERS = 6  # pages that are no lists: who has fewer may have put all pages at such addresses
IN_VAIN = 3  # lists that led nowhere new, after which no other is asked for
FOUND_MORE = -2.0  # what one that did counts against them

_BY_PATH = re.compile(
    r"/(?:19|20)\d\d(?:/\d\d?){0,2}/?$|/(?:page|seite|pagina)/\d+/?$|/(?:tags?|author)/[^/]+/?$",
    re.IGNORECASE,
)
_BY_QUERY = re.compile(
    r"&(?:paged|s|q|search|keywords?|tag|dir|order|orderby|sort\w*|limit|mode|per_page|display"
    r"|filter\w*|product_list_\w+|rating_filter|min_price|max_price|price|colou?r|brand"
    r"|manufacturer)=",
    re.IGNORECASE,
)


class ListPages:
    """The lists of one website."""

    def __init__(self) -> None:
        self._in_vain, self._n_others = 0.0, 0

    def note(self, url: str, found: Callable[[], Iterable[str]]) -> None:
        """Take down what a page led to.

        Args:
            url: Of the page, in tidy form.
            found: Gives the addresses on it that were not known.
        """
        if not is_pure_list(url):
            self._n_others += 1
        else:
            path = _path(url)
            leads_on = any(_path(one) != path and not is_pure_list(one) for one in found())
            self._in_vain += FOUND_MORE if leads_on else 1.0

    def is_spare(self, url: str) -> bool:
        """Tell whether an address is a list that promises nothing.

        Args:
            url: In tidy form.
        """
        is_in_vain = self._in_vain >= IN_VAIN and self._n_others >= OTHERS
        return is_in_vain and is_pure_list(url)


def is_pure_list(url: str) -> bool:
    """Tell whether an address is that of a list and of nothing else.

    Args:
        url: In tidy form.
    """
    path, mark, query = read_address(url).target.partition("?")
    return bool(_BY_PATH.search(path) or (mark and _BY_QUERY.search(f"&{query}")))


def _path(url: str) -> str:
    return read_address(url).target.partition("?")[0]
