"""Scrapy's way to the wire: its engine asks this handler, and the handler our own client.

The request carries what `http_client` needs, the checked addresses among it; the answer travels
back as the client made it, since Scrapy's own response would copy headers and body once more.
The engine opens each host: its first request goes through it, those that follow go to the same
client at once (docs/decisions/0009). Whoever sends has been through the same gate, either way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter

from crawlers.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scrapy import Spider
    from scrapy.crawler import Crawler

    from crawlers.http_client import HttpAnswer, HttpRequest, Place

_ASKED, _ON_SENT = "http_request", "on_sent"
_SLOT = "all"  # of crawlers.settings
MAX_OPENED = 2000  # hosts that are remembered; any other is opened again


class Engine(Protocol):
    """What of Scrapy's engine is used."""

    async def download_async(self, request: Request) -> Response:
        """Return the response, or raise what went wrong."""
        ...


class AnsweredResponse(Response):
    """A response that holds what our client brought, and the client."""

    def __init__(self, url: str, answer: HttpAnswer, client: HttpClient) -> None:
        super().__init__(url, status=answer.status)
        self.answer = answer
        self.client = client


class CheckedAddressHandler(BaseDownloadHandler):
    """Downloads over connections to addresses that were checked, one client for all schemes."""

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._client = _client_of(crawler)

    async def download_request(self, request: Request) -> Response:
        """Send what the request carries, and return the answer."""
        answer = await self._client.send(request.meta[_ASKED], request.meta[_ON_SENT])
        return AnsweredResponse(request.url, answer, self._client)

    async def close(self) -> None:
        """Close all connections."""
        self._client.close()


class EngineDownloader:
    """Opens hosts through Scrapy's engine, and sends what follows to the client behind it.

    Args:
        engine: Of the crawler.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._opened: dict[Place, HttpClient] = {}

    def send(
        self, request: HttpRequest, on_sent: Callable[[], None] | None = None
    ) -> Coroutine[Any, Any, HttpAnswer]:
        """Return the answer, or raise what went wrong as `HttpClient.send` does."""
        client = self._opened.get(request.place)
        return client.send(request, on_sent) if client else self._open(request, on_sent)

    async def _open(self, request: HttpRequest, on_sent: Callable[[], None] | None) -> HttpAnswer:
        meta = {_ASKED: request, _ON_SENT: on_sent, "download_slot": _SLOT}
        response = await self._engine.download_async(Request(request.url, meta=meta))
        if not isinstance(response, AnsweredResponse):
            raise TypeError("DOWNLOAD_HANDLERS names another handler than ours")
        if len(self._opened) >= MAX_OPENED:
            self._opened.clear()
        self._opened[request.place] = response.client
        return response.answer


class SilentFormatter(LogFormatter):
    """Spares making a log line of every response that nobody reads."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> None:  # type: ignore[override]  # None means no line; Scrapy's annotation does not say so everywhere
        """Make no line."""


_CLIENTS: WeakKeyDictionary[Crawler, HttpClient] = WeakKeyDictionary()


def _client_of(crawler: Crawler) -> HttpClient:
    """Return the crawler's one client, which its handlers of http and https share."""
    if crawler not in _CLIENTS:
        _CLIENTS[crawler] = HttpClient(
            timeout=crawler.settings.getfloat("DOWNLOAD_TIMEOUT"),
            verify_tls=crawler.settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"),
        )
    return _CLIENTS[crawler]
