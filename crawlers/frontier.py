"""Which page of a website next: what tells about the business first, near and short first (pure).

Every address is deduplicated as a string before anything else is made of it, and everything a
website can grow without end (addresses, depth, parameters, pages of one pattern) is bounded.
"""

from __future__ import annotations

import dataclasses
import heapq
import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.deeds import does_something, is_machinery
from crawlers.fragment_routes import route_url
from crawlers.frontier_entry import FrontierEntry
from crawlers.language_codes import LANGUAGES
from crawlers.links_elsewhere import Link
from crawlers.page_kinds import PageKind, page_kind
from crawlers.page_worth import Worth
from crawlers.query_variants import QueryVariants
from crawlers.start_page import visible_text
from crawlers.volatile_parts import VolatileParts
from crawlers.website_urls import tidy_url, url_key, without_www
from crawlers.yields import AddressYields, NoPage, shape_of

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from crawlers.links import PageLinks
    from crawlers.website_urls import SiteScope

MAX_WAITING = 1000  # addresses held for one website; those that promise least go first
MAX_KNOWN = 20_000  # addresses remembered for one website
MAX_DEPTH = 8  # clicks from the start page; what is further away comes after all else
MAX_CHAIN = 100  # the same for pages of which each is linked by the one before alone
MAX_SEGMENTS = 10  # of a path
MAX_LINKS_LOOKED_AT = 300  # of a page that may be kept if it leads nowhere new
MAX_ROUTES = 50  # addresses behind `#` that a website's scripts understand
MAX_CROWD = 20  # addresses alike but for numbers, each of which comes later than the one before
MAX_CROWD_OF_NAMES = 7  # the same of names in one directory
MAX_HOSTS = 6  # host names of one website, each of which costs a robots.txt

_FIRST_RANK = -1.0
_DOUBTFUL_RANK = 100.0  # addresses like those that gave nothing come after all others
_UNKNOWN_RANK = 50.0  # addresses that nothing speaks for come last while nothing is found
_IN_VAIN = 3  # addresses in a row that gave nothing
_VARIANTS_IN_VAIN = 6  # known pages asked for once more with parameters, and nothing new on them
_MIN_TEXT = 300  # characters of a page that has text
_MAX_CHOICES = 6  # links of a page where a language is chosen
_FAR_RANK = 20.0  # of what is many clicks away
_REPEATED_RANK = 6.0  # links found on a page that repeats others

_NO_PAGE = re.compile(
    r"\.(?:7z|avi|bin|bmp|bz2|css|csv|dmg|docx?|dwg|eot|eps|epub|exe|flac|flv|gif|gz|ico|ics|jar"
    r"|jpe?g|js|json|kml|m4[av]|mkv|mov|mp[34]|mpe?g|msi|odt|ods|og[gv]|otf|pdf|png|ppsx?|pptx?|ps"
    r"|rar|rss|rtf|stp|step|svg|swf|tar|tgz|tiff?|ttf|txt|vcf|wav|webm|webp|wm[av]|woff2?|xlsx?"
    r"|xml|zip)$",
    re.IGNORECASE,
)
_REPEATS = frozenset({NoPage.REPEATED, NoPage.ALIAS})
# The same page once more, for paper; a print shop's own pages are called otherwise.
_PRINT_VIEW = re.compile(
    r"/(?:print|printable|print[-_]?(?:view|version|page|friendly)|druck(?:en|ansicht|version)?"
    r"|imprimer|imprimir|stampa|afdrukken|drukuj|skriv-?ut|udskriv)(?:\.\w{1,5})?(?:/.|/?$)",
    re.IGNORECASE,
)
# Addresses that begin so are names below the directory of the page that they stand on.
_BEGIN_OF_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_LANGUAGE_SEGMENT = re.compile(r"[a-z]{2}(?:[-_][a-zA-Z]{2})?")
_LANGUAGE_PARAMETER = re.compile(
    r"(?:^|&)(?:lang|language|lng|locale|hl|sprache|langue|idioma|lingua|taal)="
    r"([a-z]{2})(?:[-_]\w{2})?(?:&|$)",
    re.IGNORECASE,
)


