"""Browser contexts from scrapy-playwright, each lent with a page: the one module that knows it.

Its download handler is started by the first page that needs a browser, and never downloads: what
it gives is its driver, its browser, started anew where it died, and contexts. The page is handed
over in the callback that scrapy-playwright calls before it would go anywhere; when it comes back,
it is closed, and there is nowhere to go.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from crawlers.rendering.page_run import BrowserCrashed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, Page
    from scrapy.crawler import Crawler

LEND_SECONDS = 30.0  # for a context with a page
END_SECONDS = 5.0  # for what scrapy-playwright does once a page is back
NOWHERE = "http://nowhere.invalid/"


class ContextLender:
    """One handler of scrapy-playwright, with its driver and browser.

    Args:
        crawler: Whose handler it is.
        launch_options: For the browser, as Playwright takes them.
    """

    def __init__(self, crawler: Crawler, launch_options: dict[str, Any]) -> None:
        self._handler = ScrapyPlaywrightDownloadHandler(crawler)
        self._handler.config.launch_options = launch_options
        # A page that is gone is none to be had again: what to do then is decided elsewhere.
        self._handler.config.target_closed_max_retries = 0
        self._handler.config.max_pages_per_context = 1
        self._numbers = count()

    @property
    def browser(self) -> Browser | None:
        """Return the browser; None where it died."""
        browser: Browser | None = getattr(self._handler, "browser", None)
        return browser if browser is not None and browser.is_connected() else None

    async def start(self) -> Browser:
        """Start driver and browser.

        Raises:
            Exception: Whatever Playwright raises where that does not work.
        """
        # The handler waits for the signal that the engine has started, which it did long ago.
        await self._handler._maybe_launch_in_thread()
        await self._handler._maybe_launch_browser()
        browser: Browser = self._handler.browser
        return browser

    @asynccontextmanager
    async def context(self, **options: Any) -> AsyncIterator[BrowserContext]:
        """Lend a context with one page; whoever takes it closes it.

        Args:
            options: Of the context, as Playwright takes them.

        Raises:
            BrowserCrashed: None was to be had; the browser died, or does not answer.
        """
        given: asyncio.Future[BrowserContext] = asyncio.get_running_loop().create_future()
        returned = asyncio.Event()

        async def hand_over(page: Page, _: Request) -> None:
            if not given.done():
                given.set_result(page.context)
            await returned.wait()

        meta = {
            "playwright": True,
            "playwright_include_page": True,  # else a failure is told in the log
            "playwright_context": f"page {next(self._numbers)}",
            "playwright_context_kwargs": options,
            "playwright_page_init_callback": hand_over,
        }
        request = Request(NOWHERE, meta=meta)
        lending = asyncio.ensure_future(self._handler.download_request(request))
        try:
            both = {given, lending}
            await asyncio.wait(both, timeout=LEND_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not given.done():
                fault = lending.exception() if lending.done() else None
                raise BrowserCrashed("the browser gave no page") from fault
            yield given.result()
        finally:
            returned.set()
            with suppress(Exception):  # which it has, now that its page is closed
                await asyncio.wait_for(lending, END_SECONDS if given.done() else 0)

    async def close(self) -> None:
        """Close all contexts, the browser and the driver."""
        await self._handler.close()
