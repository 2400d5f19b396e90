"""Websites whose owners objected: what is held of them, and its deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from storage.database import Store

DETAIL = "the owner asked not to be visited; what was taken before is deleted"
# Tables by website that hold no text of it: its place in the frame, and what was asked of it.
_KEPT = frozenset(
    {
        *("unit_website", "website_visit", "website_request", "website_signal", "website_pause"),
        "page",
    }
)
_BY_UNIT = (
    "prediction",
    "evidence",
    "explanation",
    "discovery_member",
    "nace_suggestion",
    "bridge_decision",
)


def known_hosts(store: Store) -> list[str]:
    """Return every host (with its port) that was asked or is in the frame, in order."""
    places = {
        "unit_website": "website_url",
        "website_visit": "final_url",
        "page": "url",
        "page AS reached": "final_url",
        "fetch_failure": "url",
        "label": "url",
        "website_request": "host",
    }
    parts = [
        f"SELECT DISTINCT {_host(column)} AS host FROM {table}"  # noqa: S608 - constants of ours
        for table, column in places.items()
    ]
    found = store.rows(f"SELECT DISTINCT host FROM ({' UNION ALL '.join(parts)}) ORDER BY host")  # noqa: S608 - constants of ours
    return [host for (host,) in found if host]


def record_opt_out(store: Store, domain: str, *, reason: str) -> None:
    """Keep that a domain objected; the first record stands, but for a reason given later."""
    store.execute(
        "INSERT INTO opt_out (domain, reason) VALUES ($domain, $reason)"
        " ON CONFLICT DO UPDATE SET reason = CASE WHEN $reason = '' THEN reason ELSE $reason END",
        {"domain": domain, "reason": reason},
    )


def opted_out_domains(store: Store) -> list[str]:
    """Return the domains on record, in order."""
    return [domain for (domain,) in store.rows("SELECT domain FROM opt_out ORDER BY domain")]


def suppress(store: Store, domain: str, hosts: Sequence[str]) -> bool:
    """Delete what is held of some hosts, and count their websites as `refused_opt_out`.

    Websites of the frame that stand on these hosts, or were reached there, lose all they have, in
    every wave. Websites elsewhere that have a page there lose that page, and are read, linked
    and decided again. Call inside a transaction.

    Args:
        store: The work database.
        domain: On whose record the numbers go.
        hosts: As `known_hosts` tells them; those of the domain.

    Returns:
        Whether there was anything to delete or to count anew.
    """
    _name_what_goes(store, hosts)
    changed = bool(
        store.rows(
            f"""
            SELECT 1 FROM gone_page UNION ALL
            SELECT 1 FROM gone_website LEFT JOIN website_visit USING (wave, website_url)
            WHERE outcome IS DISTINCT FROM 'refused_opt_out' UNION ALL
            SELECT 1 FROM label WHERE text <> '' AND list_contains($hosts, {_host("url")})
            LIMIT 1
            """,  # noqa: S608 - composed of constants of ours
            {"hosts": list(hosts)},
        )
    )
    if changed:
        _count(store, domain, hosts)
        _delete(store, hosts)
        _refuse(store)
    return changed


def _host(column: str) -> str:
    return f"coalesce(lower(regexp_extract({column}, '^(?:[a-z]+://)?([^/?#]*)', 1)), '')"


def _name_what_goes(store: Store, hosts: Sequence[str]) -> None:
    store.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE gone_website AS
        SELECT DISTINCT wave, website_url FROM unit_website
        WHERE list_contains($hosts, {_host("website_url")})
          AND wave IN (SELECT wave FROM website_visit)
        UNION
        SELECT wave, website_url FROM website_visit
        WHERE list_contains($hosts, {_host("final_url")})
        """,  # noqa: S608 - composed of constants of ours
        {"hosts": list(hosts)},
    )
    store.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE gone_page AS SELECT p.* FROM page p
        LEFT JOIN gone_website g USING (wave, website_url)
        WHERE g.wave IS NOT NULL OR list_contains($hosts, {_host("url")})
           OR list_contains($hosts, {_host("final_url")})
        """,  # noqa: S608 - composed of constants of ours
        {"hosts": list(hosts)},
    )
    store.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS SELECT wave, website_url FROM gone_website"
        " UNION SELECT wave, website_url FROM gone_page"
    )
    store.execute(
        "CREATE OR REPLACE TEMP TABLE touched_unit AS"
        " SELECT DISTINCT wave, unit_id FROM unit_website JOIN touched USING (wave, website_url)"
    )


def _count(store: Store, domain: str, hosts: Sequence[str]) -> None:
    store.execute(
        f"""
        UPDATE opt_out SET applied_at = now(),
            n_websites = n_websites + (SELECT count(*) FROM gone_website),
            n_units = n_units + (SELECT count(*) FROM touched_unit),
            n_pages = n_pages + (SELECT count(*) FROM gone_page),
            n_documents = n_documents
                + (SELECT count(*) FROM document JOIN gone_page USING (wave, website_url, url)),
            n_evidence = n_evidence
                + (SELECT count(*) FROM evidence JOIN touched_unit USING (wave, unit_id)),
            n_predictions = n_predictions
                + (SELECT count(*) FROM prediction JOIN touched_unit USING (wave, unit_id)),
            n_labels = n_labels + (SELECT count(*) FROM label
                WHERE text <> '' AND list_contains($hosts, {_host("url")}))
        WHERE domain = $domain
        """,  # noqa: S608 - constants of ours
        {"domain": domain, "hosts": list(hosts)},
    )
    store.execute(
        "INSERT OR IGNORE INTO pending_erasure (domain, archive_file, archive_offset)"
        " SELECT $domain, archive_file, archive_offset FROM gone_page UNION"
        " SELECT $domain, 'archive/' || wave || '/' || run_id || '.warc.gz', -1"
        " FROM website_visit JOIN touched USING (wave, website_url) WHERE run_id <> '' UNION"
        " SELECT $domain, '', -1",
        {"domain": domain},
    )


def _delete(store: Store, hosts: Sequence[str]) -> None:
    store.execute(
        "DELETE FROM page WHERE (wave, website_url, url)"
        " IN (SELECT (wave, website_url, url) FROM gone_page)"
    )
    by_website = store.rows(
        "SELECT table_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_name)"
        " WHERE NOT duckdb_tables.temporary AND column_name IN ('wave', 'website_url')"
        " GROUP BY table_name HAVING count(DISTINCT column_name) = 2 ORDER BY table_name"
    )
    for (table,) in by_website:
        if table not in _KEPT:
            store.execute(
                f"DELETE FROM {table} WHERE (wave, website_url)"  # noqa: S608 - a table of ours
                " IN (SELECT (wave, website_url) FROM touched)"
            )
    for table in _BY_UNIT:
        store.execute(
            f"DELETE FROM {table} WHERE (wave, unit_id)"  # noqa: S608 - a constant of ours
            " IN (SELECT (wave, unit_id) FROM touched_unit)"
        )
    store.execute(
        f"UPDATE label SET text = '' WHERE text <> '' AND list_contains(?, {_host('url')})",  # noqa: S608 - constants of ours
        [list(hosts)],
    )


def _refuse(store: Store) -> None:
    store.execute(
        "UPDATE website_visit SET outcome = 'refused_opt_out', detail = $detail, final_url = '',"
        " n_pages = 0"
        " WHERE (wave, website_url) IN (SELECT (wave, website_url) FROM gone_website)",
        {"detail": DETAIL},
    )
    store.execute(
        "INSERT INTO website_visit (wave, run_id, website_url, pass_number, final_url, outcome,"
        " detail, n_requests, n_pages, n_bytes, started_at, ended_at)"
        " SELECT wave, '', website_url, 1, '', 'refused_opt_out', $detail, 0, 0, 0, now(), now()"
        " FROM gone_website ANTI JOIN website_visit USING (wave, website_url)"
        " WHERE (wave, website_url) IN (SELECT (wave, website_url) FROM unit_website)",
        {"detail": DETAIL},
    )


def archives_that_asked(store: Store, hosts: Sequence[str]) -> list[str]:
    """Return the archive files of crawls that asked any of some hosts, in whosever visit."""
    found = store.rows(
        "SELECT DISTINCT 'archive/' || wave || '/' || run_id || '.warc.gz' FROM website_request"
        " WHERE list_contains(?, host) ORDER BY ALL",
        [list(hosts)],
    )
    return [file for (file,) in found]


def pending_erasures(store: Store) -> list[tuple[str, str, list[int]]]:
    """Return (domain, archive file, offsets of records) of what is still to be erased."""
    return store.rows(
        "SELECT domain, archive_file, list(archive_offset ORDER BY archive_offset)"
        " FROM pending_erasure GROUP BY ALL ORDER BY domain, archive_file DESC"
    )


def add_pending_erasure(store: Store, domain: str, archive_file: str) -> None:
    """Have the records of a domain's hosts erased from one more archive file."""
    store.execute(
        "INSERT OR IGNORE INTO pending_erasure (domain, archive_file, archive_offset)"
        " VALUES (?, ?, -1)",
        [domain, archive_file],
    )


def note_records(store: Store, domain: str, archive_file: str, n_records: int) -> None:
    """Keep how many records of a file are about to be erased; the largest number stands."""
    store.execute(
        "UPDATE pending_erasure SET n_records = greatest(n_records, ?)"
        " WHERE domain = ? AND archive_file = ?",
        [n_records, domain, archive_file],
    )


def erased(store: Store, domain: str, archive_file: str) -> None:
    """Keep that a file is done with, and its records on the account; in a transaction."""
    store.execute(
        "UPDATE opt_out SET n_archive_records = n_archive_records + (SELECT coalesce("
        " max(n_records), 0) FROM pending_erasure WHERE domain = $domain AND archive_file = $file)"
        " WHERE domain = $domain",
        {"domain": domain, "file": archive_file},
    )
    store.execute(
        "DELETE FROM pending_erasure WHERE domain = ? AND archive_file = ?", [domain, archive_file]
    )


def load_opt_outs(store: Store) -> pa.Table:
    """Return the suppression records, by domain."""
    return store.fetch("SELECT * FROM opt_out ORDER BY domain")
