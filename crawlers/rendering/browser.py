"""The browser of a crawl: found, started when the first page needs it, watched, closed.

It is a computer for strangers' scripts and nothing else: every request it wants to make is handed
to `SubRequests`, and should one slip through, there is no way out of the process: no name resolves
in it, every proxy it could use is a dead one, loopback included. As an ordinary user it keeps
Chromium's sandbox; Chromium refuses that to root.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import Counter
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from crawlers.rendering.page_run import BrowserCrashed, RenderFault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext
    from scrapy.crawler import Crawler

    from crawlers.rendering.lending import ContextLender

logger = logging.getLogger(__name__)

PROGRAMS = ("chromium-headless-shell", "chromium")  # the lighter one first
START_SECONDS = 30.0
CLOSE_SECONDS = 5.0  # for a context or the browser; then it is killed
WATCH_SECONDS = 0.5
MAX_PROCESS_BYTES = 600_000_000  # of one page's process; beyond it the process is killed
MAX_HEAP_MEGABYTES = 256  # of one page's scripts

# Nothing leaves this process but through us.
WALLS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
)
ARGUMENTS = (
    "--dns-prefetch-disable",
    "--no-pings",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    # No more of the machine than text needs.
    "--disable-gpu",
    "--disable-3d-apis",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-remote-fonts",
    "--blink-settings=imagesEnabled=false",
    "--mute-audio",
    f"--js-flags=--max-old-space-size={MAX_HEAP_MEGABYTES}",
)


class NoBrowser(Exception):  # noqa: N818 - names a state, as storage.errors does
    """There is no browser, or it does not start."""


class Browser:
    """Chromium, shared by all visits of a crawl; use as an asynchronous context manager.

    Args:
        path: The program; empty for the first of `PROGRAMS` on PATH.
        user_agent: What it says it is, in headers and to scripts.
        pages_at_once: How many pages are rendered side by side.
        walls: What keeps it from the network.

    Attributes:
        crawler: Whose browser it is; None until the crawl has begun.
    """

    def __init__(
        self, path: str, *, user_agent: str, pages_at_once: int, walls: tuple[str, ...] = WALLS
    ) -> None:
        self._path = path
        self._arguments = [*walls, *ARGUMENTS]
        self._user_agent = user_agent
        self._pages_at_once = pages_at_once
        self._turns = asyncio.Semaphore(pages_at_once)
        self._taking_turns = asyncio.Lock()
        self._starting = asyncio.Lock()
        self._lender: ContextLender | None = None
        self._watching: asyncio.Task[None] | None = None
        self._contexts = 0
        self.crawler: Crawler | None = None
        self.unavailable = ""
        self.counts: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._shut()

    @asynccontextmanager
    async def context(
        self, *, language: str = "", alone: bool = False
    ) -> AsyncIterator[BrowserContext]:
        """Give a fresh context (no cookies, no storage, no permissions) when it is our turn.

        Args:
            language: Of the page to come, two or three letters; scripts are told that one.
            alone: Whether no other page may be rendered beside it.

        Raises:
            NoBrowser: There is none; `unavailable` says why, from now on.
            BrowserCrashed: The browser died meanwhile, or was ended for another page's sake.
        """
        async with self._turn(alone=alone):
            lender = await self._running()
            async with lender.context(
                user_agent=self._user_agent,
                locale=language or None,
                accept_downloads=False,
                service_workers="block",
                reduced_motion="reduce",
                # High enough that what is drawn on scrolling is drawn at once.
                viewport={"width": 1280, "height": 5000},
            ) as context:
                self._contexts += 1
                try:
                    yield context
                except RenderFault as fault:
                    if lender is self._lender and lender.browser is not None:
                        raise
                    raise BrowserCrashed("the browser died") from fault
                finally:
                    self._contexts -= 1
                    await self._closed(context, lender)

    @asynccontextmanager
    async def _turn(self, *, alone: bool) -> AsyncIterator[None]:
        turns = 0
        try:
            async with self._taking_turns:  # or two that want all would wait for each other's
                while turns < (self._pages_at_once if alone else 1):
                    await self._turns.acquire()
                    turns += 1
            yield
        finally:
            for _ in range(turns):
                self._turns.release()

    async def _closed(self, context: BrowserContext, lender: ContextLender) -> None:
        try:
            await asyncio.wait_for(context.close(), CLOSE_SECONDS)
        except Exception:  # a page that cannot be closed: the whole browser goes, the next is fresh
            if lender is self._lender and lender.browser:
                logger.info("a page could not be closed; the browser is started anew")
                await self._shut()

    async def _running(self) -> ContextLender:
        async with self._starting:
            if self.unavailable:
                raise NoBrowser(self.unavailable)
            if self._lender is None or self._lender.browser is None:
                await self._shut()
                try:
                    self._lender = self._made()
                    chromium = await asyncio.wait_for(self._lender.start(), START_SECONDS)
                except NoBrowser as fault:
                    self.unavailable = str(fault)
                    raise
                except Exception as fault:
                    await self._shut()
                    told = next(iter(str(fault).strip().splitlines()), type(fault).__name__)
                    self.unavailable = f"the browser does not start: {told}"[:300]
                    raise NoBrowser(self.unavailable) from fault
                self.counts["starts"] += 1
                self._watching = asyncio.create_task(self._watch(chromium))
            return self._lender

    def _made(self) -> ContextLender:
        program = find_browser(self._path)
        try:
            from crawlers.rendering.lending import ContextLender
        except ImportError as fault:
            raise NoBrowser("the extra `render` is not installed (scrapy-playwright)") from fault
        if self.crawler is None:
            raise RuntimeError("a browser that belongs to no crawl renders nothing")
        options = {
            "executable_path": program,
            "headless": True,
            "chromium_sandbox": os.geteuid() != 0,
            "args": self._arguments,
            # Nothing of our environment: a script that breaks out finds no secrets there.
            "env": {
                name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ
            },
            "timeout": START_SECONDS * 1000,
            "handle_sigint": False,
            "handle_sigterm": False,
            "handle_sighup": False,
        }
        return ContextLender(self.crawler, options)

    async def _watch(self, chromium: Chromium) -> None:
        """Kill each page's process that takes more memory than a page may."""
        session = await chromium.new_browser_cdp_session()
        while chromium.is_connected():
            await asyncio.sleep(WATCH_SECONDS)
            if not self._contexts:
                continue
            try:
                found = await asyncio.wait_for(session.send("SystemInfo.getProcessInfo"), 10)
            except Exception:
                logger.debug("the browser does not tell its processes", exc_info=True)
                continue
            for process in found["processInfo"]:
                if process["type"] == "renderer" and _memory(process["id"]) > MAX_PROCESS_BYTES:
                    self.counts["killed"] += 1
                    with suppress(ProcessLookupError):
                        os.kill(process["id"], signal.SIGKILL)

    async def _shut(self) -> None:
        watching, self._watching = self._watching, None
        if watching:
            watching.cancel()
        lender, self._lender = self._lender, None
        if lender:
            # What does not close in time dies with its driver, which dies with us.
            with suppress(Exception):
                await asyncio.wait_for(lender.close(), 2 * CLOSE_SECONDS)


def find_browser(path: str) -> str:
    """Return the browser's program.

    Args:
        path: From the settings; empty for the first of `PROGRAMS` on PATH.

    Raises:
        NoBrowser: There is none.
    """
    import shutil  # where a page is to be rendered

    for name in [path] if path else PROGRAMS:
        if program := shutil.which(name):
            return program
    sought = path or " and ".join(PROGRAMS)
    raise NoBrowser(f"no browser found: looked for {sought}")


def _memory(process: int) -> int:
    """Return the memory that a process has for itself (bytes); 0 where it is gone."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")
