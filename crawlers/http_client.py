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
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from crawlers.deadlines import Deadlines
from crawlers.http_answer import AnswerReader
from crawlers.large_bodies import LARGE_BYTES, LargeBodies

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.page_archive import Headers

IDLE_SECONDS = 8.0
MAX_IDLE = 256  # connections kept open for the next request
MAX_CLOSING = 2000  # places remembered that none is kept open to
MAX_ADDRESSES = 3  # of one host that are tried
MAX_SILENT = 10_000  # addresses remembered that took no connection in time
READ_BYTES = 64 * 1024  # taken from the system at a time

# Said on a connection that was used before, they are no answer to the request but the server's
# farewell to a connection that waited too long, or one that this host is not served on.
_OF_THE_CONNECTION = frozenset({408, 421})

Place = tuple[bool, str, int]


@dataclass(slots=True)
class Arrived:
    """What of an answer arrived, also where it came to no good end.

    Attributes:
        wire_bytes: Of the body, as it came.
        n_bytes: Of the body, with its content encoding undone.
    """

    wire_bytes: int = 0
    n_bytes: int = 0


@dataclass(slots=True, kw_only=True)  # frozen, it takes three times as long to make
class HttpRequest:
    """A GET request and where it may go; nobody changes it.

    Attributes:
        url: What is asked for, as a whole.
        is_tls: Whether over TLS.
        host: Name, or address in numbers, without brackets.
        port: TCP port.
        addresses: IP addresses of the host that were checked, in the order to try them.
        target: Path and query.
        headers: To be sent, `Host` among them.
        max_bytes: Most bytes of the body, on the wire and once inflated.
        first_bytes: Take no more of the body than about that many bytes; 0 for all of it.
        seconds: Limit of time, from connecting to the last byte; 0 for the client's own.
        is_known: Whether an earlier wave knows its website, of which nothing has changed so far.
        arrived: Counted up when the request has ended.
    """

    url: str
    is_tls: bool
    host: str
    port: int
    addresses: tuple[str, ...]
    target: str
    headers: Headers
    max_bytes: int
    first_bytes: int = 0
    seconds: float = 0.0
    is_known: bool = False
    arrived: Arrived = field(default_factory=Arrived, compare=False)

    @property
    def place(self) -> Place:
        """Return what a connection is made to."""
        return self.is_tls, self.host, self.port

    def as_sent(self) -> bytes:
        """Return the bytes that go over the wire."""
        fields = "".join([f"{name}: {value}\r\n" for name, value in self.headers])
        return f"GET {self.target} HTTP/1.1\r\n{fields}\r\n".encode("latin-1", "replace")


class HttpAnswer(NamedTuple):
    """What a request brought home.

    Attributes:
        address: IP address connected to.
        raw_body: As it came, transfer coding undone.
        body: With its content encoding undone.
        is_cut: Whether the body was broken off on purpose.
        is_whole: Whether nothing of the body is missing, as far as can be told.
    """

    status: int
    headers: Headers
    address: str
    raw_body: bytes
    body: bytes
    is_cut: bool
    is_whole: bool = True


class HttpClient:
    """Sends requests over connections of its own.

    Args:
        timeout: Seconds for one request, from connecting to the last byte.
        verify_tls: Whether certificates must be trustworthy.
    """

    def __init__(self, *, timeout: float, verify_tls: bool) -> None:
        self._timeout = timeout
        self._verify_tls = verify_tls
        self._idle: OrderedDict[Place, _Connection] = OrderedDict()
        self._closing: set[Place] = set()  # places that closed a connection we held open
        self._silent: set[str] = set()  # addresses that took no connection in time: tried last
        self._large = LargeBodies()
        self._deadlines = Deadlines()
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._tls: ssl.SSLContext | None = None
        self._sweep: asyncio.TimerHandle | None = None

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
        limit = request.seconds or self._timeout
        place = request.place
        if connection := self._idle.pop(place, None):
            try:
                answer = await self._exchange(connection, request, limit, on_sent)
                if answer.status not in _OF_THE_CONNECTION:
                    return answer
                self._closing.add(request.place)
                if kept := self._idle.pop(request.place, None):
                    kept.close()
            except ConnectionError:
                if connection.has_begun:
                    raise
                # Closed by the server while nothing was under way, as it may: asked anew, but only
                # this once, since a server that closes after it was asked was asked twice at once.
                self._closing.add(place)
        begun = monotonic()
        connection = await self._connect(request)
        return await self._exchange(connection, request, limit - (monotonic() - begun), on_sent)

    def close(self) -> None:
        """Close all connections."""
        while self._idle:
            self._idle.popitem()[1].close()
        if self._sweep:
            self._sweep.cancel()
        self._deadlines.close()

    async def _exchange(
        self,
        connection: _Connection,
        request: HttpRequest,
        seconds: float,
        on_sent: Callable[[], None] | None,
    ) -> HttpAnswer:
        try:
            reader = await connection.ask(request, max(seconds, 0.1), on_sent)
        except BaseException:
            connection.close()
            raise
        place = request.place
        if reader.is_reusable and place not in self._closing and not connection.is_closed:
            self._keep(place, connection)
        else:
            connection.close()
        return HttpAnswer(
            status=reader.status,
            headers=reader.headers,
            address=connection.address,
            raw_body=reader.raw_body(),
            body=reader.body(),
            is_cut=reader.is_cut,
            is_whole=reader.is_whole,
        )

    async def _connect(self, request: HttpRequest) -> _Connection:
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
                        lambda: _Connection(self._large, self._buffer, self._deadlines),
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
            connection.address = address
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

    def _keep(self, place: Place, connection: _Connection) -> None:
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


