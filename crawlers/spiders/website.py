"""The one spider: visits the websites of a task side by side, each within its budget."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import scrapy

from crawlers.address_guard import AddressBook
from crawlers.download_handler import EngineDownloader
from crawlers.earlier import EARLIER_FILE, EarlierPages
from crawlers.fetching import Fetcher
from crawlers.journal import unfinished
from crawlers.pacing import Pacer
from crawlers.places import MAX_KNOCKING, MAX_SLOW
from crawlers.rendering.browser import Browser
from crawlers.request_gate import CrawlStopped, DayUsedUp
from crawlers.robots_book import RobotsBook
from crawlers.visit import WebsiteWalk
from crawlers.visit_tools import VisitTools
from crawlers.website_urls import without_www
from crawlers.wire_places import WirePlaces, places_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from crawlers.journal import CrawlJournal, CrawlTask
    from crawlers.request_gate import RequestGate
    from crawlers.robots_cache import RobotsCache
    from storage.records.crawl import WebsiteTask, WebsiteVisit

logger = logging.getLogger(__name__)


class WebsiteSpider(scrapy.Spider):
    """Visits every website of a task that has no ended visit in the journal.

    Args:
        task: What to visit, and how.
        journal: Of the run.
        gate: That every request passes.
        robots_cache: Answers to robots.txt of earlier runs.
        workspace_root: The workspace.
        on_visit: Called after each visit.
    """

    name = "website"

    def __init__(
        self,
        *,
        task: CrawlTask,
        journal: CrawlJournal,
        gate: RequestGate,
        robots_cache: RobotsCache,
        workspace_root: Path,
        on_visit: Callable[[WebsiteVisit], None],
    ) -> None:
        super().__init__()
        self._task = task
        self._journal = journal
        self._gate = gate
        self._robots_cache = robots_cache
        self._workspace_root = workspace_root
        self._on_visit = on_visit
        self._earlier = EarlierPages(journal.run_directory / EARLIER_FILE, workspace_root)
        self._stopping = False
        self._fetcher: Fetcher | None = None
        self.fault: OSError | None = None
        politeness = task.politeness
        self.browser = Browser(
            politeness.browser_path,
            user_agent=politeness.user_agent,
            pages_at_once=politeness.pages_rendered_at_once,
        )

    def stop(self) -> None:
        """Begin no further request; visits that have not ended stay open."""
        self._stopping = True
        if self._fetcher:
            self._fetcher.stop()

    async def start(self) -> AsyncIterator[Any]:
        """Make all visits; nothing is yielded, since each visit fetches in its own order."""
        politeness = self._task.politeness
        self.browser.crawler = self.crawler
        tools = self._tools()
        waiting = deque(unfinished(self._task, self._journal.ended))
        workers = min(politeness.websites_at_once + MAX_KNOCKING, len(waiting))
        async with tools.browser, asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._visit_in_turn(waiting, tools))
        for request in list[scrapy.Request]():  # what makes this the generator Scrapy asks for
            yield request

    def _tools(self) -> VisitTools:
        politeness = self._task.politeness
        addresses = AddressBook(politeness.allow_networks, timeout=politeness.timeout_seconds)
        pacer = Pacer(
            host_delay=politeness.delay_seconds,
            address_delay=politeness.delay_per_address_seconds,
        )
        if self.crawler.engine is None:
            raise RuntimeError("a spider that no engine runs makes no visits")
        self._fetcher = fetcher = Fetcher(
            EngineDownloader(self.crawler.engine),
            politeness,
            addresses=addresses,
            pacer=pacer,
            gate=self._gate,
            places=WirePlaces(places_for(len(self._task.websites))),
        )
        hosts = Counter(
            without_www(urlsplit(site.website_url).hostname or "") for site in self._task.websites
        )
        return VisitTools(
            workspace_root=self._workspace_root,
            politeness=politeness,
            fetcher=fetcher,
            robots=RobotsBook(fetcher, politeness, cache=self._robots_cache),
            journal=self._journal,
            browser=self.browser,
            free_places=asyncio.Semaphore(politeness.websites_at_once),
            slow_places=asyncio.Semaphore(MAX_SLOW),
            hosts=dict(hosts),
            earlier=self._earlier,
        )

    async def _visit_in_turn(self, waiting: deque[WebsiteTask], tools: VisitTools) -> None:
        while waiting and not self._stopping:
            site = waiting.popleft()
            so_far = self._journal.open_visits.pop(site.website_url, None)
            walk = WebsiteWalk(site, tools)
            try:
                visit = await walk.run(so_far)
            except CrawlStopped:
                return
            except DayUsedUp:  # the visit stays open, and goes on another day
                continue
            except OSError as fault:  # the disk, not the web: fetching turns its own into outcomes
                self.fault = self.fault or fault
                self.stop()
                return
            except Exception as fault:
                logger.exception("visit failed: %s", site.website_url)
                visit = walk.broken_off(fault)
            self._journal.end_visit(visit)
            self._on_visit(visit)
