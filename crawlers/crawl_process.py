"""What the process that crawls does: its parts put together, and run to the end."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import gc
import logging
import signal
import sys
import threading
from contextlib import suppress
from time import sleep
from typing import TYPE_CHECKING

from crawlers.exit_codes import EXIT_DISK_FAULT, EXIT_DONE, EXIT_STOPPED
from crawlers.http_client import HttpClient
from crawlers.journal import CrawlJournal, read_task
from crawlers.opening import OpeningDownloader
from crawlers.rendering.browser import Browser
from crawlers.rendering.report import note_rendering
from crawlers.request_gate import REQUESTS_FILE, RequestGate, requests_of_today
from crawlers.robots_cache import RobotsCache
from crawlers.scrapy_engine import ScrapyEngine
from crawlers.visits import Visits
from storage.workspace import ROBOTS_FILE, Workspace

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from crawlers.journal import CrawlTask
    from storage.records.crawl import WebsiteVisit

VISITS_BETWEEN_SWEEPS = 100  # of which a sweep costs a hundredth of a visit each
# Of a visit that read nothing, since nothing had changed: it leaves little behind, and would pay a
# tenth of itself for sweeps.
SHARE_UNREAD = 0.2
SECONDS_BETWEEN_TELLINGS = 0.1  # each wakes the process that listens
SECONDS_BETWEEN_RETURNS = 2.0  # of memory to the system, which takes some milliseconds
LOG_FORMAT = "%(asctime)s [%(name)s] %(levelname)s: %(message)s"
DISK_FAULTS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


def crawl(run_directory: Path, workspace_root: Path) -> int:
    """Make the visits of a run that have not ended, and return the exit code."""
    try:
        return _crawl(run_directory, workspace_root)
    except OSError as fault:
        if not _is_of_a_disk(fault):
            raise
        _say(fault)
    except ExceptionGroup as faults:
        of_disk, others = faults.split(_is_of_a_disk)
        if others is not None:
            raise
        _say(of_disk)
    return EXIT_DISK_FAULT


def _say(fault: object) -> None:
    with suppress(OSError):  # the log lies on the same disk
        sys.stderr.write(f"{fault}\n")
        sys.stderr.flush()


def _is_of_a_disk(fault: BaseException) -> bool:
    return isinstance(fault, OSError) and fault.errno in DISK_FAULTS


def _crawl(run_directory: Path, workspace_root: Path) -> int:
    logging.basicConfig(level=logging.ERROR, format=LOG_FORMAT)
    task = read_task(run_directory)
    crawls = Workspace(workspace_root).crawls
    logs = crawls.glob(f"*/*/{REQUESTS_FILE}")
    gate = RequestGate(
        run_directory / REQUESTS_FILE,
        task.politeness,
        sent_today=requests_of_today(logs, {site.website_url for site in task.websites}),
    )
    cache = RobotsCache(crawls / ROBOTS_FILE, hours=task.politeness.robots_cache_hours)
    files = workspace_root, run_directory, task.archive_file
    with gate, cache, CrawlJournal(*files, by=task.politeness.software) as journal:
        _return_memory()
        fault, is_stopped = asyncio.run(_visited(task, journal, gate, cache))
        if fault is not None:
            _say(fault)
            return EXIT_DISK_FAULT
    return EXIT_STOPPED if is_stopped else EXIT_DONE


async def _visited(
    task: CrawlTask, journal: CrawlJournal, gate: RequestGate, cache: RobotsCache
) -> tuple[OSError | None, bool]:
    """Make the visits; returns what went wrong with the disk, and whether they were broken off."""
    politeness = task.politeness
    client = HttpClient(timeout=politeness.timeout_seconds, verify_tls=politeness.verify_tls)
    browser = Browser(
        politeness.browser_path,
        user_agent=politeness.user_agent,
        pages_at_once=politeness.pages_rendered_at_once,
    )
    scrapy = ScrapyEngine(politeness, client, browser)
    visits = Visits(
        task=task,
        journal=journal,
        gate=gate,
        robots_cache=cache,
        downloader=OpeningDownloader(scrapy.engine, client),
        browser=browser,
    )
    stopped = []

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.append(True)
        visits.stop()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    teller = _Teller()
    try:
        await visits.make_all(teller)
    finally:
        teller.hand_over()
        await scrapy.close()
        client.close()
    return _disk_fault(visits, browser, journal.run_directory), bool(stopped)


def _disk_fault(visits: Visits, browser: Browser, run_directory: Path) -> OSError | None:
    """Write down how the browser fared; returns what went wrong with the disk, here or before."""
    try:
        note_rendering(run_directory, browser)
    except OSError as fault:
        return visits.fault or fault
    return visits.fault


class _Teller:
    """Tells of visits; now and then it frees circles that they left behind.

    Lines are kept back here and not by the stream, which keeps none where ``PYTHONUNBUFFERED`` is
    set, as it is in many containers: each would wake the process that listens.
    """

    def __init__(self) -> None:
        self._kept_back: list[str] = []
        self._since_swept = 0.0

    def __call__(self, visit: WebsiteVisit) -> None:
        """Tell of a visit that ended."""
        if not self._kept_back:
            asyncio.get_running_loop().call_later(SECONDS_BETWEEN_TELLINGS, self.hand_over)
        self._kept_back.append(f"{visit.outcome} {visit.website_url}\n")
        self._since_swept += 1.0 if visit.n_bytes else SHARE_UNREAD
        if self._since_swept >= VISITS_BETWEEN_SWEEPS:
            self._since_swept = 0.0
            gc.collect()

    def hand_over(self) -> None:
        """Write what was kept back."""
        told, self._kept_back = "".join(self._kept_back), []
        sys.stdout.write(told)
        sys.stdout.flush()


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
