from __future__ import annotations

import asyncio
import contextlib
import time
from itertools import pairwise

from crawled_rows import website_rows
from loopback_sites import WAVE, MakeSite, load_frame, page, polite

from crawlers.pacing import MAX_REMEMBERED, Pacer
from crawlers.run import crawl_websites
from storage.database import Store
from storage.workspace import Workspace


def starts(pacer: Pacer, *turns: tuple[str, str], crawl_delay: float = 0.0) -> list[float]:
    """Return when each turn began, in seconds since the first was asked for."""
    begun: list[float] = []

    async def take(host: str, address: str, zero: float) -> None:
        async with pacer.turn(host, address, crawl_delay=crawl_delay):
            begun.append(time.monotonic() - zero)

    async def take_all() -> None:
        zero = time.monotonic()
        await asyncio.gather(*(take(host, address, zero) for host, address in turns))

    asyncio.run(take_all())
    return begun


def test_one_host_is_asked_at_its_delay() -> None:
    begun = starts(Pacer(host_delay=0.1, address_delay=0), *[("a", "1.1.1.1")] * 3)
    assert begun[1] >= 0.1
    assert begun[2] >= 0.2


def test_hosts_of_one_address_share_its_smaller_delay() -> None:
    turns = [(name, "1.1.1.1") for name in "abc"]
    begun = starts(Pacer(host_delay=0.5, address_delay=0.05), *turns)
    assert 0.1 <= begun[2] < 0.45


def test_others_do_not_wait() -> None:
    turns = [(name, f"1.1.1.{n}") for n, name in enumerate("abcdef")]
    assert max(starts(Pacer(host_delay=0.5, address_delay=0.5), *turns)) < 0.4


def test_the_longer_delay_holds() -> None:
    pacer = Pacer(host_delay=0.01, address_delay=0)
    assert starts(pacer, *[("a", "1.1.1.1")] * 2, crawl_delay=0.2)[1] >= 0.2


def test_what_is_remembered_is_bounded() -> None:
    pacer = Pacer(host_delay=0, address_delay=0)
    starts(pacer, *[(f"h{n}", f"a{n}") for n in range(MAX_REMEMBERED + 500)])
    starts(pacer, ("last", "one"))
    assert len(pacer._hosts) <= MAX_REMEMBERED


def test_the_delay_is_counted_from_when_a_request_was_surely_there() -> None:
    pacer = Pacer(host_delay=0.2, address_delay=0)

    async def ask(*, tells: bool) -> float:
        async with pacer.turn("a:443", "1.1.1.1") as turn:
            begun = time.monotonic()
            if tells:
                turn.is_sent()
            await asyncio.sleep(0.15)  # a handshake, or an answer that takes its time
        return begun

    async def gaps() -> list[float]:
        begun = [await ask(tells=tells) for tells in (False, True, True)]
        return [later - earlier for earlier, later in pairwise(begun)]

    unknown, known = asyncio.run(gaps())
    assert unknown >= 0.35
    assert 0.2 <= known < unknown


def test_a_name_is_one_host_over_http_and_https() -> None:
    begun = starts(
        Pacer(host_delay=0.1, address_delay=0), ("a:80", "1.1.1.1"), ("a:443", "1.1.1.2")
    )
    assert begun[1] >= 0.1


def test_a_request_that_fails_keeps_the_delay() -> None:
    pacer = Pacer(host_delay=0.1, address_delay=0)

    async def fail_and_ask() -> float:
        with contextlib.suppress(ConnectionError):
            async with pacer.turn("a", "1.1.1.1"):
                raise ConnectionError
        failed = time.monotonic()
        async with pacer.turn("a", "1.1.1.1"):
            return time.monotonic() - failed

    assert asyncio.run(fail_and_ask()) >= 0.09


def test_websites_that_share_a_host_do_not_spend_each_others_time(
    make_site: MakeSite, workspace: Workspace
) -> None:
    names = "abcdefgh"
    answers = {"/robots.txt": page("none")}
    for name in names:
        links = [f"/{name}/{n}.html" for n in range(4)]
        for path in (f"/{name}/", *links):
            answers[path] = page(f"Page {path}", *links, text=f"{path[1:4]} says {path} " * 9)
    site = make_site(answers)
    load_frame(workspace, [f"{site.url}{name}/" for name in names])
    # Forty requests one after the other take four seconds: each website's own take half a second.
    manners = polite(delay_seconds=0.1, max_seconds_per_website=2.0)
    crawl_websites(workspace, WAVE, politeness=manners)
    with Store(workspace.database) as store:
        assert website_rows(store, WAVE)["n_pages"].to_pylist() == [5] * len(names)
