"""What can go wrong in a way that the operator must know of.

Expected outcomes of single units, pages and texts are values (`FetchFailure`, `Rejection`), never
exceptions. The tree::

    SectorlensError            exit 1   our fault
    ├── InvalidInput           exit 3   a file, setting or answer must be mended
    ├── NotReady               exit 4   an earlier step has not run; the advice names the command
    ├── QualityError           exit 5   a quality or disclosure check refuses
    └── RetriableError         exit 1   disk, lock or site may come back; run the command again
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PLACES = 5  # named of those that share a fault


class SectorlensError(Exception):
    """A fault told to the operator: what happened, what to do, and the places it was seen.

    Args:
        title: One sentence: what happened, on which file, unit or setting.
        advice: One sentence: what to do about it.
        details: One line a place (file, row, field), in the order they were found.
    """

    exit_code = 1

    def __init__(self, title: str, advice: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(title)
        self.title = title
        self.advice = advice
        self.details = tuple(details)

    def __str__(self) -> str:
        return "\n".join(part for part in (self.title, *self.details, self.advice) if part)


class InvalidInput(SectorlensError):  # noqa: N818 - names a state, as the tree above does
    """Something that was handed in cannot be used as it is."""

    exit_code = 3


class NotReady(SectorlensError):  # noqa: N818 - names a state, as the tree above does
    """What was asked for needs a step that has not run yet."""

    exit_code = 4


class QualityError(SectorlensError):
    """A quality or disclosure check refuses what was asked for."""

    exit_code = 5


class RetriableError(SectorlensError):
    """Something outside failed that may come back: the same command can be run again."""


def told_together(faults: Iterable[tuple[str, str]]) -> list[str]:
    """Return a line a fault, with the first places it was seen at and how many more there are.

    One mistake in an export stands in every row: told row by row it would hide all others.

    Args:
        faults: (place, what is wrong there), in the order they were found.
    """
    places = defaultdict(list)
    for place, fault in faults:
        places[fault].append(place)
    return [f"{_named(seen)}: {fault}" for fault, seen in places.items()]


def _named(places: Sequence[str]) -> str:
    more = len(places) - _PLACES
    return ", ".join(places[:_PLACES]) + (f" and {more} more" if more > 0 else "")
