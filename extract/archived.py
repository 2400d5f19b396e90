"""Kept pages as the stages get them back from the archive."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from storage.errors import SectorlensError
from storage.page_archive import content_type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from storage.records.text import PageToRead

WEBSITES_AT_ONCE = 40  # between two commits: seconds of work, so that little is ever repeated
# What reading one archived page may throw because of that page or its record.
PAGE_FAULTS = (SectorlensError, OSError, ValueError, LookupError, EOFError)


class ArchivedBody(Protocol):
    """A page as the archive gives it back."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the response's headers."""

    @property
    def body(self) -> bytes:
        """Return the body after content decoding."""


def by_website(pages: Sequence[PageToRead]) -> Iterator[list[PageToRead]]:
    """Yield the pages of one website after the other; they come in that order."""
    for _, group in groupby(pages, key=lambda page: page.website_url):
        yield list(group)


def content_type(archived: ArchivedBody, page: PageToRead) -> str:
    """Return the media type with its parameters, as it was sent; else without them."""
    return content_type_of(archived.headers.items()) or page.media_type
