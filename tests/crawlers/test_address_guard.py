from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from threading import Event
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.address_guard import (
    MAX_REMEMBERED,
    AddressBook,
    NoAddress,
    is_allowed_address,
)
from storage.accounting import Outcome

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fc00::1",
        "fe80::1%eth0",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_public_are_not_visited(address: str) -> None:
    assert not is_allowed_address(address, [])


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"]
)
def test_public_addresses_are_visited(address: str) -> None:
    assert is_allowed_address(address, [])


def test_a_network_that_is_allowed_opens_nothing_else() -> None:
    assert is_allowed_address("127.0.9.9", LOOPBACK)
    assert is_allowed_address("::ffff:127.0.0.1", LOOPBACK)
    assert not is_allowed_address("::1", LOOPBACK)
    assert not is_allowed_address("10.0.0.1", LOOPBACK)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_as_what_it_maps(address: ipaddress.IPv4Address) -> None:
    mapped = f"::ffff:{address}"
    assert is_allowed_address(mapped, []) == is_allowed_address(str(address), [])


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_odd_spellings_of_an_address_are_seen_through(host: str) -> None:
    async def look_up() -> object:
        return await AddressBook([], timeout=5).look_up(host)

    found = asyncio.run(look_up())
    assert isinstance(found, NoAddress)
    assert found.reason is Outcome.BLOCKED_ADDRESS


def test_a_name_that_does_not_exist_is_a_dns_failure() -> None:
    async def look_up(host: str) -> object:
        return await AddressBook([], timeout=20).look_up(host)

    for host in ("no-such-host.invalid", "a" * 70 + ".example", "xn--\u00fc"):
        found = asyncio.run(look_up(host))
        assert isinstance(found, NoAddress), host
        assert found.reason is Outcome.DNS_FAILURE


def test_the_hosts_asked_for_last_are_remembered_and_checked_anew_once_forgotten() -> None:
    asked: list[str] = []

    def resolve(host: str, _family: socket.AddressFamily) -> list[str]:
        asked.append(host)
        return ["10.0.0.1"] if asked.count(host) > 1 else ["93.184.216.34"]

    async def look_up_all() -> tuple[object, object]:
        book = AddressBook([], timeout=5, resolve=resolve)
        for number in range(MAX_REMEMBERED + 1):
            await book.look_up(f"h{number}.example")
        return await book.look_up("h1.example"), await book.look_up("h0.example")

    kept, forgotten = asyncio.run(look_up_all())
    assert kept == ("93.184.216.34",)
    assert isinstance(forgotten, NoAddress)
    assert forgotten.reason is Outcome.BLOCKED_ADDRESS
    assert len(asked) == MAX_REMEMBERED + 2


Resolve = Callable[[str, socket.AddressFamily], list[str]]


def silent_about_ipv6(found: str) -> Resolve:
    """Return a resolver that knows an IPv4 address, and waits for others where it may."""

    def resolve(host: str, family: socket.AddressFamily) -> list[str]:
        if family == socket.AF_INET:
            return [found]
        Event().wait(3.0)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    return resolve


def looked_up(resolve: Resolve, *, timeout: float) -> tuple[object, float]:
    async def look_up() -> object:
        return await AddressBook([], timeout=timeout, resolve=resolve).look_up("a.example")

    begun = monotonic()
    return asyncio.run(look_up()), monotonic() - begun


def test_silence_about_ipv6_is_not_waited_for() -> None:
    said, seconds = looked_up(silent_about_ipv6("93.184.216.34"), timeout=2.0)
    assert said == ("93.184.216.34",)
    assert seconds < 1.5


def test_an_address_inside_that_came_first_settles_nothing() -> None:
    said, seconds = looked_up(silent_about_ipv6("10.0.0.1"), timeout=1.0)
    assert isinstance(said, NoAddress)
    assert said.reason is Outcome.DNS_FAILURE, "what the rest would be is not known"
    assert seconds < 2.0
