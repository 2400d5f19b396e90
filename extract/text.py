"""Page bytes to readable content, or the reason why there is none. Pure: nothing is fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from extract.cleaning import clean_blocks, count_words
from extract.decoding import decode_page
from extract.markup import parse_markup, read_head
from extract.signs import is_error_page, is_parked, is_script_shell
from extract.unscripted import unscripted_texts
from storage.records.text import RejectionReason

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import html

# Version of everything in this room that shapes a document: decoding, parsing, cleaning,
# boilerplate, language. It is part of every extractor's version.
READING_VERSION = "2"
LEAST_PAGE_WORDS = 5  # a page of fewer words says nothing, whatever the website holds
MAXIMUM_BODY_BYTES = 8_000_000

_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")
# Types that servers send where they do not know; the bytes decide then.
_VAGUE_TYPES = (
    "",
    "text/plain",
    "application/octet-stream",
    "application/xml",
    "text/xml",
    "unknown/unknown",
)
_MAGIC = re.compile(
    rb"\s*(?:%PDF-|\x89PNG|\xff\xd8\xff|GIF8|PK\x03\x04|\x1f\x8b|RIFF|\x7fELF|MZ\x90|\x00\x00\x00.ftyp|wOF[F2]|OggS|ID3)",
    re.DOTALL,
)
_MARKUP_OPENING = re.compile(
    rb"<\x00?(?:!doctype\s+html|html|head|body|title|meta|div|p|h1|table|script|!--)[\s>/-]",
    re.IGNORECASE,
)
_FEED_OPENING = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:rss|feed|urlset|sitemapindex|svg)\b", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContent:
    """What one page holds, before it is compared with the website's other pages.

    Attributes:
        blocks: Cleaned text, one block of the page each, in page order.
        declared_language: As the page claims; often wrong.
        script_shell: True where scripts are to make the text and next to none was found.
    """

    title: str
    description: str
    declared_language: str
    blocks: tuple[str, ...]
    script_shell: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadablePage:
    """Why a page could not be read at all: `not_html` or `unreadable`."""

    reason: RejectionReason
    detail: str


class Extractor(Protocol):
    """Gets the text out of a page.

    Attributes:
        version: Name and versions of all that shapes the text, e.g. ``trafilatura-2.3.1/1``. A
            page is read again when it changes.
    """

    @property
    def version(self) -> str:
        """Return name and versions of all that shapes the text."""

    def read(self, body: bytes, *, content_type: str, url: str) -> PageContent | UnreadablePage:
        """Read one page; bytes may be anything."""


def read_document(
    body: bytes,
    *,
    content_type: str,
    blocks_of: Callable[[html.HtmlElement], tuple[str, ...]],
) -> PageContent | UnreadablePage:
    """Decode and parse a page once, and give its content.

    Args:
        body: After content decoding; what lies beyond `MAXIMUM_BODY_BYTES` is not read.
        content_type: Value of the header, with parameters; may be empty.
        blocks_of: Gives the blocks of text of a parsed page; it must leave the tree as it is.
    """
    if refusal := _not_html(body[:4096], content_type):
        return UnreadablePage(reason=RejectionReason.NOT_HTML, detail=refusal)
    tree = parse_markup(decode_page(body[:MAXIMUM_BODY_BYTES], content_type))
    if tree is None:
        empty = not body.strip()
        reason = RejectionReason.TOO_SHORT if empty else RejectionReason.UNREADABLE
        return UnreadablePage(
            reason=reason, detail="0 bytes" if empty else "no mark-up could be parsed"
        )
    head = read_head(tree)
    blocks = clean_blocks(blocks_of(tree))
    n_words = sum(map(count_words, blocks))
    is_shell = is_script_shell(tree, n_words)
    if n_words < LEAST_PAGE_WORDS or is_shell:
        # What a company says of itself for machines, and to its scripts, is its own text too.
        more = (head.description,) if is_shell else head.structured
        blocks = clean_blocks((*blocks, *more, *unscripted_texts(tree)))
        is_shell = is_shell and is_script_shell(tree, sum(map(count_words, blocks)))
    return PageContent(
        title=head.title,
        description=head.description,
        declared_language=head.declared_language,
        blocks=blocks,
        script_shell=is_shell,
    )


def refusal_of(content: PageContent) -> tuple[RejectionReason, str] | None:
    """Return why a page's content is no document, with a detail for people; None if it is one."""
    text = "\n".join(content.blocks)
    n_words = count_words(text)
    if is_parked(content.title, text):
        return RejectionReason.PARKED, f"says that its domain is parked: {content.title[:80]}"
    if is_error_page(content.title, text):
        return (
            RejectionReason.ERROR_PAGE,
            f"answered with success, says there is no page: {content.title[:80]}",
        )
    if content.script_shell:
        return RejectionReason.NEEDS_BROWSER, f"{n_words} words without running its scripts"
    if n_words < LEAST_PAGE_WORDS:
        return RejectionReason.TOO_SHORT, f"{n_words} words"
    return None


def _not_html(opening: bytes, content_type: str) -> str:
    """Return what the bytes are instead of HTML; empty where they may be HTML."""
    media_type = content_type.partition(";")[0].strip().lower()
    if _MAGIC.match(opening):
        return f"a binary file ({media_type or 'no media type'})"
    if media_type in _HTML_TYPES:
        return "a feed or drawing" if _FEED_OPENING.match(opening) else ""
    if media_type in _VAGUE_TYPES and _MARKUP_OPENING.search(opening):
        return "a feed or drawing" if _FEED_OPENING.match(opening) else ""
    return media_type or "no mark-up"
