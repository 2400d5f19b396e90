"""One request sent once it has its turn, and written down before and behind."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from crawlers.outcomes import outcome_of_fault
from crawlers.request_gate import CrawlStopped
from crawlers.wire_places import WirePlaces

if TYPE_CHECKING:
    from crawlers.http_client import HttpAnswer, HttpRequest
    from crawlers.opening import Downloader
    from crawlers.pacing import Pacer, Turn
    from crawlers.request_gate import RequestGate
    from crawlers.spending import Spending


class Sender:
    """Sends the requests of all visits of a crawl.

    Args:
        downloader: Gets requests over the wire.
        pacer: Keeps the delays.
        gate: Lets requests pass, and writes them down.
        places: For requests on their way; None for as many as are asked for.
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
        host, address = f"{request.host}:{request.port}", request.addresses[0]
        # No ``async with``: most turns and places are free, and cost no coroutine then.
        turn = self._pacer.turn(host, address, crawl_delay=delay)
        if not turn.begin_at_once():
            await turn.begin()
        try:
            place = self._places.place(has_answered=spending.answered)
            if not place.begin_at_once():
                await place.begin()
            try:
                return await self._send(request, spending, turn)
            finally:
                place.end()
        finally:
            turn.end()

    async def _send(
        self, request: HttpRequest, spending: Spending, turn: Turn
    ) -> HttpAnswer | Exception:
        """Send a request that has its turn and its place."""
        if spending.n_asking == 1:  # websites that share a host: others' turns are not its time
            spending.deadline += turn.waited
        number = self._gate.begin(spending.website_url, request.url)
        spending.requests += 1
        try:
            answer = await self._downloader.send(request, turn.is_sent)
        except CrawlStopped:  # nothing was sent: what sends does not work
            raise
        except Exception as fault:
            # Whatever a server can provoke here is an outcome of its website, no fault of ours.
            spending.bytes += request.arrived.n_bytes
            self._gate.end(number, outcome_of_fault(fault), request.arrived.wire_bytes)
            return fault
        self._gate.end(number, answer.status, len(answer.raw_body))
        return answer
