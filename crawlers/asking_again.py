"""Pages of an earlier wave asked for again: next to no work for each that a server leaves unsent.

Whoever asks here has been through the same permission, turn, gate and archive as any request. What
is spared is what an answer without a body never needs: cookies, redirects, links, what a page says
of its use. An answer with any of these, or any other than a plain 304, is handed to the ordinary
visit, which goes on from it and asks nothing twice. Where all pages are the same, that is never
even loaded.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Protocol

from crawlers.answers import Fault
from crawlers.earlier import conditions
from crawlers.fetching import ACCEPT_PAGES, as_attempted
from crawlers.known_pages import Begun, KnownPages
from crawlers.places import SLOW_SECONDS
from crawlers.website_urls import start_urls
from storage.accounting import Outcome

if TYPE_CHECKING:
    from crawlers.begun_visit import BegunVisit
    from crawlers.earlier import KnownPage
    from crawlers.http_messages import HttpAnswer, HttpRequest
    from storage.page_archive import Headers
    from storage.records.crawl import Page, WebsiteVisit

NOT_MODIFIED = 304
_ACCEPTED = (("Accept", ACCEPT_PAGES),)
# Fields that a 304 may have and that mean something to a visit, which then looks at the answer.
_MEANINGFUL = frozenset({"set-cookie", "x-robots-tag", "tdm-reservation", "tdm-policy"})
_LENGTHS = frozenset(map(len, _MEANINGFUL))


class OrdinaryWays(Protocol):
    """What an ordinary visit has learnt of its website."""

    def asks_plainly(self, url: str) -> bool:
        """Tell whether an address is asked for as it is, and under conditions."""
        ...

    def note_unchanged(self, url: str) -> None:
        """Take down that an address was answered as it stands."""
        ...


class AskingAgain:
    """Asks for the pages of one website's earlier wave.

    Args:
        visit: The visit that they are asked for in.

    Attributes:
        kept: Pages that are the same, in order; of most, their lines of the journal.
        ordinary: The ordinary visit; None as long as there is none.
        known: The pages of the earlier wave, and what the ordinary visit is to go on from.
    """

    def __init__(self, visit: BegunVisit) -> None:
        self._visit = visit
        self._spending = visit.spending
        self._fetcher = visit.tools.fetcher
        self._pages = visit.earlier.pages[: visit.tools.politeness.max_pages_per_website]
        # Else each website is asked for its file, too, and that says which pages are kept.
        self._heeds_no_file = visit.tools.politeness.on_tdm_reservation == "record"
        self.kept: list[Page | str] = []
        self.ordinary: OrdinaryWays | None = None
        self.known = KnownPages(visit.earlier)
        self._asked_for: tuple[KnownPage, str] | None = None  # and what it counts under
        self._asked_at = self._took = 0.0

    async def run(self) -> WebsiteVisit | None:
        """Make the visit; None where it is not over: an ordinary one then goes on from `kept`.

        Raises:
            CrawlStopped: No further request may be sent.
            DayUsedUp: The website had all its requests of the day.
        """
        task = self._visit.task
        start = start_urls(task.website_url, scheme_given=task.scheme_given)[0]
        known = self.known.get(start)
        if known is None or not await self._is_unchanged(known, asked=start):
            return None
        self._visit.begin_at(start)
        await self.go_on()
        if self.next_page() is not None or not self._visit.earlier.is_settled:
            return None
        self._visit.patience.pages = len(self.kept)
        return self._visit.ended(Outcome.REACHED, "")

    async def go_on(self) -> None:
        """Ask for the pages that follow, up to the first that is not plainly the same."""
        while self.next_page() is not None:
            if self._spending.answered and self._visit.place.is_had and not await self._in_a_row():
                return
            page = self.next_page()
            known = page and self.known.get(page.final_url)
            if not (page and known and await self._is_unchanged(known, asked=page.url)):
                return

    def next_page(self) -> KnownPage | None:
        """Return the page that is to be asked for next; None where all were had."""
        number = len(self.kept)
        return self._pages[number] if number < len(self._pages) else None

    async def _in_a_row(self) -> bool:
        """Ask for pages as long as nothing has to be found out or waited for beforehand.

        False after one that is not plainly the same.
        """
        left = await self._fetcher.row(self._spending, self).run()
        if left is not None:
            self.known.begun = Begun(left[0].url, as_attempted(*left), self._asked_at)
        if self._took > SLOW_SECONDS:
            await self._visit.place.note_request(self._took)
            self._took = 0.0
        return left is None

    def next_request(self) -> tuple[HttpRequest, float] | None:
        """Return the request for the next page, and its host's delay; None where it has to wait."""
        page = self.next_page()
        known = page and self.known.get(page.final_url)
        if page is None or known is None or self._took > SLOW_SECONDS:
            return None
        wanted = self._wanted(known)
        if wanted is None:
            return None
        self._asked_for, self._asked_at = (known, page.url), monotonic()
        fields, delay = wanted
        return self._fetcher.request_at_hand(
            known.final_url, self._spending, crawl_delay=delay, wanted=fields
        )

    def take(self, answer: HttpAnswer) -> bool:
        """Keep the page that was asked for last, if its answer says plainly that it is the same."""
        if self._asked_for is None or not _is_plain(answer):
            return False
        known, asked = self._asked_for
        self._keep(known, answer, asked=asked)
        self._took = monotonic() - self._asked_at
        return True

    def _wanted(self, page: KnownPage) -> tuple[Headers, float] | None:
        """Return the fields to ask for a page with, and the delay that its host's rules ask for.

        None where an ordinary visit has to find out more about its address.
        """
        url = page.final_url
        only_if = conditions(page)
        is_known = self.ordinary is None or self.ordinary.asks_plainly(url)
        if not (only_if and is_known and self._heeds_no_file):
            return None
        rules = self._visit.permission.rules_at_hand(url)
        if rules is None or self._fetcher.barred(url, self._spending):
            return None
        return _ACCEPTED + only_if, self._visit.permission.delay(rules)

    async def _is_unchanged(self, page: KnownPage, *, asked: str) -> bool:
        """Ask for a page, and keep it if the server sends it not, since it is as it was.

        Else `PageReacher.reach` finds out more about the address, and goes on from what was asked.
        """
        wanted = self._wanted(page)
        if wanted is None:
            return False
        spending, place = self._spending, self._visit.place
        if spending.answered and not place.is_had:
            spending.deadline += await place.take()
        asked_at = monotonic()
        attempted = await self._fetcher.attempt(
            page.final_url, spending, crawl_delay=wanted[1], wanted=wanted[0]
        )
        if isinstance(attempted, Fault) or not _is_plain(attempted[1]):
            self.known.begun = Begun(page.final_url, attempted, asked_at)
            return False
        if (seconds := monotonic() - asked_at) > SLOW_SECONDS:
            await place.note_request(seconds)
        self._keep(page, attempted[1], asked=asked)
        return True

    def _keep(self, page: KnownPage, answer: HttpAnswer, *, asked: str) -> None:
        """Keep a page that is the same."""
        self._spending.answered, self._spending.is_silent = True, False
        if self.ordinary:
            self.ordinary.note_unchanged(page.final_url)
        position = len(self.kept)
        line = self._visit.notes.unchanged(page, answer, asked=asked, position=position)
        self.kept.append(line)


def _is_plain(answer: HttpAnswer) -> bool:
    """Tell whether an answer says that a page was not modified, and nothing else of meaning."""
    if answer.status != NOT_MODIFIED:
        return False
    for name, _ in answer.headers:  # a generator takes twice as long
        if len(name) in _LENGTHS and name.lower() in _MEANINGFUL:
            return False
    return True
