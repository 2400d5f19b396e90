"""HTTP/1.1 over connections that stay open for a visit, to addresses that were checked.

Every request names the addresses it may go to; nothing is resolved here, so the address that was
checked is the one connected to. From connecting to the last byte there is one limit of time. Few
bodies may be large at a time: the others wait, and their clocks with them, so that no mix of
websites makes the crawl grow.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from time import monotonic
from typing import TYPE_CHECKING

from crawlers.deadlines import Deadlines
from crawlers.http_connection import HttpConnection
from crawlers.http_messages import HttpAnswer
from crawlers.large_bodies import LargeBodies

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawlers.http_connection import Done
    from crawlers.http_messages import HttpRequest, Place

IDLE_SECONDS = 8.0
MAX_IDLE = 256  # connections kept open for the next request
MAX_CLOSING = 2000  # places remembered that none is kept open to
MAX_ADDRESSES = 3  # of one host that are tried
MAX_SILENT = 10_000  # addresses remembered that took no connection in time
READ_BYTES = 64 * 1024  # taken from the system at a time

# Said on a connection that was used before, they are no answer to the request but the server's
# farewell to a connection that waited too long, or one that this host is not served on.
_OF_THE_CONNECTION = frozenset({408, 421})


class HttpClient:
    """Sends requests over connections of its own.

    Args:
        timeout: Seconds for one request, from connecting to the last byte.
        verify_tls: Whether certificates must be trustworthy.
    """

    def __init__(self, *, timeout: float, verify_tls: bool) -> None:
        self._timeout = timeout
        self._verify_tls = verify_tls
        self._idle: OrderedDict[Place, HttpConnection] = OrderedDict()
        self._closing: set[Place] = set()  # places that closed a connection we held open
        self._silent: set[str] = set()  # addresses that took no connection in time: tried last
        self._large = LargeBodies()
        self._deadlines = Deadlines()
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._tls: ssl.SSLContext | None = None
        self._sweep: asyncio.TimerHandle | None = None

    @property
    def client(self) -> HttpClient:
        """Return the client itself."""
        return self

    async def prepare(self) -> None:
        """Do nothing: it is ready."""

    async def send(
        self, request: HttpRequest, on_sent: Callable[[], None] | None = None
    ) -> HttpAnswer:
        """Send a request and return its answer, whatever its status.

        Args:
            request: To be sent.
            on_sent: Called when it was handed to the network.

        Raises:
            OSError: The connection failed (`ssl.SSLError`, `TimeoutError` among them).
            ValueError: The answer is no HTTP, too large, or encoded in an unknown way.
        """
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        if connection := self.begin(request, on_sent, done):
            try:
                await done
            except BaseException as fault:
                if not self.may_be_asked_anew(connection, request, fault):
                    raise
            else:
                if answer := self.end(connection, request):
                    return answer
        begun = monotonic()
        connection = await self._connect(request)
        seconds = self._seconds_for(request) - (monotonic() - begun)
        try:
            done = loop.create_future()
            connection.ask(request, max(seconds, 0.1), on_sent, done)
            await done
        except BaseException:
            connection.leave(request)
            connection.close()
            raise
        return self._answer_on(connection, request)

    def begin(
        self, request: HttpRequest, on_sent: Callable[[], None] | None, done: Done
    ) -> HttpConnection | None:
        """Send a request over the connection that is kept open to its place.

        Args:
            request: To be sent.
            on_sent: Called when it was handed to the network.
            done: Told when its answer is there, or why there is none.

        Returns:
            The connection, for `end` or `may_be_asked_anew`; None where none is open.
        """
        place = request.place
        connection = self._idle.pop(place, None)
        if connection is None:
            return None
        if connection.is_closed:
            self._closing.add(place)
            return None
        connection.ask(request, self._seconds_for(request), on_sent, done)
        return connection

    def drop(self, place: Place) -> None:
        """Close the connection that is kept open to a place, if there is one."""
        if kept := self._idle.pop(place, None):
            kept.close()

    def end(self, connection: HttpConnection, request: HttpRequest) -> HttpAnswer | None:
        """Return the answer to a request that was begun; None where that says nothing of it."""
        place = connection.place
        answer = self._answer_on(connection, request)
        if answer.status not in _OF_THE_CONNECTION:
            return answer
        self._closing.add(place)
        self.drop(place)
        return None

    def may_be_asked_anew(
        self, connection: HttpConnection, request: HttpRequest, fault: BaseException
    ) -> bool:
        """Tell whether a request that was begun and has no answer may be sent once more.

        So it is where the server closed the connection while nothing was under way, as it may: but
        only this once, since a server that closes after it was asked was asked twice at once.
        """
        connection.leave(request)
        connection.close()
        if not isinstance(fault, ConnectionError) or connection.has_begun:
            return False
        self._closing.add(connection.place)
        return True

    def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.popitem()[1].close()
        if self._sweep:
            self._sweep.cancel()
        self._deadlines.close()

    def _seconds_for(self, request: HttpRequest) -> float:
        return max(request.seconds or self._timeout, 0.1)

    def _answer_on(self, connection: HttpConnection, request: HttpRequest) -> HttpAnswer:
        """Return the answer that is there, and keep its connection for the next request."""
        reader, place = connection.leave(request), connection.place
        if reader.is_reusable and place not in self._closing and not connection.is_closed:
            self._keep(place, connection)
        else:
            connection.close()
        if reader.is_bare:
            return HttpAnswer(reader.status, reader.headers, connection.address, b"", b"", False)
        return HttpAnswer(
            status=reader.status,
            headers=reader.headers,
            address=connection.address,
            raw_body=reader.raw_body(),
            body=reader.body(),
            is_cut=reader.is_cut,
            is_whole=reader.is_whole,
        )

    async def _connect(self, request: HttpRequest) -> HttpConnection:
        loop = asyncio.get_running_loop()
        context = self._tls_context() if request.is_tls else None
        name = request.host.rstrip(".") if request.is_tls else None
        fault: OSError = ConnectionRefusedError(f"{request.host} has no address")
        until = monotonic() + (request.seconds or self._timeout)
        addresses = request.addresses[:MAX_ADDRESSES]
        if len(addresses) > 1 and self._silent:
            addresses = tuple(sorted(addresses, key=self._silent.__contains__))
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                async with asyncio.timeout((until - monotonic()) / left):
                    _, connection = await loop.create_connection(
                        lambda: HttpConnection(self._large, self._buffer, self._deadlines),
                        address,
                        request.port,
                        ssl=context,
                        server_hostname=name,
                    )
            except OSError as this:
                fault = this
                if left > 1 and isinstance(fault, TimeoutError) and len(self._silent) < MAX_SILENT:
                    self._silent.add(address)
                continue
            connection.address, connection.place = address, request.place
            return connection
        raise fault

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
            # Old servers that do not know secure renegotiation: browsers talk to them, too.
            self._tls.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
            if not self._verify_tls:
                self._tls.check_hostname = False
                self._tls.verify_mode = ssl.CERT_NONE
        return self._tls

    def _keep(self, place: Place, connection: HttpConnection) -> None:
        if former := self._idle.pop(place, None):
            former.close()
        if len(self._closing) > MAX_CLOSING:
            self._closing.clear()
        connection.idle_until = monotonic() + IDLE_SECONDS
        self._idle[place] = connection
        if len(self._idle) > MAX_IDLE:
            self._idle.popitem(last=False)[1].close()
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS / 2, self._sweep_idle)

    def _sweep_idle(self) -> None:
        now = monotonic()
        while self._idle:
            place, connection = next(iter(self._idle.items()))
            if connection.idle_until > now:
                break
            del self._idle[place]
            connection.close()
        self._sweep = None
        if self._idle:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS / 2, self._sweep_idle)
