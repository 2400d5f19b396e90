"""The one spider: keeps Scrapy's engine open for as long as visits open hosts by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import scrapy

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator


class WebsiteSpider(scrapy.Spider):
    """Yields nothing, since each visit fetches in its own order (`crawlers.visits`).

    Args:
        is_open: Set once requests may be handed to the engine.
        is_over: Awaited before the crawl ends.
    """

    name = "website"

    def __init__(self, *, is_open: asyncio.Event, is_over: asyncio.Event) -> None:
        super().__init__()
        self._is_open = is_open
        self._is_over = is_over

    async def start(self) -> AsyncIterator[Any]:
        """Say that the engine is open, and wait for the end of the visits."""
        self._is_open.set()
        await self._is_over.wait()
        for request in list[scrapy.Request]():  # what makes this the generator Scrapy asks for
            yield request
