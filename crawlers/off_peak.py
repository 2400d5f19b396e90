"""The hours of the day in which may be crawled (pure).

A window is said in the wall time of a time zone, so that nights stay nights when clocks change. It
holds its first minute and not its last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

_WINDOW = re.compile(r"\s*([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class OffPeakHours:
    """When requests may be sent.

    Attributes:
        windows: From and until, wall time; until is before from where midnight lies between.
            None at all: at any time.
        zone: Whose wall time.
    """

    windows: tuple[tuple[time, time], ...]
    zone: tzinfo

    def is_open(self, now: datetime) -> bool:
        """Tell whether a request may be sent.

        Args:
            now: Aware.
        """
        clock = now.astimezone(self.zone).time()
        return not self.windows or any(
            start <= clock < end if start < end else clock >= start or clock < end
            for start, end in self.windows
        )

    def opens_at(self, now: datetime) -> datetime:
        """Return the next moment at which a window begins (UTC); the present where one is open."""
        if self.is_open(now):
            return now.astimezone(UTC)
        starts = self._moments(now, [start for start, _ in self.windows])
        return next(moment for moment in starts if self.is_open(moment))

    def closes_at(self, now: datetime) -> datetime | None:
        """Return when the window that is open ends (UTC); None where none ever does."""
        ends = self._moments(now, [end for _, end in self.windows])
        return next((moment for moment in ends if not self.is_open(moment)), None)

    def _moments(self, now: datetime, clocks: list[time]) -> list[datetime]:
        today = now.astimezone(self.zone).date()
        found = (
            # By way of UTC: a wall time that a change of clocks leaves out becomes one that exists.
            datetime.combine(today + timedelta(days=day), clock, self.zone).astimezone(UTC)
            for day in range(-1, 4)
            for clock in clocks
        )
        return sorted(moment for moment in found if moment > now)


def read_hours(text: str, time_zone: str) -> OffPeakHours:
    """Read windows like ``20:00-06:00``, several with commas between; empty is the whole day.

    Raises:
        ValueError: That is no window, or no time zone known to the system.
    """
    zone = UTC if time_zone == "UTC" else _zone(time_zone)
    return OffPeakHours(
        windows=tuple(_window(part) for part in text.split(",")) if text.strip() else (), zone=zone
    )


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo  # for who has a time zone set

    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as fault:
        raise ValueError(f"{name!r} is no time zone, like Europe/Vienna") from fault


def _window(text: str) -> tuple[time, time]:
    found = _WINDOW.fullmatch(text)
    if not found:
        raise ValueError(f"{text.strip()!r} is no window, like 20:00-06:00")
    hours = [int(number) for number in found.groups()]
    start, end = time(hours[0], hours[1]), time(hours[2], hours[3])
    if start == end:
        raise ValueError(f"{text.strip()!r} is empty; leave it out for the whole day")
    return start, end
