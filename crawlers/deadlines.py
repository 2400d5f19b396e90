"""The moments by which what is under way must have ended, watched by one timer of the event loop.

A timer for each request is made, sorted in and taken out again, and next to none ever fires: that
took a twentieth of asking for a page that has not changed.
"""

from __future__ import annotations

import asyncio
from math import inf
from time import monotonic
from typing import Protocol


class Bounded(Protocol):
    """What must end in time."""

    def time_out(self) -> None:
        """End, since the time is over."""
        ...


class Deadlines:
    """Ends what is late, at its own moment and not before."""

    def __init__(self) -> None:
        self._until: dict[Bounded, float] = {}
        self._clock: asyncio.TimerHandle | None = None
        self._next = inf  # moment at which it fires

    def begin(self, one: Bounded, seconds: float) -> None:
        """Give something that many seconds from now on, in place of what it had."""
        self._until[one] = until = monotonic() + seconds
        if until < self._next:
            self._watch(until)

    def end(self, one: Bounded) -> None:
        """Watch something no longer, if it was watched.

        The timer stays as it is: once it fires it is set for who must end next.
        """
        self._until.pop(one, None)

    def left(self, one: Bounded) -> float:
        """Return the seconds that something has left; 0 if it is not watched."""
        until = self._until.get(one)
        return 0.0 if until is None else until - monotonic()

    def close(self) -> None:
        """Watch nothing any more."""
        self._until.clear()
        if self._clock is not None:
            self._clock.cancel()
        self._next = inf

    def _watch(self, until: float) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._next = until
        loop = asyncio.get_running_loop()
        self._clock = loop.call_later(max(until - monotonic(), 0.0), self._look)

    def _look(self) -> None:
        self._clock, self._next = None, inf
        now = monotonic()
        for one in [one for one, until in self._until.items() if until <= now]:
            if self._until.pop(one, None) is not None:  # else ended by what one before has begun
                one.time_out()
        if self._until and (until := min(self._until.values())) < self._next:
            self._watch(until)
