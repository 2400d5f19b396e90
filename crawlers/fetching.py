"""One request and its answer: address checked, turn waited for, retried shortly, body inflated."""

from __future__ import annotations

import asyncio
import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from crawlers.address_guard import NoAddress
from crawlers.http_client import HttpRequest
from crawlers.outcomes import for_people, outcome_of_fault
from crawlers.pauses import HostPauses
from crawlers.politeness import wait_asked
from crawlers.request_gate import CrawlStopped
from crawlers.website_urls import read_address
from storage.accounting import Outcome
from storage.page_archive import Exchange

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from crawlers.address_guard import AddressBook
    from crawlers.cookies import VisitCookies
    from crawlers.http_client import HttpAnswer
    from crawlers.opening import Downloader
    from crawlers.pacing import Pacer
    from crawlers.politeness import Politeness
    from crawlers.request_gate import RequestGate
    from crawlers.wire_places import WirePlaces
    from storage.page_archive import Headers

ACCEPT_PAGES = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"

# Asked again inside the pass: the fault may have passed by then.
_RETRIED_FAULTS = frozenset({Outcome.CONNECTION_RESET, Outcome.TIMEOUT})
_RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504, 522, 524})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a request, whatever its status.

    Attributes:
        exchange: As it went over the wire.
        body: With its content encoding undone (bytes).
        cut: Whether the body was broken off on purpose.
        whole: Whether nothing of the body is missing, as far as can be told.
    """

    exchange: Exchange
    body: bytes
    cut: bool = False
    whole: bool = True

    @property
    def status(self) -> int:
        """Return the HTTP status code."""
        return self.exchange.http_status

    def header(self, name: str) -> str:
        """Return the first header of a name, in any case; empty where there is none."""
        return header_of(self.exchange.headers, name)


def header_of(headers: Headers, name: str) -> str:
    """Return the first header of a name, in any case; empty where there is none."""
    wanted, length = name.lower(), len(name)
    for key, value in headers:
        if len(key) == length and key.lower() == wanted:
            return value if value.isascii() else _as_meant(value)
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why there is no answer, or none that can be used."""

    reason: Outcome
    detail: str


class AttemptListener(Protocol):
    """Takes notice of requests that ended."""

    def note(
        self, url: str, result: Answer | Fault, *, number: int, is_final: bool, may_be_page: bool
    ) -> None:
        """Take notice of one.

        Args:
            url: Asked for.
            result: What came of it.
            number: Of the attempts for this address; 1 is the first.
            is_final: Whether the address is not asked again for it.
            may_be_page: Whether a page was asked for, and not some other file.
        """
        ...


BUDGET_USED_UP = Fault(reason=Outcome.TIMEOUT, detail="the budget of the visit is used up")


@dataclass(slots=True, kw_only=True)
class Spending:
    """What one visit has cost so far, and its cookies; they go to nobody else.

    Attributes:
        requests: Sent, failures included.
        bytes: Received, after content decoding.
        deadline: Moment (monotonic seconds) at which the visit must end.
        answered: Whether the website ever answered.
        has_page: Whether its start page was had.
        knock_seconds: Time for one request until it has; 0 for as much as for any.
        website_url: In whose visit the requests are written down.
        attempts: Takes notice of each request that ended; None where nobody does.
        pauses: What its hosts asked for.
        n_asking: Requests that wait for their turn, or are on their way.
        is_silent: Whether the last request ran out of time.
        is_known: Whether an earlier wave knows the website, of which nothing has changed so far.
    """

    request_budget: int
    byte_budget: int
    deadline: float
    website_url: str = ""
    requests: int = 0
    bytes: int = 0
    answered: bool = False
    has_page: bool = False
    knock_seconds: float = 0.0
    cookies: VisitCookies | None = field(default=None)
    attempts: AttemptListener | None = field(default=None)
    pauses: HostPauses = field(default_factory=HostPauses)
    n_asking: int = 0
    is_silent: bool = False
    is_known: bool = False

    @property
    def is_over(self) -> bool:
        """Tell whether no further request may be sent."""
        return (
            self.requests >= self.request_budget
            or self.bytes >= self.byte_budget
            or monotonic() >= self.deadline
        )

    def is_over_at(self, url: str) -> bool:
        """Tell whether no further request may be sent to the host of an address."""
        return self.is_over or self.pauses.closed(read_address(url).host) is not None


