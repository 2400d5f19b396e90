"""Which IP addresses may be visited, and that the address checked is the one connected to.

A host is resolved once, by the system, in its own thread; its addresses are checked; and requests
carry the addresses that passed, which is all that `http_client` knows how to connect to. So no
redirect, no odd spelling of an address and no name that changes its mind in between leads to a
network that was not meant.
"""

from __future__ import annotations

import _thread
import asyncio
import ipaddress
import socket
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from time import monotonic
from typing import TYPE_CHECKING

from storage.accounting import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Far more than visits that are under way can wait for: where name servers stay silent, the system
# goes on asking them long after we gave up, and nobody's look-up is to wait for that.
MAX_LOOKUPS_AT_ONCE = 1000
REMEMBER_SECONDS = 600.0
KINDS_TOGETHER_SECONDS = 1.0  # for IPv4 and IPv6 addresses in one look-up
MAX_REMEMBERED = 1500  # hosts; several times as many as visits that are under way can ask for

_Told = list[str] | OSError | ValueError  # of one look-up
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # RFC 5214: an IPv4 address in the last four bytes
# What Python takes for public and is not: NAT64's local prefix, protocol assignments, site-local
# addresses of old, and Azure's host as its guests see it.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in ("64:ff9b:1::/48", "192.0.0.0/24", "fec0::/10", "168.63.129.16/32")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAddress:
    """Why a host has no address that may be visited.

    Attributes:
        reason: `DNS_FAILURE` or `BLOCKED_ADDRESS`.
        detail: For people.
        may_pass: Whether asking again at once may help.
    """

    reason: Outcome
    detail: str
    may_pass: bool = False


