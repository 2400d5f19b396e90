"""One kept page by its address, with what was read of it; or what became of the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.website_key import website_key

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage:
    """A page of the archive; fields as in `records.crawl.Page`, and what was read of it.

    Attributes:
        archived_at: When the body was fetched that stands in the archive (aware, UTC): earlier
            than `fetched_at` where the page was found unchanged.
        text: Of its document, one block a line; None where it is none, or an older body's.
        language: Of that document; empty where there is none.
        not_read: Why it gave no document, and the detail; empty where it did or was not read yet.
    """

    wave: str
    website_url: str
    url: str
    final_url: str
    fetched_at: datetime
    archived_at: datetime
    http_status: int
    media_type: str
    n_bytes: int
    body_digest: str
    archive_file: str
    archive_offset: int
    rendered: bool
    revisit: str
    text: str | None
    language: str
    not_read: str


def kept_pages(store: Store, wave: str, url: str) -> list[KeptPage]:
    """Return the pages kept under an address, the likeliest one meant first.

    Those asked for by this very address come before those reached at it, and these before those
    whose address differs only in what `website_key` drops.

    Args:
        store: The work database.
        wave: Wave name.
        url: As asked for or as reached.

    Raises:
        ValueError: It is no web address.
    """
    key = website_key(url)
    found = store.records(
        KeptPage,
        """
        SELECT p.wave, p.website_url, p.url, final_url, fetched_at,
               coalesce(archived_at, fetched_at) AS archived_at, http_status, media_type, n_bytes,
               p.body_digest, archive_file, archive_offset, rendered, revisit, text,
               coalesce(language, '') AS language,
               CASE WHEN reason IS NULL THEN '' WHEN detail = '' THEN reason
                    ELSE reason || ': ' || detail END AS not_read
        FROM page AS p
        LEFT JOIN document AS d ON (d.wave, d.website_url, d.url, d.body_digest)
            = (p.wave, p.website_url, p.url, p.body_digest)
        LEFT JOIN page_rejection AS r ON (r.wave, r.website_url, r.url, r.body_digest)
            = (p.wave, p.website_url, p.url, p.body_digest)
        WHERE p.wave = $wave
          AND (contains(lower(p.url), $host) OR contains(lower(final_url), $host))
        ORDER BY p.website_url, p.url
        """,
        {"wave": wave, "host": _host(key)},
    )
    ranked = [(_rank(page, url, key), page) for page in found]
    return [page for rank, page in sorted(ranked, key=lambda one: one[0]) if rank < _OTHER]


_OTHER = 4  # rank of a page that is not the one meant


def _rank(page: KeptPage, url: str, key: str) -> int:
    """Return how surely a page is meant, 0 for most; `_OTHER` where it is not."""
    same = (page.url == url, page.final_url == url, _key(page.url) == key)
    return next(
        (rank for rank, is_it in enumerate(same) if is_it), _OTHER - (_key(page.final_url) == key)
    )


def _key(url: str) -> str:
    try:
        return website_key(url)
    except ValueError:
        return ""


def _host(key: str) -> str:
    return key.partition("/")[0].partition("?")[0]


def fate_of_address(store: Store, wave: str, url: str) -> str:
    """Return what came of asking for an address of which no page is kept; empty if unknown.

    Args:
        store: The work database.
        wave: Wave name.
        url: As asked for.
    """
    host = _host(website_key(url))
    domains = [".".join(host.split(".")[start:]) for start in range(host.count(".") + 1)]
    gone = store.rows(
        "SELECT domain, strftime(recorded_at, '%Y-%m-%d') FROM opt_out"
        " WHERE list_contains(?, domain) ORDER BY length(domain) LIMIT 1",
        [[domain.partition(":")[0] for domain in domains]],
    )
    if gone:
        domain, day = gone[0]
        return f"the owner of {domain} asked on {day} not to be visited; its pages are deleted"
    failed = store.rows(
        "SELECT strftime(failed_at, '%Y-%m-%d %H:%M UTC'), reason, detail, url FROM fetch_failure"
        " WHERE wave = ? AND contains(lower(url), ?) ORDER BY failed_at DESC",
        [wave, host],
    )
    for moment, reason, detail, asked in failed:
        if _key(asked) == website_key(url):
            return f"it was asked for on {moment} and not had: {reason}" + (
                f", {detail}" if detail else ""
            )
    return ""


def addresses_beside(store: Store, wave: str, url: str, *, limit: int) -> list[tuple[str, str]]:
    """Return (wave, address) of kept pages on the same host: those of `wave`, then the newest."""
    host = _host(website_key(url))
    return store.rows(
        "SELECT wave, url FROM page JOIN wave USING (wave)"
        " WHERE regexp_extract(lower(url), '^[a-z]+://(?:www[.])?([^/?#]*)', 1) = $host"
        " GROUP BY wave, url ORDER BY wave <> $wave, any_value(wave.position) DESC,"
        " min(page.position), url LIMIT $limit",
        {"wave": wave, "host": host, "limit": limit},
    )
