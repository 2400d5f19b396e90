"""Big tables are published in parts: what sorting one takes in memory does not grow with it.

DuckDB puts aside on the disk what it sorts, but not all that it needs for it: 300,000 rows of
evidence take 190 megabytes, 900,000 take 380, and where that is refused the statement fails. In
their order and one after the other, parts give the same table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.sql_text import quoted_name, quoted_text

if TYPE_CHECKING:
    from storage.database import Store

PART = "$part"  # stands in a query for the rows of the part
_FEWEST_ROWS = 20_000  # of a part
_MOST_PARTS = 64  # each looks through the whole table


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """How a table is parted: by the columns that its published order begins with.

    Attributes:
        table: The work table.
        group: Columns of few values, the first of the order.
        key: The column after them.
    """

    table: str
    group: tuple[str, ...]
    key: str


def statements_in_parts(store: Store, name: str, query: str, parted: Parted) -> list[str]:
    """Return the statements that make a published table of a query, part by part.

    Args:
        store: The work database.
        name: Of the published table.
        query: With `PART` where the rows come from; ordered by `parted`'s columns first.
        parted: Where it is cut.
    """
    conditions = _parts(store, parted)
    sources = [f"(FROM {parted.table} WHERE {condition})" for condition in conditions or ["true"]]
    first, *others = [query.replace(PART, source) for source in sources]
    return [
        f"CREATE TABLE published.{name} AS {first}",
        *(f"INSERT INTO published.{name} {other}" for other in others),
    ]


def _parts(store: Store, parted: Parted) -> list[str]:
    """Return the conditions of the parts in their order; none where one part will do."""
    names = ", ".join(map(quoted_name, parted.group))
    groups = store.rows(
        f"SELECT {names}, count(*) FROM {parted.table} GROUP BY ALL ORDER BY {names}"  # noqa: S608 - names of ours
    )
    n_rows = sum(row[-1] for row in groups)
    if n_rows <= _FEWEST_ROWS:
        return []
    size = max(_FEWEST_ROWS, -(-n_rows // _MOST_PARTS))
    conditions = []
    for *values, n in groups:
        within = " AND ".join(
            f"{quoted_name(name)} = {quoted_text(value)}"
            for name, value in zip(parted.group, values, strict=True)
        )
        conditions += _cut(store, parted, within, size) if n > size else [within]
    return conditions


def _cut(store: Store, parted: Parted, within: str, size: int) -> list[str]:
    """Return the conditions of parts of so many rows, whole keys each."""
    key = quoted_name(parted.key)
    cuts = [
        quoted_text(cut)
        for (cut,) in store.rows(
            f"SELECT DISTINCT {key} FROM (SELECT {key}, row_number() OVER (ORDER BY {key}) AS n"  # noqa: S608 - quoted
            f" FROM {parted.table} WHERE {within}) WHERE n % {size} = 0 ORDER BY 1"
        )
        if "\0" not in cut  # which ends a statement
    ]
    above = [f" AND {key} > {cut}" for cut in cuts]
    up_to = [f" AND {key} <= {cut}" for cut in cuts]
    return [within + low + high for low, high in zip(["", *above], [*up_to, ""], strict=True)]
