"""One request sent once it has its turn, and written down before and behind."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from crawlers.outcomes import outcome_of_fault
from crawlers.request_gate import CrawlStopped
from crawlers.wire_places import WirePlaces

if TYPE_CHECKING:
    from crawlers.http_messages import HttpAnswer, HttpRequest
    from crawlers.opening import Downloader
    from crawlers.pacing import Pacer, Turn
    from crawlers.request_gate import RequestGate
    from crawlers.spending import Spending
    from crawlers.wire_places import HeldPlace


class Sender:
    """Sends the requests of all visits of a crawl.

    Args:
        downloader: Gets requests over the wire.
        pacer: Keeps the delays.
        gate: Lets requests pass, and writes them down.
        places: For requests on their way; None for as many as are asked for.

    Attributes:
        client: What sends to websites that an earlier wave knows.
    """

    def __init__(
        self,
        downloader: Downloader,
        pacer: Pacer,
        *,
        gate: RequestGate,
        places: WirePlaces | None = None,
    ) -> None:
        self._downloader = downloader
        self.client = downloader.client
        self._pacer = pacer
        self._gate = gate
        self._places = places or WirePlaces(sys.maxsize)

    async def send(
        self, request: HttpRequest, spending: Spending, *, delay: float
    ) -> HttpAnswer | Exception:
        """Send a request; returns what went wrong where there is no answer.

        Args:
            request: To addresses that were checked.
            spending: Of the visit; counted up.
            delay: What its host asks for (seconds).

        Raises:
            CrawlStopped: The hours in which may be crawled are over.
            DayUsedUp: The website had all its requests of the day.
        """
        if not spending.is_known:
            await self._downloader.prepare()
        # No ``async with``: most turns and places are free, and cost no coroutine then.
        turn = self.turn(request, delay)
        if not turn.begin_at_once():
            await turn.begin()
        try:
            place = self.place(spending)
            if not place.begin_at_once():
                await place.begin()
            try:
                number = self.begin(request, spending, turn)
                return await self.answered(number, request, spending, turn)
            finally:
                place.end()
        finally:
            turn.end()

    def turn(self, request: HttpRequest, delay: float) -> Turn:
        """Return a request's turn at its host, which is still to be waited for."""
        host = f"{request.host}:{request.port}"
        return self._pacer.turn(host, request.addresses[0], crawl_delay=delay)

    def place(self, spending: Spending) -> HeldPlace:
        """Return a place on the wire, which is still to be waited for."""
        return self._places.place(has_answered=spending.answered)

    def begin(self, request: HttpRequest, spending: Spending, turn: Turn) -> int:
        """Let a request pass the gate that has its turn and its place; returns its number.

        Raises:
            CrawlStopped: The hours in which may be crawled are over.
            DayUsedUp: The website had all its requests of the day.
        """
        if spending.n_asking == 1:  # websites that share a host: others' turns are not its time
            spending.deadline += turn.waited
        number = self._gate.begin(spending.website_url, request.url)
        spending.requests += 1
        return number

    async def answered(
        self, number: int, request: HttpRequest, spending: Spending, turn: Turn
    ) -> HttpAnswer | Exception:
        """Send a request that has passed the gate; returns what went wrong for want of an answer.

        Args:
            number: From `begin`.
            request: To be sent.
            spending: Of the visit; counted up.
            turn: Of the request.
        """
        try:
            answer = await self._downloader.send(request, turn.is_sent)
        except CrawlStopped:  # nothing was sent: what sends does not work
            raise
        except Exception as fault:
            return self.failed(number, request, spending, fault)
        self.ended(number, answer)
        return answer

    def ended(self, number: int, answer: HttpAnswer) -> None:
        """Write down that a request was answered."""
        self._gate.end(number, answer.status, len(answer.raw_body))

    def failed(
        self, number: int, request: HttpRequest, spending: Spending, fault: Exception
    ) -> Exception:
        """Write down that a request has no answer, and return why.

        Whatever a server can provoke here is an outcome of its website, no fault of ours.
        """
        spending.bytes += request.n_bytes
        self._gate.end(number, outcome_of_fault(fault), request.wire_bytes)
        return fault
