"""What an earlier wave knew of a website, and how a server is asked whether it still holds."""

from __future__ import annotations

import json
import os
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple

from storage.page_archive import warc_date

if TYPE_CHECKING:
    from pathlib import Path

    from crawlers.journal_lines import OpenVisit
    from storage.page_archive import Headers
    from storage.records.frame import WebsiteUrl

EARLIER_FILE = "earlier.jsonl"
# A server that says "not modified" for ever, whatever happens to its pages, is asked for the whole
# page once in a while.
MAX_TRUSTED = timedelta(days=400)
_HOUR = 3600


class KnownPage(NamedTuple):
    """A page as an earlier wave archived it (`Page`), read no further than asking again needs.

    Its fields behind the first stand in this order in `EARLIER_FILE`.

    Attributes:
        archived_at: As `warc_date` writes it.
    """

    website_url: WebsiteUrl
    url: str
    final_url: str
    http_status: int
    media_type: str
    n_bytes: int
    body_digest: str
    archive_file: str
    archive_offset: int
    position: int
    etag: str
    last_modified: str
    payload_digest: str
    archived_at: str
    rendered: bool = False


@dataclass(frozen=True, slots=True)
class EarlierVisit:
    """What the latest wave before knew of one website.

    Attributes:
        pages: By position; those whose archive file is gone are left out.
        is_settled: Whether all was had that could be had: nothing was denied, nothing failed in a
            way that may pass, no page is gone from the archive.
    """

    pages: tuple[KnownPage, ...] = ()
    is_settled: bool = False

    def begins_like(self, so_far: OpenVisit) -> bool:
        """Tell whether a visit that was broken off found nothing but unchanged pages, in order."""
        if so_far.failures or so_far.nothing or len(so_far.pages) > len(self.pages):
            return False
        pairs = zip(so_far.pages, self.pages, strict=False)
        return all(now.revisit and now.final_url == then.final_url for now, then in pairs)


NOTHING = EarlierVisit()


class EarlierPages:
    """The pages of an earlier wave, read website by website.

    Args:
        file: As `storage.tables.crawl.write_earlier_pages` wrote it; may be absent.
        workspace_root: The archive files' place.
    """

    def __init__(self, file: Path, workspace_root: Path) -> None:
        self._root = workspace_root
        self._places: dict[str, tuple[int, int]] = {}  # where a line begins, and its bytes
        self._archives: dict[str, bool] = {}
        if file.exists():
            place = 0
            with file.open("rb") as lines:
                for line in lines:
                    start = line.find(b'"', line.index(b":")) + 1
                    website = json.loads(b'"' + line[start : line.index(b'"', start)] + b'"')
                    self._places[website] = place, len(line)
                    place += len(line)
            self._lines = os.open(file, os.O_RDONLY)
            weakref.finalize(self, os.close, self._lines)

    def __contains__(self, website_url: str) -> bool:
        return website_url in self._places

    def of(self, website_url: str) -> EarlierVisit:
        """Return what is known of a website."""
        place = self._places.get(website_url)
        if place is None:
            return NOTHING
        begins, n_bytes = place
        values = json.loads(os.pread(self._lines, n_bytes, begins))
        pages = [_known_page(values["website_url"], one) for one in values["pages"]]
        kept = tuple(page for page in pages if self._is_there(page.archive_file))
        return EarlierVisit(kept, bool(values["is_settled"]) and len(kept) == len(pages))

    def _is_there(self, archive_file: str) -> bool:
        if archive_file not in self._archives:
            self._archives[archive_file] = (self._root / archive_file).exists()
        return self._archives[archive_file]


def _known_page(website_url: WebsiteUrl, values: list[Any]) -> KnownPage:
    return KnownPage(website_url, *values)


def conditions(page: KnownPage, now: float | None = None) -> Headers:
    """Return the header fields that ask for a page only if it changed; none where all is wanted.

    Args:
        page: As it was archived.
        now: The present (seconds since 1970), which is looked at to the hour.
    """
    if page.archived_at < _oldest_trusted((time() if now is None else now) // _HOUR):
        return ()
    asked: Headers = ()
    if page.etag and _can_be_sent(page.etag):
        asked = (("If-None-Match", page.etag),)
    if page.last_modified and _can_be_sent(page.last_modified):
        asked += (("If-Modified-Since", page.last_modified),)
    return asked


@lru_cache(maxsize=1)
def _oldest_trusted(hour: float) -> str:
    return warc_date(datetime.fromtimestamp(hour * _HOUR, UTC) - MAX_TRUSTED)


def _can_be_sent(value: str) -> bool:
    return value.isascii() and value.isprintable()
