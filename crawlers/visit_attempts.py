"""Requests of a visit that gave no kept page: written down as they end, so that none is made twice.

Each is a ``metadata`` record in the archive (WARC 1.1, 6.6), which hence tells by itself all that
was asked, and a line in the journal. A visit that was broken off gets redirects and faults back
from there as if they were answered again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from crawlers.answers import Answer, Fault, header_of
from crawlers.attempts import Attempt
from crawlers.outcomes import for_people
from crawlers.pauses import TOO_MANY, UNAVAILABLE
from crawlers.politeness import wait_asked
from storage.accounting import Outcome
from storage.page_archive import Exchange, Headers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crawlers.pauses import HostPauses
    from crawlers.politeness import Politeness

MAX_RETRY_AFTER = 40  # characters; a date has 29
MAX_COOKIE_SETTERS = 2  # asked for once more
MAX_LOCATION = 2000  # characters of where a redirect leads that are kept

# A page with one of these may hold a challenge, which says more than the status: asked anew.
_NEEDS_BODY = frozenset({403, 405})


class VisitAttempts:
    """The requests of one visit that brought no page that is kept.

    An answer that may become a page waits until the visit has looked at it (`kept`, `settle`); all
    else is written down at once.

    Args:
        write: Takes an attempt down.
    """

    def __init__(self, write: Callable[[Attempt], None]) -> None:
        self._write = write
        self._waiting: list[_Told] = []

    def note(
        self, url: str, result: Answer | Fault, *, number: int, is_final: bool, may_be_page: bool
    ) -> None:
        """Take notice of a request that has ended."""
        if isinstance(result, Fault):
            self._write(_failed(url, result, number=number, is_final=is_final))
            return
        told = _Told(
            url, result.exchange.fetched_at, number, result.status, result.exchange.headers,
            len(result.exchange.body), is_final,
        )  # fmt: skip
        is_answer = 200 <= told.status < 300 or told.status == 304
        if may_be_page and is_final and is_answer:
            self._waiting.append(told)
        else:
            self._write(_answered(told))

    def kept(self, exchange: Exchange) -> None:
        """Take notice that an answer is archived as a page: it is no attempt without one."""
        if len(self._waiting) == 1 and self._waiting[0].url == exchange.url:
            self._waiting.clear()
        else:
            self._waiting = [one for one in self._waiting if one.url != exchange.url]

    def settle(self) -> None:
        """Write down the answers that came to nothing."""
        waiting, self._waiting = self._waiting, []
        for told in waiting:
            self._write(_answered(told))


class _Told(NamedTuple):
    """What an answer says of itself, without its body."""

    url: str
    ended_at: datetime
    number: int
    status: int
    headers: Headers
    n_bytes: int
    is_final: bool


def _failed(url: str, fault: Fault, *, number: int, is_final: bool) -> Attempt:
    return Attempt(
        url=url,
        ended_at=datetime.now(UTC),
        number=number,
        fault=fault.reason.value,
        detail=fault.detail,
        is_final=is_final,
    )


def _answered(told: _Told) -> Attempt:
    asks_to_wait = told.status in {TOO_MANY, UNAVAILABLE}
    retry_after = header_of(told.headers, "retry-after") if asks_to_wait else ""
    return Attempt(
        url=told.url,
        ended_at=told.ended_at,
        number=told.number,
        status=told.status,
        location=_on_one_line(header_of(told.headers, "location")),
        n_bytes=told.n_bytes,
        is_final=told.is_final,
        has_cookies=bool(header_of(told.headers, "set-cookie")),
        retry_after=for_people(retry_after[:MAX_RETRY_AFTER]),
    )


def answers_again(attempts: Iterable[Attempt]) -> dict[str, Answer | Fault]:
    """Return what need not be asked again, by address: faults, redirects and refusals.

    Where cookies were set nothing is: what came then hangs on them.

    Args:
        attempts: Of a visit that was broken off before it had a page, or between two.
    """
    known: dict[str, Answer | Fault] = {}
    for attempt in attempts:
        if attempt.has_cookies:
            return {}
        if not attempt.is_final:
            continue
        if attempt.fault:
            known[attempt.url] = Fault(reason=Outcome(attempt.fault), detail=attempt.detail)
        elif (attempt.location and 300 <= attempt.status < 400) or _is_refusal(attempt.status):
            known[attempt.url] = Answer(exchange=_exchange(attempt), body=b"")
    return known


def cookie_setters(attempts: Iterable[Attempt]) -> list[str]:
    """Return the addresses that set a cookie before a visit was broken off, the last ones.

    Args:
        attempts: Of that visit; what kept pages set stands in the archive.
    """
    found = dict.fromkeys(one.url for one in attempts if one.has_cookies and not one.fault)
    return list(found)[-MAX_COOKIE_SETTERS:]


def pause_again(attempts: Iterable[Attempt], pauses: HostPauses, politeness: Politeness) -> None:
    """Take notice once more of what hosts asked for in a visit that was broken off."""
    for one in attempts:
        host, pause = urlsplit(one.url).hostname or "", politeness.pause_asked(one.retry_after)
        wait = wait_asked(one.retry_after)
        pauses.note(host, one.status, pause=pause, is_final=one.is_final, wait=wait)


def _is_refusal(status: int) -> bool:
    return 400 <= status < 500 and status not in _NEEDS_BODY


def _exchange(attempt: Attempt) -> Exchange:
    return Exchange(
        url=attempt.url,
        fetched_at=attempt.ended_at,
        address="",
        request_headers=(),
        http_status=attempt.status,
        headers=(("Location", _as_sent(attempt.location)),) if attempt.location else (),
        body=b"",
    )


def _as_sent(location: str) -> str:
    """Return a value in the letters of the wire, of which a header's reader makes it again."""
    return location.encode("utf-8", "replace").decode("latin-1")


def _on_one_line(location: str) -> str:
    kept = location[:MAX_LOCATION]
    return kept if kept.isprintable() else for_people(kept)
