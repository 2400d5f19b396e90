"""How figures were revised: new data kept apart from breaks (pure).

A *revision* is the same method on more or better data; a *break* is another method, model,
definition or frame, after which figures of the same wave do not mean the same (methods.md 2.7).
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
        values: What each vintage told, the first first; None where it was suppressed.
        causes: Why, of each vintage.
        withdrawn: Whether each was taken back.
    """

    wave: str
    sector: str
    measure: str
    values: tuple[float | None, ...]
    causes: tuple[str, ...]
    withdrawn: tuple[bool, ...]


def revision_triangle(vintages: Iterable[Vintage]) -> list[TriangleRow]:
    """Return one row a wave, sector and measure, in the order given."""
    rows: dict[tuple[str, str, str], list[Vintage]] = defaultdict(list)
    for one in vintages:
        rows[one.sector, one.measure, one.wave].append(one)
    return [
        TriangleRow(
            wave=wave,
            sector=sector,
            measure=measure,
            values=tuple(one.value for one in _in_order(told)),
            causes=tuple(one.cause for one in _in_order(told)),
            withdrawn=tuple(one.withdrawn for one in _in_order(told)),
        )
        for (sector, measure, wave), told in rows.items()
    ]


def summarise_revisions(vintages: Iterable[Vintage]) -> list[RevisionSummary]:
    """Return how large revisions were, one row a sector and measure."""
    grouped: dict[tuple[str, str], dict[str, list[Vintage]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for one in vintages:
        grouped[one.sector, one.measure][one.wave].append(one)
    return [
        _summary(sector, measure, list(waves.values()))
        for (sector, measure), waves in sorted(grouped.items())
    ]


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
    for one in _in_order(told):
        broken = broken or one.cause == BREAK
        if not one.withdrawn:
            found.append(replace(one, cause=BREAK) if broken and found else one)
            broken = False
    return found


def _in_order(told: list[Vintage]) -> list[Vintage]:
    return sorted(told, key=lambda one: one.vintage)
