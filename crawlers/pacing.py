"""When the next request to a host, and to an IP address, may be sent."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from crawlers.in_turn import InTurn

if TYPE_CHECKING:
    from types import TracebackType

MAX_REMEMBERED = 1500
# One packet may take longer than the next: what the network may add to a request and not to the one
# behind it, so that the delay holds where it is measured, at the server.
JITTER_SECONDS = 0.02


class Pacer:
    """Keeps the least times between requests, and requests to one host one after the other.

    A host's delay is counted from the moment at which its last request was surely with the server:
    when it was sent (`Turn.is_sent`), or else when it was answered. Counted from when a request
    was begun, a slow handshake would let the next one follow too soon. Ports 80 and 443 of a name
    are one host.

    Args:
        host_delay: Least seconds between two requests to one host.
        address_delay: Least seconds between the starts of two requests to one IP address.
    """

    def __init__(self, *, host_delay: float, address_delay: float) -> None:
        self._host_delay = host_delay
        self._address_delay = address_delay
        self._turns: dict[str, InTurn] = {}
        self._hosts: dict[str, float] = {}
        self._addresses: dict[str, float] = {}

    def turn(self, host: str, address: str, *, crawl_delay: float = 0.0) -> Turn:
        """Return our turn at a host, which is still to be waited for (``async with``).

        It is held while the request is on its way.

        Args:
            host: Name and port.
            address: IP address that it stands at.
            crawl_delay: What its robots.txt asks for (seconds); the longer delay holds.
        """
        host = host.removesuffix(":80").removesuffix(":443")
        return Turn(self, host, address, max(self._host_delay, crawl_delay))

    def begin_at_once(self, host: str, address: str) -> InTurn | None:
        """Take the turn at a host that nothing keeps from being asked now; else None."""
        now = monotonic()
        if self._hosts.get(host, 0.0) > now or self._addresses.get(address, 0.0) > now:
            return None
        turns = self._turns_at(host)
        if not turns.take_at_once():
            return None
        self._addresses[address] = now + self._address_delay
        return turns

    async def begin(self, host: str, address: str, turn: Turn) -> InTurn:
        """Wait for a host, and return what the turn is to be given back to behind the request."""
        turns = self._turns_at(host)
        begun = monotonic()
        await turns.take()
        try:
            turn.waited = monotonic() - begun
            now = monotonic()
            if (free_at := self._hosts.get(host, 0.0)) > now:
                await asyncio.sleep(free_at - now)
                now = monotonic()
            start = max(now, self._addresses.get(address, 0.0))
            turn.waited += start - now
            # Booked before the wait, so that whoever comes next queues up behind.
            self._addresses[address] = start + self._address_delay
            if start > now:
                await asyncio.sleep(start - now)
        except BaseException:
            turns.give_back()
            raise
        return turns

    def end(self, host: str, until: float) -> None:
        """Have nobody ask a host before a moment (monotonic seconds)."""
        self._hosts[host] = until

    def _turns_at(self, host: str) -> InTurn:
        if len(self._hosts) > MAX_REMEMBERED:
            now = monotonic()
            self._hosts = {name: when for name, when in self._hosts.items() if when > now}
            self._turns = {name: turns for name, turns in self._turns.items() if not turns.free}
            self._addresses = {name: when for name, when in self._addresses.items() if when > now}
        if (turns := self._turns.get(host)) is None:
            turns = self._turns[host] = InTurn()
        return turns


class Turn:
    """One request's turn; a class, since a generator takes thrice as long for each request.

    Args:
        pacer: Whose turn it is.
        host: Name and port.
        address: IP address that it stands at.
        delay: Seconds from its being sent in which nobody else asks the host.

    Attributes:
        sent_at: When its last byte was handed to the network (monotonic seconds); None if unknown.
        waited: Seconds for which others had their turns at the host, or at its address.
    """

    __slots__ = ("_address", "_delay", "_host", "_pacer", "_turns", "sent_at", "waited")

    def __init__(self, pacer: Pacer, host: str, address: str, delay: float) -> None:
        self.sent_at: float | None = None
        self.waited = 0.0
        self._pacer = pacer
        self._host = host
        self._address = address
        self._delay = delay
        self._turns: InTurn | None = None

    def is_sent(self) -> None:
        """Say that the request is with the server: the delay begins now and not at its answer."""
        self.sent_at = monotonic()

    @property
    def is_held(self) -> bool:
        """Tell whether it was begun and not ended."""
        return self._turns is not None

    def begin_at_once(self) -> bool:
        """Take the turn if nothing has to be waited for; else False, and `begin` waits.

        One that was ended may be begun once more.
        """
        self.sent_at, self.waited = None, 0.0
        self._turns = self._pacer.begin_at_once(self._host, self._address)
        return self._turns is not None

    async def begin(self) -> None:
        """Wait for the turn."""
        self._turns = await self._pacer.begin(self._host, self._address, self)

    def end(self) -> None:
        """Leave the host to others, once its delay is over."""
        there, delay = self.sent_at or monotonic(), self._delay
        self._pacer.end(self._host, there + delay + (JITTER_SECONDS if delay else 0.0))
        if self._turns is not None:
            turns, self._turns = self._turns, None
            turns.give_back()

    async def __aenter__(self) -> Turn:
        if not self.begin_at_once():
            await self.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
