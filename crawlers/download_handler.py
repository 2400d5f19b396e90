"""Scrapy's way to the wire: its engine asks this handler, and the handler our own client.

The request carries what `http_client` needs, the checked addresses among it; the answer travels
back as the client made it, since Scrapy's own response would copy headers and body once more.
The engine opens each host (`crawlers.opening`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.crawler import Crawler

    from crawlers.http_client import HttpClient
    from crawlers.http_messages import HttpAnswer

ASKED, ON_SENT = "http_request", "on_sent"  # what a request carries


class AnsweredResponse(Response):
    """A response that holds what our client brought."""

    def __init__(self, url: str, answer: HttpAnswer) -> None:
        super().__init__(url, status=answer.status)
        self.answer = answer


class CheckedAddressHandler(BaseDownloadHandler):
    """Downloads over connections to addresses that were checked, one client for all schemes."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._client = _CLIENTS[crawler]

    async def download_request(self, request: Request) -> Response:
        """Send what the request carries, and return the answer."""
        answer = await self._client.send(request.meta[ASKED], request.meta[ON_SENT])
        return AnsweredResponse(request.url, answer)


class SilentFormatter(LogFormatter):
    """Spares making a log line of every response that nobody reads."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> None:  # type: ignore[override]  # None means no line; Scrapy's annotation does not say so everywhere
        """Make no line."""


_CLIENTS: WeakKeyDictionary[Crawler, HttpClient] = WeakKeyDictionary()


def lend_client(crawler: Crawler, client: HttpClient) -> None:
    """Have a crawler's handlers of http and https send by a client; who lends it closes it."""
    _CLIENTS[crawler] = client
