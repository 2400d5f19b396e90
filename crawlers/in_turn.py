"""Places that are few, taken at once where one is free, and else by whoever has waited longest.

As `asyncio.Semaphore`, but that it can be taken without waiting by no coroutine at all, which is
what next to every request does, and that handing a place on looks at no more than who is next.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol


class Waiter(Protocol):
    """Who waits for a place: a future, or what is called like one and at once."""

    def done(self) -> bool:
        """Tell whether it does not wait any more."""
        ...

    def set_result(self, result: None, /) -> None:
        """Hand the place over."""
        ...


class InTurn:
    """Some places of one kind.

    Args:
        places: How many.

    Attributes:
        free: How many nobody holds.
    """

    __slots__ = ("_waiting", "free")

    def __init__(self, places: int = 1) -> None:
        self.free = places
        self._waiting: deque[Waiter] | None = None  # made when somebody waits first

    def take_at_once(self) -> bool:
        """Take a place that is free; False where one has to be waited for."""
        if self.free > 0:
            self.free -= 1
            return True
        return False

    async def take(self) -> None:
        """Take a place in one's turn."""
        if self.take_at_once():
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.line_up(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()
            raise

    def line_up(self, waiter: Waiter) -> None:
        """Have someone wait who found no place free."""
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(waiter)

    def give_back(self) -> None:
        """Hand a place to who has waited longest, or leave it free."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.free += 1
