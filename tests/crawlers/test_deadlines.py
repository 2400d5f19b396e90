"""One timer for all that is under way."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from crawlers.deadlines import Deadlines


class Under:
    """Something under way, which notes when it was ended."""

    def __init__(self) -> None:
        self.ended: list[float] = []

    def time_out(self) -> None:
        self.ended.append(monotonic())


def ended_after(*seconds: float, order: tuple[int, ...] = ()) -> list[float]:
    """Return after how long each was ended, begun in some order."""

    async def run() -> list[float]:
        deadlines, all_of_them = Deadlines(), [Under() for _ in seconds]
        begun = monotonic()
        for k in order or range(len(seconds)):
            deadlines.begin(all_of_them[k], seconds[k])
        await asyncio.sleep(max(seconds) + 0.1)
        return [when - begun for one in all_of_them for when in one.ended]

    return asyncio.run(run())


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_each_ends_once_at_its_own_moment_whichever_was_begun_first(order: tuple[int, ...]) -> None:
    seconds = (0.05, 0.1, 0.1, 0.2)
    found = ended_after(*seconds, order=order)
    assert len(found) == len(seconds)
    for after, until in zip(found, seconds, strict=True):
        assert until - 0.005 <= after < until + 0.09


def test_what_ended_by_itself_is_left_alone_and_tells_what_time_it_had() -> None:
    async def run() -> tuple[float, float, list[float], list[float]]:
        deadlines, first, second = Deadlines(), Under(), Under()
        deadlines.begin(first, 0.05)
        deadlines.begin(second, 0.1)
        left = deadlines.left(first)
        deadlines.end(first)
        deadlines.end(first)
        unknown = deadlines.left(first)
        await asyncio.sleep(0.2)
        return left, unknown, first.ended, second.ended

    left, unknown, first, second = asyncio.run(run())
    assert 0.03 < left <= 0.05
    assert unknown == 0.0
    assert not first
    assert len(second) == 1


def test_what_begins_again_has_its_new_time() -> None:
    async def run() -> list[float]:
        deadlines, one, begun = Deadlines(), Under(), monotonic()
        deadlines.begin(one, 0.02)
        deadlines.begin(one, 0.1)
        await asyncio.sleep(0.2)
        return [when - begun for when in one.ended]

    (after,) = asyncio.run(run())
    assert after >= 0.095


def test_one_that_begins_another_as_it_ends_disturbs_nobody() -> None:
    async def run() -> int:
        deadlines, others = Deadlines(), [Under() for _ in range(3)]

        class Restless(Under):
            def time_out(self) -> None:
                super().time_out()
                if len(self.ended) < 3:
                    deadlines.begin(self, 0.02)

        restless = Restless()
        for one in (*others, restless):
            deadlines.begin(one, 0.02)
        await asyncio.sleep(0.2)
        assert all(len(one.ended) == 1 for one in others)
        return len(restless.ended)

    assert asyncio.run(run()) == 3


def test_after_closing_nothing_is_ended() -> None:
    async def run() -> list[float]:
        deadlines, one = Deadlines(), Under()
        deadlines.begin(one, 0.02)
        deadlines.close()
        await asyncio.sleep(0.06)
        return one.ended

    assert not asyncio.run(run())
