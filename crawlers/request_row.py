"""Requests of one visit, each sent as soon as what the one before brought home is put away.

A coroutine that waits is woken by the event loop through a future, a handle and a task, twice for
each request, and where next to nothing is to be done for one that is a good part of it. A row does
without: whoever has its answer, or its place on the wire, calls it at once. What has to be waited
for otherwise (a delay, a new connection) is waited for by its one coroutine, and what goes wrong
ends it.
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from crawlers.http_connection import HttpConnection
    from crawlers.http_messages import HttpAnswer, HttpRequest
    from crawlers.pacing import Turn
    from crawlers.sending import Sender
    from crawlers.spending import Spending


class RowSource(Protocol):
    """Says what is asked for in a row, and takes the answers."""

    def next_request(self) -> tuple[HttpRequest, float] | None:
        """Return the next request that may be sent, and its host's delay; None for no more."""
        ...

    def take(self, answer: HttpAnswer) -> bool:
        """Put away an answer; False where it is left to who began the row."""
        ...


class _Stop(Enum):
    OVER = "no request is under way any more"
    TURN = "its turn has to be waited for"
    ANEW = "it is sent over a new connection"


class RequestRow:
    """A row of requests.

    Args:
        sender: Of all visits.
        spending: Of the visit; counted up. Its website has answered.
        source: Of the requests.
    """

    def __init__(self, sender: Sender, spending: Spending, source: RowSource) -> None:
        self._sender = sender
        self._client = sender.client
        self._spending = spending
        self._source = source
        self._place = sender.place(spending)
        self._turn: Turn  # there with the first request
        self._turn_of: tuple[str, int, str, float] | None = None
        self._number = 0
        self._request: HttpRequest | None = None
        self._connection: HttpConnection | None = None
        self._left: tuple[HttpRequest, HttpAnswer | Exception] | None = None
        self._stopped: asyncio.Future[_Stop]

    async def run(self) -> tuple[HttpRequest, HttpAnswer | Exception] | None:
        """Send requests until there are no more, or what came of one is not taken.

        Returns:
            That request and what came of it; None where all answers were taken.

        Raises:
            CrawlStopped: No further request may be sent.
            DayUsedUp: The website had all its requests of the day.
        """
        self._stopped = asyncio.get_running_loop().create_future()
        self._go_on()
        try:
            while (why := await self._stopped) is not _Stop.OVER:
                self._stopped = asyncio.get_running_loop().create_future()
                if why is _Stop.TURN:
                    await self._turn.begin()
                    self._take_place()
                else:
                    await self._send_anew()
        finally:
            self._give_up()
        return self._left

    def done(self) -> bool:
        """Tell whether no answer is waited for."""
        return self._connection is None

    def set_result(self, _: None, /) -> None:
        """Take the answer that its connection has read."""
        connection, request = self._connection, self._request
        if connection is None or request is None:
            return
        self._connection = None
        try:
            answer = self._client.end(connection, request)
            if answer is None:
                self._stop(_Stop.ANEW)
                return
            self._sender.ended(self._number, answer)
            self._deal_with(request, answer)
        except Exception as fault:
            self._fail(fault)

    def set_exception(self, fault: Exception, /) -> None:
        """Take notice that its connection has no answer."""
        connection, request = self._connection, self._request
        if connection is None or request is None:
            return
        self._connection = None
        try:
            if self._client.may_be_asked_anew(connection, request, fault):
                self._stop(_Stop.ANEW)
                return
            self._left = request, self._sender.failed(self._number, request, self._spending, fault)
            self._stop(_Stop.OVER)
        except Exception as own_fault:
            self._fail(own_fault)

    def _go_on(self) -> None:
        """Begin the next request."""
        try:
            following = self._source.next_request()
            if following is None:
                self._stop(_Stop.OVER)
                return
            request, delay = following
            turn_of = request.host, request.port, request.addresses[0], delay
            if turn_of != self._turn_of:
                self._turn, self._turn_of = self._sender.turn(request, delay), turn_of
            self._request = request
            self._spending.n_asking += 1
            if self._turn.begin_at_once():
                self._take_place()
            else:
                self._stop(_Stop.TURN)
        except Exception as fault:
            self._fail(fault)

    def _take_place(self) -> None:
        if self._place.begin_or_call(self._send):
            self._send()

    def _send(self) -> None:
        """Send the request that has its turn and its place."""
        try:
            request = self._request
            if request is None:
                return
            self._number = self._sender.begin(request, self._spending, self._turn)
            self._connection = self._client.begin(request, self._turn.is_sent, self)
            if self._connection is None:
                self._stop(_Stop.ANEW)
        except Exception as fault:
            self._fail(fault)

    async def _send_anew(self) -> None:
        """Send a request for which no connection was open, or none that answered."""
        request = self._request
        if request is not None:
            number, turn = self._number, self._turn
            sent = await self._sender.answered(number, request, self._spending, turn)
            self._deal_with(request, sent)

    def _deal_with(self, request: HttpRequest, sent: HttpAnswer | Exception) -> None:
        if isinstance(sent, Exception) or not self._source.take(sent):
            self._left = request, sent
            self._stop(_Stop.OVER)
            return
        # Only now: what has arrived is put away before anybody asks for more.
        self._leave()
        self._go_on()

    def _leave(self) -> None:
        """Have the request be over, and others have its place and its turn."""
        self._request = None
        self._spending.n_asking -= 1
        self._place.end()
        if self._turn.is_held:
            self._turn.end()

    def _give_up(self) -> None:
        """End what is still under way."""
        if self._request is None:
            return
        if self._connection is not None:
            self._connection.leave(self._request)
            self._connection.close()
            self._connection = None
        self._leave()

    def _stop(self, why: _Stop) -> None:
        if not self._stopped.done():
            self._stopped.set_result(why)

    def _fail(self, fault: Exception) -> None:
        if not self._stopped.done():
            self._stopped.set_exception(fault)
