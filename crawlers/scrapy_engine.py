"""Scrapy's engine, loaded and started when the first host is to be opened by it.

A wave in which no website changed opens none, and never loads Scrapy: that is a third of what it
takes to start the process that crawls.
"""

from __future__ import annotations

import asyncio
import gc
from importlib import import_module
from typing import TYPE_CHECKING

from crawlers.lean_loading import lean_loading
from crawlers.politeness import PRODUCT_TOKEN
from crawlers.request_gate import CrawlStopped

if TYPE_CHECKING:
    from scrapy.core.engine import ExecutionEngine
    from scrapy.crawler import Crawler
    from scrapy.settings import Settings

    from crawlers.http_client import HttpClient
    from crawlers.politeness import Politeness
    from crawlers.rendering.browser import Browser


class ScrapyEngine:
    """The engine, in the event loop that runs when it is first asked for.

    Args:
        politeness: How to behave.
        client: That its download handler sends by.
        browser: Told whose it is.
    """

    def __init__(self, politeness: Politeness, client: HttpClient, browser: Browser) -> None:
        self._politeness = politeness
        self._client = client
        self._browser = browser
        self._starting = asyncio.Lock()
        self._crawler: Crawler | None = None
        self._crawl: asyncio.Task[None] | None = None
        self._is_open, self._is_over = asyncio.Event(), asyncio.Event()

    async def engine(self) -> ExecutionEngine:
        """Return the engine, started if need be.

        Raises:
            CrawlStopped: It did not start, or has ended: `close` says why.
        """
        async with self._starting:
            if self._crawl is None:
                self._crawl = asyncio.create_task(self._run())
                opening = asyncio.create_task(self._is_open.wait())
                await asyncio.wait({opening, self._crawl}, return_when=asyncio.FIRST_COMPLETED)
                opening.cancel()
        if self._crawler is None or self._crawl.done() or self._crawler.engine is None:
            raise CrawlStopped
        return self._crawler.engine

    async def close(self) -> None:
        """Let the engine end, and wait for it; raises what went wrong with it."""
        self._is_over.set()
        if self._crawl is not None:
            await self._crawl

    async def _run(self) -> None:
        load_scrapy()
        from scrapy.crawler import AsyncCrawlerRunner
        from scrapy.utils.reactor import install_reactor

        from crawlers.download_handler import lend_client
        from crawlers.spiders.website import WebsiteSpider

        # Twisted's reactor for asyncio, upon the event loop that runs already (and is never run
        # itself): scrapy-playwright's handler cannot do without one.
        install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
        runner = AsyncCrawlerRunner(_settings(self._politeness))
        self._crawler = runner.create_crawler(WebsiteSpider)
        lend_client(self._crawler, self._client)
        self._browser.crawler = self._crawler
        await runner.crawl(self._crawler, is_open=self._is_open, is_over=self._is_over)


def load_scrapy() -> None:
    """Load what a crawl needs of Scrapy."""
    # Loading makes a hundred thousand objects that stay: to look for circles among them takes a
    # sixth of its time.
    gc.disable()
    try:
        with lean_loading():
            for name in ("scrapy.crawler", "crawlers.download_handler", "crawlers.spiders.website"):
                import_module(name)
        gc.freeze()
    finally:
        gc.enable()


def _settings(politeness: Politeness) -> Settings:
    from scrapy.settings import Settings

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
