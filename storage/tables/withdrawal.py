"""Releases that were made, and those of them that were taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Store


def load_releases(store: Store, wave: str | None = None) -> list[dict[str, Any]]:
    """Return the releases that were made, the first first.

    Returns:
        wave, release_digest, directory, built_at, withdrawn_at and reason (None where it stands).
    """
    found: list[dict[str, Any]] = store.fetch(
        "SELECT r.wave, r.release_digest, r.directory, r.built_at, w.withdrawn_at, w.reason"
        " FROM release r LEFT JOIN (SELECT release_digest, min(withdrawn_at) AS withdrawn_at,"
        " min(reason) AS reason FROM release_withdrawal GROUP BY release_digest) w"
        " USING (release_digest) WHERE $wave IS NULL OR r.wave = $wave ORDER BY r.built_at",
        {"wave": wave},
    ).to_pylist()
    return found


def record_withdrawal(
    store: Store,
    release: dict[str, Any],
    *,
    sectors: Sequence[str],
    reason: str,
    withdrawn_at: datetime,
) -> None:
    """Note that a release was taken back, with the vintages that it told.

    The wave's present estimates go, if this was its last release; vintages stay.

    Args:
        store: The work database.
        release: Of `load_releases`.
        sectors: Those it told figures of; empty where that is not known any more: all of the wave.
        reason: For readers.
        withdrawn_at: Aware UTC.
    """
    with store.transaction():
        store.execute(
            "INSERT INTO release_withdrawal BY NAME"
            " SELECT $digest AS release_digest, wave, sector,"
            " coalesce(max(vintage) FILTER (release_digest = $digest),"
            "  max(vintage) FILTER (built_at <= $built_at), 1) AS vintage,"
            " $reason AS reason, $withdrawn_at AS withdrawn_at"
            " FROM estimate_vintage WHERE wave = $wave"
            " AND (len($sectors) = 0 OR list_contains($sectors, sector))"
            " GROUP BY wave, sector",
            {
                "digest": release["release_digest"],
                "built_at": release["built_at"],
                "wave": release["wave"],
                "sectors": list(sectors),
                "reason": reason,
                "withdrawn_at": withdrawn_at,
            },
        )
        store.execute(
            "DELETE FROM estimate WHERE wave = $wave AND $digest ="
            " (SELECT release_digest FROM release WHERE wave = $wave"
            " ORDER BY built_at DESC LIMIT 1)",
            {"wave": release["wave"], "digest": release["release_digest"]},
        )
