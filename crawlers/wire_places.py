"""How many requests may be on their way at the same time: what has arrived is put away first.

A request whose answer has not been archived when the process dies is sent again. Where the crawl
is what is slow, more requests on their way make nothing faster, they only wait in its own queues,
and all of them would be repeated. So their number is bounded by a share of what the whole crawl
will ask. A request that has been out for a while gives up its place: slow websites and dead ones
keep none from others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from crawlers.deadlines import Deadlines

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
        self._free = places
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._patience = Deadlines()

    def place(self, *, has_answered: bool = True) -> _HeldPlace:
        """Wait (``async with``) for a place; hold it while the request is out, but not for ever.

        Args:
            has_answered: Whether the website ever did.
        """
        seconds = PATIENCE_SECONDS if has_answered else KNOCK_SECONDS
        return _HeldPlace(self, self._patience, seconds)

    async def take(self) -> None:
        """Take a place in one's turn, as `asyncio.Semaphore`, which looks at all who wait, does."""
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()
            raise

    def give_back(self) -> None:
        """Hand a place to who has waited longest, or leave it free."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class _HeldPlace:
    __slots__ = ("_is_held", "_patience", "_places", "_seconds")

    def __init__(self, places: WirePlaces, patience: Deadlines, seconds: float) -> None:
        self._places = places
        self._patience = patience
        self._seconds = seconds
        self._is_held = False

    async def __aenter__(self) -> None:
        await self._places.take()
        self._is_held = True
        self._patience.begin(self, self._seconds)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._patience.end(self)
        self.time_out()

    def time_out(self) -> None:
        """Give the place up."""
        if self._is_held:
            self._is_held = False
            self._places.give_back()
