"""Crawl results: which websites are due, and what visits brought home.

A website may be visited in several passes of a wave. Which visit counts is said by the view
`website`: the latest one that reached it, else the latest one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.accounting import MAX_FAILURES_IN_A_ROW, MAX_TIMES, TRANSIENT
from storage.errors import NotReady
from storage.records.crawl import (
    FetchFailure,
    Page,
    RunId,
    WebsiteTask,
    WebsiteVisit,
    WrittenPage,
)
from storage.sql_text import quoted_text
from storage.tables.json_lines import insert_json_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from storage.database import Store

# Websites that failed half way, as visits see it, with no page after that.
_FAILED_HALF_WAY = f"""
    SELECT website_url FROM fetch_failure
    JOIN (SELECT website_url, max(fetched_at) AS had_at FROM page
          WHERE wave = $wave GROUP BY website_url) USING (website_url)
    WHERE wave = $wave AND list_contains($transient, reason) AND failed_at > had_at
    GROUP BY website_url
    HAVING count(*) >= {MAX_FAILURES_IN_A_ROW}
        OR count(*) FILTER (reason = 'rate_limited') >= {MAX_TIMES}
"""  # noqa: S608 - composed of constants of ours
_LATEST = f"""
    SELECT website_url, max(pass_number) AS pass_number, max_by(ended_at, pass_number) AS ended_at,
           max(not_before) AS not_before,
           list_contains($transient, arg_max(outcome, pass_number))
           OR (arg_max(outcome, pass_number) = 'reached'
               AND website_url IN ({_FAILED_HALF_WAY})) AS may_pass
    FROM website_visit LEFT JOIN website_pause USING (wave, website_url, pass_number)
    WHERE wave = $wave GROUP BY website_url
"""  # noqa: S608 - composed of constants of ours
_IN_FRAME = """
    SELECT website_url, bool_or(scheme_given) AS scheme_given
    FROM unit_website WHERE wave = $wave GROUP BY website_url
