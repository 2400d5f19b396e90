"""Tables of one release that bound each other, attacked as one (pure).

What is estimated, what coders found and what was audited are three tables over the same domains,
and each adds up by itself. Cell by cell nothing more was found than is estimated, and no more
companies than were audited. Who takes them one at a time uses such a bound only where one of the
two is told. Where both are hidden it holds as well: that four companies were found in a domain may
be had by subtraction, and is the least that its hidden estimate can be.

So there is one programme over the hidden figures of all of them (Fischetti and Salazar 2001,
section 2, with bounds as further rows). Whatever it infers includes what one table alone tells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import block_diag, csr_matrix, hstack, identity, vstack

from experimental_stats.disclosure.attacker import Unknowns, intervals
from experimental_stats.disclosure.linked import with_unions
from experimental_stats.disclosure.release_attack import (
    ROUNDING,
    asked_range,
    equations_of,
    is_near,
    sentence_on,
)
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experimental_stats.disclosure.linked import Figures, Key
    from experimental_stats.disclosure.published_facts import Ends
    from experimental_stats.disclosure.release_attack import ToldFigures

    Nests = Sequence[tuple[Key, tuple[Key, ...]]]

BESIDE = "{name}, with the tables beside it,"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One of the tables.

    Attributes:
        published: As outsiders see it.
        figures: The true values, and how far he has to stay away.
    """

    published: ToldFigures
    figures: Figures

    @property
    def hidden(self) -> list[Key]:
        """Return its hidden domains in order."""
        return [key for key, value in sorted(self.published.told.items()) if value is None]


def breaches_together(
    tables: Sequence[Table], below: Sequence[tuple[int, int]], nests: Nests
) -> list[str]:
    """Return the unsafe figures that an outsider comes too close to, a sentence each.

    Args:
        tables: Of one measure.
        below: Pairs of tables: no figure of the first is greater than that of the second.
        nests: Domains that are made up of others, as anybody may know.
    """
    return [
        sentence_on(BESIDE.format(name=table.published.name), table.figures, key, ends)
        for table, near in zip(tables, near_together(tables, below, nests), strict=True)
        for key, ends in near.items()
    ]


def near_together(
    tables: Sequence[Table], below: Sequence[tuple[int, int]], nests: Nests
) -> list[dict[Key, Ends]]:
    """Return for each table the unsafe hidden figures that are inferred too closely, and the ends.

    Args:
        tables: See `breaches_together`.
        below: The same. Where the true figures contradict it, an estimate may have been raked below
            what was found: who takes the bound for true there, errs.
        nests: See `breaches_together`.
    """
    nothing: list[dict[Key, Ends]] = [{} for _ in tables]
    tables = [_asked_for(table, nests) for table in tables]
    if not any(key in table.figures.up for table in tables for key in table.hidden):
        return nothing
    if not any(_bounds(tables, pair) for pair in below):
        return nothing
    # Figures of earlier releases may contradict all tables together and none by itself: then they
    # are other figures, and the tables are looked at without them.
    for seen in (tables, [_of_today(table) for table in tables]):
        try:
            return _near(seen, below, nests)
        except InvalidInput:
            continue
    return nothing


def _asked_for(table: Table, nests: Nests) -> Table:
    figures = table.figures.asking_nothing_of(table.figures.recalled)
    return replace(table, figures=with_unions(figures, nests))


def _of_today(table: Table) -> Table:
    return replace(table, published=replace(table.published, earlier=()))


def _bounds(tables: Sequence[Table], pair: tuple[int, int]) -> list[tuple[int, int, float]]:
    """Return (place in the lower table, place in the upper one, margin) of figures hidden in both.

    Places are among the hidden figures of each.
    """
    lower, upper = (tables[number] for number in pair)
    place = {key: number for number, key in enumerate(upper.hidden)}
    found = []
    for number, key in enumerate(lower.hidden):
        least, most = lower.figures.values.get(key, 0.0), upper.figures.values.get(key, -1.0)
        if key in place and least <= most:
            found.append((number, place[key], ROUNDING * max(most, 1.0)))
    return found


def _near(
    tables: Sequence[Table], below: Sequence[tuple[int, int]], nests: Nests
) -> list[dict[Key, Ends]]:
    parts = [equations_of(t.published, t.hidden, t.figures, nests) for t in tables]
    starts = np.cumsum([0, *(part.rows.shape[1] for part in parts)]).tolist()
    joined = _joined(parts, starts, [(pair, _bounds(tables, pair)) for pair in below])
    wanted: dict[int, tuple[int, Key]] = {}
    for number, (table, start) in enumerate(zip(tables, starts[:-1], strict=True)):
        for place, key in enumerate(table.hidden):
            if key in table.figures.up:
                wanted[start + place] = number, key
    asked = {at: asked_range(tables[number].figures, key) for at, (number, key) in wanted.items()}
    enough = np.full(joined.rows.shape[1], -np.inf), np.full(joined.rows.shape[1], np.inf)
    for at, (least, most, slack) in asked.items():
        if most - least > 2.0 * slack:
            enough[0][at], enough[1][at] = least, most
    lower, upper = intervals(joined, [*wanted], enough=enough)
    found: list[dict[Key, Ends]] = [{} for _ in tables]
    for at, (number, key) in wanted.items():
        ends = float(lower[at]), float(upper[at])
        if is_near(ends, asked[at]):
            found[number][key] = ends
    return found


def _joined(
    parts: Sequence[Unknowns],
    starts: Sequence[int],
    bounds: Sequence[tuple[tuple[int, int], list[tuple[int, int, float]]]],
) -> Unknowns:
    """Return one system: every table's own equations, then lower - upper + slack = margin."""
    at = [
        (starts[pair[0]] + low, starts[pair[1]] + high, margin)
        for pair, found in bounds
        for low, high, margin in found
    ]
    n_rows, n_columns = len(at), starts[-1]
    signs = np.tile([1.0, -1.0], n_rows)
    columns = [column for low, high, _ in at for column in (low, high)]
    rows = csr_matrix(
        (signs, (np.repeat(np.arange(n_rows), 2), columns)), shape=(n_rows, n_columns)
    )
    own = block_diag([part.rows for part in parts], format="csr")
    without_slack = csr_matrix((own.shape[0], n_rows))
    every = vstack([hstack([own, without_slack]), hstack([rows, identity(n_rows)])])
    known = np.concatenate([*(part.known for part in parts), [margin for _, _, margin in at]])
    return Unknowns(rows=csr_matrix(every), known=known)
