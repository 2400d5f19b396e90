"""Few bodies may be large at a time, so that no mix of websites makes the crawl grow."""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import Protocol

LARGE_BYTES = 512 * 1024  # what a body may hold in memory before it needs one of the few places
LARGE_AT_ONCE = 6
LARGE_SECONDS = 5.0  # that a large body may take while others wait, so that none is dripped away


class LargeBody(Protocol):
    """What takes a place: a connection that reads a large body."""

    def go_on(self) -> bool:
        """Read on; False where nobody waits for the body any more."""
        ...

    def give_up(self) -> None:
        """End what is under way: others wait for the memory that it takes."""
        ...


class LargeBodies:
    """The few places for large bodies; who holds one for long gives it up where others wait.

    Args:
        seconds: That a place may be held while others wait.
    """

    def __init__(self, *, seconds: float = LARGE_SECONDS) -> None:
        self._seconds = seconds
        self._since: dict[LargeBody, float] = {}  # who holds a place, the longest first
        self._waiting: deque[LargeBody] = deque()
        self._clock: asyncio.TimerHandle | None = None

    def enter(self, connection: LargeBody) -> bool:
        """Take a place; False where none is free, and the connection then waits for one."""
        if len(self._since) < LARGE_AT_ONCE:
            self._since[connection] = monotonic()
            return True
        self._waiting.append(connection)
        self._watch()
        return False

    def leave(self, connection: LargeBody) -> None:
        """Hand the place on."""
        del self._since[connection]
        while self._waiting:
            heir = self._waiting.popleft()
            if heir.go_on():
                self._since[heir] = monotonic()
                return

    def _watch(self) -> None:
        if self._waiting and self._since and self._clock is None:
            wait = next(iter(self._since.values())) + self._seconds - monotonic()
            loop = asyncio.get_running_loop()
            self._clock = loop.call_later(max(wait, 0.01), self._make_room)

    def _make_room(self) -> None:
        self._clock = None
        late = [one for one, since in self._since.items() if since + self._seconds < monotonic()]
        for connection, _ in zip(late, self._waiting, strict=False):
            connection.give_up()
        self._watch()
