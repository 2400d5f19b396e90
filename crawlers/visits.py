"""All visits of a crawl, side by side, each within its budget."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.address_guard import AddressBook
from crawlers.asking_again import AskingAgain
from crawlers.begun_visit import BegunVisit
from crawlers.earlier import EARLIER_FILE, EarlierPages
from crawlers.fetching import Fetcher
from crawlers.journal import unfinished
from crawlers.pacing import Pacer
from crawlers.places import MAX_KNOCKING, MAX_SLOW
from crawlers.request_gate import CrawlStopped, DayUsedUp
from crawlers.robots_book import RobotsBook
from crawlers.visit_tools import VisitTools
from crawlers.website_urls import without_www
from crawlers.wire_places import WirePlaces, places_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawlers.journal import CrawlJournal, CrawlTask
    from crawlers.journal_lines import OpenVisit
    from crawlers.opening import Downloader
    from crawlers.rendering.browser import Browser
    from crawlers.request_gate import RequestGate
    from crawlers.robots_cache import RobotsCache
    from storage.records.crawl import WebsiteTask, WebsiteVisit

logger = logging.getLogger(__name__)


class Visits:
    """Visits every website of a task that has no ended visit in the journal.

    To be made where the event loop runs that makes them.

    Args:
        task: What to visit, and how.
        journal: Of the run.
        gate: That every request passes.
        robots_cache: Answers to robots.txt of earlier runs.
        downloader: Gets requests over the wire.
        browser: Renders pages that scripts make.

    Attributes:
        fault: What went wrong with the disk; None where nothing did.
    """

    def __init__(
        self,
        *,
        task: CrawlTask,
        journal: CrawlJournal,
        gate: RequestGate,
        robots_cache: RobotsCache,
        downloader: Downloader,
        browser: Browser,
    ) -> None:
        self._task = task
        self._journal = journal
        self._downloader = downloader
        self._stopping = False
        self.fault: OSError | None = None
        politeness = task.politeness
        self._fetcher = Fetcher(
            downloader,
            politeness,
            addresses=AddressBook(politeness.allow_networks, timeout=politeness.timeout_seconds),
            pacer=Pacer(
                host_delay=politeness.delay_seconds,
                address_delay=politeness.delay_per_address_seconds,
            ),
            gate=gate,
            places=WirePlaces(places_for(len(task.websites))),
        )
        hosts = Counter(
            without_www(urlsplit(site.website_url).hostname or "") for site in task.websites
        )
        self._tools = VisitTools(
            workspace_root=journal.workspace_root,
            politeness=politeness,
            fetcher=self._fetcher,
            robots=RobotsBook(self._fetcher, politeness, cache=robots_cache),
            journal=journal,
            browser=browser,
            free_places=asyncio.Semaphore(politeness.websites_at_once),
            slow_places=asyncio.Semaphore(MAX_SLOW),
            hosts=dict(hosts),
            earlier=EarlierPages(journal.run_directory / EARLIER_FILE, journal.workspace_root),
        )

    def stop(self) -> None:
        """Begin no further request; visits that have not ended stay open."""
        self._stopping = True
        self._fetcher.stop()

    async def make_all(self, on_visit: Callable[[WebsiteVisit], None]) -> None:
        """Make all visits, each fetching in its own order.

        Args:
            on_visit: Called after each visit.
        """
        waiting = deque(unfinished(self._task, self._journal.ended))
        if not all(site.website_url in self._tools.earlier for site in waiting):
            await self._downloader.prepare()  # now, and not while others have their turns
        workers = min(self._task.politeness.websites_at_once + MAX_KNOCKING, len(waiting))
        async with self._tools.browser, asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._visit_in_turn(waiting, on_visit))

    async def _visit_in_turn(
        self, waiting: deque[WebsiteTask], on_visit: Callable[[WebsiteVisit], None]
    ) -> None:
        while waiting and not self._stopping:
            site = waiting.popleft()
            so_far = self._journal.open_visits.pop(site.website_url, None)
            begun = BegunVisit(site, self._tools)
            try:
                visit = await _made(begun, so_far)
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
                visit = begun.broken_off(fault)
            finally:
                begun.leave()
            self._journal.end_visit(visit)
            on_visit(visit)


async def _made(begun: BegunVisit, so_far: OpenVisit | None) -> WebsiteVisit:
    """Make a visit, or go on with one that was broken off."""
    again = AskingAgain(begun)
    ended = await again.run() if so_far is None and begun.spending.is_known else None
    if ended is None:
        from crawlers.visit import WebsiteWalk  # not loaded as long as nothing has changed

        ended = await WebsiteWalk(begun, again).run(so_far)
    return ended
