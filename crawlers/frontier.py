"""Which page of a website next: what tells about the business first, near and short first (pure).

Every address is deduplicated as a string before anything else is made of it, and everything a
website can grow without end (addresses, depth, parameters, pages of one pattern) is bounded.
"""

from __future__ import annotations

import heapq
from operator import attrgetter
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers import waiting_ranks
from crawlers.address_bounds import AddressBounds, is_slip, start_named_by
from crawlers.fragment_routes import route_url
from crawlers.frontier_entry import FrontierEntry
from crawlers.last_links import FEW_LINKS
from crawlers.link_marks import NOWHERE, directory_of, mark_of
from crawlers.links_elsewhere import Link
from crawlers.list_pages import ListPages
from crawlers.misplaced_links import MisplacedLinks
from crawlers.page_kinds import PageKind, page_kind
from crawlers.page_views import PageViews, names_a_view
from crawlers.page_worth import Worth
from crawlers.query_variants import QueryVariants
from crawlers.ranking import LinkRanks, is_list
from crawlers.site_menu import IS_A_MENU, SiteMenu
from crawlers.volatile_parts import VolatileParts
from crawlers.website_urls import read_address, tidy_url, url_key, without_www
from crawlers.yields import AddressYields, NoPage

if TYPE_CHECKING:
    from crawlers.links import PageLinks
    from crawlers.website_urls import SiteScope

MAX_WAITING = 1000  # addresses held for one website; those that promise least go first
MAX_KNOWN = 20_000  # addresses remembered for one website
MAX_DEPTH = 8  # clicks from the start page; what is further away comes after all else
MAX_LINKS_LOOKED_AT = 300  # of a page that may be kept if it leads nowhere new
MAX_ROUTES = 50  # addresses behind `#` that a website's scripts understand
MAX_HOSTS = 6  # host names of one website, each of which costs a robots.txt

_IN_VAIN = 3  # addresses in a row that gave nothing
_LONG_IN_VAIN = 6
_DOUBTED_IN_VAIN = 5  # of what came last, since nothing speaks for it
_VARIANTS_IN_VAIN = 6  # known pages asked for once more with parameters, and nothing new on them


