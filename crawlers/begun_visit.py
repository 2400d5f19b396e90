"""What a visit has from its beginning, however it goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from crawlers.outcomes import for_people
from crawlers.patience import Patience
from crawlers.permission import Permission
from crawlers.places import VisitPlace
from crawlers.spending import Spending
from crawlers.visit_notes import VisitNotes
from crawlers.website_urls import read_address, without_www
from storage.accounting import Outcome
from storage.records.crawl import WebsiteTask, WebsiteVisit

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawlers.visit_tools import VisitTools


class BegunVisit:
    """A visit to one website: what it may cost, what it wrote down, where it stands.

    Args:
        task: The website.
        tools: Shared by all visits.

    Attributes:
        final_url: Where the start page was found; empty while it was not.
        signals: Says what its pages told of their use (JSON); nothing where none was read.
    """

    def __init__(self, task: WebsiteTask, tools: VisitTools) -> None:
        self.task = task
        self.tools = tools
        self.started_at = datetime.now(UTC)
        self.final_url = ""
        self.signals: Callable[[], str] = str
        manners = tools.politeness
        self.patience = Patience(max_pages=manners.max_pages_per_website)
        self.spending = Spending(
            request_budget=manners.request_budget,
            byte_budget=manners.byte_budget,
            deadline=monotonic() + manners.seconds_budget,
            website_url=task.website_url,
            # Where two addresses are tried, a dead host takes the time of one.
            knock_seconds=0.0 if task.scheme_given else manners.timeout_seconds / 2,
        )
        self.notes = VisitNotes(
            task.website_url, tools.journal, spending=self.spending, patience=self.patience
        )
        self.spending.attempts = self.notes.attempts
        self.place = VisitPlace(tools.free_places, tools.slow_places)
        self.earlier = tools.earlier.of(task.website_url)
        self.spending.is_known = bool(self.earlier.pages)
        self.permission = Permission(
            task.website_url, self.spending, politeness=manners, robots=tools.robots
        )

    def begin_at(self, final_url: str) -> None:
        """Take notice of where the start page was found."""
        self.final_url = final_url
        if not self.spending.has_page:
            self.spending.has_page = True
            self.tools.fetcher.n_walking += 1

    def leave(self) -> None:
        """Make room for others: to be called whatever becomes of the visit."""
        if self.spending.has_page:
            self.tools.fetcher.n_walking -= 1
        if self.final_url and self.tools.hosts.get(_name_of(self.final_url), 0) <= 1:
            self.tools.fetcher.leave(self.final_url)
        self.place.leave()

    def broken_off(self, fault: Exception) -> WebsiteVisit:
        """Return the visit as it ends where our own fault ends it; pages kept stay kept."""
        outcome = Outcome.REACHED if self.patience.pages else Outcome.FAILED
        return self.ended(outcome, f"our own fault: {type(fault).__name__}: {fault}")

    def ended(self, outcome: Outcome, detail: str) -> WebsiteVisit:
        """Return the visit as it ended.

        Args:
            outcome: What it came to.
            detail: For people.
        """
        self.notes.attempts.settle()
        return WebsiteVisit(
            website_url=self.task.website_url,
            final_url=self.final_url,
            outcome=outcome,
            detail=for_people(detail),
            n_requests=self.spending.requests,
            n_pages=self.patience.pages,
            n_bytes=self.spending.bytes,
            started_at=self.started_at,
            ended_at=datetime.now(UTC),
            pass_number=self.task.pass_number,
            signals=self.signals(),
            not_before=self.spending.pauses.not_before,
        )


def _name_of(url: str) -> str:
    return without_www(read_address(url).host)
