"""What one visit writes down: pages kept, requests without one, and what came to nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawlers.journal_lines import NothingNew
from crawlers.outcomes import for_people
from crawlers.visit_attempts import VisitAttempts
from crawlers.yields import NoPage
from storage.page_archive import Exchange
from storage.records.crawl import FetchFailure, Page

if TYPE_CHECKING:
    from crawlers.answers import Fault
    from crawlers.attempts import Attempt
    from crawlers.earlier import KnownPage
    from crawlers.http_messages import HttpAnswer
    from crawlers.journal import CrawlJournal
    from crawlers.patience import Patience
    from crawlers.reaching import Reached
    from crawlers.spending import Spending
    from storage.records.frame import WebsiteUrl


class VisitNotes:
    """Writes the journal and the archive for one visit, each time with what it has cost so far.

    Args:
        website_url: Of the website.
        journal: Of the run.
        spending: Of the visit.
        patience: Of the visit.

    Attributes:
        attempts: Its requests that brought no page.
    """

    def __init__(
        self,
        website_url: WebsiteUrl,
        journal: CrawlJournal,
        *,
        spending: Spending,
        patience: Patience,
    ) -> None:
        self._website_url = website_url
        self._journal = journal
        self._spending = spending
        self._patience = patience
        self.attempts = VisitAttempts(self._write_attempt)

    def keep(
        self,
        reached: Reached,
        *,
        position: int,
        digest: str = "",
        asked: str = "",
        earlier: KnownPage | None = None,
    ) -> Page:
        """Archive a page and note it; returns it with its place in the archive.

        Args:
            reached: The page.
            position: Among the pages of the visit; 0 is the start page.
            digest: Of its body; empty for that of `earlier`.
            asked: Address that it counts under; empty for the one it was asked by.
            earlier: The page as an earlier wave archived it.
        """
        spent, exchange = self._spending, reached.answer.exchange
        self.attempts.kept(exchange)
        page = Page(
            website_url=self._website_url,
            url=asked or reached.asked,
            final_url=reached.url,
            fetched_at=exchange.fetched_at,
            http_status=reached.answer.status,
            media_type=reached.media_type,
            n_bytes=len(reached.body),
            body_digest=digest,
            archive_file="",
            archive_offset=0,
            position=position,
            rendered=reached.rendered is not None,
        )
        return self._journal.keep_page(
            exchange,
            page,
            requests=spent.requests,
            n_bytes=spent.bytes,
            rendered=reached.rendered,
            earlier=earlier,
        )

    def unchanged(
        self, earlier: KnownPage, answer: HttpAnswer, *, asked: str, position: int
    ) -> str:
        """Note that a page is as an earlier wave archived it; returns its line of the journal.

        Args:
            earlier: The page as it was archived.
            answer: That says so, of status 304.
            asked: Address that it counts under.
            position: Among the pages of the visit.
        """
        exchange = Exchange(
            earlier.final_url, datetime.now(UTC), answer.address, (), answer.status, answer.headers,
            b"",
        )  # fmt: skip
        return self._journal.keep_unchanged(
            exchange,
            earlier,
            asked=asked,
            position=position,
            requests=self._spending.requests,
            n_bytes=self._spending.bytes,
        )

    def lost(self, page: Page) -> None:
        """Note that a page that was kept cannot be read back from the archive."""
        spent = self._spending
        self._journal.note_lost(page, requests=spent.requests, n_bytes=spent.bytes)

    def failed(self, url: str, fault: Fault) -> None:
        """Note a page that was asked for and not had."""
        failure = FetchFailure(
            website_url=self._website_url,
            url=url,
            reason=fault.reason,
            detail=for_people(fault.detail),
            failed_at=datetime.now(UTC),
        )
        spent = self._spending
        self._journal.note_failure(failure, requests=spent.requests, n_bytes=spent.bytes)

    def came_to_nothing(
        self,
        url: str,
        *,
        held_against: str = "",
        counts: NoPage = NoPage.DEAD,
        led_to: tuple[str, ...] = (),
        depth: int = 0,
    ) -> None:
        """Note that an address was dealt with and gave no page.

        Args:
            url: Asked for.
            held_against: Where it led, if addresses like that are held to give nothing.
            counts: What it gave instead of a page.
            led_to: Addresses that it named and nobody before.
            depth: Of the pages they lead to.
        """
        nothing = NothingNew(
            website_url=self._website_url,
            url=url,
            held_against=held_against,
            counts=counts,
            led_to=led_to,
            depth=depth,
        )
        self._write_nothing(nothing)

    def read_sitemaps(self, url: str, led_to: tuple[str, ...]) -> None:
        """Note that a website's sitemaps were read, and which addresses they named."""
        nothing = NothingNew(
            website_url=self._website_url, url=url, led_to=led_to, depth=2, is_sitemap=True
        )
        self._write_nothing(nothing)

    def _write_nothing(self, nothing: NothingNew) -> None:
        spent = self._spending
        self._journal.note_nothing(
            nothing, self._patience, requests=spent.requests, n_bytes=spent.bytes
        )

    def _write_attempt(self, attempt: Attempt) -> None:
        spent = self._spending
        self._journal.note_attempt(
            self._website_url, attempt, requests=spent.requests, n_bytes=spent.bytes
        )
