"""How soon an address of a website is asked for, by what it and its link say (pure).

The smaller the rank, the sooner. What tells about the business comes first; of addresses that
nothing tells apart each comes later than the one before, so that no crowd (a break-in's thousand
pages, stories without end, choices in a path) stands before the few others.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from crawlers.language_codes import LANGUAGES
from crawlers.page_kinds import PageKind, page_kind
from crawlers.start_page import visible_text
from crawlers.website_urls import without_www
from crawlers.yields import shape_of

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from crawlers.links import PageLinks
    from crawlers.links_elsewhere import Link

MAX_CROWD = 20  # addresses alike but for numbers, each of which comes later than the one before
MAX_CROWD_OF_NAMES = 7  # the same of names below one directory

_OTHER_LANGUAGE_RANK = 15.0  # behind all of the website's own language
_OTHER_HOST_RANK = 3.0
_PRINT_VIEW_RANK = 8.0
_QUERY_RANK = 2.0
_LIST_RANK = 4.0
_MOST_OF_A_KIND = 10
_MIN_TEXT = 300  # characters of a page that has text
_MAX_CHOICES = 6  # links of a page where a language is chosen

# The same page once more, for paper or other screens; a print shop's own are called otherwise.
_PRINT_VIEW = re.compile(
    r"/(?:amp|embed|print|printable|print[-_]?(?:view|version|page|friendly)"
    r"|druck(?:en|ansicht|version)?"
    r"|imprimer|imprimir|stampa|afdrukken|drukuj|skriv-?ut|udskriv)(?:\.\w{1,5})?(?:/.|/?$)",
    re.IGNORECASE,
)
# Lists of what stands elsewhere: by date, page after page, short addresses, searches, other orders.
_LIST = re.compile(
    r"/(?:19|20)\d\d(?:/\d\d?){0,2}/?$|/(?:page|seite|pagina)/\d+/?$|/category/", re.IGNORECASE
)
_LIST_QUERY = re.compile(
    r"&(?:p|page_id|paged|attachment_id|s|search|keywords?|dir|order|orderby|sort\w*|limit|mode|tab"
    r"|per_page|display|filter\w*|min_price|max_price|___store|currency|replytocom|share)=",
    re.IGNORECASE,
)
_SEVERAL_WORDS = re.compile(r"\w[-_+,.]\w+[-_+,\d]|\d")
_LANGUAGE_SEGMENT = re.compile(r"[a-z]{2}(?:[-_][a-zA-Z]{2})?")
_LANGUAGE_PARAMETER = re.compile(
    r"(?:^|&)(?:lang|language|lng|locale|hl|sprache|langue|idioma|lingua|taal)="
    r"([a-z]{2})(?:[-_]\w{2})?(?:&|$)",
    re.IGNORECASE,
)


def is_list(path: str, query: str) -> bool:
    """Tell whether an address is one of a list of what stands elsewhere, too.

    Args:
        path: Of a tidy URL.
        query: Of it; may be empty.
    """
    return bool(_LIST.search(path) or (query and _LIST_QUERY.search(f"&{query}")))


class LinkRanks:
    """Ranks the addresses of one website in the order in which they are found.

    Args:
        home_host: Host of the start page, without ``www.``.
        language: Of the website, two letters; empty as long as nobody knows.
    """

    def __init__(self, home_host: str, language: str = "") -> None:
        self.language = language
        self._home_host = home_host
        self._crowds: Counter[int] = Counter()
        self._kinds: Counter[tuple[PageKind, bool]] = Counter()

    def settle_language(self, links: PageLinks, html: str) -> None:
        """Take the language of the first page with content for the website's.

        A page where a language is chosen has few links and next to no text, and is in none.

        Args:
            links: Of the page; they say its language.
            html: The page.
        """
        if not self.language and (
            len(links.links) > _MAX_CHOICES or len(visible_text(html)) > _MIN_TEXT
        ):
            self.language = links.language

    def rank(self, parts: SplitResult, link: Link) -> float:
        """Return the rank of an address; it is counted.

        Args:
            parts: Of a tidy URL.
            link: That leads there.
        """
        if link.is_part:
            return 0.0
        path, query = parts.path, parts.query
        kind = page_kind(path, link.text)
        is_foreign = self._is_other_language(path, query, link.language)
        rank = float(kind)
        if kind is not PageKind.OTHER:  # the second page of a kind tells less than the first
            rank += 0.5 * min(self._kinds[kind, is_foreign], _MOST_OF_A_KIND)
            self._kinds[kind, is_foreign] += 1
        rank += 0.5 * self._crowd(path, kind)
        rank += _QUERY_RANK if query else 0.0
        rank += _LIST_RANK if is_list(path, query) else 0.0
        rank += _PRINT_VIEW_RANK if _PRINT_VIEW.search(path) else 0.0
        if without_www(parts.hostname or "") != self._home_host:
            rank += _OTHER_HOST_RANK
        return rank + (_OTHER_LANGUAGE_RANK if is_foreign else 0.0)

    def _crowd(self, path: str, kind: PageKind) -> int:
        """Return how many addresses like one there are by now, up to a bound; it is counted."""
        crowd = self._counted(shape_of(path), MAX_CROWD)
        if kind is not PageKind.OTHER:
            return crowd
        # What nothing tells apart below one directory is alike, but no worse than legal pages;
        # words in a row (an article, an item) are no like of a single one.
        first, *further = path.strip("/").split("/")
        if further and _LANGUAGE_SEGMENT.fullmatch(first):
            first, *further = further
        last = (further or [first])[-1]
        is_long = _SEVERAL_WORDS.search(last) is not None
        directory = first if further else ""
        crowd = max(crowd, self._counted((directory, is_long), MAX_CROWD_OF_NAMES))
        word, mark, _ = last.partition("-")  # `/plumber-in-leeds`, and the other forty towns
        return max(crowd, self._counted((directory, word), MAX_CROWD)) if mark else crowd

    def _counted(self, of: object, most: int) -> int:
        mark = hash(of)
        crowd = min(self._crowds[mark], most)
        self._crowds[mark] += 1
        return crowd

    def _is_other_language(self, path: str, query: str, said: str) -> bool:
        if not self.language:
            return False
        code = said or _language_in(path, query)
        return code in LANGUAGES and code != self.language[:2]


def _language_in(path: str, query: str) -> str:
    first = path.split("/", 2)[1]
    if _LANGUAGE_SEGMENT.fullmatch(first):
        return first[:2].lower()
    found = _LANGUAGE_PARAMETER.search(query) if query else None
    return found[1].lower() if found else ""
