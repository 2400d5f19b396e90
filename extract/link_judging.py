"""Websites and their units, judged from the pages that tell whose a website is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.archived import PAGE_FAULTS, by_website, content_type
from extract.identifiers import SourcePage, find_identifiers, pages_that_tell
from extract.linking import judge_link
from storage.errors import RetriableError
from storage.tables import text as tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from extract.archived import ArchivedBody
    from storage.database import Store
    from storage.records.text import PageToRead, WebsiteLink
    from storage.tables.text import PendingLink


def judge_websites(
    store: Store,
    wave: str,
    groups: Sequence[Sequence[PendingLink]],
    read_page: Callable[[str, int], ArchivedBody],
) -> list[WebsiteLink]:
    """Judge the pairs of some websites, in order; each website's pages are read once.

    Args:
        store: Work database.
        wave: Wave name.
        groups: Pairs by website.
        read_page: Gives the page at (archive file, offset in bytes).
    """
    websites = [group[0].website_url for group in groups]
    units = tables.load_units_to_link(store, wave, [p.unit_id for group in groups for p in group])
    pages = {
        group[0].website_url: group
        for group in by_website(tables.load_pages_to_read(store, wave, websites))
    }
    links: list[WebsiteLink] = []
    for group in groups:
        website = group[0].website_url
        chosen = pages_that_tell(pages.get(website, []))
        found = find_identifiers(
            [source for page in chosen if (source := _source(page, read_page))]
        )
        links.extend(
            judge_link(units[pair.unit_id], website, found=found, declared=pair.declared)
            for pair in group
        )
    return links


def _source(page: PageToRead, read_page: Callable[[str, int], ArchivedBody]) -> SourcePage | None:
    try:
        archived = read_page(page.archive_file, page.archive_offset)
    except RetriableError:
        raise
    except PAGE_FAULTS:
        return (
            None  # extract_documents has counted this page as failed; absence proves nothing here
        )
    sent = content_type(archived, page)
    return SourcePage(url=page.final_url, body=archived.body, content_type=sent)
