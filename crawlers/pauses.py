"""Hosts that asked to be left alone for a while (429, 503 with `Retry-After`), in one visit (pure).

RFC 6585 and 9110 leave it to clients what to make of it. Here: a short pause is waited for, a host
that said 429 is asked more slowly from then on, and one that asks for a longer pause with it, or
says 429 to the end a second time, gets no further request in this visit. A 503 may be one page's
trouble: it takes a second one with a longer pause to mean the host.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from storage.accounting import MAX_TIMES, Outcome

TOO_MANY = 429
UNAVAILABLE = 503
SLOWER_SECONDS = 2.0  # between two requests to a host that said 429
LEAST_SLOWER_SECONDS = 1.0  # the same where it asked for a shorter wait than the above
LONGEST_PAUSE = timedelta(days=7)  # who asks for more is asked again all the same


class HostPauses:
    """What the hosts of one visit asked for.

    Attributes:
        not_before: The latest moment that one of them named (aware, UTC); None where none did.
    """

    def __init__(self) -> None:
        self.not_before: datetime | None = None
        self._closed: dict[str, Outcome] = {}
        self._slower: dict[str, float] = {}
        self._too_many: Counter[str] = Counter()
        self._unavailable: Counter[str] = Counter()

    def note(
        self, host: str, status: int, *, pause: float, is_final: bool, wait: float = 0.0
    ) -> None:
        """Take notice of an answer with an error status.

        Args:
            host: That gave it.
            status: HTTP status code.
            pause: Seconds that it asks for, where they are too many to be waited for; else 0.
            is_final: Whether the address is not asked again in this visit.
            wait: Seconds that it asks for, few or many; 0 where it does not say.
        """
        if status not in {TOO_MANY, UNAVAILABLE}:
            return
        reason = Outcome.RATE_LIMITED if status == TOO_MANY else Outcome.SERVER_ERROR
        if pause:
            until = datetime.now(UTC) + min(timedelta(seconds=min(pause, 1e9)), LONGEST_PAUSE)
            self.not_before = max(until, self.not_before or until)
        if status == TOO_MANY:
            slower = max(wait or SLOWER_SECONDS, LEAST_SLOWER_SECONDS)
            slower = max(min(slower, SLOWER_SECONDS), self._slower.get(host, 0.0))
            self._slower[host] = slower
        times = self._too_many if status == TOO_MANY else self._unavailable
        times[host] += is_final and (bool(pause) or status == TOO_MANY)
        if (pause and status == TOO_MANY) or times[host] >= MAX_TIMES:
            self._closed[host] = reason

    def delay(self, host: str) -> float:
        """Return the least seconds between two requests that a host's answers call for."""
        return self._slower.get(host, 0.0)

    def closed(self, host: str) -> Outcome | None:
        """Return why a host is not asked any more; None where it may be."""
        return self._closed.get(host)
