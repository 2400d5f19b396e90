"""From a website's pages, read one by one, to its documents and its outcome. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extract.boilerplate import drop_repeated_blocks
from extract.cleaning import count_words, join_blocks
from extract.language import (
    ENOUGH_WORDS,
    UNDETERMINED,
    dominant_language,
    identify_language,
)
from extract.text import LEAST_PAGE_WORDS, PageContent, UnreadablePage, refusal_of
from storage.accounting import Outcome
from storage.records.text import Document, Rejection, RejectionReason, WebsiteText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records.text import PageToRead


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFault:
    """Our own fault on one page: it is counted as failed, not as rejected.

    Attributes:
        detail: Kind and message, for people.
    """

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A page and what reading it gave."""

    page: PageToRead
    content: PageContent | UnreadablePage | PageFault


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRules:
    """What a website must give to be kept.

    Attributes:
        version: Of the extractor and of these rules; stands in every row.
        languages: ISO 639-1 codes that are read; empty for all.
        minimum_words: Of all documents of a website together.
    """

    version: str
    languages: frozenset[str]
    minimum_words: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsiteReading:
    """All that reading a website gave; each page is a document, a rejection or a fault."""

    documents: tuple[Document, ...]
    rejections: tuple[Rejection, ...]
    faults: tuple[Rejection, ...]
    website_text: WebsiteText


def assemble_website(pages: Sequence[ReadPage], *, rules: ReadingRules) -> WebsiteReading:
    """Compare a website's pages with each other and decide on each and on the whole.

    Args:
        pages: At least one, all of one website, in order of position.
        rules: What is kept.
    """
    version = rules.version
    faults = [
        _rejection(read.page, RejectionReason.UNREADABLE, f"fault: {read.content.detail}", version)
        for read in pages
        if isinstance(read.content, PageFault)
    ]
    readable: list[tuple[PageToRead, PageContent]] = []
    rejections: list[Rejection] = []
    seen: dict[tuple[str, ...], str] = {}
    for read in pages:
        content = read.content
        if isinstance(content, PageFault):
            continue
        refusal = _refusal(content, seen)
        if isinstance(content, UnreadablePage) or refusal:
            reason, detail = refusal or (RejectionReason.UNREADABLE, "")
            rejections.append(_rejection(read.page, reason, detail, version))
        else:
            seen[content.blocks] = read.page.url
            readable.append((read.page, content))
    documents, unfit = _documents(readable, rules)
    rejections.extend(unfit)
    return WebsiteReading(
        documents=tuple(documents),
        rejections=tuple(rejections),
        faults=tuple(faults),
        website_text=_website_text(
            pages[0].page, documents=documents, rejections=rejections, faults=faults, rules=rules
        ),
    )


def text_digest(text: str) -> str:
    """Return ``sha256:<hex>`` of a text in UTF-8."""
    return f"sha256:{hashlib.sha256(text.encode('utf-8')).hexdigest()}"


def _refusal(
    content: PageContent | UnreadablePage, seen: dict[tuple[str, ...], str]
) -> tuple[RejectionReason, str] | None:
    if isinstance(content, UnreadablePage):
        return content.reason, content.detail
    if refusal := refusal_of(content):
        return refusal
    if content.blocks in seen:
        return RejectionReason.DUPLICATE, f"same text as {seen[content.blocks]}"
    return None


def _documents(
    readable: Sequence[tuple[PageToRead, PageContent]], rules: ReadingRules
) -> tuple[list[Document], list[Rejection]]:
    kept = drop_repeated_blocks([content.blocks for _, content in readable])
    texts = [join_blocks(blocks) for blocks in kept]
    languages = _languages(texts, [content for _, content in readable])
    documents, unfit = [], []
    for (page, content), text, language in zip(readable, texts, languages, strict=True):
        n_words = count_words(text)
        if n_words < LEAST_PAGE_WORDS:
            detail = f"{n_words} words that no other page of the website has"
            unfit.append(_rejection(page, RejectionReason.TOO_SHORT, detail, rules.version))
        elif rules.languages and language not in (rules.languages | {UNDETERMINED}):
            reason = RejectionReason.UNSUPPORTED_LANGUAGE
            unfit.append(_rejection(page, reason, language, rules.version))
        else:
            documents.append(
                Document(
                    website_url=page.website_url,
                    url=page.url,
                    title=content.title,
                    description=content.description,
                    language=language,
                    text=text,
                    n_words=n_words,
                    extractor=rules.version,
                    body_digest=page.body_digest,
                    text_digest=text_digest(text),
                    position=page.position,
                )
            )
    return documents, unfit


def _languages(texts: Sequence[str], contents: Sequence[PageContent]) -> list[str]:
    """Return the language of each text; a short one leans on the website's other pages."""
    alone = [
        identify_language(text, declared=content.declared_language)
        for text, content in zip(texts, contents, strict=True)
    ]
    whole = dominant_language(
        (language, count_words(text)) for text, language in zip(texts, alone, strict=True)
    )
    return [
        language if count_words(text) >= ENOUGH_WORDS else identify_language(text, declared=whole)
        for text, language in zip(texts, alone, strict=True)
    ]


def _website_text(
    start: PageToRead,
    *,
    documents: Sequence[Document],
    rejections: Sequence[Rejection],
    faults: Sequence[Rejection],
    rules: ReadingRules,
) -> WebsiteText:
    n_words = sum(document.n_words for document in documents)
    outcome, detail = _outcome(
        start.url, n_words, rejections=rejections, faults=faults, minimum_words=rules.minimum_words
    )
    return WebsiteText(
        website_url=start.website_url,
        outcome=outcome,
        detail=detail,
        n_documents=len(documents),
        n_words=n_words,
        language=dominant_language(
            ((d.language, d.n_words) for d in documents),
            start=next((d.language for d in documents if d.url == start.url), ""),
        ),
        extractor=rules.version,
        text_digest=text_digest("\n".join(document.text_digest for document in documents)),
    )


def _outcome(
    start_url: str,
    n_words: int,
    *,
    rejections: Sequence[Rejection],
    faults: Sequence[Rejection],
    minimum_words: int,
) -> tuple[Outcome, str]:
    """Return what the pages say of the website, and why.

    A parking page in the place of the start page decides alone: pages beneath it are adverts.
    """
    reasons = Counter(rejection.reason for rejection in rejections)
    for rejection in rejections:
        if rejection.reason is RejectionReason.PARKED and rejection.url == start_url:
            return Outcome.PARKED, rejection.detail
    if n_words >= minimum_words:
        return Outcome.REACHED, ""
    pages = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    detail = f"{n_words} words, {minimum_words} needed" + (f"; pages: {pages}" if pages else "")
    if faults:
        return Outcome.FAILED, faults[0].detail
    for reason, outcome in (
        (RejectionReason.PARKED, Outcome.PARKED),
        (RejectionReason.NEEDS_BROWSER, Outcome.NEEDS_BROWSER),
        (RejectionReason.UNSUPPORTED_LANGUAGE, Outcome.UNSUPPORTED_LANGUAGE),
    ):
        if reasons[reason]:
            return outcome, detail
    return Outcome.EMPTY, detail


def _rejection(page: PageToRead, reason: RejectionReason, detail: str, extractor: str) -> Rejection:
    return Rejection(
        website_url=page.website_url,
        url=page.url,
        reason=reason,
        detail=detail,
        extractor=extractor,
        body_digest=page.body_digest,
    )
