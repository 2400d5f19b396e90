"""A page as it was when it was crawled, for whoever has to answer for a decision."""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.errors import InvalidInput, NotReady
from storage.page_archive import content_type_of, read_page, read_record
from storage.tables.frame import known_waves
from storage.tables.kept_page import addresses_beside, fate_of_address, kept_pages

if TYPE_CHECKING:
    from extract.text import PageContent, UnreadablePage
    from sectorlens.session import Session
    from storage.database import Store
    from storage.page_archive import Headers
    from storage.tables.kept_page import KeptPage

_NAMED = 10  # other addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAsKept:
    """A page with its body, checked against what was noted of it when it was fetched.

    Attributes:
        page: Where it comes from.
        others: Pages of the same address that were kept for other websites.
        headers: Of the archived answer.
        body: With its content encoding undone (bytes).
    """

    page: KeptPage
    others: tuple[KeptPage, ...]
    headers: Headers
    body: bytes


def show_command(url: str, wave: str) -> str:
    """Return the command that shows a page as it was kept, fit for a shell."""
    return f"sectorlens crawl page {shlex.quote(url)} --wave {shlex.quote(wave)}"


def page_as_kept(session: Session, wave: str, url: str) -> PageAsKept:
    """Return the page that was kept of an address in a wave.

    A page that had not changed since an earlier wave has the body that was archived then.

    Args:
        session: The command's view of the workspace.
        wave: Wave name.
        url: As asked for or as reached.

    Raises:
        InvalidInput: No page is kept of it (with the reason, where one is known), or its archive
            is gone or damaged.
        NotReady: There is no such wave, or nothing of it was crawled.
    """
    with session.open() as store:
        known_waves(store, wave)
        try:
            found = kept_pages(store, wave, url)
        except ValueError as fault:
            raise InvalidInput(
                f"{url!r} is no web address", "Name a page as `classify explain` does: https://…"
            ) from fault
        if not found:
            raise _not_kept(store, wave, url)
    page = found[0]
    archived = read_page(session.workspace.root, page.archive_file, page.archive_offset)
    if f"sha256:{hashlib.sha256(archived.body).hexdigest()}" != page.body_digest:
        raise InvalidInput(
            f"What stands in {page.archive_file} at byte {page.archive_offset} is not the page that"
            f" was kept as {page.url}",
            "Put the archive file back from a backup; the page's text and decisions stand as read.",
        )
    return PageAsKept(
        page=page,
        others=tuple(found[1:]),
        headers=archived.headers,
        body=archived.body,
    )


def record_of(session: Session, kept: PageAsKept) -> bytes:
    """Return the record of a page as it stands in the archive: one gzip member."""
    page = kept.page
    return read_record(session.workspace.root, page.archive_file, page.archive_offset)


def all_text(kept: PageAsKept) -> tuple[PageContent | UnreadablePage, tuple[bool, ...]]:
    """Return all text of a page, and of each block whether decisions read it."""
    from extract.text import PageContent
    from extract.whole_page import read_whole_page, share_read

    sent = content_type_of(kept.headers) or kept.page.media_type
    content = read_whole_page(kept.body, content_type=sent)
    if not isinstance(content, PageContent):
        return content, ()
    return content, share_read(content.blocks, kept.page.text)


def _not_kept(store: Store, wave: str, url: str) -> InvalidInput | NotReady:
    if fate := fate_of_address(store, wave, url):
        return InvalidInput(f"No page {url} is kept in wave {wave}: {fate}")
    if not store.rows("SELECT 1 FROM website_visit WHERE wave = ? LIMIT 1", [wave]):
        return NotReady(
            f"Nothing of wave {wave} was crawled yet, so there is no page {url}",
            f"Run `sectorlens crawl run --wave {wave}` first.",
        )
    beside = addresses_beside(store, wave, url, limit=_NAMED)
    return InvalidInput(
        f"No page {url} is kept in wave {wave}"
        + ("; of its website there are:" if beside else ", and none of its website in any wave"),
        "Name a page as `classify explain` does.",
        [f"{found}, wave {in_wave}" for in_wave, found in beside],
    )
