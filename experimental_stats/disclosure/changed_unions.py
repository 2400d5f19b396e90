"""Differences between releases of what domains hold together that one of them hides (pure).

Two domains are hidden, the others and the total are told, now and before: the difference of the two
together is the total's less the others'. If one company changed in them, that is its figure, to the
last digit where nothing else moved, and no domain's own difference was told. So the unions of
hidden domains are held to the rules like domains; one that tells too much takes in further domains
in which companies changed, until they are enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from experimental_stats.disclosure.changed_companies import Difference, margin_of
from experimental_stats.disclosure.linked import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from experimental_stats.disclosure.changed_companies import Move
    from experimental_stats.disclosure.linked import Key
    from experimental_stats.disclosure.rules import Rules
    from storage.records.release import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Union:
    """Domains whose difference to an earlier release together can be worked out, and tells.

    Attributes:
        whole: The domain that they and the others make up.
        hidden: They themselves.
        others: Told then and now.
    """

    whole: Key
    hidden: tuple[Key, ...]
    others: tuple[Key, ...]

    @property
    def named(self) -> str:
        """Return the domains for a message."""
        return ", ".join(" ".join(key) for key in self.hidden)


def telling_unions(
    now: Mapping[Key, float],
    move: Move,
    sums: Sequence[tuple[Key, tuple[Key, ...]]],
    rules: Rules,
    weights: tuple[float, float] = (1.0, 1.0),
) -> Iterator[Union]:
    """Give the unions of hidden domains whose difference gives away who changed.

    Args:
        now: Domain -> figure that is told, of one measure by one estimator.
        move: What an earlier release told of it, and what changed.
        sums: Which domains make up which.
        rules: What makes a figure unsafe.
        weights: See `Difference.gives_away`.
    """
    for whole, present in sums:
        if whole not in now or whole not in move.before:
            continue
        parts = present
        if whole == ALL:  # a domain that is gone was told all the same
            gone = {key for key in move.before if key[0] == present[0][0]} - set(present)
            parts = (*present, *sorted(gone))
        others = tuple(key for key in parts if key in now and key in move.before)
        hidden = tuple(key for key in parts if key not in others)
        margin = margin_of(_changes(hidden, move), rules)
        if not hidden or not others or not margin:
            continue
        difference = Difference(
            before=move.before[whole] - sum(move.before[key] for key in others),
            moved=sum(_changes(hidden, move)),
            margin=margin,
        )
        if difference.gives_away(now[whole] - sum(now[key] for key in others), weights):
            yield Union(whole=whole, hidden=hidden, others=others)


def hidden_beside(
    now: Mapping[Key, float],
    moves: Sequence[Move],
    sums: Sequence[tuple[Key, tuple[Key, ...]]],
    rules: Rules,
    weights: tuple[float, float] = (1.0, 1.0),
) -> set[Key]:
    """Return the domains to hide so that no union of hidden ones tells who changed.

    Args:
        now: See `telling_unions`.
        moves: One an earlier release.
        sums: Which domains make up which.
        rules: What makes a figure unsafe.
        weights: See `Difference.gives_away`.
    """
    told = dict(now)
    while True:
        found: set[Key] = set()
        for move in moves:
            for union in telling_unions(told, move, sums, rules, weights):
                found |= _taken_in(union, told, move, rules)
        if not found:
            return set(now) - set(told)
        told = {key: value for key, value in told.items() if key not in found}


def _taken_in(union: Union, told: Mapping[Key, float], move: Move, rules: Rules) -> set[Key]:
    """Return further domains that make the changes of a union enough; all where they never are."""
    taken: list[Key] = []
    for key in sorted(union.others, key=lambda key: (told[key], key)):
        if move.changes.get(key):
            taken.append(key)
            if not margin_of(_changes((*union.hidden, *taken), move), rules):
                return set(taken)
    return {union.whole} if union.whole != ALL else set(union.others)


def _changes(keys: Sequence[Key], move: Move) -> list[float]:
    """Return what each company changed by in these domains together."""
    moved: dict[str, float] = {}
    for key in keys:
        for unit, change in move.changes.get(key, {}).items():
            moved[unit] = moved.get(unit, 0.0) + change
    return [change for change in moved.values() if change]


def told_values(rows: Iterable[Estimate], layer: tuple[str, bool]) -> dict[Key, float]:
    """Return domain -> figure of a measure, by the headline or not, where it is told as it is."""
    return {
        (row.domain_variable, row.domain): row.value
        for row in rows
        if (row.measure, row.is_headline) == layer and row.value is not None and not row.noise_bound
    }


def told_beginnings(rows: Iterable[Estimate], measure: str) -> dict[Key, float]:
    """Return domain -> where the headline's interval begins, where that tells what was found."""
    return {
        (row.domain_variable, row.domain): row.ci_lower
        for row in rows
        if row.measure == measure and row.is_headline and row.ci_lower and not row.noise_bound
    }
