"""What the process that crawls does: its parts put together, and run to the end."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import signal
import sys
import threading
from time import sleep
from typing import TYPE_CHECKING

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawlers.journal import CrawlJournal, read_task
from crawlers.politeness import PRODUCT_TOKEN
from crawlers.rendering.report import note_rendering
from crawlers.request_gate import REQUESTS_FILE, RequestGate, requests_of_today
from crawlers.robots_cache import CACHE_FILE, RobotsCache
from crawlers.spiders.website import WebsiteSpider
from storage.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from crawlers.politeness import Politeness
    from storage.records.crawl import WebsiteVisit

VISITS_BETWEEN_SWEEPS = 100  # of which a sweep costs a hundredth of a visit each
# Of a visit that read nothing, since nothing had changed: it leaves little behind, and would pay a
# tenth of itself for sweeps.
SHARE_UNREAD = 0.2
SECONDS_BETWEEN_TELLINGS = 0.1  # each wakes the process that listens
SECONDS_BETWEEN_RETURNS = 2.0  # of memory to the system, which takes some milliseconds
EXIT_DONE = 0
EXIT_STOPPED = 130
EXIT_DISK_FAULT = 74  # EX_IOERR


def crawl(run_directory: Path, workspace_root: Path) -> int:
    """Make the visits of a run that have not ended, and return the exit code."""
    task = read_task(run_directory)
    crawls = Workspace(workspace_root).crawls
    logs = crawls.glob(f"*/*/{REQUESTS_FILE}")
    gate = RequestGate(
        run_directory / REQUESTS_FILE,
        task.politeness,
        sent_today=requests_of_today(logs, {site.website_url for site in task.websites}),
    )
    cache = RobotsCache(crawls / CACHE_FILE, hours=task.politeness.robots_cache_hours)
    with gate, cache, CrawlJournal(workspace_root, run_directory, task.archive_file) as journal:
        process = AsyncCrawlerProcess(_settings(task.politeness))
        crawler = process.create_crawler(WebsiteSpider)
        process.crawl(
            crawler,
            task=task,
            journal=journal,
            gate=gate,
            robots_cache=cache,
            workspace_root=workspace_root,
            on_visit=_teller(),
        )
        stopped = []

        def stop(_number: int, _frame: FrameType | None) -> None:
            stopped.append(True)
            if isinstance(crawler.spider, WebsiteSpider):
                crawler.spider.stop()

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        _return_memory()
        process.start(install_signal_handlers=False)
        fault = _disk_fault(crawler.spider, run_directory)
        if fault is not None:
            sys.stderr.write(f"{fault}\n")
            return EXIT_DISK_FAULT
    return EXIT_STOPPED if stopped else EXIT_DONE


def _disk_fault(spider: object, run_directory: Path) -> OSError | None:
    """Write down how the browser fared; returns what went wrong with the disk, here or before."""
    if not isinstance(spider, WebsiteSpider):
        return None
    try:
        note_rendering(run_directory, spider.browser)
    except OSError as fault:
        return spider.fault or fault
    return spider.fault


def _settings(politeness: Politeness) -> Settings:
    settings = Settings()
    settings.setmodule("crawlers.settings", priority="project")
    settings.setdict(
        {
            "USER_AGENT": politeness.user_agent,
            "ROBOTSTXT_USER_AGENT": PRODUCT_TOKEN,
            "DOWNLOAD_TIMEOUT": politeness.timeout_seconds,
            "DOWNLOAD_VERIFY_CERTIFICATES": politeness.verify_tls,
        },
        priority="cmdline",
    )
    return settings


def _teller() -> Callable[[WebsiteVisit], None]:
    """Return what tells of visits; now and then it frees circles that they left behind."""
    since_swept, is_kept_back = 0.0, False

    def hand_over() -> None:
        nonlocal is_kept_back
        is_kept_back = False
        sys.stdout.flush()

    def tell(visit: WebsiteVisit) -> None:
        nonlocal since_swept, is_kept_back
        sys.stdout.write(f"{visit.outcome} {visit.website_url}\n")
        if not is_kept_back:
            is_kept_back = True
            asyncio.get_running_loop().call_later(SECONDS_BETWEEN_TELLINGS, hand_over)
        since_swept += 1.0 if visit.n_bytes else SHARE_UNREAD
        if since_swept >= VISITS_BETWEEN_SWEEPS:
            since_swept = 0.0
            gc.collect()

    return tell


def _return_memory() -> None:
    """Give memory that is free back to the system, every other second from now on.

    What large bodies took lies between what is still in use; the C library keeps it unless told.
    By the clock and not by visits: at the end of a crawl, slow websites are read for long, and
    hardly any visit ends.
    """
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of the GNU C library
    if give_back is None:
        return

    def keep_giving() -> None:
        while True:
            sleep(SECONDS_BETWEEN_RETURNS)
            give_back(0)

    threading.Thread(target=keep_giving, name="return memory", daemon=True).start()
