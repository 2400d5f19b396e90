"""Requests by website, host, day and result, counted from the logs of crawl runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from storage.database import Store
    from storage.records.crawl import RunId

_LINES = """
    read_csv($log, delim = '\t', quote = '', escape = '', header = false, auto_detect = false,
             null_padding = true, ignore_errors = true, columns = {
                 'kind': 'VARCHAR', 'number': 'BIGINT', 'first': 'VARCHAR', 'second': 'VARCHAR',
                 'third': 'VARCHAR', 'mark': 'VARCHAR'})
"""
_KIND = """
    CASE WHEN regexp_matches(url, '^[a-z]+://[^/]+/robots[.]txt$') THEN 'robots.txt'
         WHEN regexp_matches(url, '^[a-z]+://[^/]+/[.]well-known/tdmrep[.]json$') THEN 'tdmrep.json'
         WHEN regexp_matches(lower(url), '^[^?]*sitemap[^/]*[.](xml|txt)([.]gz)?([?]|$)')
         THEN 'sitemap' ELSE 'page' END
"""


def insert_requests(store: Store, *, wave: str, run_id: RunId, log: Path) -> None:
    """Count the requests of a run anew from its log; call inside a transaction.

    Lines that were broken off are passed over; a request without an end counts as `broken_off`.

    Args:
        store: The work database.
        wave: The wave.
        run_id: The run.
        log: As written by `crawlers.request_gate`; nothing is done where there is none.
    """
    if not log.exists():
        return
    store.execute("DELETE FROM website_request WHERE run_id = ?", [str(run_id)])
    store.execute(
        f"""
        INSERT INTO website_request
        WITH line AS (FROM {_LINES}),
        sent AS (
            SELECT number, try_cast("first" AS DOUBLE) AS moment, "second" AS website_url,
                   "third" AS url FROM line WHERE kind = 'B' AND mark = '.'),
        ended AS (
            SELECT number, any_value("first") AS result,
                   any_value(try_cast("second" AS BIGINT)) AS n_bytes
            FROM line WHERE kind = 'E' GROUP BY number)
        SELECT $wave, $run, website_url,
               regexp_extract(url, '^[a-z]+://([^/?]+)', 1) AS host,
               to_timestamp(moment)::DATE AS day, {_KIND} AS kind,
               coalesce(result, 'broken_off') AS result, count(*), sum(coalesce(n_bytes, 0)),
               min(to_timestamp(moment)), max(to_timestamp(moment)),
               coalesce((SELECT max_by("first", number) FROM line WHERE kind = 'U'), '')
        FROM sent LEFT JOIN ended USING (number)
        WHERE moment IS NOT NULL AND url IS NOT NULL
        GROUP BY website_url, host, day, kind, result
        """,  # noqa: S608 - composed of constants of ours
        {"wave": wave, "run": str(run_id), "log": str(log)},
    )


def requests_by_day(store: Store, wave: str) -> pa.Table:
    """Return what was asked of each host on each day of a wave's crawl.

    Returns:
        One row a host and day: ``host``, ``day``, ``requests``, ``pages`` (answers 2xx to requests
        for pages), ``bytes``, ``first_at``, ``last_at`` (UTC, ISO 8601), ``statuses`` (``200=3
        404=1``), ``robots_txt`` (what the last request for it on that day came to; ``remembered``
        where none was sent), ``user_agent``.
    """
    return store.fetch(
        """
        WITH counted AS (
            SELECT host, day, user_agent, result, sum(n_requests) AS n
            FROM website_request WHERE wave = $wave GROUP BY ALL),
        told AS (
            SELECT host, day, user_agent,
                   string_agg(result || '=' || n, ' ' ORDER BY result) AS statuses
            FROM counted GROUP BY ALL)
        SELECT host, strftime(day, '%Y-%m-%d') AS day, sum(n_requests)::BIGINT AS requests,
               coalesce(sum(n_requests) FILTER (
                   kind = 'page' AND regexp_matches(result, '^2..$')), 0)::BIGINT AS pages,
               sum(n_bytes)::BIGINT AS bytes,
               strftime(min(first_at), '%Y-%m-%dT%H:%M:%SZ') AS first_at,
               strftime(max(last_at), '%Y-%m-%dT%H:%M:%SZ') AS last_at,
               any_value(statuses) AS statuses,
               coalesce(max_by(result, last_at) FILTER (kind = 'robots.txt'), 'remembered')
                   AS robots_txt,
               user_agent
        FROM website_request JOIN told USING (host, day, user_agent)
        WHERE wave = $wave GROUP BY host, day, user_agent ORDER BY host, day, user_agent
        """,
        {"wave": wave},
    )
