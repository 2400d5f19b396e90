"""One visit to one website: robots.txt, start page, then page after page within the budget."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.fetching import BUDGET_USED_UP, Answer, Fault, Spending
from crawlers.frontier import Frontier
from crawlers.links import Link, PageLinks, decode_html, read_links
from crawlers.outcomes import for_people, outcome_of_status
from crawlers.start_page import start_page_fault
from crawlers.website_urls import (
    origin,
    other_www,
    port_of,
    scope_of,
    start_urls,
    tidy_url,
    url_key,
)
from storage.accounting import Outcome
from storage.page_archive import read_page
from storage.records.crawl import FetchFailure, Page, WebsiteTask, WebsiteVisit

if TYPE_CHECKING:
    from pathlib import Path

    from crawlers.fetching import Fetcher
    from crawlers.journal import CrawlJournal, OpenVisit
    from crawlers.politeness import Politeness
    from crawlers.robots_book import RobotsBook

MAX_FAILURES_IN_A_ROW = 5
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_MAYBE_HTML_TYPES = frozenset(
    {"", "text/plain", "application/octet-stream", "text/xml", "application/xml"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitTools:
    """What all visits of a crawl share.

    Attributes:
        workspace_root: Where archived pages are read back from.
        politeness: How to behave.
        fetcher: Sends requests.
        robots: Knows robots.txt files.
        journal: Takes down what is brought home.
        hosts: How many websites of the crawl stand on each host (without ``www.``).
    """

    workspace_root: Path
    politeness: Politeness
    fetcher: Fetcher
    robots: RobotsBook
    journal: CrawlJournal
    hosts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A page that was reached: the last answer of a chain of redirects."""

    asked: str
    url: str
    answer: Answer
    media_type: str
    html: str
    links: PageLinks


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
        self._ports = frozenset({80, 443, port_of(urlsplit(task.website_url))})
        self._spending = Spending(
            request_budget=self._politeness.request_budget,
            byte_budget=self._politeness.byte_budget,
            deadline=monotonic() + self._politeness.seconds_budget,
        )

    async def run(self, so_far: OpenVisit | None = None) -> WebsiteVisit:
        """Make the visit, or go on with one that was broken off.

        Args:
            so_far: What it brought home before.
        """
        if self._politeness.is_opted_out(urlsplit(self._task.website_url).hostname or ""):
            return self._visit("", Outcome.REFUSED_OPT_OUT, "on the list of those who objected")
        if so_far and so_far.pages:
            frontier, final_url = self._restored(so_far)
        else:
            start = await self._start_page()
            if isinstance(start, Fault):
                return self._visit("", start.reason, start.detail)
            final_url = start.url
            frontier = self._frontier(final_url, start.links.language)
            self._keep(start, frontier, depth=0)
        await self._walk(frontier)
        detail = f"{self._denied} addresses denied by robots.txt" if self._denied else ""
        return self._visit(final_url, Outcome.REACHED, detail)

    def broken_off(self, fault: Exception) -> WebsiteVisit:
        """Return the visit as it ends where our own fault ends it; pages kept stay kept."""
        outcome = Outcome.REACHED if self._pages else Outcome.FAILED
        return self._visit("", outcome, f"our own fault: {type(fault).__name__}: {fault}")

    def _visit(self, final_url: str, outcome: Outcome, detail: str) -> WebsiteVisit:
        return WebsiteVisit(
            website_url=self._task.website_url,
            final_url=final_url,
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
            result = await self._reach(url)
            if isinstance(result, Reached):
                return result
            if first is None or (first.reason in _SILENCE and result.reason not in _SILENCE):
                first = result
            more = [*waiting, *_other_places(url, result.reason, waiting_left=bool(waiting))]
            waiting = [
                other for other in more if other not in tried and _may_help(result.reason, other)
            ]
        return first or Fault(reason=Outcome.FAILED, detail="no address to try")

    async def _reach(self, url: str, *, frontier: Frontier | None = None) -> Reached | Fault:
        """Ask for an address and follow where it leads.

        Args:
            url: In tidy form.
            frontier: Knows what belongs to the website and what was seen; None while the start
                page is looked for, which may stand on another domain.
        """
        asked, seen = url, {self._state_at(url)}
        for _ in range(self._politeness.max_redirects + 1):
            answer = await self._ask_allowed(url)
            if isinstance(answer, Fault):
                return answer
            end = self._end_of_chain(asked, url, answer, frontier)
            if not isinstance(end, str):
                return end
            if self._state_at(end) in seen:
                return Fault(reason=Outcome.REDIRECT_LOOP, detail=f"leads to {end} again")
            seen.add(self._state_at(end))
            url = end
        return Fault(reason=Outcome.REDIRECT_LOOP, detail=f"more than {len(seen) - 2} redirects")

    def _end_of_chain(
        self, asked: str, url: str, answer: Answer, frontier: Frontier | None
    ) -> Reached | Fault | str:
        """Return the page, or why there is none, or the address that the chain goes on to."""
        target = _redirect_target(answer, url)
        if target is None:
            page = self._as_page(asked, url, answer)
            if frontier is not None or isinstance(page, Fault):
                return page
            return _refresh_target(page) or self._judged(page)
        if isinstance(target, str) and frontier is not None:
            return _leaves(frontier, target) or target
        return target

    def _state_at(self, url: str) -> str:
        # A cookie may be what a redirect to the same address is for.
        return f"{url} {len(self._spending.cookies or ())}"

    async def _ask_allowed(self, url: str) -> Answer | Fault:
        if port_of(urlsplit(url)) not in self._ports:
            return Fault(reason=Outcome.BLOCKED_ADDRESS, detail=f"port of {origin(url)}")
        rules = await self._tools.robots.rules_for(url, self._spending)
        if isinstance(rules, Fault):
            return rules
        if not rules.allows(url):
            return Fault(reason=Outcome.REFUSED_ROBOTS, detail=f"robots.txt denies {url}")
        delay = min(rules.crawl_delay, self._politeness.max_crawl_delay_seconds)
        return await self._tools.fetcher.ask(url, self._spending, crawl_delay=delay)

    def _as_page(self, asked: str, url: str, answer: Answer) -> Reached | Fault:
        if reason := outcome_of_status(answer.status):
            return Fault(reason=reason, detail=f"HTTP {answer.status} at {url}")
        if not answer.body.strip():
            return Fault(reason=Outcome.EMPTY, detail=f"HTTP {answer.status} without a body")
        content_type = answer.header("content-type")
        media_type = content_type.partition(";")[0].strip().lower()[:100]
        if not _is_html(media_type, answer.body):
            detail = f"no HTML but {media_type or 'something of no media type'} at {url}"
            return Fault(reason=Outcome.BAD_RESPONSE, detail=detail)
        html = decode_html(answer.body, content_type)
        links = read_links(html, url)
        return Reached(
            asked=asked, url=url, answer=answer, media_type=media_type, html=html, links=links
        )

    def _judged(self, page: Reached) -> Reached | Fault:
        fault = start_page_fault(
            page.html, page.links, website_url=self._task.website_url, final_url=page.url
        )
        return Fault(reason=fault[0], detail=fault[1]) if fault else page

    # ------------------------------------------------------------ further pages

    def _frontier(self, final_url: str, language: str) -> Frontier:
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
            if entry is None or in_a_row >= MAX_FAILURES_IN_A_ROW:
                return
            result = await self._reach(entry.url, frontier=frontier)
            if isinstance(result, Reached):
                in_a_row = 0
                self._keep(result, frontier, depth=entry.depth)
            elif result is BUDGET_USED_UP:
                return
            elif result.reason is Outcome.REFUSED_ROBOTS:
                self._denied += 1
            elif result.reason is not Outcome.REACHED:  # a page that is there already
                in_a_row += result.reason not in {Outcome.NOT_FOUND, Outcome.BAD_RESPONSE}
                self._note_failure(entry.url, result)

    def _keep(self, reached: Reached, frontier: Frontier, *, depth: int) -> None:
        digest = "sha256:" + hashlib.sha256(reached.answer.body).hexdigest()
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
            n_bytes=len(reached.answer.body),
            body_digest=digest,
            archive_file="",
            archive_offset=0,
            position=self._pages,
        )
        spent = self._spending
        self._tools.journal.keep_page(
            reached.answer.exchange, page, requests=spent.requests, n_bytes=spent.bytes
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

    def _restored(self, so_far: OpenVisit) -> tuple[Frontier, str]:
        """Rebuild the state of a visit from the archive; nothing is asked for again."""
        self._started_at = so_far.started_at or self._started_at
        self._spending.requests, self._spending.bytes = so_far.requests, so_far.bytes
        self._spending.answered = True
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
        return frontier, so_far.pages[0].final_url

    def _archived_links(self, page: Page) -> PageLinks:
        archived = read_page(self._tools.workspace_root, page.archive_file, page.archive_offset)
        types = (value for name, value in archived.headers if name.lower() == "content-type")
        return read_links(decode_html(archived.body, next(types, "")), page.final_url)


def _bare_host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _other_places(url: str, reason: Outcome, *, waiting_left: bool) -> list[str]:
    """Return where else a start page may stand, given why it is not here."""
    parts = urlsplit(url)
    other: str | None = None
    if reason is Outcome.DNS_FAILURE:
        other = other_www(url)
    elif reason is Outcome.NOT_FOUND and (parts.path != "/" or parts.query):
        other = f"{origin(url)}/"
    elif reason is Outcome.CONNECTION_REFUSED and not waiting_left and parts.port is None:
        other = f"https{url.removeprefix('http')}" if parts.scheme == "http" else None
    return [other] if other else []


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


def _may_help(reason: Outcome, other: str) -> bool:
    """Tell whether to go on after a fault: not after a refusal, nor a judgement on the content."""
    return reason in _WORTH_ANOTHER_PLACE and bool(other)


def _redirect_target(answer: Answer, url: str) -> str | Fault | None:
    location = answer.header("location")
    if answer.status not in {301, 302, 303, 307, 308} or not location:
        return None
    target = tidy_url(location, url)
    return target or Fault(
        reason=Outcome.BLOCKED_ADDRESS, detail=f"leads to no web address: {location[:100]!r}"
    )


def _refresh_target(page: Reached) -> str | None:
    target = tidy_url(page.links.refresh, page.links.base) if page.links.refresh else None
    return target if target and url_key(target) != url_key(page.url) else None


def _leaves(frontier: Frontier, target: str) -> Fault | None:
    if not frontier.scope.holds(target):
        return Fault(reason=Outcome.REDIRECTED_ELSEWHERE, detail=f"leads to {target}")
    if not frontier.mark_seen(target):
        return Fault(reason=Outcome.REACHED, detail="leads to a page that is known")
    return None


def _is_html(media_type: str, body: bytes) -> bool:
    start = body[:1024].lstrip()
    if b"\x00" in start and body[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
        return False  # a picture or a program under a false name
    if media_type in _HTML_TYPES:
        return True
    return media_type in _MAYBE_HTML_TYPES and (
        b"<html" in start.lower() or b"<!doctype html" in start.lower()
    )


def _with_refresh(found: PageLinks) -> PageLinks:
    if not found.refresh:
        return found
    links = (Link(href=found.refresh, text=""), *found.links)
    return PageLinks(base=found.base, links=links, title=found.title, language=found.language)
