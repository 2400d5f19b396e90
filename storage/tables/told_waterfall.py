"""What releases told of the units of domains, by class of outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.database import Store


def keep_waterfall(
    store: Store, wave: str, release_digest: str, told: Iterable[tuple[str, str, str, int]]
) -> None:
    """Keep what a release tells: (domain variable, domain, class, units)."""
    rows = list(told)
    columns: dict[str, Sequence[str | int]] = {
        "wave": [wave] * len(rows),
        "release_digest": [release_digest] * len(rows),
    }
    for place, name in enumerate(("domain_variable", "domain", "outcome_class", "n_units")):
        columns[name] = [row[place] for row in rows]
    with store.transaction():
        store.execute("DELETE FROM told_waterfall WHERE release_digest = ?", [release_digest])
        store.insert_columns("told_waterfall", columns)


def load_told_waterfall(store: Store, wave: str) -> list[tuple[str, str, str, int]]:
    """Return what releases of a wave told: (domain variable, domain, class, units), each once."""
    found: list[tuple[str, str, str, int]] = store.rows(
        "SELECT DISTINCT domain_variable, domain, outcome_class, n_units FROM told_waterfall"
        " WHERE wave = ? ORDER BY ALL",
        [wave],
    )
    return found
