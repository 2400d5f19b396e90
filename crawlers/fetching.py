"""One request and its answer: address checked, turn waited for, retried shortly, body inflated."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http.cookies import CookieJar

from crawlers.address_guard import NoAddress
from crawlers.outcomes import for_people, outcome_of_fault
from crawlers.request_gate import CrawlStopped
from crawlers.website_urls import port_of
from storage.accounting import Outcome
from storage.page_archive import BodyTooLarge, Exchange, UnknownEncoding, decode_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scrapy.http import Response

    from crawlers.address_guard import AddressBook
    from crawlers.pacing import Pacer
    from crawlers.politeness import Politeness
    from crawlers.request_gate import RequestGate

ACCEPT_PAGES = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"

# Asked again inside the pass: the fault may have passed by then.
_RETRIED_FAULTS = frozenset({Outcome.CONNECTION_RESET, Outcome.TIMEOUT})
_RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504, 522, 524})


class Downloader(Protocol):
    """What gets a request over the wire: Scrapy's engine."""

    async def download_async(self, request: Request) -> Response:
        """Return the answer, or raise what went wrong."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a request, whatever its status.

    Attributes:
        exchange: As it went over the wire.
        body: With its content encoding undone (bytes).
        cut: Whether the body was broken off on purpose.
    """

    exchange: Exchange
    body: bytes
    cut: bool = False

    @property
    def status(self) -> int:
        """Return the HTTP status code."""
        return self.exchange.http_status

    def header(self, name: str) -> str:
        """Return the first header of a name, in any case; empty where there is none."""
        wanted = name.lower()
        return next((v for n, v in self.exchange.headers if n.lower() == wanted), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why there is no answer, or none that can be used."""

    reason: Outcome
    detail: str


BUDGET_USED_UP = Fault(reason=Outcome.TIMEOUT, detail="the budget of the visit is used up")


@dataclass(slots=True, kw_only=True)
class Spending:
    """What one visit has cost so far, and its cookies; they go to nobody else.

    Attributes:
        requests: Sent, failures included.
        bytes: Received, after content decoding.
        deadline: Moment (monotonic seconds) at which the visit must end.
        answered: Whether the website ever answered; one that never did is not asked twice.
        website_url: In whose visit the requests are written down.
    """

    request_budget: int
    byte_budget: int
    deadline: float
    website_url: str = ""
    requests: int = 0
    bytes: int = 0
    answered: bool = False
    cookies: CookieJar | None = field(default=None)

    @property
    def is_over(self) -> bool:
        """Tell whether no further request may be sent."""
        return (
            self.requests >= self.request_budget
            or self.bytes >= self.byte_budget
            or monotonic() >= self.deadline
        )


class Fetcher:
    """Sends requests, politely, for all visits of a crawl.

    Args:
        downloader: Scrapy's engine.
        politeness: How to behave.
        addresses: Resolves and checks hosts.
        pacer: Keeps the delays.
        gate: Lets requests pass, and writes them down.
    """

    def __init__(
        self,
        downloader: Downloader,
        politeness: Politeness,
        *,
        addresses: AddressBook,
        pacer: Pacer,
        gate: RequestGate,
    ) -> None:
        self._downloader = downloader
        self._politeness = politeness
        self._addresses = addresses
        self._pacer = pacer
        self._gate = gate
        self._is_stopped = False

    def stop(self) -> None:
        """Begin no further request."""
        self._is_stopped = True

    async def ask(
        self,
        url: str,
        spending: Spending,
        *,
        crawl_delay: float = 0.0,
        first_bytes: int = 0,
        accept: str = ACCEPT_PAGES,
    ) -> Answer | Fault:
        """Ask for an address, and again where that may help.

        Args:
            url: In tidy form.
            spending: Of the visit; counted up.
            crawl_delay: What robots.txt asks for (seconds).
            first_bytes: Take no more than that many bytes of the body; 0 for all of it, where a
                body beyond the cap is a fault.
            accept: Media types wanted.

        Raises:
            CrawlStopped: `stop` was called, or the hours in which may be crawled are over.
            DayUsedUp: The website had all its requests of the day.
        """
        attempt = 0
        while True:
            attempt += 1
            if self._is_stopped:
                raise CrawlStopped
            if spending.is_over:
                return BUDGET_USED_UP
            request = self._request(url, spending, first_bytes, accept)
            result = await self._ask_once(request, spending, crawl_delay)
            wait = self._wait_before_next(result, spending, attempt)
            if wait is None:
                return result
            await asyncio.sleep(wait)

    def _wait_before_next(
        self, result: Answer | Fault, spending: Spending, attempt: int
    ) -> float | None:
        if isinstance(result, Fault):
            # A host that never answered waits for the next pass; the others get one more try.
            again = result.reason in _RETRIED_FAULTS and spending.answered and attempt == 1
            return self._politeness.retry_wait(attempt=attempt) if again else None
        spending.answered = True
        if result.status not in _RETRIED_STATUSES:
            return None
        asked = result.header("retry-after")
        return self._politeness.retry_wait(attempt=attempt, retry_after=asked)

    async def _ask_once(
        self, request: Request, spending: Spending, crawl_delay: float
    ) -> Answer | Fault:
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        found = await self._addresses.look_up(host)
        if isinstance(found, NoAddress):
            return Fault(reason=found.reason, detail=for_people(found.detail))
        place = f"{host}:{port_of(parts)}"
        async with self._pacer.turn(place, found[0], crawl_delay=crawl_delay):
            number = self._gate.begin(spending.website_url, request.url)
            spending.requests += 1
            try:
                response = await self._downloader.download_async(request)
            except Exception as fault:
                # Whatever a server can provoke here is an outcome of its website, no fault of ours.
                found_fault = _as_fault(fault)
                self._gate.end(number, found_fault.reason, 0)
                return found_fault
            self._gate.end(number, response.status, len(response.body))
        return self._as_answer(request, response, spending)

    def _request(self, url: str, spending: Spending, first_bytes: int, accept: str) -> Request:
        politeness = self._politeness
        request = Request(
            url,
            headers={
                "User-Agent": politeness.user_agent,
                "Accept": accept,
                "Accept-Encoding": "gzip, deflate",
            },
            meta={
                "download_timeout": politeness.timeout_seconds,
                # 0 is no cap: the spider hangs up after the first bytes, whatever was announced.
                "download_maxsize": 0 if first_bytes else politeness.max_bytes_per_page,
                "first_bytes": first_bytes,
            },
        )
        if spending.cookies is not None:
            spending.cookies.add_cookie_header(request)
        return request

    def _as_answer(
        self, request: Request, response: Response, spending: Spending
    ) -> Answer | Fault:
        if response.headers.get("Set-Cookie"):
            spending.cookies = spending.cookies or CookieJar()
            spending.cookies.extract_cookies(response, request)
        exchange = _exchange(request, response)
        cut = "download_stopped" in response.flags
        try:
            first_bytes = request.meta["first_bytes"]
            limit = first_bytes * 8 if first_bytes else self._politeness.max_bytes_per_page
            body = decode_body(response.body, exchange.headers, limit=limit)
        except (BodyTooLarge, UnknownEncoding) as fault:
            spending.bytes += len(response.body)
            return _as_fault(fault)
        spending.bytes += len(body)
        return Answer(exchange=exchange, body=body, cut=cut)


def _as_fault(fault: Exception) -> Fault:
    reason = outcome_of_fault(fault)
    detail = f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__
    return Fault(reason=reason, detail=for_people(detail))


def _exchange(request: Request, response: Response) -> Exchange:
    sent = [("Host", urlsplit(request.url).netloc), *_pairs(request.headers.items())]
    return Exchange(
        url=request.url,
        fetched_at=datetime.now(UTC),
        address=str(response.ip_address or ""),
        request_headers=tuple(sent),
        http_status=response.status,
        headers=tuple(_pairs(response.headers.items())),
        body=response.body,
    )


def _pairs(headers: Iterable[tuple[bytes, list[bytes]]]) -> list[tuple[str, str]]:
    # One line each, so that no value can end the header it stands in.
    return [
        (name.decode("latin-1"), " ".join(value.decode("latin-1").split()))
        for name, values in headers
        for value in values
    ]
