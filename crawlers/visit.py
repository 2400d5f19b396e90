"""One visit to one website: robots.txt, start page, then page after page within the budget."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.fetching import BUDGET_USED_UP, Fault, Spending
from crawlers.frontier import Frontier
from crawlers.links import Link, PageLinks, decode_html, read_links
from crawlers.outcomes import for_people
from crawlers.reaching import KNOWN_PAGE, PageReacher, Reached
from crawlers.rendering.website import WebsiteRendering
from crawlers.website_urls import origin, other_www, scope_of, start_urls, without_www
from storage.accounting import Outcome
from storage.page_archive import read_page
from storage.records.crawl import FetchFailure, Page, WebsiteTask, WebsiteVisit

if TYPE_CHECKING:
    from pathlib import Path

    from crawlers.fetching import Fetcher
    from crawlers.journal import CrawlJournal, OpenVisit
    from crawlers.politeness import Politeness
    from crawlers.rendering.browser import Browser
    from crawlers.robots_book import RobotsBook

MAX_FAILURES_IN_A_ROW = 5
MAX_DENIED = 300  # addresses: asking a long robots.txt about each of them costs time, too


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTools:
    """What all visits of a crawl share.

    Attributes:
        workspace_root: Where archived pages are read back from.
        politeness: How to behave.
        fetcher: Sends requests.
        robots: Knows robots.txt files.
        journal: Takes down what is brought home.
        browser: Renders pages that scripts make.
        hosts: How many websites of the crawl stand on each host (without ``www.``).
    """

    workspace_root: Path
    politeness: Politeness
    fetcher: Fetcher
    robots: RobotsBook
    journal: CrawlJournal
    browser: Browser
    hosts: dict[str, int]


class WebsiteWalk:
    """A visit on its way.

    Args:
        task: The website.
        tools: Shared by all visits.
    """

    def __init__(self, task: WebsiteTask, tools: VisitTools) -> None:
        self._task = task
        self._tools = tools
        self._politeness = tools.politeness
        self._pages = 0
        self._denied = 0
        self._digests: set[str] = set()
        self._started_at = datetime.now(UTC)
        self._final_url = ""
        self._spending = Spending(
            request_budget=self._politeness.request_budget,
            byte_budget=self._politeness.byte_budget,
            deadline=monotonic() + self._politeness.seconds_budget,
            website_url=task.website_url,
        )
        self._pages_of = PageReacher(
            task.website_url,
            self._spending,
            politeness=tools.politeness,
            fetcher=tools.fetcher,
            robots=tools.robots,
        )
        self._rendering = WebsiteRendering(
            tools.browser, self._pages_of, self._spending, politeness=tools.politeness
        )

    async def run(self, so_far: OpenVisit | None = None) -> WebsiteVisit:
        """Make the visit, or go on with one that was broken off.

        Args:
            so_far: What it brought home before.
        """
        if so_far and so_far.pages:
            frontier = self._restored(so_far)
        else:
            start = await self._start_page()
            if isinstance(start, Fault):
                return self._visit(start.reason, start.detail)
            start = await self._rendering.start_page(start, website_url=self._task.website_url)
            if isinstance(start, Fault):
                return self._visit(start.reason, start.detail)
            frontier = self._frontier(start.url, start.links.language)
            self._keep(start, frontier, depth=0)
        await self._walk(frontier)
        denied = f"{self._denied} addresses denied by robots.txt" if self._denied else ""
        detail = "; ".join(filter(None, [denied, self._rendering.detail]))
        return self._visit(Outcome.REACHED, detail)

    def broken_off(self, fault: Exception) -> WebsiteVisit:
        """Return the visit as it ends where our own fault ends it; pages kept stay kept."""
        outcome = Outcome.REACHED if self._pages else Outcome.FAILED
        return self._visit(outcome, f"our own fault: {type(fault).__name__}: {fault}")

    def _visit(self, outcome: Outcome, detail: str) -> WebsiteVisit:
        return WebsiteVisit(
            website_url=self._task.website_url,
            final_url=self._final_url,
            outcome=outcome,
            detail=for_people(detail),
            n_requests=self._spending.requests,
            n_pages=self._pages,
            n_bytes=self._spending.bytes,
            started_at=self._started_at,
            ended_at=datetime.now(UTC),
            pass_number=self._task.pass_number,
        )

    # ------------------------------------------------------------ start page

    async def _start_page(self) -> Reached | Fault:
        """Try the addresses at which the start page may stand.

        Where none gives it, the first fault is told, but an answer says more than silence.
        """
        waiting = start_urls(self._task.website_url, scheme_given=self._task.scheme_given)
        tried: set[str] = set()
        first: Fault | None = None
        while waiting:
            url = waiting.pop(0)
            tried.add(url)
            result = await self._pages_of.reach(url)
            if isinstance(result, Reached):
                return result
            if first is None or (first.reason in _SILENCE and result.reason not in _SILENCE):
                first = result
            if result.reason not in _WORTH_ANOTHER_PLACE:
                break
            other = _other_place(url, result.reason, is_last=not waiting)
            waiting += [other] if other and other not in tried else []
        return first or Fault(reason=Outcome.FAILED, detail="no address to try")

    # ------------------------------------------------------------ further pages

    def _frontier(self, final_url: str, language: str) -> Frontier:
        self._final_url = final_url
        hosts = self._tools.hosts
        host = _bare_host(self._task.website_url)
        scope = scope_of(
            self._task.website_url,
            final_url,
            shared=hosts.get(host, 0) > 1 and host == _bare_host(final_url),
            foreign=hosts,
        )
        frontier = Frontier(scope, language=language)
        frontier.mark_seen(final_url)
        frontier.mark_seen(self._task.website_url)
        return frontier

    async def _walk(self, frontier: Frontier) -> None:
        in_a_row = 0
        while self._pages < self._politeness.max_pages_per_website and not self._spending.is_over:
            entry = frontier.next()
            if entry is None or in_a_row >= MAX_FAILURES_IN_A_ROW or self._denied >= MAX_DENIED:
                return
            result = await self._pages_of.reach(entry.url, frontier=frontier)
            if isinstance(result, Reached):
                in_a_row = 0
                result = await self._rendering.further_page(result)
                self._keep(result, frontier, depth=entry.depth)
            elif result is BUDGET_USED_UP:
                return
            elif result is KNOWN_PAGE:
                continue
            elif result.reason is Outcome.REFUSED_ROBOTS:
                self._denied += 1
            else:
                in_a_row += result.reason not in {Outcome.NOT_FOUND, Outcome.BAD_RESPONSE}
                self._note_failure(entry.url, result)

    def _keep(self, reached: Reached, frontier: Frontier, *, depth: int) -> None:
        digest = "sha256:" + hashlib.sha256(reached.body).hexdigest()
        if digest in self._digests:
            return  # the same page under another address: nothing new, and its links are known
        self._digests.add(digest)
        page = Page(
            website_url=self._task.website_url,
            url=reached.asked,
            final_url=reached.url,
            fetched_at=reached.answer.exchange.fetched_at,
            http_status=reached.answer.status,
            media_type=reached.media_type,
            n_bytes=len(reached.body),
            body_digest=digest,
            archive_file="",
            archive_offset=0,
            position=self._pages,
            rendered=reached.rendered is not None,
        )
        spent = self._spending
        self._tools.journal.keep_page(
            reached.answer.exchange,
            page,
            requests=spent.requests,
            n_bytes=spent.bytes,
            rendered=reached.rendered,
        )
        self._pages += 1
        frontier.mark_seen(reached.url)
        frontier.add_links(_with_refresh(reached.links), depth=depth + 1)

    def _note_failure(self, url: str, fault: Fault) -> None:
        failure = FetchFailure(
            website_url=self._task.website_url,
            url=url,
            reason=fault.reason,
            detail=for_people(fault.detail),
            failed_at=datetime.now(UTC),
        )
        spent = self._spending
        self._tools.journal.note_failure(failure, requests=spent.requests, n_bytes=spent.bytes)

    def _restored(self, so_far: OpenVisit) -> Frontier:
        """Rebuild the state of a visit from the archive; nothing is asked for again."""
        self._started_at = so_far.started_at or self._started_at
        self._spending.requests, self._spending.bytes = so_far.requests, so_far.bytes
        self._spending.answered = True
        self._rendering.go_on(so_far)
        frontier: Frontier | None = None
        for page in so_far.pages:
            links = self._archived_links(page)
            if frontier is None:
                frontier = self._frontier(page.final_url, links.language)
                for url in [*(p.url for p in so_far.pages), *(f.url for f in so_far.failures)]:
                    frontier.mark_seen(url)
            frontier.mark_seen(page.final_url)
            frontier.add_links(_with_refresh(links), depth=min(page.position, 1) + 1)
            self._digests.add(page.body_digest)
            self._pages += 1
        if frontier is None:
            raise ValueError("a visit without pages cannot be restored")
        return frontier

    def _archived_links(self, page: Page) -> PageLinks:
        archived = read_page(self._tools.workspace_root, page.archive_file, page.archive_offset)
        types = (value for name, value in archived.headers if name.lower() == "content-type")
        return read_links(decode_html(archived.body, next(types, "")), page.final_url)


def _bare_host(url: str) -> str:
    return without_www(urlsplit(url).hostname or "")


def _other_place(url: str, reason: Outcome, *, is_last: bool) -> str | None:
    """Return where else a start page may stand, given why it is not here."""
    parts = urlsplit(url)
    if reason is Outcome.DNS_FAILURE:
        return other_www(url)
    if reason is Outcome.NOT_FOUND and (parts.path != "/" or parts.query):
        return f"{origin(url)}/"
    is_plain = parts.scheme == "http" and parts.port is None
    if reason is Outcome.CONNECTION_REFUSED and is_last and is_plain:
        return f"https{url.removeprefix('http')}"
    return None


_SILENCE = frozenset(
    {
        Outcome.DNS_FAILURE,
        Outcome.CONNECTION_REFUSED,
        Outcome.CONNECTION_RESET,
        Outcome.TIMEOUT,
        Outcome.TLS_FAILURE,
    }
)
_WORTH_ANOTHER_PLACE = _SILENCE | {Outcome.BAD_RESPONSE, Outcome.NOT_FOUND}


def _with_refresh(found: PageLinks) -> PageLinks:
    if not found.refresh:
        return found
    links = (Link(href=found.refresh, text=""), *found.links)
    return PageLinks(base=found.base, links=links, title=found.title, language=found.language)
