"""The run directory of a crawl: its task, and the journal that is the truth for going on.

`task.json` says what is to be visited and how; `journal.jsonl` gets one line, flushed at once, for
each page kept (with the length of the archive behind it), each request that gave no page, each page
not had, each address that brought nothing new and each visit ended.
Whatever stands in the archive or the journal behind the last whole pair of both was broken off
when the process died; it is cut away when the run is opened again.
"""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from json.encoder import encode_basestring as _text
from typing import TYPE_CHECKING, Self

from crawlers.attempts import Attempt
from crawlers.fragment_routes import is_route
from crawlers.journal_lines import JOURNAL_FILE, NothingNew, moment, recover
from crawlers.politeness import politeness_from_json, politeness_to_json, software
from crawlers.record_lines import RecordLines
from storage.page_archive import Original, PageArchive, payload_digest, write_whole
from storage.records.crawl import FetchFailure, Page, RunId, WebsiteTask, WebsiteVisit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from crawlers.earlier import KnownPage
    from crawlers.journal_lines import OpenVisit, VisitKey
    from crawlers.patience import Patience
    from crawlers.politeness import Politeness
    from storage.page_archive import Exchange
    from storage.records.frame import WebsiteUrl

TASK_FILE = "task.json"
LOG_FILE = "crawl.log"

MAX_VALIDATOR = 500  # characters of an `ETag` that are kept
NOT_MODIFIED = "server-not-modified"  # the profile of a revisit record (WARC 1.1, 6.7)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlTask:
    """What one crawl process is to do.

    Attributes:
        run_id: Name of the run; also of its directory.
        wave: The wave.
        archive_file: Relative to the workspace.
        websites: To be visited.
        politeness: How.
    """

    run_id: RunId
    wave: str
    archive_file: str
    websites: tuple[WebsiteTask, ...]
    politeness: Politeness


_LINES = RecordLines(Page, FetchFailure, WebsiteVisit, Attempt, NothingNew)
_UNCHANGED = _LINES.pattern("page", Page, ("requests", "bytes", "end"))


def write_task(run_directory: Path, task: CrawlTask) -> Path:
    """Write the task of a run in one step, and return its file."""
    run_directory.mkdir(parents=True, exist_ok=True)
    values = {
        "run_id": task.run_id,
        "wave": task.wave,
        "archive_file": task.archive_file,
        "websites": [
            {
                "website_url": website.website_url,
                "scheme_given": website.scheme_given,
                "pass_number": website.pass_number,
            }
            for website in task.websites
        ],
        "politeness": politeness_to_json(task.politeness),
    }
    path = run_directory / TASK_FILE
    part = path.with_suffix(".part")
    part.write_text(json.dumps(values, indent=1), encoding="utf-8")
    part.replace(path)
    return path


def read_task(run_directory: Path) -> CrawlTask:
    """Read the task of a run."""
    values = json.loads((run_directory / TASK_FILE).read_text(encoding="utf-8"))
    return CrawlTask(
        run_id=RunId(values["run_id"]),
        wave=values["wave"],
        archive_file=values["archive_file"],
        websites=tuple(WebsiteTask(**website) for website in values["websites"]),
        politeness=politeness_from_json(values["politeness"]),
    )


