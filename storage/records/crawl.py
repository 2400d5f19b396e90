"""What a visit to a website brought home, or why it brought nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from storage.accounting import Outcome
    from storage.records.frame import WebsiteUrl

RunId = NewType("RunId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsiteTask:
    """A website that a pass is to visit.

    Attributes:
        scheme_given: False where the register named no scheme (https, then http are tried).
        pass_number: 1 for the first visit of the wave.
    """

    website_url: WebsiteUrl
    scheme_given: bool
    pass_number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that was fetched and kept.

    Attributes:
        url: As asked for. final_url: as reached after redirects.
        media_type: Without parameters, lower case, e.g. ``text/html``.
        n_bytes: Of the body after content decoding (bytes).
        body_digest: ``sha256:<hex>`` of that body.
        archive_file: WARC file relative to the workspace.
        archive_offset: Of the page's record in that file (bytes).
        position: 0 for the start page, then in the order fetched, within the website.
        rendered: Whether a browser made the body: then `n_bytes`, `body_digest` and
            `archive_offset` are those of the rendered page (HTML in UTF-8), and the answer it was
            made from stands before it in the archive.
        etag, last_modified: As sent with the archived body; empty where none was.
        payload_digest: ``sha1:<base32>`` of the body as it came, content encoding and all.
        revisit: ``server-not-modified`` or ``identical-payload-digest`` where the body is that of
            an earlier wave, at whose archived place `archive_file` and `archive_offset` point.
        archived_at: When the archived body was fetched (aware, UTC).
    """

    website_url: WebsiteUrl
    url: str
    final_url: str
    fetched_at: datetime
    http_status: int
    media_type: str
    n_bytes: int
    body_digest: str
    archive_file: str
    archive_offset: int
    position: int
    rendered: bool = False
    etag: str = ""
    last_modified: str = ""
    payload_digest: str = ""
    revisit: str = ""
    archived_at: datetime | None = None


class WrittenPage(NamedTuple):
    """A page as the journal of a crawl has it, for taking over many without looking at each.

    Attributes:
        line: A JSON object whose ``record`` has every field of `Page`; times in ISO 8601.
    """

    website_url: WebsiteUrl
    url: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailure:
    """A page that was asked for and not had."""

    website_url: WebsiteUrl
    url: str
    reason: Outcome
    detail: str
    failed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsiteVisit:
    """One pass over one website, ended.

    Attributes:
        final_url: Where the start page was found; empty where nothing was.
        outcome: Of this pass. `reached` where at least one page was kept.
        detail: For people: status code, host, library message; never free of control characters
            unless the writer made it so.
        n_requests: All requests sent, robots.txt, redirects and failures included.
        n_bytes: Bodies received, after content decoding (bytes).
        signals: What its pages say of their use, a JSON object: ``noindex`` and the like -> number
            of pages, ``tdm-policy`` -> address; empty where they say nothing.
        not_before: Moment before which the website asked not to be visited again (aware, UTC).
    """

    website_url: WebsiteUrl
    final_url: str
    outcome: Outcome
    detail: str
    n_requests: int
    n_pages: int
    n_bytes: int
    started_at: datetime
    ended_at: datetime
    pass_number: int = 1
    signals: str = ""
    not_before: datetime | None = None