class Frontier:
    """The addresses of one website: those that wait and those that were seen.

    Args:
        scope: Which addresses belong to the website.
        language: Of the start page; pages under another language's directory come later.
    """

    def __init__(self, scope: SiteScope, *, language: str = "") -> None:
        self.scope = scope
        self._ranks = LinkRanks(scope.home_host, language)
        self.settle_language = self._ranks.settle_language
        self._waiting: list[FrontierEntry] = []
        # Known by their hashes: a website can make addresses of a thousand characters each.
        self._keys: set[int] = set()
        self._done: set[int] = set()
        self._hrefs: set[int] = set()
        self._menu = SiteMenu()
        self._first: frozenset[int] = frozenset()  # the start page, by its addresses
        self._is_splash = False  # it does little but lead on
        self._variants = QueryVariants()
        self._bounds = AddressBounds()
        self._hosts = {scope.home_host}
        self._n_routes = 0
        self._in_vain = 0  # addresses that gave next to nothing, since one that nothing spoke for
        # gave a page
        self._is_doubted, self._doubted_in_vain = False, 0  # the last one given out; since a page
        self._variants_in_vain = 0  # pages asked for once more, with parameters
        self._yields = AddressYields(urlsplit(scope.home).netloc)
        self._volatile = VolatileParts()
        self._views, self._n_kept = PageViews(), 0
        self._misplaced, self._lists = MisplacedLinks(), ListPages()

    def mark_seen(self, url: str) -> bool:
        """Remember a tidy URL as dealt with; False where it was known before."""
        key = hash(url_key(url))
        if key in self._keys:
            return False
        self._keys.add(key)
        return True

    def is_done(self, url: str) -> bool:
        """Tell whether a tidy URL was asked for."""
        return hash(url_key(url)) in self._done

    def begin(self, url: str) -> None:
        """Remember that a tidy URL is asked for now, though it may wait as well."""
        self._misplaced.begin(url)
        key = hash(url_key(url))
        self._keys.add(key)
        if key not in self._done:
            self._done.add(key)
            self._variants.begin(url)

    def ask_again(self, url: str, *, depth: int) -> None:
        """Have a tidy URL that was asked for asked for once more, before all others."""
        self._done.discard(hash(url_key(url)))
        heapq.heappush(self._waiting, FrontierEntry(waiting_ranks.FIRST, depth, len(url), 0, url))

    def note(self, url: str, *, gave_a_page: bool, counts: NoPage = NoPage.DEAD) -> None:
        """Take down what came of an address (`AddressYields.note`): its like comes later, or never.

        Args:
            url: In tidy form.
            gave_a_page: Whether it was one worth keeping.
            counts: What it gave instead, where it was not.
        """
        if not gave_a_page:
            self._doubted_in_vain += self._is_doubted
            self._in_vain += 1
        else:
            self._doubted_in_vain = 0
            self._in_vain = 0 if self._in_vain and self._is_unknown(url) else self._in_vain
        self._yields.note(url, gave_a_page=gave_a_page, counts=counts)
        self._misplaced.note(url, gave_a_page=gave_a_page)
        if "?" in url and self._is_variant(url):
            self._variants_in_vain += -2 if gave_a_page else 1
        is_telling = gave_a_page or counts in {NoPage.REPEATED, NoPage.ALIAS}
        if is_telling and self._volatile.note(url, gave_a_page=gave_a_page):
            self._variants.count_anew()

    def note_kept(self, url: str, worth: Worth, *, is_named: bool) -> None:
        """Take down how a page is that was kept.

        Args:
            url: In tidy form.
            worth: What says little that others do not has its like looked for last.
            is_named: Whether it has a title of its own (`QueryVariants`).
        """
        self._n_kept += 1
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

    def add_links(
        self, found: PageLinks, *, depth: int, on_repeat: bool = False, page: str = ""
    ) -> None:
        """Take over a page's links, each for what it is worth.

        Args:
            found: Links of one page.
            depth: Of the pages they lead to.
            on_repeat: Whether the page said nothing new; its links come later.
            page: Its address, where it is one that was kept.
        """
        links = found.links
        if found.refresh:
            links = (Link(href=found.refresh, text="", is_part=True), *links)
        directory, n_known, is_back = directory_of(found.base), self.n_known, False
        if not self._first:
            self._first, self._is_splash = frozenset(self._done), len(links) <= FEW_LINKS
        hrefs, menu, is_open = self._hrefs, self._menu, self._menu.is_open
        later = waiting_ranks.REPEATED if on_repeat else 0.0
        self._misplaced.read_page(directory)
        for link in links:
            if len(self._keys) >= MAX_KNOWN:
                return
            mark = mark_of(link.href, directory)
            if mark in hrefs:  # a menu repeats on every page: each link is looked at once
                is_back = ((is_open or not is_back) and menu.meets(mark)) or is_back
            elif mark != NOWHERE:
                if mark is not None and len(hrefs) < MAX_KNOWN:
                    hrefs.add(mark)
                key = self._add(link, found.base, depth, later)
                if mark is not None and key and key not in self._first:
                    is_back = menu.learns(mark, key) or is_back
        if page:
            self._note_page(page, n_known, is_stranger=not is_back, on_repeat=on_repeat)

    def _note_page(self, page: str, n_known: int, *, is_stranger: bool, on_repeat: bool) -> None:
        self._lists.note(page, lambda: self.found_since(n_known))
        if not on_repeat:  # which says nothing new, and so nothing of the menu
            self._place_in_menu(page, n_known, is_stranger=is_stranger)

    def _place_in_menu(self, page: str, n_known: int, *, is_stranger: bool) -> None:
        """Take down whether a page has the menu of the others; what strangers lead to comes later.

        Args:
            page: Its address.
            n_known: Addresses that were known before it.
            is_stranger: Whether it leads to nothing that the menu names.
        """
        menu = self._menu
        if menu.is_open and menu.end_page():
            self._put_forward()
        if len(menu) < IS_A_MENU:
            return
        menu.note_page(_path(page), hash(url_key(page)), is_stranger=is_stranger)
        if is_stranger and self.n_known > n_known:
            self._waiting = [
                e.later_by(waiting_ranks.FAR) if e.number > n_known else e for e in self._waiting
            ]
            heapq.heapify(self._waiting)

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
            rank = self._ranks.rank(parts, link)
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
            if self._is_spare(entry):
                continue
            if not (later := self._rank_of_doubt(entry)):
                return self._if_it_pays(entry)
            # What gave nothing says little of one address: it is tried, but after all others.
            heapq.heappush(self._waiting, entry.later_by(later))
        return None

    def _if_it_pays(self, entry: FrontierEntry) -> FrontierEntry | None:
        """Return an address, or None where it is one of a crowd of which the last were dead."""
        is_doubted = entry.rank >= waiting_ranks.UNKNOWN
        if is_doubted and self._doubted_in_vain >= _DOUBTED_IN_VAIN:
            heapq.heappush(self._waiting, entry)
            return None
        self._is_doubted = is_doubted
        return entry

    def _is_spare(self, entry: FrontierEntry) -> bool:
        """Tell whether an address is a misplaced link, a list in vain or a view by a parameter."""
        url = entry.url
        if self._misplaced.is_dropped(url) or self._lists.is_spare(url):
            return True
        if entry.rank < waiting_ranks.VIEW or "?" not in url or not names_a_view(url):
            return False
        above = self._views.viewed(url, n_pages=self._n_kept)
        return bool(above) and (self.is_done(above) or self._views.has_views(above))

    def _rank_of_doubt(self, entry: FrontierEntry) -> float:
        """Return by how much an address that comes next is to come later; 0 where not at all."""
        if entry.rank < waiting_ranks.DOUBTFUL and self._yields.is_doubtful(entry.url):
            return waiting_ranks.DOUBTFUL
        if not 0.0 <= entry.rank < waiting_ranks.UNKNOWN:
            return 0.0
        above = self._views.viewed(entry.url, n_pages=self._n_kept)
        is_view = above and (hash(url_key(above)) in self._keys or self._views.has_views(above))
        if entry.rank < waiting_ranks.VIEW and (is_view or self._misplaced.is_doubted(entry.url)):
            return waiting_ranks.VIEW
        key = hash(url_key(entry.url))
        if self._menu.stands_among_strangers(_path(entry.url), key):
            return (
                waiting_ranks.UNKNOWN if page_kind(_path(entry.url), "") is PageKind.OTHER else 0.0
            )
        if self._menu.holds(key):
            return 0.0
        # A crowd of dead links must not hide what others lead to.
        is_doubted = self._in_vain >= _IN_VAIN and self._is_unknown(entry.url)
        if self._in_vain >= _LONG_IN_VAIN:  # telling names or not
            is_doubted = not self._yields.has_given(entry.url)
        return waiting_ranks.UNKNOWN if is_doubted else 0.0

    def _is_in_menu(self, url: str) -> bool:
        return self._menu.holds(hash(url_key(url)))

    def _put_forward(self) -> None:
        """Have what the menu names wait less than what nobody else speaks for."""
        self._waiting = [
            e.later_by(-waiting_ranks.LESS_IN_MENU) if self._gains(e) else e for e in self._waiting
        ]
        heapq.heapify(self._waiting)

    def _gains(self, entry: FrontierEntry) -> bool:
        if not waiting_ranks.LEAST_OF_OTHERS <= entry.rank < waiting_ranks.UNKNOWN:
            return False
        path, _, query = read_address(entry.url).target.partition("?")
        return self._is_in_menu(entry.url) and not is_list(path, query)

    def _is_variant(self, url: str) -> bool:
        return hash(url_key(url.partition("?")[0])) in self._done

    def _is_mere_variant(self, url: str) -> bool:
        """Tell whether an address is a known page's with parameters of which none gave a page."""
        if "?" not in url or not self._is_variant(url):
            return False
        return not self._yields.has_given_by_parameter(url)

    def _is_unknown(self, url: str) -> bool:
        """Tell whether nothing speaks for an address: neither its name, its like, nor the menu."""
        is_other = page_kind(_path(url), "") is PageKind.OTHER
        return is_other and not (self._is_in_menu(url) or self._yields.has_given(url))

    @property
    def n_known(self) -> int:
        """Return how many addresses were seen so far, for `found_since`."""
        return len(self._keys)

    def found_since(self, n_known: int) -> tuple[str, ...]:
        """Return the addresses that wait and were found since, in the order found."""
        if len(self._keys) == n_known:
            return ()
        return tuple(
            e.url for e in sorted(self._waiting, key=attrgetter("number")) if e.number > n_known
        )

    def __len__(self) -> int:
        return len(self._waiting)

    def _add(self, link: Link, base: str, depth: int, extra_rank: float) -> int:
        """Have an address wait; returns its key, 0 where it is none of the website's."""
        url = None if is_slip(link.href) else tidy_url(link.href, base)
        if url is None or not self.scope.holds(url):
            return 0
        url = self.scope.at_home(url)
        if not (link.is_part or self._is_splash) and self._is_start_again(url):
            return 0
        key = hash(url_key(url))
        if self.mark_seen(url) and not self._volatile.is_known(url):
            if self._misplaced.base:
                self._doubt_place(link.href, key)
            self._have_wait(url, link, depth, extra_rank)
        return key

    def _doubt_place(self, href: str, key: int) -> None:
        is_name = self._misplaced.is_name(href)
        meant = tidy_url(href, self._misplaced.base) if is_name else None
        if meant and (other := hash(url_key(meant))) != key and other in self._keys:
            self._misplaced.doubt(key)

    def _is_start_again(self, url: str) -> bool:
        directory = start_named_by(url)
        return bool(directory) and hash(url_key(directory)) in self._keys

    def _have_wait(self, url: str, link: Link, depth: int, extra_rank: float) -> None:
        parts = urlsplit(url)
        self._views.note(url)
        if not self._bounds.hold(parts.path, parts.query, depth):
            return
        if parts.query and not self._variants.is_taken(parts.path, depth):
            return
        if not self._is_host_taken(without_www(parts.hostname or "")):
            return
        far = waiting_ranks.FAR if depth > MAX_DEPTH else 0.0
        rank = extra_rank + far + self._ranks.rank(parts, link)
        if "&" in parts.query and hash(url_key(url.rpartition("&")[0])) in self._keys:
            rank += waiting_ranks.LONGER
        heapq.heappush(self._waiting, FrontierEntry(rank, depth, len(url), len(self._keys), url))
        if len(self._waiting) > MAX_WAITING:
            self._waiting = sorted(self._waiting)[: MAX_WAITING // 2]  # which is a heap, too

    def _is_host_taken(self, host: str) -> bool:
        if host not in self._hosts and len(self._hosts) < MAX_HOSTS:
            self._hosts.add(host)
        return host in self._hosts


def _path(url: str) -> str:
    return read_address(url).target.partition("?")[0]
