"""What explains a decision: the pages its passages stand on, the companies it is like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from typing import Any

    from storage.database import Store
    from storage.records.assessment import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """Where the page of a passage can be seen as it was.

    Attributes:
        archive_file: Relative to the workspace.
        archive_offset: Bytes.
    """

    url: str
    fetched_at: datetime
    archive_file: str
    archive_offset: int
    body_digest: str


def load_archived_pages(store: Store, wave: str, urls: Iterable[str]) -> dict[str, ArchivedPage]:
    """Return url -> its archived page; of a page kept for two websites, the first website's."""
    pages = store.records(
        ArchivedPage,
        "SELECT url, fetched_at, archive_file, archive_offset, body_digest FROM page"
        " WHERE wave = $wave AND url IN (SELECT unnest($urls::VARCHAR[]))"
        " QUALIFY row_number() OVER (PARTITION BY url ORDER BY website_url) = 1 ORDER BY url",
        {"wave": wave, "urls": sorted(set(urls))},
    )
    return {page.url: page for page in pages}


def load_names(store: Store, wave: str, unit_ids: Iterable[str]) -> dict[str, str]:
    """Return unit_id -> legal name of units of the wave's frame."""
    rows = store.rows(
        "SELECT unit_id, legal_name FROM unit"
        " WHERE wave = $wave AND unit_id IN (SELECT unnest($units::VARCHAR[])) ORDER BY unit_id",
        {"wave": wave, "units": sorted(set(unit_ids))},
    )
    return dict(rows)


def load_standing(store: Store, wave: str, sector: str, unit_id: str) -> dict[str, Any] | None:
    """Return model_id, probability and active of the decision that is kept; None without one."""
    rows = store.rows(
        "SELECT model_id, probability, active FROM prediction"
        " WHERE wave = ? AND sector = ? AND unit_id = ?",
        [wave, sector, unit_id],
    )
    return dict(zip(("model_id", "probability", "active"), rows[0], strict=True)) if rows else None


def load_unexplained(
    store: Store, wave: str, sector: str, model_id: str
) -> list[tuple[str, float, float]]:
    """Return (unit_id, probability, threshold) of decided units that have no explanation."""
    return store.rows(
        "SELECT unit_id, probability, threshold FROM prediction p"
        " WHERE wave = ? AND sector = ? AND model_id = ? AND threshold IS NOT NULL"
        " AND NOT EXISTS (FROM explanation e WHERE e.wave = p.wave AND e.sector = p.sector"
        " AND e.unit_id = p.unit_id) ORDER BY unit_id",
        [wave, sector, model_id],
    )


def insert_explanations(store: Store, wave: str, explanations: Sequence[Explanation]) -> None:
    """Keep explanations of units that had none."""
    with store.transaction():
        store.insert_records("explanation", explanations, wave=wave)
