"""When the next request to a host, and to an IP address, may be sent."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

MAX_REMEMBERED = 1500
# One packet may take longer than the next: what the network may add to a request and not to the one
# behind it, so that the delay holds where it is measured, at the server.
JITTER_SECONDS = 0.02


class Turn:
    """A request on its way.

    Attributes:
        sent_at: When its last byte was handed to the network (monotonic seconds); None if unknown.
        waited: Seconds for which others had their turns at the host, or at its address.
    """

    def __init__(self) -> None:
        self.sent_at: float | None = None
        self.waited = 0.0

    def is_sent(self) -> None:
        """Say that the request is with the server: the delay begins now and not at its answer."""
        self.sent_at = monotonic()


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
        self._turns: dict[str, asyncio.Lock] = {}
        self._hosts: dict[str, float] = {}
        self._addresses: dict[str, float] = {}

    def turn(self, host: str, address: str, *, crawl_delay: float = 0.0) -> _HeldTurn:
        """Wait (``async with``) for our turn at a host; hold it while the request is on its way.

        Args:
            host: Name and port.
            address: IP address that it stands at.
            crawl_delay: What its robots.txt asks for (seconds); the longer delay holds.
        """
        host = host.removesuffix(":80").removesuffix(":443")
        return _HeldTurn(self, host, address, max(self._host_delay, crawl_delay))

    async def begin(self, host: str, address: str, turn: Turn) -> asyncio.Lock:
        """Wait for a host, and return what is to be released behind the request (`_HeldTurn`)."""
        self._forget()
        if (lock := self._turns.get(host)) is None:
            lock = self._turns[host] = asyncio.Lock()
        begun = monotonic()
        await lock.acquire()
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
            lock.release()
            raise
        return lock

    def end(self, host: str, until: float) -> None:
        """Have nobody ask a host before a moment (monotonic seconds)."""
        self._hosts[host] = until

    def _forget(self) -> None:
        if len(self._hosts) > MAX_REMEMBERED:
            now = monotonic()
            self._hosts = {name: when for name, when in self._hosts.items() if when > now}
            self._turns = {name: turn for name, turn in self._turns.items() if turn.locked()}
            self._addresses = {name: when for name, when in self._addresses.items() if when > now}


class _HeldTurn(Turn):
    """One request's turn; a class, since a generator takes thrice as long for each request."""

    def __init__(self, pacer: Pacer, host: str, address: str, delay: float) -> None:
        super().__init__()
        self._pacer = pacer
        self._host = host
        self._address = address
        self._delay = delay
        self._lock: asyncio.Lock | None = None

    async def __aenter__(self) -> Turn:
        self._lock = await self._pacer.begin(self._host, self._address, self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        there, delay = self.sent_at or monotonic(), self._delay
        self._pacer.end(self._host, there + delay + (JITTER_SECONDS if delay else 0.0))
        if self._lock is not None:
            self._lock.release()
