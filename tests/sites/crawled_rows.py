"""What a crawl left in the database, read back for tests."""

from __future__ import annotations

import pyarrow as pa

from storage.database import Store
from storage.records.crawl import Page

_COLUMNS = """
    website_url, url, final_url, fetched_at, http_status, media_type, n_bytes, body_digest,
    archive_file, archive_offset, position, rendered, etag, last_modified, payload_digest,
    revisit, archived_at
"""


def website_rows(store: Store, wave: str) -> pa.Table:
    """Return the rows of `website` (contract.md) of one wave, by URL: the visit that counts."""
    return store.fetch("SELECT * FROM website WHERE wave = ? ORDER BY website_url", [wave])


def load_pages(store: Store, wave: str, website_url: str) -> list[Page]:
    """Return the pages kept of one website, the start page first."""
    query = f"SELECT {_COLUMNS} FROM page WHERE wave = ? AND website_url = ? ORDER BY position, url"  # noqa: S608 - constants
    return store.records(Page, query, [wave, website_url])
