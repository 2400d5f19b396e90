"""How many requests may be on their way at the same time: what has arrived is put away first.

A request whose answer has not been archived when the process dies is sent again. Where the crawl
is what is slow, more requests on their way make nothing faster, they only wait in its own queues,
and all of them would be repeated. So their number is bounded by a share of what the whole crawl
will ask. A request that has been out for a while gives up its place: slow websites and dead ones
keep none from others.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

LEAST_PLACES = 6
MOST_PLACES = 64
WEBSITES_PER_PLACE = 12  # eight requests each, of which one place is about a hundredth
PATIENCE_SECONDS = 1.0
# With a website that has not answered yet, which may be dead: as places are a twelfth of the
# websites, all of them are knocked at within three seconds.
KNOCK_SECONDS = 0.25


def places_for(n_websites: int) -> int:
    """Return how many requests may be on their way in a crawl of some websites."""
    return min(MOST_PLACES, max(LEAST_PLACES, n_websites // WEBSITES_PER_PLACE))


class WirePlaces:
    """The places for requests on their way.

    Args:
        places: How many.
    """

    def __init__(self, places: int) -> None:
        self._free = asyncio.Semaphore(places)

    def place(self, *, has_answered: bool = True) -> _HeldPlace:
        """Wait (``async with``) for a place; hold it while the request is out, but not for ever.

        Args:
            has_answered: Whether the website ever did.
        """
        return _HeldPlace(self._free, PATIENCE_SECONDS if has_answered else KNOCK_SECONDS)


class _HeldPlace:
    __slots__ = ("_clock", "_free", "_is_held", "_seconds")

    def __init__(self, free: asyncio.Semaphore, seconds: float) -> None:
        self._free = free
        self._seconds = seconds
        self._is_held = False
        self._clock: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self._free.acquire()
        self._is_held = True
        self._clock = asyncio.get_running_loop().call_later(self._seconds, self._give_up)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._give_up()

    def _give_up(self) -> None:
        if self._is_held:
            self._is_held = False
            self._free.release()
