"""What sectors were said to be when units were decided by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Store


def insert_wording(
    store: Store, sector: str, version: str, *, wording_digest: str, wording: str
) -> None:
    """Keep a wording of a sector's version; one that is known stays as it is."""
    store.execute(
        "INSERT INTO sector_version (sector, version, wording_digest, wording)"
        " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [sector, version, wording_digest, wording],
    )


def load_wording_digests(store: Store, sector: str, version: str) -> list[str]:
    """Return the digests of the wordings that a version was used with, the first one first."""
    rows = store.rows(
        "SELECT wording_digest FROM sector_version WHERE sector = ? AND version = ?"
        " ORDER BY first_used_at, wording_digest",
        [sector, version],
    )
    return [digest for (digest,) in rows]