"""


def pending_websites(
    store: Store, wave: str, *, now: datetime, schedule: Sequence[float]
) -> list[WebsiteTask]:
    """Return the websites of a wave that are due for a pass, by URL.

    Due is what no pass visited yet, and what the latest pass left in an outcome that may pass
    (`accounting.TRANSIENT`), or reached and broken off by such, once its waiting time is over, and
    the time the website asked for.

    Args:
        store: The work database.
        wave: The wave.
        now: Aware, UTC.
        schedule: Hours between the end of pass 1, 2, … and the next one; its length is the
            number of later passes.

    Raises:
        NotReady: No frame was imported for the wave.
    """
    if not store.rows("SELECT 1 FROM wave WHERE wave = ?", [wave]):
        raise NotReady(
            f"Wave {wave} has no frame, so there is nothing to crawl",
            f"Run `sectorlens frame import FILE --wave {wave}` first.",
        )
    found = store.rows(
        f"""
        SELECT frame.website_url, frame.scheme_given, coalesce(latest.pass_number, 0) + 1
        FROM ({_IN_FRAME}) AS frame LEFT JOIN ({_LATEST}) AS latest USING (website_url)
        WHERE latest.pass_number IS NULL OR (
            latest.may_pass AND latest.pass_number <= len($schedule)
            AND latest.ended_at + to_seconds(3600 * $schedule[latest.pass_number]) <= $now
            AND coalesce(latest.not_before <= $now, true))
        ORDER BY frame.website_url
        """,  # noqa: S608 - composed of constants of ours
        {
            "wave": wave,
            "now": now,
            "schedule": [float(hours) for hours in schedule],
            "transient": sorted(TRANSIENT),
        },
    )
    return [
        WebsiteTask(website_url=url, scheme_given=given, pass_number=number)
        for url, given, number in found
    ]


def next_pass_at(store: Store, wave: str, *, schedule: Sequence[float]) -> datetime | None:
    """Return when the first of the websites that wait for a later pass is due, if any waits."""
    found = store.rows(
        f"""
        SELECT min(greatest(ended_at + to_seconds(3600 * $schedule[pass_number]), not_before))
        FROM ({_LATEST})
        WHERE may_pass AND pass_number <= len($schedule)
        """,  # noqa: S608 - composed of constants of ours
        {
            "wave": wave,
            "schedule": [float(hours) for hours in schedule],
            "transient": sorted(TRANSIENT),
        },
    )
    when: datetime | None = found[0][0]
    return when


def insert_crawl(
    store: Store,
    *,
    wave: str,
    run_id: RunId,
    visits: Sequence[WebsiteVisit],
    pages: Sequence[Page | WrittenPage],
    failures: Sequence[FetchFailure],
) -> int:
    """Take over ended visits with their pages and failures.

    Visits already there are left alone; so are websites that are in the frame no longer.
    Pages of a later pass replace those of the same address. Call inside a transaction.

    Returns:
        How many visits were new.
    """
    asked = [wave, [str(visit.website_url) for visit in visits]]
    where = "WHERE wave = ? AND list_contains(?, website_url)"
    known = set(store.rows(f"SELECT website_url, pass_number FROM website_visit {where}", asked))  # noqa: S608 - a constant of ours
    framed = {row[0] for row in store.rows(f"SELECT website_url FROM unit_website {where}", asked)}  # noqa: S608 - a constant of ours
    fresh = [
        visit
        for visit in visits
        if visit.website_url in framed and (visit.website_url, visit.pass_number) not in known
    ]
    websites = {visit.website_url for visit in fresh}
    _insert_visits(store, fresh, wave=wave, run_id=run_id)
    store.execute("CREATE OR REPLACE TEMP TABLE fetched_page AS FROM page LIMIT 0")
    kept = [page for page in pages if page.website_url in websites]
    made = [page for page in kept if isinstance(page, Page)]
    store.insert_records("fetched_page", made, wave=wave, run_id=run_id)
    lines = [page.line for page in kept if isinstance(page, WrittenPage)]
    insert_json_lines(store, "fetched_page", Page, lines, wave=wave, run_id=run_id)
    # To look for what is to be replaced takes longer than all else that is done to a page here.
    is_there = store.rows(f"SELECT 1 FROM page {where} LIMIT 1", [wave, sorted(websites)])  # noqa: S608 - a constant of ours
    is_new = not is_there and len({(page.website_url, page.url) for page in kept}) == len(kept)
    replacing = "" if is_new else "OR REPLACE "
    store.execute(f"INSERT {replacing}INTO page SELECT * FROM fetched_page")  # noqa: S608 - ours
    missed = [failure for failure in failures if failure.website_url in websites]
    store.insert_records("fetch_failure", missed, wave=wave, run_id=run_id)
    return len(fresh)


def _insert_visits(
    store: Store, visits: Sequence[WebsiteVisit], *, wave: str, run_id: RunId
) -> None:
    store.execute(
        "CREATE OR REPLACE TEMP TABLE ended_visit AS SELECT *, '' AS signals,"
        " NULL::TIMESTAMPTZ AS not_before FROM website_visit LIMIT 0"
    )
    store.insert_records("ended_visit", visits, wave=wave, run_id=run_id)
    store.execute(
        "INSERT INTO website_visit BY NAME SELECT * EXCLUDE (signals, not_before) FROM ended_visit"
    )
    store.execute(
        "INSERT INTO website_pause SELECT wave, website_url, pass_number, not_before"
        " FROM ended_visit WHERE not_before IS NOT NULL"
    )
    store.execute(
        """
        INSERT INTO website_signal
        SELECT wave, website_url, pass_number, signal, try_cast(told AS BIGINT),
               CASE WHEN try_cast(told AS BIGINT) IS NULL THEN told ELSE '' END
        FROM (SELECT *, json_extract_string(signals, '$."' || signal || '"') AS told
              FROM (SELECT *, unnest(json_keys(signals)) AS signal
                    FROM ended_visit WHERE signals <> ''))
        """
    )


def close_crawl_run(store: Store, *, wave: str, run_id: RunId) -> None:
    """Record that all of a run's journal was taken over; it is not opened again."""
    store.execute(
        "INSERT OR IGNORE INTO crawl_run (run_id, wave) VALUES (?, ?)", [str(run_id), wave]
    )


