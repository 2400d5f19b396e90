"""Scrapy's HTTP handler with connections that do not outlive their visit by much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

# Twisted keeps idle connections for 240 s; a crawl of thousands of hosts would run out of files.
IDLE_SECONDS = 8


class ShortPoolHandler(HTTP11DownloadHandler):
    """HTTP/1.1 over a pool that closes idle connections after a few seconds."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.cachedConnectionTimeout = IDLE_SECONDS
