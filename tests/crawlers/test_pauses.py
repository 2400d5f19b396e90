from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawlers.pauses import (
    LEAST_SLOWER_SECONDS,
    LONGEST_PAUSE,
    SLOWER_SECONDS,
    HostPauses,
)
from storage.accounting import MAX_TIMES, Outcome

HOST, OTHER = "firma.example", "shop.firma.example"


def test_a_host_that_asks_for_a_long_pause_is_left_alone_and_no_other() -> None:
    pauses = HostPauses()
    pauses.note(HOST, 429, pause=3600.0, is_final=True)
    assert pauses.closed(HOST) is Outcome.RATE_LIMITED
    assert pauses.closed(OTHER) is None
    assert pauses.not_before is not None
    left = pauses.not_before - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


def test_one_page_that_is_not_to_be_had_for_long_is_not_the_whole_host() -> None:
    pauses = HostPauses()
    for _ in range(5):
        pauses.note(HOST, 503, pause=0.0, is_final=True)
    pauses.note(HOST, 503, pause=3600.0, is_final=True)
    assert pauses.closed(HOST) is None
    assert pauses.delay(HOST) == 0.0
    assert pauses.not_before is not None
    pauses.note(HOST, 503, pause=60.0, is_final=True)
    assert pauses.closed(HOST) is Outcome.SERVER_ERROR


def test_the_longest_pause_asked_for_counts_up_to_a_week() -> None:
    pauses = HostPauses()
    for pause in (60.0, 1e40, 3600.0):
        pauses.note(HOST, 429, pause=pause, is_final=True)
    assert pauses.not_before is not None
    assert pauses.not_before - datetime.now(UTC) <= LONGEST_PAUSE
    assert pauses.not_before - datetime.now(UTC) > LONGEST_PAUSE - timedelta(minutes=1)


def test_too_many_requests_without_a_pause_slow_a_host_down_and_close_it_later() -> None:
    pauses = HostPauses()
    pauses.note(HOST, 429, pause=0.0, is_final=False)
    assert pauses.delay(HOST) == SLOWER_SECONDS
    assert pauses.delay(OTHER) == 0.0
    for _ in range(MAX_TIMES):
        assert pauses.closed(HOST) is None
        pauses.note(HOST, 429, pause=0.0, is_final=True)
    assert pauses.closed(HOST) is Outcome.RATE_LIMITED
    assert pauses.not_before is None


@pytest.mark.parametrize(
    ("waits", "delay"),
    [
        ([1.0], 1.0),
        ([1.5], 1.5),
        ([0.1], LEAST_SLOWER_SECONDS),
        ([7.0], SLOWER_SECONDS),  # waited for once, and not between all requests from then on
        ([0.0], SLOWER_SECONDS),
        ([1.0, 0.0], SLOWER_SECONDS),
        ([0.0, 1.0], SLOWER_SECONDS),  # once slowed down, nobody is hurried again
    ],
)
def test_a_host_that_asks_for_little_is_slowed_down_by_no_more(
    waits: list[float], delay: float
) -> None:
    pauses = HostPauses()
    for wait in waits:
        pauses.note(HOST, 429, pause=0.0, is_final=False, wait=wait)
    assert pauses.delay(HOST) == delay


@pytest.mark.parametrize("status", [0, 200, 301, 404, 500, 502, 504])
def test_other_answers_ask_for_nothing(status: int) -> None:
    pauses = HostPauses()
    pauses.note(HOST, status, pause=3600.0, is_final=True)
    assert pauses.closed(HOST) is None
    assert (pauses.delay(HOST), pauses.not_before) == (0.0, None)
