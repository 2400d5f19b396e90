"""How figures were revised: new data kept apart from breaks (pure).

A *revision* is the same method on more or better data; a *break* is another method, model,
definition or frame, after which figures of the same wave do not mean the same (docs/change.md).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FIRST, REVISION, BREAK = "first", "revision", "break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vintage:
    """A total as one release told it.

    Attributes:
        vintage: 1 for the first release of the wave's sector, 2 for the next that differed, ….
        cause: ``first``, ``revision`` or ``break``.
        value: None where it was suppressed.
        withdrawn: Whether the release that told it was taken back.
    """

    wave: str
    sector: str
    measure: str
    vintage: int
    cause: str
    value: float | None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionSummary:
    """Revisions of a sector's measure over all waves; breaks are counted, not averaged.

    Attributes:
        n_revisions: Steps from one vintage to the next by new data.
        n_breaks: Steps by a break.
        n_withdrawn: Vintages that were taken back: no step leads to them or from them.
        mean_revision: Mean of later less earlier, in units of the measure; None without revisions.
        mean_absolute_revision: Mean of the same without sign.
        relative_mean_absolute_revision: Sum of absolute revisions over the sum of the later values.
    """

    sector: str
    measure: str
    n_revisions: int
    n_breaks: int
    n_withdrawn: int
    mean_revision: float | None
    mean_absolute_revision: float | None
    relative_mean_absolute_revision: float | None


def cause_of(previous: str | None, present: str) -> str:
    """Return why a figure is told anew.

    Args:
        previous: Digest of method, model, definition and frame of the release before; None where
            there was none.
        present: The same of the present release.
    """
    if previous is None:
        return FIRST
    return REVISION if previous == present else BREAK


@dataclass(frozen=True, slots=True, kw_only=True)
class TriangleRow:
    """One row of a revision triangle.

    Attributes:
        vintages: Numbers of the vintages that told the measure, rising.
        values: What each of them told; None where it was suppressed.
        causes: Why, of each: ``first``, or what lies between it and the one before in this row.
        withdrawn: Whether each was taken back.
    """

    wave: str
    sector: str
    measure: str
    vintages: tuple[int, ...]
    values: tuple[float | None, ...]
    causes: tuple[str, ...]
    withdrawn: tuple[bool, ...]


def revision_triangle(vintages: Iterable[Vintage]) -> list[TriangleRow]:
    """Return one row a wave, sector and measure, in the order given."""
    return [
        TriangleRow(
            wave=wave,
            sector=sector,
            measure=measure,
            vintages=tuple(one.vintage for one in told),
            values=tuple(one.value for one in told),
            causes=tuple(one.cause for one in told),
            withdrawn=tuple(one.withdrawn for one in told),
        )
        for (sector, measure, wave), told in _by_measure(vintages).items()
    ]


def summarise_revisions(vintages: Iterable[Vintage]) -> list[RevisionSummary]:
    """Return how large revisions were, one row a sector and measure."""
    grouped: dict[tuple[str, str], list[list[Vintage]]] = defaultdict(list)
    for (sector, measure, _), told in _by_measure(vintages).items():
        grouped[sector, measure].append(told)
    return [
        _summary(sector, measure, waves) for (sector, measure), waves in sorted(grouped.items())
    ]


def _by_measure(vintages: Iterable[Vintage]) -> dict[tuple[str, str, str], list[Vintage]]:
    """Return the vintages of every sector, measure and wave in their order, causes as its own.

    A release need not tell every measure: one that is told for the first time is neither revised
    nor broken, and a break in between is one, whether or not that release told the measure.
    """
    rows: dict[tuple[str, str, str], list[Vintage]] = defaultdict(list)
    breaks: dict[tuple[str, str], set[int]] = defaultdict(set)
    for one in vintages:
        rows[one.sector, one.measure, one.wave].append(one)
        if one.cause == BREAK:
            breaks[one.sector, one.wave].add(one.vintage)

    def own_causes(told: list[Vintage]) -> list[Vintage]:
        ordered = sorted(told, key=lambda one: one.vintage)
        found = [replace(ordered[0], cause=FIRST)]
        for before, one in pairwise(ordered):
            broken = any(
                before.vintage < number <= one.vintage for number in breaks[one.sector, one.wave]
            )
            found.append(replace(one, cause=BREAK if broken else REVISION))
        return found

    return {key: own_causes(told) for key, told in rows.items()}


def _summary(sector: str, measure: str, waves: list[list[Vintage]]) -> RevisionSummary:
    standing = [_standing(told) for told in waves]
    steps = [
        (earlier.value, later.value)
        for told in standing
        for earlier, later in pairwise(told)
        if later.cause == REVISION
    ]
    known = [(a, b) for a, b in steps if a is not None and b is not None]
    changes = [later - earlier for earlier, later in known]
    level = sum(later for _, later in known)
    return RevisionSummary(
        sector=sector,
        measure=measure,
        n_revisions=len(steps),
        n_breaks=sum(one.cause == BREAK for told in standing for one in told),
        n_withdrawn=sum(one.withdrawn for told in waves for one in told),
        mean_revision=fmean(changes) if changes else None,
        mean_absolute_revision=fmean(map(abs, changes)) if changes else None,
        relative_mean_absolute_revision=sum(map(abs, changes)) / level if level else None,
    )


def _standing(told: list[Vintage]) -> list[Vintage]:
    """Return the vintages that were not taken back; a break before one of them is its own."""
    found: list[Vintage] = []
    broken = False
    for one in told:
        broken = broken or one.cause == BREAK
        if not one.withdrawn:
            found.append(replace(one, cause=BREAK) if broken and found else one)
            broken = False
    return found
