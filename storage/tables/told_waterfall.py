"""What releases told of the units of domains, by class of outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.database import Store

_SCHEMA = pa.schema(
    [
        ("wave", pa.string()),
        ("release_digest", pa.string()),
        ("domain_variable", pa.string()),
        ("domain", pa.string()),
        ("outcome_class", pa.string()),
        ("n_units", pa.int64()),
    ]
)


def keep_waterfall(
    store: Store, wave: str, release_digest: str, told: Iterable[tuple[str, str, str, int]]
) -> None:
    """Keep what a release tells: (domain variable, domain, class, units)."""
    rows = [(wave, release_digest, *row) for row in told]
    with store.transaction():
        store.execute("DELETE FROM told_waterfall WHERE release_digest = ?", [release_digest])
        columns = list(zip(*rows, strict=True)) or [()] * len(_SCHEMA)
        table = pa.table(
            [pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA
        )
        store.insert("told_waterfall", table)


def load_told_waterfall(store: Store, wave: str) -> list[tuple[str, str, str, int]]:
    """Return what releases of a wave told: (domain variable, domain, class, units), each once."""
    found: list[tuple[str, str, str, int]] = store.rows(
        "SELECT DISTINCT domain_variable, domain, outcome_class, n_units FROM told_waterfall"
        " WHERE wave = ? ORDER BY ALL",
        [wave],
    )
    return found
