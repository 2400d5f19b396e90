from __future__ import annotations

import asyncio

from crawlers.large_bodies import LARGE_AT_ONCE, LargeBodies


class Body:
    """Drips until it is told to give up; leaves its place then, as a connection does."""

    def __init__(self, places: LargeBodies, *, is_wanted: bool = True) -> None:
        self.places = places
        self.is_wanted = is_wanted
        self.goes_on = self.gave_up = False

    def go_on(self) -> bool:
        self.goes_on = self.is_wanted
        return self.is_wanted

    def give_up(self) -> None:
        self.gave_up = True
        asyncio.get_running_loop().call_soon(self.places.leave, self)


def full(places: LargeBodies) -> list[Body]:
    bodies = [Body(places) for _ in range(LARGE_AT_ONCE)]
    assert all(places.enter(body) for body in bodies)
    return bodies


def test_a_place_is_handed_to_whoever_still_wants_it() -> None:
    async def run() -> None:
        places = LargeBodies()
        first, *others = full(places)
        gone, waiting = Body(places, is_wanted=False), Body(places)
        assert not places.enter(gone)
        assert not places.enter(waiting)
        places.leave(first)
        assert (gone.goes_on, waiting.goes_on) == (False, True)
        assert not any(body.gave_up for body in others)
        for body in (*others, waiting):
            places.leave(body)
        full(places)

    asyncio.run(run())


def test_who_drips_gives_its_place_up_where_others_wait_and_only_there() -> None:
    async def run() -> None:
        places = LargeBodies(seconds=0.05)
        dripping = full(places)
        await asyncio.sleep(0.1)
        assert not any(body.gave_up for body in dripping)
        waiting = [Body(places), Body(places)]
        assert not any(places.enter(body) for body in waiting)
        await asyncio.sleep(0.04)
        assert [body.gave_up for body in dripping] == [True, True, *[False] * (LARGE_AT_ONCE - 2)]
        assert all(body.goes_on for body in waiting)

    asyncio.run(run())
