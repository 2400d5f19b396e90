"""Documents, what they say of their website, and whether that website is the unit's."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import pyarrow as pa

from storage.records.frame import Unit
from storage.records.text import PageToRead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Store
    from storage.records.frame import UnitId, WebsiteUrl
    from storage.records.text import Document, Rejection, WebsiteLink, WebsiteText


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLink:
    """A unit × website whose link is still to be judged.

    Attributes:
        declared: True where the register named the website.
        text_digest: Of the website's text now.
    """

    unit_id: UnitId
    website_url: WebsiteUrl
    declared: bool
    text_digest: str


def pending_websites_for_text(store: Store, wave: str, extractor: str) -> list[WebsiteUrl]:
    """Return the websites with a page that this extractor has not read as it now stands.

    Args:
        store: Work database.
        wave: Wave name.
        extractor: Version that stands in the rows of pages read.
    """
    found = store.rows(
        """
        SELECT page.website_url
        FROM page LEFT JOIN (
            SELECT website_url, url, body_digest FROM document
            WHERE wave = $wave AND extractor = $extractor
            UNION ALL
            SELECT website_url, url, body_digest FROM page_rejection
            WHERE wave = $wave AND extractor = $extractor
        ) AS read USING (website_url, url, body_digest)
        WHERE page.wave = $wave
        GROUP BY page.website_url
        HAVING count(*) FILTER (read.url IS NULL) > 0
        ORDER BY page.website_url
        """,
        {"wave": wave, "extractor": extractor},
    )
    return [row[0] for row in found]


def count_pages(store: Store, wave: str, websites: Sequence[WebsiteUrl]) -> int:
    """Return how many pages of these websites were kept in the wave."""
    found = store.rows(
        "SELECT count(*) FROM page WHERE wave = ? AND list_contains(?, website_url)",
        [wave, list(websites)],
    )
    return int(found[0][0])


def load_pages_to_read(store: Store, wave: str, websites: Sequence[WebsiteUrl]) -> list[PageToRead]:
    """Return the kept pages of these websites, by website and position."""
    return store.records(
        PageToRead,
        "SELECT website_url, url, final_url, media_type, body_digest, archive_file,"
        " archive_offset, position FROM page WHERE wave = ? AND list_contains(?, website_url)"
        " ORDER BY website_url, position, url",
        [wave, list(websites)],
    )


def insert_documents(
    store: Store,
    wave: str,
    *,
    websites: Sequence[WebsiteUrl],
    documents: Sequence[Document],
    rejections: Sequence[Rejection],
) -> None:
    """Put what was read of these websites in the place of what stood there."""
    for table in ("document", "page_rejection"):
        _delete(store, table, wave, websites)
    store.insert_records("document", documents, wave=wave)
    store.insert_records("page_rejection", rejections, wave=wave)


def insert_website_text(store: Store, wave: str, texts: Sequence[WebsiteText]) -> None:
    """Put what reading says of websites in the place of what stood there."""
    _delete(store, "website_text", wave, [text.website_url for text in texts])
    store.insert_records("website_text", texts, wave=wave)


def pending_links(store: Store, wave: str, method_version: str) -> list[PendingLink]:
    """Return unit × website whose link was not judged on the present text by this method."""
    return store.records(
        PendingLink,
        """
        SELECT unit_website.unit_id, unit_website.website_url, declared, website_text.text_digest
        FROM unit_website JOIN website_text USING (wave, website_url)
        LEFT JOIN website_link USING (wave, unit_id, website_url)
        WHERE wave = $wave AND website_text.outcome = 'reached'
          AND (website_link.method_version IS DISTINCT FROM $method_version
               OR website_link.text_digest IS DISTINCT FROM website_text.text_digest)
        ORDER BY unit_website.website_url, unit_website.unit_id
        """,
        {"wave": wave, "method_version": method_version},
    )


def load_units_to_link(store: Store, wave: str, units: Sequence[UnitId]) -> dict[UnitId, Unit]:
    """Return the units by id, without their further register columns."""
    columns = ", ".join(field.name for field in fields(Unit) if field.name != "other")
    found = store.records(
        Unit,
        f"SELECT {columns} FROM unit WHERE wave = ? AND list_contains(?, unit_id)",  # noqa: S608 - the record's own fields
        [wave, list(units)],
    )
    return {unit.unit_id: unit for unit in found}


def insert_links(
    store: Store, wave: str, links: Sequence[WebsiteLink], *, text_digests: Sequence[str]
) -> None:
    """Put these judgements in the place of earlier ones of the same unit × website.

    Args:
        store: Work database.
        wave: Wave name.
        links: One a unit × website.
        text_digests: Of the website's text each link was judged on, in the same order.
    """
    if not links:
        return
    keys = pa.table(
        {
            "unit_id": [link.unit_id for link in links],
            "website_url": [link.website_url for link in links],
        }
    )
    store.execute(
        "DELETE FROM website_link WHERE wave = ? AND list_contains(?, [unit_id, website_url])",
        [wave, [[link.unit_id, link.website_url] for link in links]],
    )
    rows = keys.append_column("wave", pa.array([wave] * len(links)))
    for name in ("link_probability", "link_evidence", "accepted", "method_version"):
        rows = rows.append_column(name, pa.array([getattr(link, name) for link in links]))
    store.insert("website_link", rows.append_column("text_digest", pa.array(list(text_digests))))


def _delete(store: Store, table: str, wave: str, websites: Sequence[WebsiteUrl]) -> None:
    store.execute(
        f"DELETE FROM {table} WHERE wave = ? AND list_contains(?, website_url)",  # noqa: S608 - table names are ours
        [wave, list(websites)],
    )
