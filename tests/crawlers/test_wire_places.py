from __future__ import annotations

import asyncio

import pytest

from crawlers.wire_places import (
    KNOCK_SECONDS,
    LEAST_PLACES,
    PATIENCE_SECONDS,
    WirePlaces,
    places_for,
)


@pytest.mark.parametrize(
    ("n_websites", "places"), [(1, LEAST_PLACES), (200, 16), (768, 64), (100_000, 64)]
)
def test_as_many_requests_are_on_their_way_as_are_a_hundredth_of_the_crawl(
    n_websites: int, places: int
) -> None:
    assert places_for(n_websites) == places


def test_never_more_than_the_places_are_taken_and_each_is_given_back() -> None:
    async def run() -> int:
        wire, now, most = WirePlaces(3), 0, 0

        async def one() -> None:
            nonlocal now, most
            async with wire.place():
                now += 1
                most = max(most, now)
                await asyncio.sleep(0.005)
                now -= 1

        await asyncio.gather(*(one() for _ in range(30)))
        return most

    assert asyncio.run(run()) == 3


def test_a_place_is_given_back_whatever_went_wrong_and_only_once() -> None:
    async def run() -> int:
        wire, most = WirePlaces(1), 0
        for _ in range(3):
            with pytest.raises(ConnectionError):
                async with wire.place():
                    raise ConnectionError
        for _ in range(2):
            async with wire.place():
                most += 1
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(wire.place().__aenter__(), 0.01)
        return most

    assert asyncio.run(run()) == 2


@pytest.mark.parametrize(
    ("has_answered", "seconds"), [(True, PATIENCE_SECONDS), (False, KNOCK_SECONDS)]
)
def test_whoever_is_out_for_long_keeps_no_place_from_others(
    has_answered: bool, seconds: float
) -> None:
    async def run() -> float:
        wire = WirePlaces(1)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        first = wire.place(has_answered=has_answered)
        async with first, asyncio.timeout(PATIENCE_SECONDS * 3), wire.place():
            waited = loop.time() - begun
        async with wire.place():  # given up and left: one place still, not two
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(wire.place().__aenter__(), 0.01)
        return waited

    assert asyncio.run(run()) >= seconds * 0.9


def test_places_go_to_who_has_waited_longest_and_past_who_gave_up_waiting() -> None:
    async def run() -> list[int]:
        wire, served = WirePlaces(1), list[int]()

        async def one(number: int) -> None:
            async with wire.place():
                served.append(number)
                await asyncio.sleep(0.005)

        tasks = [asyncio.create_task(one(number)) for number in range(5)]
        await asyncio.sleep(0.001)
        tasks[2].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with wire.place():  # none was lost
            return served

    assert asyncio.run(run()) == [0, 1, 3, 4]


def test_a_place_handed_to_somebody_who_is_cancelled_at_that_moment_goes_on_to_the_next() -> None:
    async def run() -> bool:
        wire = WirePlaces(1)
        holder = wire.place()
        await holder.__aenter__()
        waiting = asyncio.create_task(wire.place().__aenter__())
        await asyncio.sleep(0)
        await holder.__aexit__(None, None, None)  # hands the place over
        waiting.cancel()  # before it has taken notice
        await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(1), wire.place():
            return True

    assert asyncio.run(run())
