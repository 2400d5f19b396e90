"""One request sent once it has its turn, and written down before and behind."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from crawlers.outcomes import outcome_of_fault
from crawlers.request_gate import CrawlStopped

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from crawlers.http_client import HttpAnswer, HttpRequest
    from crawlers.opening import Downloader
    from crawlers.pacing import Pacer
    from crawlers.request_gate import RequestGate
    from crawlers.spending import Spending
    from crawlers.wire_places import WirePlaces


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
        self._places = places

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
        async with (
            self._pacer.turn(host, address, crawl_delay=delay) as turn,
            self._place(spending),
        ):
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

    def _place(self, spending: Spending) -> AbstractAsyncContextManager[None]:
        if self._places is None:
            return nullcontext()
        return self._places.place(has_answered=spending.answered)