class Fetcher:
    """Sends requests, politely, for all visits of a crawl.

    Args:
        downloader: Gets requests over the wire.
        politeness: How to behave.
        addresses: Resolves and checks hosts.
        pacer: Keeps the delays.
        gate: Lets requests pass, and writes them down.
        places: For requests on their way; None for as many as are asked for.

    Attributes:
        n_walking: Visits under way that have their start page; theirs to count.
    """

    def __init__(
        self,
        downloader: Downloader,
        politeness: Politeness,
        *,
        addresses: AddressBook,
        pacer: Pacer,
        gate: RequestGate,
        places: WirePlaces | None = None,
    ) -> None:
        self._downloader = downloader
        self._politeness = politeness
        self._addresses = addresses
        self._pacer = pacer
        self._user_agent = politeness.user_agent
        self._gate = gate
        self._places = places
        self._is_stopped = False
        self.n_walking = 0

    def stop(self) -> None:
        """Begin no further request."""
        self._is_stopped = True

    @property
    def is_stopped(self) -> bool:
        """Tell whether `stop` was called."""
        return self._is_stopped

    async def ask(
        self,
        url: str,
        spending: Spending,
        *,
        crawl_delay: float = 0.0,
        first_bytes: int = 0,
        accept: str = ACCEPT_PAGES,
        conditions: Headers = (),
    ) -> Answer | Fault:
        """Ask for an address, and again where that may help.

        Args:
            url: In tidy form.
            spending: Of the visit; counted up.
            crawl_delay: What robots.txt asks for (seconds).
            first_bytes: Take no more than that many bytes of the body; 0 for all of it, where a
                body beyond the cap is a fault.
            accept: Media types wanted.
            conditions: Further header fields, under which a 304 is an answer.

        Raises:
            CrawlStopped: `stop` was called, or the hours in which may be crawled are over.
            DayUsedUp: The website had all its requests of the day.
        """
        attempt, host = 0, read_address(url).host
        while True:
            attempt += 1
            if self._is_stopped:
                raise CrawlStopped
            if spending.is_over:
                return BUDGET_USED_UP
            if closed := spending.pauses.closed(host):
                return Fault(reason=closed, detail=f"{host} asked to be left alone for a while")
            wanted = (("Accept", accept), *conditions)
            spending.n_asking += 1
            try:
                result = await self._ask_once(
                    url, spending, crawl_delay=crawl_delay, first_bytes=first_bytes, wanted=wanted
                )
            finally:
                spending.n_asking -= 1
            wait = self._wait_before_next(result, spending, attempt, host=host)
            if spending.attempts is not None:
                spending.attempts.note(
                    url,
                    result,
                    number=attempt,
                    is_final=wait is None,
                    may_be_page=accept is ACCEPT_PAGES and not first_bytes,
                )
            if wait is None:
                return result
            await asyncio.sleep(wait)

    def _wait_before_next(
        self, result: Answer | Fault, spending: Spending, attempt: int, *, host: str
    ) -> float | None:
        was_silent = spending.is_silent
        spending.is_silent = isinstance(result, Fault) and result.reason is Outcome.TIMEOUT
        if isinstance(result, Fault):
            # A host that is silent waits for the next pass. One whose start page was had, or that
            # at least broke the connection off, gets one more try; so does one that answered before
            # while others are at work, so that dead hosts hold the end up by no second time-out.
            knows = spending.has_page or (spending.answered and self.n_walking > 0)
            knows = knows or result.reason is Outcome.CONNECTION_RESET
            again = result.reason in _RETRIED_FAULTS and knows and attempt == 1
            again = again and not (was_silent and spending.is_silent)  # it has stalled
            return self._politeness.retry_wait(attempt=attempt) if again else None
        spending.answered = True
        if result.status not in _RETRIED_STATUSES:
            return None
        asked = result.header("retry-after")
        wait = self._politeness.retry_wait(attempt=attempt, retry_after=asked)
        pause = self._politeness.pause_asked(asked)
        spending.pauses.note(
            host, result.status, pause=pause, is_final=wait is None, wait=wait_asked(asked)
        )
        return wait

    async def _ask_once(
        self, url: str, spending: Spending, *, crawl_delay: float, first_bytes: int, wanted: Headers
    ) -> Answer | Fault:
        asked = read_address(url)
        found = await self._addresses.look_up(asked.host)
        if isinstance(found, NoAddress):
            return Fault(reason=found.reason, detail=for_people(found.detail))
        if not _TARGET.fullmatch(asked.target):
            return Fault(reason=Outcome.BAD_RESPONSE, detail=f"no address to ask for: {url[:200]}")
        request = HttpRequest(
            url=url,
            is_tls=asked.scheme == "https",
            host=asked.host,
            port=asked.port,
            addresses=found,
            target=asked.target,
            headers=self._headers(url, asked.place, spending, wanted),
            max_bytes=self._politeness.max_bytes_per_page,
            first_bytes=first_bytes,
            seconds=0.0 if spending.answered else spending.knock_seconds,
            is_known=spending.is_known,
        )
        delay = max(crawl_delay, spending.pauses.delay(asked.host))
        if not spending.is_known:
            await self._downloader.prepare()
        async with (
            self._pacer.turn(f"{asked.host}:{asked.port}", found[0], crawl_delay=delay) as turn,
            self._place(spending),
        ):
            if spending.n_asking == 1:  # websites that share a host: others' turns are not its time
                spending.deadline += turn.waited
            number = self._gate.begin(spending.website_url, url)
            spending.requests += 1
            try:
                answer = await self._downloader.send(request, turn.is_sent)
            except CrawlStopped:  # nothing was sent: what sends does not work
                raise
            except Exception as fault:
                # Whatever a server can provoke here is an outcome of its website, no fault of ours.
                found_fault = _as_fault(fault)
                spending.bytes += request.arrived.n_bytes
                self._gate.end(number, found_fault.reason, request.arrived.wire_bytes)
                return found_fault
            self._gate.end(number, answer.status, len(answer.raw_body))
        return self._as_answer(url, request, answer, spending)

    def _place(self, spending: Spending) -> AbstractAsyncContextManager[None]:
        if self._places is None:
            return nullcontext()
        return self._places.place(has_answered=spending.answered)

    def _headers(self, url: str, netloc: str, spending: Spending, wanted: Headers) -> Headers:
        headers = [
            ("Host", netloc),
            ("User-Agent", self._user_agent),
            *wanted,
            ("Accept-Encoding", "gzip, deflate"),
        ]
        if spending.cookies is not None and (cookie := spending.cookies.header(url)):
            headers.append(("Cookie", cookie))
        return tuple(headers)

    def _as_answer(
        self, url: str, request: HttpRequest, answer: HttpAnswer, spending: Spending
    ) -> Answer:
        exchange = Exchange(
            url=url,
            fetched_at=datetime.now(UTC),
            address=answer.address,
            request_headers=request.headers,
            http_status=answer.status,
            headers=answer.headers,
            body=answer.raw_body,
        )
        spending.bytes += len(answer.body)
        result = Answer(
            exchange=exchange, body=answer.body, cut=answer.is_cut, whole=answer.is_whole
        )
        if result.header("set-cookie"):
            _take_cookies(url, answer, spending)
        return result


# What may stand in a request line; anything else could end it.
_TARGET = re.compile(r"/[\x21-\x7e]*")


def _take_cookies(url: str, answer: HttpAnswer, spending: Spending) -> None:
    from crawlers.cookies import VisitCookies  # few websites set any

    spending.cookies = spending.cookies or VisitCookies()
    spending.cookies.take(url, answer.headers)


_OCTETS = re.compile(r"[\x80-\xff]")


def _as_meant(value: str) -> str:
    """Return a header's value with letters beyond ASCII as servers mean them: in UTF-8.

    Where they are in another charset, their octets stand for themselves as they do in addresses,
    which is where such letters occur (`Location`).
    """
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return _OCTETS.sub(lambda found: f"%{ord(found[0]):02X}", value)


def _as_fault(fault: Exception) -> Fault:
    reason = outcome_of_fault(fault)
    detail = f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__
    return Fault(reason=reason, detail=for_people(detail))
