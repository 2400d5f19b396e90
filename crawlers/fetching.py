"""One request and its answer: address checked, turn waited for, retried shortly, body inflated."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from crawlers.address_guard import NoAddress
from crawlers.answers import Answer, Fault, header_of
from crawlers.bodies_in_part import fuller, is_in_part, lacks_something
from crawlers.http_messages import HttpRequest
from crawlers.missed_fields import ANYTHING, misses_something
from crawlers.outcomes import for_people, outcome_of_fault
from crawlers.politeness import wait_asked
from crawlers.request_gate import CrawlStopped
from crawlers.request_row import RequestRow
from crawlers.sending import Sender
from crawlers.website_urls import read_address
from storage.accounting import Outcome
from storage.page_archive import Exchange

if TYPE_CHECKING:
    from crawlers.address_guard import AddressBook
    from crawlers.http_messages import HttpAnswer
    from crawlers.opening import Downloader
    from crawlers.pacing import Pacer
    from crawlers.politeness import Politeness
    from crawlers.request_gate import RequestGate
    from crawlers.request_row import RowSource
    from crawlers.spending import Spending
    from crawlers.wire_places import WirePlaces
    from storage.page_archive import Headers

ACCEPT_PAGES = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"

# Asked again inside the pass: the fault may have passed by then.
_RETRIED_FAULTS = frozenset({Outcome.CONNECTION_RESET, Outcome.TIMEOUT})
# Too early, too many, and what servers and those before them say of a moment's trouble.
_RETRIED_STATUSES = frozenset(
    {*(425, 429, 500, 502, 503, 504, 507, 509), *range(520, 526), *(529, 530, 598, 599)}
)


# What came of asking once: a request and its answer, or why there is none.
Attempted = tuple[HttpRequest, "HttpAnswer"] | Fault


class OnlyIf(NamedTuple):
    """Under which conditions an address is asked for.

    Attributes:
        fields: Header fields, under which a 304 is an answer.
        begun: What came of the first attempt, where that was made before.
    """

    fields: Headers = ()
    begun: Attempted | None = None


ANYHOW = OnlyIf()


BUDGET_USED_UP = Fault(reason=Outcome.TIMEOUT, detail="the budget of the visit is used up")


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
        self._politeness = politeness
        self._addresses = addresses
        self._sender = Sender(downloader, pacer, gate=gate, places=places)
        self._user_agent = politeness.user_agent
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
        only_if: OnlyIf = ANYHOW,
    ) -> Answer | Fault:
        """Ask for an address, and again where that may help.

        Args:
            url: In tidy form.
            spending: Of the visit; counted up.
            crawl_delay: What robots.txt asks for (seconds).
            first_bytes: Take no more than that many bytes of the body; 0 for all of it, where a
                body beyond the cap is a fault.
            accept: Media types wanted.
            only_if: Conditions.

        Raises:
            CrawlStopped: `stop` was called, or the hours in which may be crawled are over.
            DayUsedUp: The website had all its requests of the day.
        """
        attempt, host, begun = 0, read_address(url).host, only_if.begun
        wanted = (("Accept", accept), *only_if.fields)
        is_page, in_part = accept is ACCEPT_PAGES and not first_bytes, None
        while True:
            attempt += 1
            if begun is None:
                if fault := self.barred(url, spending):
                    return in_part or fault
                begun = await self.attempt(
                    url, spending, crawl_delay=crawl_delay, first_bytes=first_bytes, wanted=wanted
                )
            result, begun = self._result_of(url, begun, spending), None
            wait = self._wait_before_next(result, spending, attempt, host=host)
            if attempt == 1 and only_if.fields and _ran_out_of_time(result):
                # It may be the conditions that are never answered: asked once more without.
                wanted, only_if = wanted[:1], ANYHOW
                if spending.answered and not spending.has_page:
                    wait = self._politeness.retry_wait(attempt=attempt)
            if in_part is not None:
                result, wait = fuller(in_part, result), None
                spending.mends_bodies = not is_in_part(result)
            elif is_page and spending.mends_bodies and lacks_something(result, only_if.fields):
                in_part, wait = result, self._politeness.retry_wait(attempt=1)
            if spending.attempts is not None:
                spending.attempts.note(
                    url,
                    result,
                    number=attempt,
                    is_final=wait is None,
                    may_be_page=is_page,
                )
            if wait is None:
                return result
            await asyncio.sleep(wait)

    def barred(self, url: str, spending: Spending) -> Fault | None:
        """Return why a visit may not ask for an address any more; None where it may.

        Raises:
            CrawlStopped: `stop` was called.
        """
        if self._is_stopped:
            raise CrawlStopped
        if spending.is_over:
            return BUDGET_USED_UP
        host = read_address(url).host
        if closed := spending.pauses.closed(host):
            return Fault(reason=closed, detail=f"{host} asked to be left alone for a while")
        return None

    async def attempt(
        self,
        url: str,
        spending: Spending,
        *,
        crawl_delay: float,
        first_bytes: int = 0,
        wanted: Headers,
    ) -> Attempted:
        """Ask for an address once, and leave it to `ask` what to make of the answer.

        Args:
            url: In tidy form; not barred.
            spending: Of the visit; counted up.
            crawl_delay: What robots.txt asks for (seconds).
            first_bytes: As in `ask`.
            wanted: Header fields that say what is wanted.
        """
        spending.n_asking += 1
        try:
            asked = read_address(url)
            found = self._addresses.at_hand(asked.host)
            found = found or await self._addresses.look_up(asked.host)
            if isinstance(found, NoAddress):
                return Fault(reason=found.reason, detail=for_people(found.detail))
            request = self._request(url, found, spending, wanted, first_bytes=first_bytes)
            if request is None:
                detail = f"no address to ask for: {url[:200]}"
                return Fault(reason=Outcome.BAD_RESPONSE, detail=detail)
            delay = max(crawl_delay, spending.pauses.delay(asked.host))
            sent = await self._sender.send(request, spending, delay=delay)
            return as_attempted(request, sent)
        finally:
            spending.n_asking -= 1

    def request_at_hand(
        self, url: str, spending: Spending, *, crawl_delay: float, wanted: Headers
    ) -> tuple[HttpRequest, float] | None:
        """Return a request as `attempt` sends it, and the delay of its host.

        None where its host has to be looked up first, or may not be asked.

        Args:
            url: In tidy form; not barred.
            spending: Of the visit.
            crawl_delay: What robots.txt asks for (seconds).
            wanted: Header fields that say what is wanted.
        """
        asked = read_address(url)
        found = self._addresses.at_hand(asked.host)
        if found is None or isinstance(found, NoAddress):
            return None
        request = self._request(url, found, spending, wanted)
        if request is None:
            return None
        return request, max(crawl_delay, spending.pauses.delay(asked.host))

    def leave(self, url: str) -> None:
        """Close the connection to an address that nobody asks any more.

        Else those of visits that are over take the place of those of visits that wait.
        """
        asked = read_address(url)
        self._sender.client.drop((asked.scheme == "https", asked.host, asked.port))

    def row(self, spending: Spending, source: RowSource) -> RequestRow:
        """Return a row of requests, to websites that an earlier wave knows and that answered.

        Args:
            spending: Of the visit; counted up.
            source: Of the requests, each made by `request_at_hand`.
        """
        return RequestRow(self._sender, spending, source)

    def _request(
        self,
        url: str,
        addresses: tuple[str, ...],
        spending: Spending,
        wanted: Headers,
        *,
        first_bytes: int = 0,
    ) -> HttpRequest | None:
        """Return a request; None for what can stand in no request line."""
        asked = read_address(url)
        if not _TARGET.fullmatch(asked.target):
            return None
        return HttpRequest(
            url=url,
            is_tls=asked.scheme == "https",
            host=asked.host,
            port=asked.port,
            addresses=addresses,
            target=asked.target,
            headers=self._headers(url, asked.place, spending, wanted),
            max_bytes=self._politeness.max_bytes_per_page,
            first_bytes=first_bytes,
            seconds=0.0 if spending.answered else spending.knock_seconds,
            is_known=spending.is_known,
        )

    def _result_of(self, url: str, attempted: Attempted, spending: Spending) -> Answer | Fault:
        if isinstance(attempted, Fault):
            return attempted
        return self._as_answer(url, *attempted, spending)

    def _wait_before_next(
        self, result: Answer | Fault, spending: Spending, attempt: int, *, host: str
    ) -> float | None:
        was_silent = spending.is_silent
        spending.is_silent = _ran_out_of_time(result)
        if isinstance(result, Fault):
            if result.reason not in _RETRIED_FAULTS:
                return None
            # A host that is silent waits for the next pass. One whose start page was had, or that
            # at least broke the connection off, gets one more try; so does one that answered before
            # while others are at work, so that dead hosts hold the end up by no second time-out.
            knows = spending.has_page or (spending.answered and self.n_walking > 0)
            knows = knows or result.reason is Outcome.CONNECTION_RESET
            again = knows and attempt == 1 and spending.failing != host
            again = again and not (was_silent and spending.is_silent)  # it has stalled
            wait = self._politeness.retry_wait(attempt=attempt) if again else None
            spending.note_trouble(host, is_final=wait is None)
            return wait
        spending.answered = True
        misses = misses_something(result, spending)
        if result.status not in _RETRIED_STATUSES:
            spending.failing = ""
            return self._politeness.retry_wait(attempt=attempt) if misses else None
        return self._wait_asked(result, spending, attempt, host=host)

    def _wait_asked(
        self, result: Answer, spending: Spending, attempt: int, *, host: str
    ) -> float | None:
        """Return the seconds until a host that cannot answer now is asked again; None for not."""
        asked = result.header("retry-after")
        wait = self._politeness.retry_wait(attempt=attempt, retry_after=asked)
        if attempt == 1 and spending.failing == host and not wait_asked(asked):
            wait = None  # the page before was not had, either, however often it was asked for
        spending.note_trouble(host, is_final=wait is None)
        pause = self._politeness.pause_asked(asked)
        spending.pauses.note(
            host, result.status, pause=pause, is_final=wait is None, wait=wait_asked(asked)
        )
        return wait

    def _headers(self, url: str, netloc: str, spending: Spending, wanted: Headers) -> Headers:
        if spending.takes_anything:
            wanted = (*ANYTHING, *(one for one in wanted if one[0] != "Accept"))
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
        take_cookies(url, answer.headers, spending)
        return result


def _ran_out_of_time(result: Answer | Fault) -> bool:
    return isinstance(result, Fault) and result.reason is Outcome.TIMEOUT


# What may stand in a request line; anything else could end it.
_TARGET = re.compile(r"/[\x21-\x7e]*")


def take_cookies(url: str, headers: Headers, spending: Spending) -> None:
    """Take over the cookies that an answer sets, for as long as the visit lasts.

    Args:
        url: That was asked.
        headers: Of the answer.
        spending: Of the visit.
    """
    if not header_of(headers, "set-cookie"):
        return
    from crawlers.cookies import VisitCookies  # few websites set any

    spending.cookies = spending.cookies or VisitCookies()
    spending.cookies.take(url, headers)


def as_attempted(request: HttpRequest, sent: HttpAnswer | Exception) -> Attempted:
    """Return what came of asking once."""
    return _as_fault(sent) if isinstance(sent, Exception) else (request, sent)


def _as_fault(fault: Exception) -> Fault:
    reason = outcome_of_fault(fault)
    detail = f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__
    return Fault(reason=reason, detail=for_people(detail))
