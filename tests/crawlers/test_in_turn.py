from __future__ import annotations

import asyncio

import pytest

from crawlers.in_turn import InTurn


def test_what_is_free_is_taken_at_once_and_no_more_than_that() -> None:
    places = InTurn(2)
    assert [places.take_at_once() for _ in range(3)] == [True, True, False]
    places.give_back()
    assert places.free == 1
    assert places.take_at_once()


def test_whoever_waited_longest_is_next_and_nobody_who_comes_later_gets_before() -> None:
    async def run() -> list[int]:
        place, served = InTurn(), list[int]()

        async def one(number: int) -> None:
            await place.take()
            served.append(number)
            place.give_back()

        assert place.take_at_once()
        async with asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(one(number))
            await asyncio.sleep(0)
            place.give_back()
            assert not place.take_at_once()  # handed on already
        assert place.free == 1
        return served

    assert asyncio.run(run()) == [0, 1, 2]


@pytest.mark.parametrize("is_handed_on", [False, True])
def test_who_waits_no_more_leaves_the_place_to_others(is_handed_on: bool) -> None:
    async def run() -> None:
        place = InTurn()
        assert place.take_at_once()
        waiting = asyncio.create_task(place.take())
        await asyncio.sleep(0)
        if is_handed_on:
            place.give_back()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert waiting.cancelled()
        if not is_handed_on:
            place.give_back()
        assert place.free == 1

    asyncio.run(run())