def is_allowed_address(address: str, allowed: Sequence[Network]) -> bool:
    """Tell whether an IP address may be visited: public, or inside a network that is allowed.

    Addresses that hold an IPv4 address inside (mapped, 6to4, NAT64, ISATAP) are judged by that one,
    too; Teredo's and NAT64's local prefix are no public addresses.

    Args:
        address: In numbers, a scope allowed (``fe80::1%eth0``).
        allowed: Networks that may be visited though they are not public.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    inner: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = [parsed]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            inner = [parsed.ipv4_mapped]
        elif parsed.sixtofour:
            inner.append(parsed.sixtofour)
        elif parsed in _NAT64:
            inner = [_last_four_bytes(parsed)]
        elif (int(parsed) >> 32) & 0xFFFFFFFF in _ISATAP:
            inner.append(_last_four_bytes(parsed))
    return all(_is_public(one) or any(one in network for network in allowed) for one in inner)


def _last_four_bytes(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or any(address in network for network in _NOT_PUBLIC)
    )


class AddressBook:
    """The addresses of hosts, resolved and checked.

    Args:
        allow_networks: In CIDR notation.
        timeout: Seconds that one look-up may take.
        resolve: Returns the addresses of a host, of one family or of all (`AF_UNSPEC`); raises
            `OSError` where it has none.
        remember_seconds: How long a look-up counts.
    """

    def __init__(
        self,
        allow_networks: Sequence[str],
        *,
        timeout: float,
        resolve: Callable[[str, socket.AddressFamily], list[str]] | None = None,
        remember_seconds: float = REMEMBER_SECONDS,
    ) -> None:
        self._remember_seconds = remember_seconds
        self._resolve = resolve or _by_the_system
        self._allowed = [ipaddress.ip_network(network) for network in allow_networks]
        self._timeout = timeout
        self._known: dict[str, tuple[float, tuple[str, ...] | NoAddress]] = {}
        self._asking = asyncio.Semaphore(MAX_LOOKUPS_AT_ONCE)
        self._n_once_more = 0

    async def look_up(self, host: str) -> tuple[str, ...] | NoAddress:
        """Resolve and check a host, once in ten minutes.

        Args:
            host: Name, or address in any spelling the system understands.
        """
        host = host.strip("[]")
        if found := self.at_hand(host):
            return found
        found = self._silence_about(host) or await self._ask_in_time(host)
        self._known.pop(host, None)
        self._known[host] = (monotonic() + self._remember_seconds, found)
        if len(self._known) > MAX_REMEMBERED:
            del self._known[next(iter(self._known))]  # the oldest: asked anew, and checked anew
        return found

    def at_hand(self, host: str) -> tuple[str, ...] | NoAddress | None:
        """Return what a look-up of less than ten minutes ago found; None where there was none.

        Args:
            host: Without brackets.
        """
        until, found = self._known.get(host, (0.0, None))
        return found if until > monotonic() else None

    def _silence_about(self, host: str) -> NoAddress | None:
        """Return that nobody answers about the same name with or without ``www.``, if so."""
        other = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
        until, found = self._known.get(other, (0.0, ()))
        is_silent = isinstance(found, NoAddress) and found.may_pass and until > monotonic()
        return found if is_silent and isinstance(found, NoAddress) else None

    async def _ask_in_time(self, host: str) -> tuple[str, ...] | NoAddress:
        begun = monotonic()
        found = await self._ask(host)
        is_in_time = monotonic() - begun < self._timeout / 2
        if isinstance(found, NoAddress) and found.may_pass and is_in_time:
            found = await self._ask(host)
        return found

    async def _ask(self, host: str) -> tuple[str, ...] | NoAddress:
        """Ask for all addresses of a host, and where that takes long for those of IPv4 alone.

        The system tells nothing before it knows both kinds: a name server that keeps silent about
        IPv6, as some do, would cost its whole patience, of ten seconds and more.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_Told | None] = loop.create_future()
        until = loop.time() + self._timeout
        await self._asking.acquire()
        self._begin(host, socket.AF_UNSPEC, answer, self._asking.release)

        def ask_once_more() -> None:
            if not answer.done() and self._n_once_more < MAX_LOOKUPS_AT_ONCE:
                self._n_once_more += 1
                self._begin(host, socket.AF_INET, answer, self._end_once_more)

        def give_up() -> None:
            if not answer.done():
                answer.set_result(None)

        # Two timers, that next to never fire, take a third of what `asyncio.wait` does.
        wait = min(KINDS_TOGETHER_SECONDS, self._timeout / 4)
        timers = [loop.call_later(wait, ask_once_more), loop.call_at(until, give_up)]
        try:
            result = await answer
        finally:
            for timer in timers:
                timer.cancel()
        if result is None:
            detail = f"no answer about {host} in time"
            return NoAddress(reason=Outcome.DNS_FAILURE, detail=detail, may_pass=True)
        if isinstance(result, Exception):
            return _no_name(host, result)
        if allowed := self._allowed_among(result):
            return _in_turns(allowed)
        detail = f"{host} is {', '.join(result[:3])}, which is no public address"
        return NoAddress(reason=Outcome.BLOCKED_ADDRESS, detail=detail)

    def _end_once_more(self) -> None:
        self._n_once_more -= 1

    def _allowed_among(self, addresses: Sequence[str]) -> tuple[str, ...]:
        return tuple(one for one in addresses if is_allowed_address(one, self._allowed))

    def _begin(
        self,
        host: str,
        family: socket.AddressFamily,
        answer: asyncio.Future[_Told | None],
        leave: Callable[[], None],
    ) -> None:
        """Begin a look-up; one for IPv4 alone is no answer unless it finds what may be visited."""
        loop = asyncio.get_running_loop()

        def tell(result: _Told) -> None:
            leave()
            is_part = family == socket.AF_INET
            if is_part and (isinstance(result, Exception) or not self._allowed_among(result)):
                return
            if not answer.done():
                answer.set_result(result)

        def ask() -> None:
            result: _Told
            try:
                result = self._resolve(host, family)
            except (OSError, ValueError) as fault:
                result = fault
            with suppress(RuntimeError):  # the crawl is over
                loop.call_soon_threadsafe(tell, result)

        # A thread each, that nobody waits for: a name server that never answers delays nobody,
        # not even our end. Of `_thread`, since a `Thread` has its maker wait until it runs.
        _thread.start_new_thread(ask, ())


def _in_turns(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return addresses with IPv6 and IPv4 in turns, begun by what the system names first.

    Only the first few are tried: a network whose IPv6 leads nowhere is to reach a host by IPv4.
    """
    families: dict[bool, list[str]] = {}
    for address in addresses:
        families.setdefault(":" in address, []).append(address)
    turns = zip_longest(*families.values())
    return tuple(address for turn in turns for address in turn if address)


def _by_the_system(host: str, family: socket.AddressFamily) -> list[str]:
    found = socket.getaddrinfo(host, None, family, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _no_name(host: str, fault: Exception) -> NoAddress:
    may_pass = isinstance(fault, socket.gaierror) and fault.errno == socket.EAI_AGAIN
    detail = f"{host} does not resolve: {fault}"
    return NoAddress(reason=Outcome.DNS_FAILURE, detail=detail, may_pass=may_pass)
