"""What labels are held against: the make-up of a wave's frame, and the pages as they are now."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.database import Store

VARIABLES = ("language", "size_class", "region", "nace_section")
_TRAITS = (
    "SELECT u.unit_id, u.size_class, u.region, u.nace_section, o.language FROM unit u"
    " JOIN unit_outcome o USING (wave, unit_id) WHERE u.wave = $wave"
)


def load_frame_counts(store: Store, wave: str) -> dict[str, dict[str, int]]:
    """Return variable -> class -> units of the wave's frame; languages of units with text only."""
    counts = {}
    for variable in VARIABLES:
        where = "WHERE language <> ''" if variable == "language" else ""
        rows = store.rows(
            f"SELECT {variable}, count(*) FROM ({_TRAITS}) {where} GROUP BY 1 ORDER BY 1",  # noqa: S608 - constants of this module
            {"wave": wave},
        )
        counts[variable] = dict(rows)
    return counts


def load_traits(store: Store, wave: str, unit_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return unit_id -> variable -> class, for units that the wave's frame holds."""
    rows = store.rows(
        f"SELECT unit_id, language, size_class, region, nace_section FROM ({_TRAITS})"  # noqa: S608 - a constant of this module
        " WHERE unit_id IN (SELECT unnest($units::VARCHAR[]))",
        {"wave": wave, "units": sorted(set(unit_ids))},
    )
    return {row[0]: dict(zip(VARIABLES, row[1:], strict=True)) for row in rows}


def load_share_active(store: Store, wave: str, sector: str) -> float | None:
    """Return the share of the wave's scored units that are decided active, 0-1; None: none is."""
    ((share,),) = store.rows(
        "SELECT avg(active::INTEGER) FROM prediction WHERE wave = ? AND sector = ?", [wave, sector]
    )
    return share if share is None else float(share)


def load_page_digests(store: Store, wave: str, website_urls: Iterable[str]) -> dict[str, set[str]]:
    """Return website_url -> digests that its pages and texts have in the wave."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = store.rows(
        "WITH wanted AS (SELECT unnest($urls::VARCHAR[]) AS website_url)"
        " SELECT website_url, body_digest FROM document SEMI JOIN wanted USING (website_url)"
        " WHERE wave = $wave"
        " UNION ALL SELECT website_url, text_digest FROM document SEMI JOIN wanted"
        " USING (website_url) WHERE wave = $wave"
        " UNION ALL SELECT website_url, text_digest FROM website_text SEMI JOIN wanted"
        " USING (website_url) WHERE wave = $wave",
        {"wave": wave, "urls": sorted(set(website_urls))},
    )
    for website_url, digest in rows:
        found[website_url].add(digest)
    return dict(found)