class _Connection(asyncio.BufferedProtocol):
    """One connection, carrying one request after the other.

    Args:
        large: Where to ask for a place for a large body.
        buffer: That the system reads into, of all connections: what is in it is taken out at once.
            (Left to itself, asyncio has the system make and unmake a quarter of a megabyte each
            time that something arrives, which takes as long as inflating it.)
        deadlines: Of all connections.
    """

    def __init__(self, large: LargeBodies, buffer: memoryview, deadlines: Deadlines) -> None:
        self.address = ""
        self.idle_until = 0.0
        self._large = large
        self._buffer = buffer
        self._deadlines = deadlines
        self._transport: asyncio.Transport | None = None
        self._reader: AnswerReader | None = None
        self._done: asyncio.Future[AnswerReader] | None = None
        self._is_large = False
        self._seconds_left = 0.0  # while it waits for a place among the large ones
        self.has_begun = False

    @property
    def is_closed(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    async def ask(
        self, request: HttpRequest, seconds: float, on_sent: Callable[[], None] | None
    ) -> AnswerReader:
        """Send a request and read its answer."""
        self.has_begun = False
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the server closed the connection")
        loop = asyncio.get_running_loop()
        reader = AnswerReader(limit=request.max_bytes, first_bytes=request.first_bytes)
        self._reader = reader
        self._done = loop.create_future()
        self._deadlines.begin(self, seconds)
        self._transport.write(request.as_sent())
        if on_sent:
            on_sent()
        try:
            return await self._done
        finally:
            self._deadlines.end(self)
            self._reader = self._done = None
            request.arrived.wire_bytes, request.arrived.n_bytes = reader.sizes
            if self._is_large:
                self._is_large = False
                self._large.leave(self)

    def close(self) -> None:
        """Close at once; what stands unsent or unread is dropped."""
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a stream connection, always

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._buffer[:nbytes])
        reader = self._reader
        if reader is None or reader.is_complete:
            self.close()  # nobody asked for this
            return
        self.has_begun = True
        try:
            is_complete = reader.feed(data)
        except ValueError as fault:
            self._fail(fault)
            return
        if is_complete:
            self._succeed(reader)
        elif not self._is_large and reader.held > LARGE_BYTES:
            self._is_large = self._large.enter(self)
            if not self._is_large:
                self._pause()

    def connection_lost(self, exc: Exception | None) -> None:
        reader = self._reader
        self._transport = None
        if reader is None or reader.is_complete:
            return
        try:
            if exc is not None:
                raise exc
            reader.end()
        except (OSError, ValueError) as fault:
            self._fail(fault)
            return
        self._succeed(reader)

    def go_on(self) -> bool:
        """Read on after waiting for a place; False where nobody waits for the answer any more."""
        if self._done is None or self._done.done() or self._transport is None:
            return False
        self._is_large = True
        self._deadlines.begin(self, self._seconds_left)
        self._transport.resume_reading()
        return True

    def _pause(self) -> None:
        if self._transport is not None:
            self._seconds_left = max(self._deadlines.left(self), 1.0)
            self._deadlines.end(self)
            self._transport.pause_reading()

    def _succeed(self, reader: AnswerReader) -> None:
        if self._done and not self._done.done():
            self._done.set_result(reader)

    def _fail(self, fault: Exception) -> None:
        if self._done and not self._done.done():
            # Without its traceback, whose frames would keep the body until circles are looked for.
            self._done.set_exception(fault.with_traceback(None))

    def give_up(self) -> None:
        """End what is under way: others wait for the memory that it takes."""
        self.time_out()

    def time_out(self) -> None:
        """Say that nothing came to an end in time."""
        self._fail(TimeoutError("no answer in time, or none that came to an end"))
