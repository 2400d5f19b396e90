"""Room for visits: those that wait for a first answer keep none from others.

A few dozen websites are visited side by side, each at its own pace. A host that is dead costs
nothing but time, so as long as a website has not answered its visit takes up no place: dead hosts
wait for their time-outs all at once, beside the living, and not in their way. A website that lets
each request wait, or asks for long delays, costs little but time either: its visit goes on beside
the others, as long as not too many do.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import Semaphore

MAX_KNOCKING = 192  # visits beyond the places, which have had no answer or wait for a place


MAX_SLOW = 96  # of them, visits that go on beside the others since their websites are slow
SLOW_SECONDS = 3.0  # for one request, delays included, from which on a website is slow


class VisitPlace:
    """The place of one visit, taken with the first request after the website's first answer.

    Args:
        free: Counts the places that are free; shared by all visits.
        beside: Counts how many more slow visits may go on without one; shared by all visits.
    """

    def __init__(self, free: Semaphore, beside: Semaphore) -> None:
        self._free = free
        self._beside = beside
        self._is_taken = self._is_beside = False

    @property
    def is_had(self) -> bool:
        """Tell whether the visit has a place, or goes on without one."""
        return self._is_taken or self._is_beside

    async def take(self) -> float:
        """Take a place unless it is taken, and return the seconds that were waited for one."""
        if self.is_had:
            return 0.0
        begun = monotonic()
        await self._free.acquire()
        self._is_taken = True
        return monotonic() - begun

    async def note_request(self, seconds: float) -> None:
        """Give the place to another visit, and go on without, where a request took its time."""
        if seconds > SLOW_SECONDS and self._is_taken and not self._beside.locked():
            await self._beside.acquire()  # at once, since it is not locked
            self._is_taken, self._is_beside = False, True
            self._free.release()

    def leave(self) -> None:
        """Give the place to another visit."""
        if self._is_taken:
            self._free.release()
        if self._is_beside:
            self._beside.release()
        self._is_taken = self._is_beside = False
