"""What an earlier wave learned of websites that are still the same, taken over by a later one."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from storage.records.frame import Unit

if TYPE_CHECKING:
    from storage.database import Store

# Websites of a wave whose pages are those of an earlier one: equal address, final address, media
# type, position and body digest, all of them and no others. The latest such wave counts.
_SAME_PAGES = """
    WITH content AS (
        SELECT wave, website_url, count(*) AS n_pages,
               list([url, final_url, media_type, body_digest] ORDER BY position, url) AS pages
        FROM page GROUP BY ALL
    )
    SELECT now.website_url, before.wave, wave.position, now.n_pages
    FROM content AS now
    JOIN content AS before USING (website_url, n_pages, pages)
    JOIN wave ON wave.wave = before.wave
    WHERE now.wave = $wave AND wave.position < (SELECT position FROM wave WHERE wave = $wave)
"""


def reuse_texts(store: Store, wave: str, extractor: str) -> dict[str, int]:
    """Take over what an earlier wave read of websites whose pages are all the same.

    Reading them again by the same extractor would give the same rows. Call inside a transaction.

    Args:
        store: Work database.
        wave: Wave name.
        extractor: Version that stands in the rows of pages read.

    Returns:
        How many pages were taken over, by reason of rejection; under ``""`` those with a document.
    """
    store.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE same_website AS
        WITH same AS ({_SAME_PAGES}), read AS (
            SELECT wave, website_url, count(*) AS n_read FROM (
                SELECT wave, website_url FROM document WHERE extractor = $extractor
                UNION ALL
                SELECT wave, website_url FROM page_rejection
                WHERE extractor = $extractor AND detail NOT LIKE 'fault: %') GROUP BY ALL
        )
        SELECT same.website_url, arg_max(same.wave, same.position) AS wave
        FROM same
        JOIN read ON read.wave = same.wave AND read.website_url = same.website_url
                  AND read.n_read = same.n_pages
        JOIN website_text AS told
             ON told.wave = same.wave AND told.website_url = same.website_url
            AND told.extractor = $extractor
        LEFT JOIN website_text AS had ON had.wave = $wave AND had.website_url = same.website_url
        WHERE had.website_url IS NULL
        GROUP BY same.website_url
        """,  # noqa: S608 - composed of constants of ours
        {"wave": wave, "extractor": extractor},
    )
    for table in ("document", "page_rejection", "website_text"):
        store.execute(
            f"""
            INSERT INTO {table} BY NAME
            SELECT $wave AS wave, * EXCLUDE (wave) FROM {table}
            SEMI JOIN same_website USING (website_url, wave)
            """,  # noqa: S608 - table names are ours
            {"wave": wave},
        )
    return dict(
        store.rows(
            """
            SELECT reason, count(*) FROM (
                SELECT wave, website_url, '' AS reason FROM document
                UNION ALL SELECT wave, website_url, reason FROM page_rejection)
            WHERE wave = $wave AND website_url IN (SELECT website_url FROM same_website)
            GROUP BY reason
            """,
            {"wave": wave},
        )
    )


def reuse_links(store: Store, wave: str, method_version: str) -> dict[bool, int]:
    """Take over how surely websites are their units' where neither has changed.

    The same are a website with the same pages and the same text, and a unit of which the register
    says the same; then judging by the same method would give the same rows. Call inside a
    transaction.

    Args:
        store: Work database.
        wave: Wave name.
        method_version: That stands in the rows of links.

    Returns:
        How many links were taken over, by whether they were accepted.
    """
    facts = ", ".join(field.name for field in fields(Unit) if field.name != "other")
    store.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE same_link AS
        WITH same AS ({_SAME_PAGES}), fact AS (
            SELECT wave, unit_id, row({facts}) AS facts FROM unit
        )
        SELECT link.* EXCLUDE (wave)
        FROM same
        JOIN website_link AS link
             ON link.wave = same.wave AND link.website_url = same.website_url
            AND link.method_version = $method_version
        JOIN website_text AS told ON told.wave = $wave AND told.website_url = link.website_url
            AND told.text_digest = link.text_digest AND told.outcome = 'reached'
        JOIN unit_website AS pair ON pair.wave = $wave AND pair.website_url = link.website_url
            AND pair.unit_id = link.unit_id
        JOIN unit_website AS paired ON paired.wave = same.wave
            AND paired.website_url = link.website_url AND paired.unit_id = link.unit_id
            AND paired.declared = pair.declared
        JOIN fact AS is_now ON is_now.wave = $wave AND is_now.unit_id = link.unit_id
        JOIN fact AS was ON was.wave = same.wave AND was.unit_id = link.unit_id
            AND was.facts IS NOT DISTINCT FROM is_now.facts
        ANTI JOIN (SELECT * FROM website_link WHERE wave = $wave) AS had
             ON had.unit_id = link.unit_id AND had.website_url = link.website_url
        QUALIFY row_number() OVER (
            PARTITION BY link.unit_id, link.website_url ORDER BY same.position DESC) = 1
        """,  # noqa: S608 - composed of constants of ours and the record's own fields
        {"wave": wave, "method_version": method_version},
    )
    store.execute(
        "INSERT INTO website_link BY NAME SELECT $wave AS wave, * FROM same_link", {"wave": wave}
    )
    return dict(store.rows("SELECT accepted, count(*) FROM same_link GROUP BY accepted"))
