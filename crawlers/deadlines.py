"""The moments by which what is under way must have ended, watched by one timer of the event loop.

A timer for each request is made, sorted in and taken out again, and next to none ever fires: that
took a twentieth of asking for a page that has not changed.
"""

from __future__ import annotations

import asyncio
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

    def begin(self, one: Bounded, seconds: float) -> None:
        """Give something that many seconds from now on, in place of what it had."""
        loop = asyncio.get_running_loop()
        self._until[one] = until = loop.time() + seconds
        if self._clock is None or until < self._clock.when():
            self._watch(loop, until)

    def end(self, one: Bounded) -> float:
        """Watch something no longer; returns the seconds that it had left, 0 if it was not watched.

        The timer stays as it is: once it fires it is set for who must end next.
        """
        until = self._until.pop(one, None)
        return 0.0 if until is None else until - asyncio.get_running_loop().time()

    def close(self) -> None:
        """Watch nothing any more."""
        self._until.clear()
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _watch(self, loop: asyncio.AbstractEventLoop, until: float) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._clock = loop.call_at(until, self._look)

    def _look(self) -> None:
        self._clock = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        for one in [one for one, until in self._until.items() if until <= now]:
            del self._until[one]
            one.time_out()
        if self._until and self._clock is None:
            self._watch(loop, min(self._until.values()))
