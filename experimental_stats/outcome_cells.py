"""Classes of outcomes within a domain: small cells of the waterfall are hidden too (pure).

That one company of a size class and region refuses robots is a fact of one company of the register:
anybody can ask the websites of the region which of them refuses, and knows its size. Told in any
case are the units of a domain, those in the target population and those that were scored, since
every estimate tells them, and the classes of the whole frame. What these give away by themselves
is not hidden; everything else below the minimum is, with what would give it away.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experimental_stats.disclosure.linked import (
    ALL,
    ALMOST,
    Figures,
    Key,
    hidden_domains_of,
    related_domains,
)
from experimental_stats.disclosure.pattern import CannotProtect
from experimental_stats.disclosure.release_attack import ToldFigures, near_figures

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pyarrow as pa

OUTSIDE = ("structural", "ineligible")  # not in the target population
SCORED = "complete"
CLASSES = "outcome_class"
MOST_CELLS = 1_200  # more are not told at all: they would cost a release more than some seconds
Cell = tuple[str, str, str]  # domain variable, domain, class
Nest = tuple[Key, tuple[Key, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassTables:
    """The classes of outcomes by every domain variable, and all sums that hold among them.

    Attributes:
        figures: Numbers of units by `cell_key`, and of the margins.
        nests: Which of them make up which.
    """

    figures: Figures
    nests: tuple[Nest, ...]

    @property
    def cells(self) -> set[Key]:
        """Keys of all numbers that may be hidden."""
        return set(self.figures.values) - set(self.figures.told) - {ALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBefore:
    """What earlier releases of the wave told of units, with the breakdowns that they had.

    Attributes:
        variables: Domain variables that this release does not tell any more.
        numbers: (key, units): of a domain, or by `cell_key` of a class within it. One that is
            another today says nothing of today.
    """

    variables: Sequence[str] = ()
    numbers: Collection[tuple[Key, int]] = ()

    def known(self, values: Mapping[Key, float]) -> set[Key]:
        """Return the keys of the numbers that stand today as they were told."""
        return {key for key, number in self.numbers if values.get(key) == number}


NOTHING_BEFORE = ToldBefore()


def cell_key(cell: Cell) -> Key:
    """Return the key of a class within a domain; no class holds a colon, so no two are alike."""
    variable, code, kind = cell
    return _by_class(variable), f"{code}: {kind}"


def _by_class(variable: str) -> str:
    return f"{variable} by class"


def hidden_classes(
    frame: pa.Table,
    *,
    domains: Sequence[str],
    minimum: int,
    hidden: Collection[Key],
    before: ToldBefore = NOTHING_BEFORE,
) -> set[Key]:
    """Return the classes within domains that are not told, by `cell_key`.

    Args:
        frame: One row a unit: ``outcome_class`` and the domain columns.
        domains: Domain variables.
        minimum: A class with fewer units of a domain, but more than none, is not told.
        hidden: Domains of which nothing is told.
        before: What earlier releases of the wave told.
    """
    kept, given_up = _few_enough(frame, domains)
    kept = with_past(frame, kept, before)
    tables = class_tables(frame, domains=kept, minimum=minimum, hidden=hidden, before=before)
    beside_margins = _given_away(tables)
    wanted = tables.figures.asking_nothing_of(beside_margins)
    if tables.figures.up and before.numbers:
        # What earlier releases give away, but neither told nor margins do, is not told either.
        alone = class_tables(frame, domains=kept, minimum=minimum, hidden=hidden)
        given_up |= (tables.figures.up.keys() - _given_away(alone)) & tables.cells
    if not wanted.up:
        return given_up
    untold = {key for key in tables.cells if key[0] in map(_by_class, before.variables)}
    try:
        found = hidden_domains_of(
            wanted, tables.nests, hidden=untold, singletons=False, thorough=False
        )
    except CannotProtect:
        found = tables.cells
    return given_up | (found & tables.cells)


def _few_enough(frame: pa.Table, domains: Sequence[str]) -> tuple[list[str], set[Key]]:
    """Return the variables with few enough classes to look for a pattern, and all of the others."""
    kinds = sorted(set(frame.column(CLASSES).to_pylist()))
    codes = {name: sorted(set(frame.column(name).to_pylist())) for name in domains}
    kept: list[str] = []
    given_up: set[Key] = set()
    total = 0
    for name in sorted(domains, key=lambda name: (len(codes[name]), name)):
        total += len(codes[name]) * len(kinds)
        if total <= MOST_CELLS:
            kept.append(name)
        else:
            cells = ((name, code, kind) for code in codes[name] for kind in kinds if kind != SCORED)
            given_up |= set(map(cell_key, cells))
    return kept, given_up


def domains_that_tell(
    frame: pa.Table,
    *,
    domains: Sequence[str],
    minimum: int,
    hidden: Collection[Key],
    before: ToldBefore,
) -> set[Key]:
    """Return domains whose margins, beside what was told before, give a small class away.

    Margins are told in any case, unless the domain is hidden whole. Of a domain that no release
    told so far that can still be done; of others it is too late.

    Args:
        frame: See `hidden_classes`.
        domains: The same.
        minimum: The same.
        hidden: The same.
        before: What earlier releases of the wave told.
    """
    every = {(name, code) for name in domains for code in frame.column(name).unique().to_pylist()}
    fresh = every - {*hidden} - {key for key, _ in before.numbers}
    if not fresh:
        return set()
    kept = with_past(frame, _few_enough(frame, domains)[0], before)
    beside = class_tables(frame, domains=kept, minimum=minimum, hidden=hidden, before=before)
    alone = class_tables(frame, domains=kept, minimum=minimum, hidden=hidden)
    given_away = {*_given_away(beside)} - {*_given_away(alone)}
    return {
        whole
        for whole, parts in beside.nests
        if whole in fresh and not given_away.isdisjoint(parts)
    }


def with_past(frame: pa.Table, kept: Sequence[str], before: ToldBefore) -> list[str]:
    """Return the variables that are told, and those of earlier releases for which there is room."""
    kinds = len(set(frame.column(CLASSES).to_pylist()))
    found = list(kept)
    for name in before.variables:
        codes = sum(len(set(frame.column(one).to_pylist())) for one in (*found, name))
        if codes * kinds <= MOST_CELLS:
            found.append(name)
    return found


def attack_classes(
    told: Mapping[Key, int | None], tables: ClassTables
) -> dict[Key, tuple[float, float]]:
    """Return the small classes within domains that outsiders come too close to, and the ends.

    Args:
        told: `cell_key` -> units; None where hidden.
        tables: The true ones, of variables that are told by class. What their margins give away by
            themselves is not returned.
    """
    beside_margins = _given_away(tables)
    wanted = tables.figures.asking_nothing_of(beside_margins)
    hidden = {key for key in tables.cells if told.get(key) is None}
    found = {key: (tables.figures.values[key],) * 2 for key in wanted.up if key not in hidden}
    return found | near_figures(_seen(tables, hidden), wanted, tables.nests)


def _given_away(tables: ClassTables) -> Collection[Key]:
    """Return the small classes that the margins give away with all classes hidden."""
    all_hidden = _seen(tables, tables.cells)
    return near_figures(all_hidden, tables.figures, tables.nests, to_the_end=False)


def class_tables(
    frame: pa.Table,
    *,
    domains: Sequence[str],
    minimum: int,
    hidden: Collection[Key],
    before: ToldBefore = NOTHING_BEFORE,
) -> ClassTables:
    """Return the tables of classes by domain; see `hidden_classes`."""
    kinds = frame.column(CLASSES).to_pylist()
    every = Counter(kinds)
    values: dict[Key, float] = {ALL: float(len(kinds))}
    values |= {(CLASSES, kind): float(n) for kind, n in every.items()}
    nests: list[Nest] = []
    told = set(values)
    room: dict[Key, float] = {}
    for variable in domains:
        codes = frame.column(variable).to_pylist()
        sizes, pairs = Counter(codes), Counter(zip(codes, kinds, strict=True))
        for code in sorted(sizes):
            keys = {kind: cell_key((variable, code, kind)) for kind in sorted(every)}
            numbers = {kind: float(pairs[code, kind]) for kind in keys}
            values |= {keys[kind]: number for kind, number in numbers.items()}
            values[variable, code] = float(sizes[code])
            nests.append(((variable, code), tuple(keys.values())))
            margins = {(variable, code)} | {keys[kind] for kind in keys if kind == SCORED}
            for name, scope in _scopes(keys):
                whole = f"{variable} by scope", f"{code}: {name}"
                values[whole] = sum(numbers[kind] for kind in scope)
                nests.append((whole, tuple(keys[kind] for kind in scope)))
                margins.add(whole)
                room |= {keys[kind]: values[whole] - numbers[kind] for kind in scope}
            if (variable, code) not in hidden:
                told |= margins
        nests += [
            ((CLASSES, kind), tuple(cell_key((variable, code, kind)) for code in sorted(sizes)))
            for kind in sorted(every)
        ]
    for whole, parts in related_domains(frame, domains):
        nests.append((whole, parts))
        nests += [
            (cell_key((*whole, kind)), tuple(cell_key((*part, kind)) for part in parts))
            for kind in sorted(every)
        ]
    told |= before.known(values)
    small = {key for key in room if 0 < values[key] < minimum and key not in told}
    return ClassTables(
        figures=Figures(
            values=values,
            up={key: min(1.0, room[key]) * ALMOST for key in small},
            down=dict.fromkeys(small, ALMOST),
            told=told,
        ),
        nests=tuple(nests),
    )


def _scopes(keys: Mapping[str, Key]) -> list[tuple[str, list[str]]]:
    """Return the classes outside the target population, those within it but scored, and scored."""
    outside = [kind for kind in keys if kind in OUTSIDE]
    inside = [kind for kind in keys if kind not in OUTSIDE and kind != SCORED]
    scored = [kind for kind in keys if kind == SCORED]
    named = (("outside", outside), ("inside", inside), ("scored", scored))
    return [(name, kinds) for name, kinds in named if kinds]


def _seen(tables: ClassTables, hidden: Collection[Key]) -> ToldFigures:
    values = tables.figures.values
    return ToldFigures(
        name="waterfall",
        told={key: None if key in hidden else value for key, value in values.items()},
        most={},
    )
