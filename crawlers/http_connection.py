"""One connection to a server, which carries one request after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from crawlers.http_answer import AnswerReader
from crawlers.large_bodies import LARGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawlers.deadlines import Deadlines
    from crawlers.http_messages import HttpRequest, Place
    from crawlers.large_bodies import LargeBodies


class Done(Protocol):
    """Who waits for an answer: a future, or what is called like one and at once."""

    def done(self) -> bool:
        """Tell whether no answer is waited for."""
        ...

    def set_result(self, result: None, /) -> None:
        """Say that the answer is there."""
        ...

    def set_exception(self, exception: Exception, /) -> None:
        """Say why there is no answer."""
        ...


class HttpConnection(asyncio.BufferedProtocol):
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
        self.place: Place = (False, "", 0)
        self.idle_until = 0.0
        self._large = large
        self._buffer = buffer
        self._deadlines = deadlines
        self._transport: asyncio.Transport | None = None
        self._reader: AnswerReader | None = None
        self._done: Done | None = None
        self._is_large = False
        self._seconds_left = 0.0  # while it waits for a place among the large ones
        self.has_begun = False

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing can be asked on it any more."""
        return self._transport is None or self._transport.is_closing()

    def ask(
        self,
        request: HttpRequest,
        seconds: float,
        on_sent: Callable[[], None] | None,
        done: Done,
    ) -> None:
        """Send a request.

        Args:
            request: To be sent.
            seconds: That it may take.
            on_sent: Called when it was handed to the network.
            done: Told when its answer is there, or why there is none; `leave` is to be called then.

        Raises:
            ConnectionResetError: The server closed the connection before.
        """
        self.has_begun = False
        self._reader = AnswerReader(limit=request.max_bytes, first_bytes=request.first_bytes)
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the server closed the connection")
        self._done = done
        self._deadlines.begin(self, seconds)
        self._transport.write(request.as_sent())
        if on_sent:
            on_sent()

    def leave(self, request: HttpRequest) -> AnswerReader:
        """Have the request that was asked be over, however it went; returns what was read."""
        reader = self._reader
        if reader is None:
            raise RuntimeError("nothing was asked")
        self._deadlines.end(self)
        self._reader = self._done = None
        request.wire_bytes, request.n_bytes = reader.sizes
        if self._is_large:
            self._is_large = False
            self._large.leave(self)
        return reader

    def close(self) -> None:
        """Close at once; what stands unsent or unread is dropped."""
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take up what it is carried by."""
        self._transport = transport  # type: ignore[assignment]  # of a stream connection, always

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return what the system is to read into."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Read what has arrived."""
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
            self._succeed()
        elif not self._is_large and reader.held > LARGE_BYTES:
            self._is_large = self._large.enter(self)
            if not self._is_large:
                self._pause()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the answer, if it can end with the connection."""
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
        self._succeed()

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

    def _succeed(self) -> None:
        if self._done and not self._done.done():
            self._done.set_result(None)

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
