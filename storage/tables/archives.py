"""Which archive files pages point to: those of their own wave, and of later ones unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.tables.frame import known_waves

if TYPE_CHECKING:
    from storage.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveUse:
    """How an archive file is used.

    Attributes:
        archive_file: Relative to the workspace.
        n_pages: Pages that point to it, of all waves asked about.
        waves: Waves of these pages, in their order.
    """

    archive_file: str
    n_pages: int
    waves: tuple[str, ...]


def archive_uses(store: Store, *, since: str = "") -> dict[str, ArchiveUse]:
    """Return how the archive files are used, by file; those that no page points to are left out.

    Args:
        store: The work database.
        since: Only pages of this wave and later ones count; empty for those of all waves.

    Raises:
        NotReady: There is no such wave.
    """
    if since:
        known_waves(store, since)
    found = store.rows(
        """
        SELECT archive_file, sum(n_pages)::BIGINT, list(wave ORDER BY position)
        FROM (SELECT archive_file, wave, count(*) AS n_pages FROM page GROUP BY ALL)
        JOIN wave USING (wave)
        WHERE $since = '' OR position >= (SELECT position FROM wave WHERE wave = $since)
        GROUP BY archive_file
        """,
        {"since": since},
    )
    return {
        file: ArchiveUse(archive_file=file, n_pages=number, waves=tuple(names))
        for file, number, names in found
    }