def closed_crawl_runs(store: Store, wave: str) -> set[str]:
    """Return the runs of a wave that were taken over whole."""
    return {row[0] for row in store.rows("SELECT run_id FROM crawl_run WHERE wave = ?", [wave])}


def every_closed_run(store: Store) -> set[str]:
    """Return the runs of all waves that were taken over whole."""
    return {row[0] for row in store.rows("SELECT run_id FROM crawl_run")}


def write_earlier_pages(store: Store, wave: str, websites: Sequence[str], target: Path) -> None:
    """Write what the latest wave before knew of websites, for asking whether it still holds.

    One line of JSON a website, by URL: ``website_url``, ``is_settled`` (all it had was had, and
    nothing was denied or failed in a way that may pass) and ``pages``, of each a list of what
    `_EARLIER` names: with names it takes half as long again. Left out are websites of which a page
    was rendered (an answer says nothing of its scripts' data) or should have been (there may be a
    browser now), and those whose pages spoke of their use (they are judged by the policy of the
    day, so they are read).

    Args:
        store: The work database.
        wave: The wave that is crawled.
        websites: Those that are due.
        target: File to write.
    """
    # Lines are put together as text: lists of structures take twice as long. Nothing in JSON needs
    # to be quoted once more, since it has no bare line break.
    store.execute(
        "CREATE OR REPLACE TEMP TABLE due AS SELECT unnest($urls) AS website_url",
        {"urls": list(websites)},
    )
    store.execute(
        """
        CREATE OR REPLACE TEMP TABLE earlier AS
        SELECT website_url, arg_max(page.wave, wave.position) AS wave
        FROM page JOIN wave USING (wave) SEMI JOIN due USING (website_url)
        WHERE wave.position < (SELECT position FROM wave WHERE wave = $wave)
        GROUP BY website_url
        """,
        {"wave": wave},
    )
    store.execute(
        f"""
        COPY (
            SELECT '{{"website_url":' || to_json(website_url) || ',"is_settled":'
                   || bool_and(failed.website_url IS NULL AND coalesce(site.detail, '') = '')
                   || ',"pages":['
                   || string_agg(json_array({_EARLIER})::VARCHAR, ',' ORDER BY position) || ']}}'
            FROM page JOIN earlier USING (website_url, wave)
            LEFT JOIN (SELECT DISTINCT wave, website_url FROM fetch_failure
                       WHERE reason NOT IN ('not_found', 'bad_response', 'empty',
                                            'redirected_elsewhere')) AS failed
                USING (wave, website_url)
            LEFT JOIN (SELECT wave, website_url, arg_max(detail, pass_number) AS detail
                       FROM website_visit GROUP BY ALL) AS site USING (wave, website_url)
            ANTI JOIN website_signal USING (wave, website_url)
            ANTI JOIN (SELECT wave, website_url FROM website_text WHERE outcome = 'needs_browser'
                       UNION SELECT wave, website_url FROM website_visit
                       WHERE contains(detail, 'could not be rendered'))
                USING (wave, website_url)
            GROUP BY website_url HAVING NOT bool_or(rendered) ORDER BY website_url
        ) TO {quoted_text(str(target))}
        (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\t')
        """  # noqa: S608 - composed of constants of ours and a path of ours
    )
    for done in ("earlier", "due"):
        store.execute(f"DROP TABLE temp.{done}")


_EARLIER = (
    "url, final_url, http_status, media_type, n_bytes, body_digest, archive_file, archive_offset,"
    " position, etag, last_modified, payload_digest,"
    # JSON has no times; as records of the archive write them
    " strftime(coalesce(archived_at, fetched_at), '%Y-%m-%dT%H:%M:%S.%fZ')"
)
