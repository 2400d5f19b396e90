"""Room for visits: those that wait for a first answer keep none from others.

A few dozen websites are visited side by side, each at its own pace. A host that is dead costs
nothing but time, so as long as a website has not answered its visit takes up no place: dead hosts
wait for their time-outs all at once, beside the living, and not in their way.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import Semaphore

MAX_KNOCKING = 192  # visits beyond the places, which have had no answer or wait for a place


class VisitPlace:
    """The place of one visit, taken with the first request after the website's first answer.

    Args:
        free: Counts the places that are free; shared by all visits.
    """

    def __init__(self, free: Semaphore) -> None:
        self._free = free
        self._is_taken = False

    async def take(self) -> float:
        """Take a place unless it is taken, and return the seconds that were waited for one."""
        if self._is_taken:
            return 0.0
        begun = monotonic()
        await self._free.acquire()
        self._is_taken = True
        return monotonic() - begun

    def leave(self) -> None:
        """Give the place to another visit."""
        if self._is_taken:
            self._is_taken = False
            self._free.release()