class Frontier:
    """The addresses of one website: those that wait and those that were seen.

    Args:
        scope: Which addresses belong to the website.
        language: Of the start page; pages under another language's directory come later.
    """

    def __init__(self, scope: SiteScope, *, language: str = "") -> None:
        self.scope = scope
        self._language = language
        self._waiting: list[FrontierEntry] = []
        # Known by their hashes: a website can make addresses of a thousand characters each.
        self._keys: set[int] = set()
        self._done: set[int] = set()
        self._hrefs: set[int] = set()
        self._variants = QueryVariants()
        self._choices: set[int] = set()  # directories of an address, whatever their order
        self._patterns: Counter[int] = Counter()
        self._kinds: Counter[PageKind] = Counter()
        self._hosts = {scope.home_host}
        self._n_routes = 0
        self._in_vain = 0  # addresses that gave next to nothing, since one that nothing spoke for
        # gave a page
        self._variants_in_vain = 0  # pages asked for once more, with parameters
        self._yields = AddressYields(urlsplit(scope.home).netloc)
        self._volatile = VolatileParts()

    def mark_seen(self, url: str) -> bool:
        """Remember a tidy URL as dealt with; False where it was known before."""
        key = hash(url_key(url))
        if key in self._keys:
            return False
        self._keys.add(key)
        return True

    def settle_language(self, links: PageLinks, html: str) -> None:
        """Take the language of the first page with content for the website's.

        A page where a language is chosen has few links and next to no text, and is in none.

        Args:
            links: Of the page; they say its language.
            html: The page.
        """
        if not self._language and (
            len(links.links) > _MAX_CHOICES or len(visible_text(html)) > _MIN_TEXT
        ):
            self._language = links.language

    def is_done(self, url: str) -> bool:
        """Tell whether a tidy URL was asked for."""
        return hash(url_key(url)) in self._done

    def begin(self, url: str) -> None:
        """Remember that a tidy URL is asked for now, though it may wait as well."""
        key = hash(url_key(url))
        self._keys.add(key)
        if key not in self._done:
            self._done.add(key)
            self._variants.begin(url)

    def ask_again(self, url: str, *, depth: int) -> None:
        """Have a tidy URL that was asked for asked for once more, before all others."""
        self._done.discard(hash(url_key(url)))
        heapq.heappush(self._waiting, FrontierEntry(_FIRST_RANK, depth, len(url), 0, url))

    def note(self, url: str, *, gave_a_page: bool, counts: NoPage = NoPage.DEAD) -> None:
        """Take down what came of an address (`AddressYields.note`): its like comes later, or never.

        Args:
            url: In tidy form.
            gave_a_page: Whether it was one worth keeping.
            counts: What it gave instead, where it was not.
        """
        if not gave_a_page:
            self._in_vain += 1
        elif self._in_vain and self._is_unknown(url):
            self._in_vain = 0
        self._yields.note(url, gave_a_page=gave_a_page, counts=counts)
        if "?" in url and self._is_variant(url):
            self._variants_in_vain += -2 if gave_a_page else 1
        is_telling = gave_a_page or counts in _REPEATS
        if is_telling and self._volatile.note(url, gave_a_page=gave_a_page):
            self._variants.count_anew()

    def note_kept(self, url: str, worth: Worth, *, is_named: bool) -> None:
        """Take down how a page is that was kept.

        Args:
            url: In tidy form.
            worth: What says little that others do not has its like looked for last.
            is_named: Whether it has a title of its own (`QueryVariants`).
        """
        if worth is not Worth.PAGE:
            self.note_fault(url)
        for entry in self._variants.named(url) if is_named else ():
            heapq.heappush(self._waiting, entry)

    def note_fault(self, url: str) -> None:
        """Take down that an address could not be had for now: its like is tried last."""
        self._in_vain += 1
        self._yields.note_doubt(url)

    def leads_on(self, found: PageLinks) -> bool:
        """Tell whether a page has links within the website that nobody knows of yet."""
        tidied = (tidy_url(link.href, found.base) for link in found.links[:MAX_LINKS_LOOKED_AT])
        held = (self.scope.at_home(url) for url in tidied if url and self.scope.holds(url))
        return any(hash(url_key(url)) not in self._keys for url in held)

    def add_links(self, found: PageLinks, *, depth: int, on_repeat: bool = False) -> None:
        """Take over a page's links, each for what it is worth.

        Args:
            found: Links of one page.
            depth: Of the pages they lead to.
            on_repeat: Whether the page said nothing new; its links come later.
        """
        links = found.links
        if found.refresh:
            links = (Link(href=found.refresh, text="", is_part=True), *links)
        directory = _directory(found.base)
        for link in links:
            if len(self._keys) >= MAX_KNOWN:
                return
            if not self._is_known_href(link.href, directory):
                self._add(link, found.base, depth, _REPEATED_RANK if on_repeat else 0.0)

    def add_routes(self, found: PageLinks, *, depth: int) -> None:
        """Take over the links of a rendered page that only its own scripts understand.

        Args:
            found: Links of the page.
            depth: Of the pages they lead to.
        """
        for link in found.links if depth <= MAX_DEPTH else ():
            url = route_url(link.href, found.base)
            if url is None or self._n_routes >= MAX_ROUTES or not self.scope.holds(url):
                continue
            if not self.mark_seen(url):
                continue
            self._n_routes += 1
            parts = urlsplit(url)._replace(path=urlsplit(url).fragment.lstrip("!"))
            rank = self._rank(parts, link)
            entry = FrontierEntry(rank, depth, len(url), len(self._keys), url)
            heapq.heappush(self._waiting, entry)

    def is_hopeless(self, url: str) -> bool:
        """Tell whether tidy URLs of this kind gave nothing so often that none is worth asking."""
        return self._yields.is_hopeless(url)

    def next(self) -> FrontierEntry | None:
        """Return the address to fetch next and forget it; None where none waits."""
        while self._waiting:
            entry = heapq.heappop(self._waiting)
            if self.is_done(entry.url) or self._yields.is_hopeless(entry.url):
                continue
            if self._volatile.is_known(entry.url) or self._variants.holds_back(entry):
                continue
            if self._variants_in_vain >= _VARIANTS_IN_VAIN and self._is_mere_variant(entry.url):
                continue
            if not (later := self._rank_of_doubt(entry)):
                return entry
            # What gave nothing says little of one address: it is tried, but after all others.
            heapq.heappush(self._waiting, dataclasses.replace(entry, rank=entry.rank + later))
        return None

    def _rank_of_doubt(self, entry: FrontierEntry) -> float:
        """Return by how much an address that comes next is to come later; 0 where not at all."""
        if entry.rank < _DOUBTFUL_RANK and self._yields.is_doubtful(entry.url):
            return _DOUBTFUL_RANK
        if self._in_vain < _IN_VAIN or not 0.0 <= entry.rank < _UNKNOWN_RANK:
            return 0.0
        # A crowd of dead links must not hide what others lead to.
        return _UNKNOWN_RANK if self._is_unknown(entry.url) else 0.0

    def _is_variant(self, url: str) -> bool:
        return hash(url_key(url.partition("?")[0])) in self._done

    def _is_mere_variant(self, url: str) -> bool:
        """Tell whether an address is a known page's with parameters of which none gave a page."""
        if "?" not in url or not self._is_variant(url):
            return False
        return not self._yields.has_given_by_parameter(url)

    def _is_unknown(self, url: str) -> bool:
        """Tell whether nothing speaks for an address: neither its name nor its like."""
        is_other = page_kind(urlsplit(url).path, "") is PageKind.OTHER
        return is_other and not self._yields.has_given(url)

    @property
    def n_known(self) -> int:
        """Return how many addresses were seen so far, for `found_since`."""
        return len(self._keys)

    def found_since(self, n_known: int) -> tuple[str, ...]:
        """Return the addresses that wait and were found since, in the order found."""
        if len(self._keys) == n_known:
            return ()
        return tuple(e.url for e in sorted(self._waiting, key=_number) if e.number > n_known)

    def __len__(self) -> int:
        return len(self._waiting)

    def _is_known_href(self, href: str, directory: str) -> bool:
        if not href or href[0] == "#":
            return True
        # A menu repeats on every page; what leads to the same from each is looked at once.
        if href[0] == "/" or href[:4].lower() == "http":
            mark = hash(href)
        elif href[0] in _BEGIN_OF_NAME:
            mark = hash((directory, href))
        else:
            return False
        is_known = mark in self._hrefs
        if len(self._hrefs) < MAX_KNOWN:
            self._hrefs.add(mark)
        return is_known

    def _add(self, link: Link, base: str, depth: int, extra_rank: float) -> None:
        url = tidy_url(link.href, base)
        if url is None or not self.scope.holds(url):
            return
        url = self.scope.at_home(url)
        parts = urlsplit(url)
        if not self.mark_seen(url) or self._volatile.is_known(url):
            return
        if not self._is_bounded(parts.path, parts.query, depth):
            return
        if not self._is_host_taken(without_www(parts.hostname or "")):
            return
        rank = extra_rank + self._rank(parts, link) + (_FAR_RANK if depth > MAX_DEPTH else 0.0)
        heapq.heappush(self._waiting, FrontierEntry(rank, depth, len(url), len(self._keys), url))
        if len(self._waiting) > MAX_WAITING:
            self._waiting = sorted(self._waiting)[: MAX_WAITING // 2]  # which is a heap, too

    def _is_host_taken(self, host: str) -> bool:
        if host not in self._hosts and len(self._hosts) < MAX_HOSTS:
            self._hosts.add(host)
        return host in self._hosts

    def _is_bounded(self, path: str, query: str, depth: int) -> bool:
        segments = path.strip("/").split("/")
        if depth > MAX_CHAIN or len(segments) > MAX_SEGMENTS or _NO_PAGE.search(path):
            return False
        if does_something(path, query) or is_machinery(path):
            return False
        if len(segments) > 3 and max(Counter(segments).values()) > 2:
            return False  # a link that grows by itself: a/b/a/b/a/b
        if len(segments) > 2 and not self._is_new_choice(segments, query):
            return False
        return not query or self._variants.is_taken(path, depth)

    def _is_new_choice(self, segments: list[str], query: str) -> bool:
        """Tell whether an address is not one known in another order: `red/large`, `large/red`."""
        if any(map(str.isdigit, segments)):
            return True  # of dates the order is what counts
        mark = hash((segments[0], *sorted(segments[1:]), query))
        is_new = mark not in self._choices
        self._choices.add(mark)
        return is_new

    def _rank(self, parts: SplitResult, link: Link) -> float:
        if link.is_part:
            return 0.0
        path, query = parts.path, parts.query
        kind = page_kind(path, link.text)
        rank = float(kind)
        if kind is not PageKind.OTHER:  # the second page of a kind tells less than the first
            rank += 0.5 * min(self._kinds[kind], 10)
            self._kinds[kind] += 1
        rank += 0.5 * self._crowd(path, kind)
        rank += 2.0 if query else 0.0
        rank += 8.0 if _PRINT_VIEW.search(path) else 0.0
        rank += 3.0 if without_www(parts.hostname or "") != self.scope.home_host else 0.0
        return rank + (4.0 if self._is_other_language(path, query, link.language) else 0.0)

    def _crowd(self, path: str, kind: PageKind) -> int:
        """Return how many addresses like one there are by now, up to a bound; it is counted."""
        shape, most = shape_of(path), MAX_CROWD
        directory = path.rstrip("/").rpartition("/")[0]
        if directory and kind is PageKind.OTHER and shape == path:
            # What nothing tells apart in one directory is alike, but no worse than legal pages.
            shape, most = f"{directory}/*", MAX_CROWD_OF_NAMES
        mark = hash(shape)
        crowd = min(self._patterns[mark], most)
        self._patterns[mark] += 1
        return crowd

    def _is_other_language(self, path: str, query: str, said: str) -> bool:
        if not self._language:
            return False
        code = said or _language_in(path, query)
        return code in LANGUAGES and code != self._language[:2]


def _directory(base: str) -> str:
    """Return what of an address decides where names relative to it lead."""
    directory = base.partition("#")[0].partition("?")[0].rpartition("/")[0]
    return directory if directory.count("/") > 1 else base  # of a host and nothing behind it


def _number(entry: FrontierEntry) -> int:
    return entry.number


def _language_in(path: str, query: str) -> str:
    first = path.split("/", 2)[1]
    if _LANGUAGE_SEGMENT.fullmatch(first):
        return first[:2].lower()
    found = _LANGUAGE_PARAMETER.search(query) if query else None
    return found[1].lower() if found else ""
