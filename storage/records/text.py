"""What was read on a page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.accounting import Outcome
    from storage.records.frame import UnitId, WebsiteUrl


class RejectionReason(StrEnum):
    """Why a kept page gave no document."""

    NOT_HTML = "not_html"
    UNREADABLE = "unreadable"
    TOO_SHORT = "too_short"
    NEEDS_BROWSER = "needs_browser"
    PARKED = "parked"
    ERROR_PAGE = "error_page"
    DUPLICATE = "duplicate"
    UNSUPPORTED_LANGUAGE = "unsupported_language"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageToRead:
    """A kept page, as far as reading it needs to know; fields as in `records.crawl.Page`."""

    website_url: WebsiteUrl
    url: str
    final_url: str
    media_type: str
    body_digest: str
    archive_file: str
    archive_offset: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The readable text of one page.

    Attributes:
        text: Main text, one block a line, boilerplate of the website dropped.
        language: ISO 639-1, lower case; ``und`` where it cannot be told.
        n_words: Of `text`.
        extractor: Name and version, e.g. ``trafilatura-2.3.1/1``.
        body_digest: Of the page it was read from.
        text_digest: ``sha256:<hex>`` of `text` in UTF-8.
    """

    website_url: WebsiteUrl
    url: str
    title: str
    description: str
    language: str
    text: str
    n_words: int
    extractor: str
    body_digest: str
    text_digest: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A kept page that gave no document, and why."""

    website_url: WebsiteUrl
    url: str
    reason: RejectionReason
    detail: str
    extractor: str
    body_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsiteText:
    """What reading a website's pages says of the website.

    Attributes:
        outcome: `reached` where there is text enough, else why there is not.
        n_words: Of all its documents.
        language: ISO 639-1 or ``und``; of most of its words, or the start page’s where that holds a
            fair share of them.
        text_digest: Over the documents' digests in order: changes when any text does.
    """

    website_url: WebsiteUrl
    outcome: Outcome
    detail: str
    n_documents: int
    n_words: int
    language: str
    extractor: str
    text_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsiteLink:
    """How surely a website belongs to a unit.

    Attributes:
        link_probability: 0–1.
        link_evidence: JSON object: identifier -> ``agree`` / ``disagree`` / ``absent``.
        accepted: False only where the pages clearly name another company.
    """

    unit_id: UnitId
    website_url: WebsiteUrl
    link_probability: float
    link_evidence: str
    accepted: bool
    method_version: str
