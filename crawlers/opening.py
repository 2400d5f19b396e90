"""Hosts opened by Scrapy's engine, and all that follows sent to the client behind it.

The first request to each place goes through the engine, those that follow go to the same client at
once (docs/decisions/0009). Websites of an earlier wave need no opening as long as nothing is found
to have changed: so a wave without changes never loads Scrapy. Whoever sends has been through the
same gate, whichever way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from scrapy import Request
    from scrapy.http import Response

    from crawlers.http_client import HttpClient
    from crawlers.http_messages import HttpAnswer, HttpRequest, Place

_SLOT = "all"  # of crawlers.settings
MAX_OPENED = 2000  # hosts that are remembered; any other is opened again


class Engine(Protocol):
    """What of Scrapy's engine is used."""

    async def download_async(self, request: Request) -> Response:
        """Return the response, or raise what went wrong."""
        ...


class Downloader(Protocol):
    """What gets a request over the wire: our client behind Scrapy's engine, or by itself."""

    @property
    def client(self) -> HttpClient:
        """Return what sends requests to websites that an earlier wave knows."""
        ...

    async def prepare(self) -> None:
        """Do what takes time before a request has its turn: it is then to go out at once."""
        ...

    async def send(
        self, request: HttpRequest, on_sent: Callable[[], None] | None = None
    ) -> HttpAnswer:
        """Return the answer, or raise what went wrong."""
        ...


class OpeningDownloader:
    """Opens hosts through Scrapy's engine, and sends what follows to the client behind it.

    Args:
        engine: Gives the engine, started when it is first asked for.
        client: That the engine's download handler sends by.

    Attributes:
        client: The same.
    """

    def __init__(self, engine: Callable[[], Awaitable[Engine]], client: HttpClient) -> None:
        self._engine = engine
        self.client = client
        self._opened: set[Place] = set()
        self._is_started = False

    async def prepare(self) -> None:
        """Have the engine started: whoever waited for it in its turn would ask too late."""
        if not self._is_started:
            await self._engine()
            self._is_started = True

    def send(
        self, request: HttpRequest, on_sent: Callable[[], None] | None = None
    ) -> Coroutine[Any, Any, HttpAnswer]:
        """Return the answer, or raise what went wrong as `HttpClient.send` does."""
        if request.is_known or request.place in self._opened:
            return self.client.send(request, on_sent)
        return self._open(request, on_sent)

    async def _open(self, request: HttpRequest, on_sent: Callable[[], None] | None) -> HttpAnswer:
        engine = await self._engine()
        from scrapy import Request

        from crawlers.download_handler import ASKED, ON_SENT, AnsweredResponse

        meta = {ASKED: request, ON_SENT: on_sent, "download_slot": _SLOT}
        response = await engine.download_async(Request(request.url, meta=meta))
        if not isinstance(response, AnsweredResponse):
            raise TypeError("DOWNLOAD_HANDLERS names another handler than ours")
        if len(self._opened) >= MAX_OPENED:
            self._opened.clear()
        self._opened.add(request.place)
        return response.answer