class CrawlJournal:
    """Archive and journal of a run, opened for going on.

    Args:
        workspace_root: The workspace.
        run_directory: Of the run.
        archive_file: Relative to the workspace.
        by: Name and version of what crawls; empty for those of this installation.
    """

    def __init__(
        self, workspace_root: Path, run_directory: Path, archive_file: str, *, by: str = ""
    ) -> None:
        self.workspace_root = workspace_root
        self.run_directory = run_directory
        archive_path = workspace_root / archive_file
        archive_bytes = archive_path.stat().st_size if archive_path.exists() else 0
        kept = recover(run_directory / JOURNAL_FILE, archive_bytes)
        self.ended: set[VisitKey] = kept.ended
        self.open_visits: dict[WebsiteUrl, OpenVisit] = kept.open_visits
        self.archive_file = archive_file
        self.archive = PageArchive(
            workspace_root, archive_file, keep_bytes=kept.archive_bytes, software=by or software()
        )
        self._lines = (run_directory / JOURNAL_FILE).open("ab", buffering=0)
        self._lines.truncate(kept.journal_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.archive.close()
        self._lines.close()

    def keep_page(
        self,
        exchange: Exchange,
        page: Page,
        *,
        requests: int,
        n_bytes: int,
        rendered: bytes | None = None,
        earlier: KnownPage | None = None,
    ) -> Page:
        """Archive an exchange and note its page; returns the page with its place in the archive.

        Args:
            exchange: As it went over the wire.
            page: What to note; its place in the archive is filled in here.
            requests: Of the visit so far.
            n_bytes: Of the visit so far.
            rendered: What a browser made of the exchange; None where none was used.
            earlier: The page as an earlier wave archived it; where the exchange brought nothing
                new, its place is this page's place, and a revisit record says so.
        """
        # Not modified is said without a body, so there is none to be known by.
        digest = payload_digest(exchange.body) if exchange.http_status != 304 else ""
        if earlier and (profile := _revisit_profile(exchange, digest, earlier, rendered)):
            etag, last_modified, _ = self._revisit(exchange, earlier, profile)
            own = {
                "url": page.url,
                "final_url": exchange.url,
                "fetched_at": exchange.fetched_at,
                "position": page.position,
                "etag": etag,
                "last_modified": last_modified,
                "revisit": profile,
                "archived_at": moment(earlier.archived_at),
            }
            page = Page(**earlier._asdict() | own)
        else:
            etag, last_modified = _validators(exchange)
            page = dataclasses.replace(
                page,
                archive_file=self.archive_file,
                archive_offset=self.archive.append(
                    exchange,
                    rendered=rendered,
                    digest=digest,
                    rendered_url=page.final_url if is_route(page.final_url) else "",
                ),
                etag=etag,
                last_modified=last_modified,
                payload_digest=digest,
                archived_at=page.fetched_at,
            )
        self._note("page", page, requests=requests, bytes=n_bytes, end=self.archive.end)
        return page

    def keep_unchanged(
        self,
        exchange: Exchange,
        earlier: KnownPage,
        *,
        asked: str,
        position: int,
        requests: int,
        n_bytes: int,
    ) -> str:
        """Note that a server says of a page that it is as an earlier wave archived it.

        Args:
            exchange: As it went over the wire, answered with 304.
            earlier: The page as it was archived.
            asked: Address that it counts under.
            position: Among the pages of the visit.
            requests: Of the visit so far.
            n_bytes: Of the visit so far.

        Returns:
            The line of the journal, of which `journal_lines.page_from_line` makes the page.
        """
        etag, last_modified, date = self._revisit(exchange, earlier, NOT_MODIFIED)
        url = _text(exchange.url)
        # In JSON and in the order of a page's fields: to make the page and find out what its fields
        # are of takes three times as long.
        line = _UNCHANGED % (
            requests,
            n_bytes,
            self.archive.end,
            _text(earlier.website_url),
            url if asked == exchange.url else _text(asked),
            url,
            f'"{date}"',
            earlier.http_status,
            _text(earlier.media_type),
            earlier.n_bytes,
            _text(earlier.body_digest),
            _text(earlier.archive_file),
            earlier.archive_offset,
            position,
            "false",  # websites with pages that were rendered are had anew
            _text(etag),
            _text(last_modified),
            _text(earlier.payload_digest),
            f'"{NOT_MODIFIED}"',
            f'"{earlier.archived_at}"',
        )
        self._write(line)
        return line

    def _revisit(
        self, exchange: Exchange, earlier: KnownPage, profile: str
    ) -> tuple[str, str, str]:
        """Archive that a page is the same, and return its validators and the record's date."""
        original = Original(earlier.final_url, earlier.archived_at, earlier.payload_digest)
        date = self.archive.append_revisit(exchange, profile=profile, original=original)
        etag, last_modified = _validators(exchange)
        return etag or earlier.etag, last_modified or earlier.last_modified, date

    def note_failure(self, failure: FetchFailure, *, requests: int, n_bytes: int) -> None:
        """Note a page that was asked for and not had."""
        self._note("failure", failure, requests=requests, bytes=n_bytes)

    def note_attempt(
        self, website_url: WebsiteUrl, attempt: Attempt, *, requests: int, n_bytes: int
    ) -> None:
        """Archive and note a request that gave no page."""
        self.archive.append_attempt(attempt.url, attempt.ended_at, attempt.fields())
        more = {"requests": requests, "bytes": n_bytes, "end": self.archive.end}
        self._note("attempt", attempt, website_url=website_url, **more)

    def note_nothing(
        self, nothing: NothingNew, patience: Patience, *, requests: int, n_bytes: int
    ) -> None:
        """Note an address that was dealt with and gave no page, and what patience is left."""
        more = {"fruitless": patience.fruitless, "failures_in_a_row": patience.failures_in_a_row}
        self._note("nothing", nothing, requests=requests, bytes=n_bytes, **more)

    def note_lost(self, page: Page, *, requests: int, n_bytes: int) -> None:
        """Note that a page that was kept cannot be read back: it counts as never had."""
        self._note("lost", page, requests=requests, bytes=n_bytes)

    def end_visit(self, visit: WebsiteVisit) -> None:
        """Note that a visit ended: its website is finished in this pass."""
        self._note("visit", visit)
        self.ended.add((visit.website_url, visit.pass_number))

    def _note(
        self,
        kind: str,
        record: Page | FetchFailure | WebsiteVisit | Attempt | NothingNew,
        **more: int | str,
    ) -> None:
        self._write(_LINES.line(kind, record, more))

    def _write(self, line: str) -> None:
        write_whole(self._lines, f"{line}\n".encode("utf-8", "backslashreplace"))


def _revisit_profile(
    exchange: Exchange, digest: str, earlier: KnownPage, rendered: bytes | None
) -> str:
    """Return how an exchange says that nothing changed; empty where it does not say so."""
    if exchange.http_status == 304:
        return NOT_MODIFIED
    is_same = rendered is None and not earlier.rendered and digest == earlier.payload_digest
    return "identical-payload-digest" if is_same else ""


def _validators(exchange: Exchange) -> tuple[str, str]:
    """Return what an answer says to ask by for what changed since: `ETag` and a date."""
    found: dict[str, str] = {}
    for name, value in exchange.headers:
        if len(name) in _LENGTHS:
            found.setdefault(name.lower(), value[:MAX_VALIDATOR])
    return found.get("etag", ""), found.get("last-modified", "")


_LENGTHS = frozenset({len("etag"), len("last-modified")})


def unfinished(task: CrawlTask, ended: set[VisitKey]) -> Sequence[WebsiteTask]:
    """Return the websites of a task whose visit has not ended."""
    return [site for site in task.websites if (site.website_url, site.pass_number) not in ended]


def sync(run_directory: Path) -> None:
    """Have the system write a run's journal to the disk, before its result is taken over."""
    path = run_directory / JOURNAL_FILE
    if path.exists():
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
