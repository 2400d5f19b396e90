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
from crawlers.fetching import ACCEPT_PAGES
from crawlers.known_pages import Begun, KnownPages
from crawlers.places import SLOW_SECONDS
from crawlers.website_urls import start_urls
from storage.accounting import Outcome

if TYPE_CHECKING:
    from crawlers.begun_visit import BegunVisit
    from crawlers.earlier import KnownPage
    from crawlers.http_client import HttpAnswer
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
        self._max_pages = visit.tools.politeness.max_pages_per_website
        # Else each website is asked for its file, too, and that says which pages are kept.
        self._heeds_no_file = visit.tools.politeness.on_tdm_reservation == "record"
        self.kept: list[Page | str] = []
        self.ordinary: OrdinaryWays | None = None
        self.known = KnownPages(visit.earlier)

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
        while (page := self.next_page()) is not None:
            known = self.known.get(page.final_url)
            if known is None or not await self._is_unchanged(known, asked=page.url):
                return

    def next_page(self) -> KnownPage | None:
        """Return the page that is to be asked for next; None where all were had."""
        number = len(self.kept)
        pages = self._visit.earlier.pages
        return pages[number] if number < min(len(pages), self._max_pages) else None

    async def _is_unchanged(self, page: KnownPage, *, asked: str) -> bool:
        """Ask for a page, and keep it if the server sends it not, since it is as it was.

        Else `PageReacher.reach` finds out more about the address, and goes on from what was asked.
        """
        url, spending = page.final_url, self._spending
        only_if = conditions(page)
        is_known = self.ordinary is None or self.ordinary.asks_plainly(url)
        if not (only_if and is_known and self._heeds_no_file):
            return False
        rules = self._visit.permission.rules_at_hand(url)
        if rules is None or self._fetcher.barred(url, spending):
            return False
        place = self._visit.place
        if spending.answered and not place.is_had:
            spending.deadline += await place.take()
        asked_at = monotonic()
        attempted = await self._fetcher.attempt(
            url,
            spending,
            crawl_delay=self._visit.permission.delay(rules),
            wanted=_ACCEPTED + only_if,
        )
        if isinstance(attempted, Fault) or not _is_plain(attempted[1]):
            self.known.begun = Begun(url, attempted, asked_at)
            return False
        spending.answered, spending.is_silent = True, False
        if self.ordinary:
            self.ordinary.note_unchanged(url)
        if (seconds := monotonic() - asked_at) > SLOW_SECONDS:
            await place.note_request(seconds)
        position = len(self.kept)
        line = self._visit.notes.unchanged(page, attempted[1], asked=asked, position=position)
        self.kept.append(line)
        return True


def _is_plain(answer: HttpAnswer) -> bool:
    """Tell whether an answer says that a page was not modified, and nothing else of meaning."""
    if answer.status != NOT_MODIFIED:
        return False
    for name, _ in answer.headers:  # a generator takes twice as long
        if len(name) in _LENGTHS and name.lower() in _MEANINGFUL:
            return False
    return True
