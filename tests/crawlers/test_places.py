from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from hostile_web import HostileSite, HostileWeb, answer, ordinary
from loopback_sites import WAVE, load_frame, polite

from crawlers.places import SLOW_SECONDS, VisitPlace
from crawlers.run import crawl_websites
from storage.database import Store
from storage.workspace import Workspace

TIMEOUT = 2.0


async def silence() -> AsyncIterator[bytes]:
    await asyncio.sleep(4 * TIMEOUT)
    yield b""


async def later(said: bytes) -> AsyncIterator[bytes]:
    await asyncio.sleep(0.4)
    yield said


def dead() -> HostileSite:
    return HostileSite(lambda *_: silence(), "timeout")


def living() -> HostileSite:
    return HostileSite(lambda path, _: ordinary(path) or answer("", status=404))


def slow() -> HostileSite:
    return HostileSite(lambda path, _: later(ordinary(path) or answer("", status=404)))


@pytest.fixture
def serve() -> Iterator[object]:
    webs: list[HostileWeb] = []

    def make(sites: dict[str, HostileSite]) -> HostileWeb:
        webs.append(HostileWeb(sites))
        return webs[-1]

    yield make
    for web in webs:
        web.close()


def crawl_seconds(workspace: Workspace, urls: list[str], **values: object) -> float:
    """Return the seconds from the start of the first visit to the end of the last."""
    load_frame(workspace, urls)
    crawl_websites(workspace, WAVE, politeness=polite(timeout_seconds=TIMEOUT, **values))
    with Store(workspace.database) as store:
        times = store.rows("SELECT min(started_at), max(ended_at) FROM website_visit")
    return float((times[0][1] - times[0][0]).total_seconds())


def outcomes(workspace: Workspace) -> list[str]:
    with Store(workspace.database) as store:
        return [row[0] for row in store.rows("SELECT outcome FROM website_visit ORDER BY 1")]


def test_dead_hosts_wait_beside_the_living_and_all_at_once(
    serve: type[HostileWeb], workspace: Workspace
) -> None:
    web = serve({f"d{n}": dead() for n in range(40)} | {f"l{n}": living() for n in range(4)})
    urls = [site.url for site in web.sites.values()]
    seconds = crawl_seconds(workspace, urls, websites_at_once=2)
    assert outcomes(workspace) == ["reached"] * 4 + ["timeout"] * 40
    assert all(len(web.sites[f"d{n}"].paths) == 1 for n in range(40)), "each is asked once"
    # One after the other on two places they would take twenty times the time-out.
    assert seconds < 3 * TIMEOUT


def test_a_dead_host_takes_one_timeout_though_two_schemes_are_tried(
    serve: type[HostileWeb], workspace: Workspace
) -> None:
    site = serve({"dead": dead()}).sites["dead"]
    seconds = crawl_seconds(workspace, [f"{site.address}:{site.port}/"])
    assert outcomes(workspace) == ["timeout"]
    assert seconds < 2 * TIMEOUT


def test_slow_websites_cost_their_own_time_and_nobody_elses(
    serve: type[HostileWeb], workspace: Workspace
) -> None:
    web = serve({f"s{n}": slow() for n in range(10)} | {f"l{n}": living() for n in range(10)})
    seconds = crawl_seconds(workspace, [site.url for site in web.sites.values()])
    assert outcomes(workspace) == ["reached"] * 20
    assert seconds < 10 * 0.4 * 3, "that is three times what one of them takes by itself"


def test_a_slow_visit_gives_its_place_on_as_long_as_few_do() -> None:
    async def use() -> None:
        free, beside = asyncio.Semaphore(1), asyncio.Semaphore(1)
        slow, slower, third = (VisitPlace(free, beside) for _ in range(3))
        await slow.take()
        await slow.note_request(SLOW_SECONDS / 2)
        assert free.locked(), "one that is quick keeps its place"
        await slow.note_request(SLOW_SECONDS * 2)
        assert await slow.take() == 0.0
        await slower.take()
        await slower.note_request(SLOW_SECONDS * 2)
        assert free.locked(), "there is room for one slow visit only"
        slow.leave()
        await slower.note_request(SLOW_SECONDS * 2)
        assert await third.take() < 0.1
        slower.leave()
        third.leave()
        assert (free._value, beside._value) == (1, 1)

    asyncio.run(use())


def test_a_place_is_taken_once_and_given_on() -> None:
    async def use() -> None:
        free, beside = asyncio.Semaphore(1), asyncio.Semaphore(1)
        first, second = VisitPlace(free, beside), VisitPlace(free, beside)
        assert await first.take() < 0.1
        assert await first.take() == 0.0
        waiting = asyncio.create_task(second.take())
        await asyncio.sleep(0.05)
        assert not waiting.done()
        first.leave()
        first.leave()
        assert await waiting > 0.0
        second.leave()
        assert free._value == 1

    asyncio.run(use())
