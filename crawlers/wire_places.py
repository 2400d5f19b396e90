"""How many requests may be on their way at the same time: what has arrived is put away first.

A request whose answer has not been archived when the process dies is sent again. Where the crawl
is what is slow, more requests on their way make nothing faster, they only wait in its own queues,
and all of them would be repeated. So their number is bounded by a share of what the whole crawl
will ask. A request that has been out for a while gives up its place: slow websites and dead ones
keep none from others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers.deadlines import Deadlines
from crawlers.in_turn import InTurn

if TYPE_CHECKING:
    from collections.abc import Callable
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
        self._places = InTurn(places)
        self._patience = Deadlines()

    def place(self, *, has_answered: bool = True) -> HeldPlace:
        """Return a place that is still to be waited for (``async with``).

        It is held while the request is out, but not for ever.

        Args:
            has_answered: Whether the website ever did.
        """
        seconds = PATIENCE_SECONDS if has_answered else KNOCK_SECONDS
        return HeldPlace(self._places, self._patience, seconds)


class HeldPlace:
    """The place of one request.

    Args:
        places: Of which it is one.
        patience: Ends what takes long.
        seconds: That it may be held.
    """

    __slots__ = ("_is_held", "_patience", "_places", "_seconds", "_then")

    def __init__(self, places: InTurn, patience: Deadlines, seconds: float) -> None:
        self._places = places
        self._patience = patience
        self._seconds = seconds
        self._is_held = False
        self._then: Callable[[], None] | None = None

    def begin_at_once(self) -> bool:
        """Take the place if one is free; else False, and `begin` waits for it."""
        if not self._places.take_at_once():
            return False
        self._is_held = True
        self._patience.begin(self, self._seconds)
        return True

    async def begin(self) -> None:
        """Wait for the place."""
        await self._places.take()
        self._is_held = True
        self._patience.begin(self, self._seconds)

    def begin_or_call(self, then: Callable[[], None]) -> bool:
        """Take the place if one is free; else False, and once it is had `then` is called."""
        if self.begin_at_once():
            return True
        self._then = then
        self._places.line_up(self)
        return False

    def done(self) -> bool:
        """Tell whether the place is not waited for."""
        return self._then is None

    def set_result(self, _: None, /) -> None:
        """Take over the place that was waited for."""
        then, self._then = self._then, None
        if then is not None:
            self._is_held = True
            self._patience.begin(self, self._seconds)
            then()

    def end(self) -> None:
        """Give the place back, if it was not given up before, or wait for it no more."""
        self._then = None
        self._patience.end(self)
        self.time_out()

    async def __aenter__(self) -> None:
        await self.begin()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def time_out(self) -> None:
        """Give the place up."""
        if self._is_held:
            self._is_held = False
            self._places.give_back()
