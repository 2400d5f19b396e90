"""What was discovered in sectors, and what it is discovered from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.database import Store


def load_decisions(store: Store, wave: str, sector: str) -> list[tuple[str, float, bool | None]]:
    """Return (unit_id, probability, active) of every prediction of a sector, by unit id."""
    return store.rows(
        "SELECT unit_id, probability, active FROM prediction WHERE wave = ? AND sector = ?"
        " ORDER BY unit_id",
        [wave, sector],
    )


def replace_discovery(
    store: Store,
    wave: str,
    sector: str,
    *,
    terms: Mapping[str, Sequence[Any]],
    clusters: Sequence[Any],
    unit_ids: Sequence[str],
) -> None:
    """Keep what was found in a sector in place of what stood there.

    Args:
        store: The work database.
        wave: The wave.
        sector: The sector.
        terms: What was compared with -> records of terms, in order of rank.
        clusters: Records with ``members`` (places in `unit_ids`), ``distances``, ``title`` and
            ``silhouette``, in order.
        unit_ids: Of the active units.
    """
    own = {"wave": wave, "sector": sector}
    ranked = [
        {**own, "compared_with": name, "rank": rank}
        | {key: getattr(term, key) for key in _TERM_COLUMNS}
        for name, found in terms.items()
        for rank, term in enumerate(found, start=1)
    ]
    kinds = [
        {
            **own,
            "cluster": number,
            "n_units": len(cluster.members),
            "title": cluster.title,
            "silhouette": cluster.silhouette,
        }
        for number, cluster in enumerate(clusters, start=1)
    ]
    members = [
        {**own, "unit_id": unit_ids[place], "cluster": number, "distance": distance}
        for number, cluster in enumerate(clusters, start=1)
        for place, distance in zip(cluster.members, cluster.distances, strict=True)
    ]
    with store.transaction():
        for table, rows in (
            ("discovery_term", ranked),
            ("discovery_cluster", kinds),
            ("discovery_member", members),
        ):
            store.execute(f"DELETE FROM {table} WHERE wave = ? AND sector = ?", [wave, sector])  # noqa: S608 - three constants
            if rows:
                store.insert(table, pa.Table.from_pylist(rows))


_TERM_COLUMNS = (
    "term",
    "language",
    "n_active",
    "n_compared",
    "log_odds_ratio",
    "ci_lower",
    "ci_upper",
    "confidence_level",
)
