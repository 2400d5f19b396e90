from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.off_peak import read_hours


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NIGHT = read_hours("20:00-06:00", "Europe/Vienna")


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2026-01-10 18:59", False),  # 19:59 in Vienna
        ("2026-01-10 19:00", True),
        ("2026-01-10 23:30", True),
        ("2026-01-11 04:59", True),
        ("2026-01-11 05:00", False),
        ("2026-07-10 18:00", True),  # summer time: 20:00
        ("2026-07-10 04:00", False),
    ],
)
def test_a_window_over_midnight_is_in_the_wall_time_of_its_zone(now: str, is_open: bool) -> None:
    assert NIGHT.is_open(at(now)) is is_open


def test_the_next_window_and_its_end_are_told() -> None:
    assert NIGHT.opens_at(at("2026-01-10 12:00")) == at("2026-01-10 19:00")
    assert NIGHT.opens_at(at("2026-01-10 22:00")) == at("2026-01-10 22:00")
    assert NIGHT.closes_at(at("2026-01-10 22:00")) == at("2026-01-11 05:00")


def test_several_windows_that_touch_are_one() -> None:
    hours = read_hours("20:00-22:00, 22:00-23:00", "UTC")
    assert hours.closes_at(at("2026-01-10 21:00")) == at("2026-01-10 23:00")


def test_without_windows_it_is_always_open() -> None:
    hours = read_hours("", "UTC")
    assert hours.is_open(at("2026-01-10 12:00"))
    assert hours.closes_at(at("2026-01-10 12:00")) is None


def test_the_night_in_which_clocks_change_ends_at_its_wall_time() -> None:
    assert NIGHT.closes_at(at("2026-03-28 23:00")) == at("2026-03-29 04:00")  # 06:00 summer time


def test_a_window_that_a_change_of_clocks_leaves_out_waits_for_the_next_day() -> None:
    hours = read_hours("02:10-02:50", "Europe/Vienna")
    assert hours.opens_at(at("2026-03-29 00:00")) == at("2026-03-30 00:10")


@pytest.mark.parametrize(
    ("text", "zone"),
    [("8-9", "UTC"), ("24:00-01:00", "UTC"), ("20:00-20:00", "UTC"), ("", "Mars/Base"), ("", "..")],
)
def test_what_is_no_window_or_no_zone_is_refused(text: str, zone: str) -> None:
    with pytest.raises(ValueError, match=r"is no|is empty"):
        read_hours(text, zone)


@given(
    now=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
    start=st.integers(0, 1439),
    length=st.integers(30, 1400),
    zone=st.sampled_from(["UTC", "Europe/Vienna", "America/New_York", "Asia/Kathmandu"]),
)
def test_it_is_open_just_after_it_opens_and_closed_when_it_closes(
    now: datetime, start: int, length: int, zone: str
) -> None:
    end = (start + length) % 1440
    window = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    hours = read_hours(window, zone)
    opens = hours.opens_at(now.replace(tzinfo=UTC))
    assert hours.is_open(opens)
    closes = hours.closes_at(opens)
    assert closes is not None
    assert closes > opens
    assert not hours.is_open(closes)
    assert closes - opens <= timedelta(hours=26)
