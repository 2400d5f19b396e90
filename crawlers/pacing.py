"""When the next request to a host, and to an IP address, may be sent."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MAX_REMEMBERED = 1500
# One packet may take longer than the next: what the network may add to a request and not to the one
# behind it, so that the delay holds where it is measured, at the server.
JITTER_SECONDS = 0.02


class Turn:
    """A request on its way.

    Attributes:
        sent_at: When its last byte was handed to the network (monotonic seconds); None if unknown.
    """

    def __init__(self) -> None:
        self.sent_at: float | None = None

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

    @asynccontextmanager
    async def turn(
        self, host: str, address: str, *, crawl_delay: float = 0.0
    ) -> AsyncIterator[Turn]:
        """Wait until it is our turn at a host, and hold it while the request is on its way.

        Args:
            host: Name and port.
            address: IP address that it stands at.
            crawl_delay: What its robots.txt asks for (seconds); the longer delay holds.
        """
        self._forget()
        host = host.removesuffix(":80").removesuffix(":443")
        if (lock := self._turns.get(host)) is None:
            lock = self._turns[host] = asyncio.Lock()
        async with lock:
            await _sleep_until(self._hosts.get(host, 0.0))
            now = monotonic()
            start = max(now, self._addresses.get(address, 0.0))
            # Booked before the wait, so that whoever comes next queues up behind.
            self._addresses[address] = start + self._address_delay
            await _sleep_until(start)
            turn = Turn()
            try:
                yield turn
            finally:
                there = turn.sent_at or monotonic()
                delay = max(self._host_delay, crawl_delay)
                self._hosts[host] = there + delay + (JITTER_SECONDS if delay else 0.0)

    def _forget(self) -> None:
        if len(self._hosts) > MAX_REMEMBERED:
            now = monotonic()
            self._hosts = {name: when for name, when in self._hosts.items() if when > now}
            self._turns = {name: turn for name, turn in self._turns.items() if turn.locked()}
            self._addresses = {name: when for name, when in self._addresses.items() if when > now}


async def _sleep_until(when: float) -> None:
    wait = when - monotonic()
    if wait > 0:
        await asyncio.sleep(wait)
