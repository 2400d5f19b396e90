"""Pages read back from the archive, as they were read when they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crawlers.header_links import with_header_links
from crawlers.html_bytes import decode_html
from crawlers.links import PageLinks, links_of
from crawlers.query_charset import with_queries_as_sent
from storage.page_archive import content_type_of, read_page

if TYPE_CHECKING:
    from pathlib import Path

    from crawlers.earlier import KnownPage
    from crawlers.markup import PageMarkup
    from crawlers.reaching import PageReacher
    from storage.page_archive import Headers
    from storage.records.crawl import Page


class PageAgain(NamedTuple):
    """A page as it was read when it came.

    Attributes:
        body: With its content encoding undone.
        markup: The body decoded and cut at its tags.
        links: Of the page.
        headers: That it came with.
    """

    body: bytes
    markup: PageMarkup
    links: PageLinks
    headers: Headers


def archived_page(root: Path, page: Page | KnownPage, pages_of: PageReacher) -> PageAgain:
    """Return a page that was archived.

    Args:
        root: Of the workspace.
        page: As it was written down.
        pages_of: Of its visit: knows its markup and what its pages say of their use.

    Raises:
        InvalidInput: Its record is damaged.
    """
    archived = read_page(root, page.archive_file, page.archive_offset)
    content_type = content_type_of(archived.headers)
    html = decode_html(archived.body, content_type)
    markup = pages_of.markup.read(html)
    links = with_queries_as_sent(links_of(markup, page.final_url), archived.body, content_type)
    links = with_header_links(links, archived.headers, page.final_url)
    links = pages_of.signals.restored(archived, markup, links)
    return PageAgain(archived.body, markup, links, archived.headers)
