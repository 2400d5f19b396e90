"""The lines of a run's journal, read back: what ended, and what a broken visit goes on from."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from crawlers.attempts import Attempt, attempt_from_json
from crawlers.yields import NoPage, no_page_from_json
from storage.accounting import Outcome
from storage.records.crawl import FetchFailure, Page, WebsiteVisit, WrittenPage
from storage.records.frame import WebsiteUrl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOURNAL_FILE = "journal.jsonl"

VisitKey = tuple[WebsiteUrl, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingNew:
    """An address of a website that was dealt with and gave no page.

    Attributes:
        website_url: Of the website.
        url: Asked for; of the start page where it stands for the website's sitemaps.
        held_against: Where it led, if addresses like that are held to give nothing; else empty.
        counts: What it gave instead of a page.
        led_to: Addresses found by it that nobody had named before.
        depth: Of the pages they lead to.
        is_sitemap: Whether it stands for the website's sitemaps.
    """

    website_url: WebsiteUrl
    url: str
    held_against: str = ""
    counts: NoPage = NoPage.DEAD
    led_to: tuple[str, ...] = ()
    depth: int = 0
    is_sitemap: bool = False


@dataclass(slots=True)
class OpenVisit:
    """What a visit that has not ended brought home so far.

    Attributes:
        attempts: Requests that gave no page.
        nothing: Addresses dealt with that brought nothing new.
        fruitless: As `patience.Patience` counts, like the next one.
        failures_in_a_row: Likewise.
        requests: Sent so far.
        bytes: Received so far.
        started_at: When it began; None where nothing was written yet.
    """

    pages: list[Page] = field(default_factory=list)
    failures: list[FetchFailure] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    nothing: list[NothingNew] = field(default_factory=list)
    fruitless: int = 0
    failures_in_a_row: int = 0
    requests: int = 0
    bytes: int = 0
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedVisit:
    """A visit that ended, with all it brought home.

    Attributes:
        written: Its pages as they stand in the journal.
    """

    visit: WebsiteVisit
    written: tuple[WrittenPage, ...]
    failures: tuple[FetchFailure, ...]


def ended_visits(run_directory: Path) -> Iterator[EndedVisit]:
    """Yield the visits that a run ended, each with its pages and failures."""
    open_visits: dict[str, tuple[list[WrittenPage], list[FetchFailure]]] = {}
    for _, line in _whole_lines(run_directory / JOURNAL_FILE):
        if page := page_from_written(line):
            open_visits.setdefault(page.website_url, ([], []))[0].append(page)
            continue
        if (values := _values(line)) is None:
            return
        kind, record = values["kind"], values["record"]
        if kind == "visit":
            pages, failures = open_visits.pop(record["website_url"], ([], []))
            visit = _visit(record)
            yield EndedVisit(visit=visit, written=tuple(pages), failures=tuple(failures))
        elif kind in _BROUGHT_HOME:
            pages, failures = open_visits.setdefault(record["website_url"], ([], []))
            if kind == "page":
                pages.append(_written(line, values))
            elif kind == "lost":
                pages[:] = [page for page in pages if page.url != record["url"]]
            else:
                failures.append(_failure(record))


# Kinds of lines that hold what a visit brings home, or takes back of it.
_BROUGHT_HOME = frozenset({"page", "lost", "failure"})


def page_from_written(line: bytes) -> WrittenPage | None:
    """Return the page of a line that is as they are written now, which most are; else None.

    What the pattern fits is whole, so it need not be read a second time before the store reads it.
    """
    if (found := _page_line().fullmatch(line)) is None:
        return None
    website, url = found.groups()
    return WrittenPage(
        website_url=WebsiteUrl(website.decode()), url=url.decode(), line=line.decode().rstrip()
    )


_TEXT = rb'"([^"\\\x00-\x1f]*+)"'  # without anything escaped
_ESCAPED = rb'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})'
_VALUE = (
    rb'(?:"[^"\\\x00-\x1f]*+(?:' + _ESCAPED + rb'[^"\\\x00-\x1f]*+)*+"|[0-9]++|true|false|null)'
)
_NAMES = [field.name.encode() for field in dataclasses.fields(Page)]


@lru_cache(maxsize=1)  # who only writes lines needs it not, and it takes as long as twenty pages
def _page_line() -> re.Pattern[bytes]:
    return re.compile(
        rb'\{"kind": "page", "requests": [0-9]+, "bytes": [0-9]+, "end": [0-9]+, "record": \{'
        + b", ".join(
            b'"%s": %s' % (name, _TEXT if name in {b"website_url", b"url"} else _VALUE)
            for name in _NAMES
        )
        + rb"\}\}\n"
    )


def _written(line: bytes, values: dict[str, Any]) -> WrittenPage:
    """Return a page as its line has it; the defaults of fields that it lacks are put in."""
    record = values["record"]
    if record.keys() != _FIELDS_OF_PAGE:
        page = dataclasses.asdict(page_from_json(record))
        line = json.dumps(values | {"record": page}, default=datetime.isoformat).encode()
    return WrittenPage(
        website_url=record["website_url"], url=record["url"], line=line.decode().rstrip()
    )


_FIELDS_OF_PAGE = {field.name for field in dataclasses.fields(Page)}


@dataclass(slots=True, kw_only=True)
class Recovered:
    """What of a run is whole: its visits, and the lengths of journal and archive up to there."""

    ended: set[VisitKey] = field(default_factory=set)
    open_visits: dict[WebsiteUrl, OpenVisit] = field(default_factory=dict)
    journal_bytes: int = 0
    archive_bytes: int = 0


def recover(journal: Path, archive_bytes: int) -> Recovered:
    """Return the longest beginning of a run that both its journal and its archive hold whole.

    Args:
        journal: The file; may be absent.
        archive_bytes: Length of the archive file.
    """
    kept = Recovered()
    for end, written in _whole_lines(journal):
        if (line := _values(written)) is None:
            break
        if line.get("end", 0) > archive_bytes:
            break  # the archive lost more than the journal did: both end before this page
        if ended := _take(line, kept.open_visits):
            kept.ended.add(ended)
        kept.journal_bytes = end
        kept.archive_bytes = line.get("end", kept.archive_bytes)
    return kept


def _whole_lines(journal: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a journal that have their ends: where each ends, and as it stands."""
    if not journal.exists():
        return
    position = 0
    with journal.open("rb") as lines:
        for line in lines:
            position += len(line)
            if not line.endswith(b"\n"):
                return
            yield position, line


def _values(line: bytes) -> dict[str, Any] | None:
    """Return what a line holds; None of a block that a power cut left empty.

    What stands behind such a block is not to be trusted either.
    """
    try:
        values: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return values


def _take(line: dict[str, Any], open_visits: dict[WebsiteUrl, OpenVisit]) -> VisitKey | None:
    """Add one line to what is known of its website; returns the visit if the line ends it."""
    values = line["record"]
    website = WebsiteUrl(line.get("website_url") or values["website_url"])
    if line["kind"] == "visit":
        open_visits.pop(website, None)
        return website, values["pass_number"]
    so_far = open_visits.setdefault(website, OpenVisit())
    so_far.requests, so_far.bytes = line["requests"], line["bytes"]
    if line["kind"] == "page":
        page = page_from_json(values)
        so_far.pages.append(page)
        so_far.started_at = so_far.started_at or page.fetched_at
        so_far.failures_in_a_row = 0
    elif line["kind"] == "lost":
        so_far.pages[:] = [page for page in so_far.pages if page.url != values["url"]]
    elif line["kind"] == "attempt":
        attempt = attempt_from_json(values)
        so_far.attempts.append(attempt)
        so_far.started_at = so_far.started_at or attempt.ended_at
    elif line["kind"] == "nothing":
        so_far.nothing.append(_nothing(values))
        so_far.fruitless, so_far.failures_in_a_row = line["fruitless"], line["failures_in_a_row"]
    else:
        so_far.failures.append(_failure(values))
    return None


def page_from_line(line: str) -> Page:
    """Return the page of a line that a journal wrote just now."""
    return page_from_json(json.loads(line)["record"])


def page_from_json(values: dict[str, Any]) -> Page:
    """Return a page as the journal, or `earlier.EARLIER_FILE`, holds it."""
    times = {name: moment(values[name]) for name in ("fetched_at", "archived_at") if values[name]}
    return Page(**values | times)


def _nothing(values: dict[str, Any]) -> NothingNew:
    read = {"led_to": tuple(values["led_to"]), "counts": no_page_from_json(values["counts"])}
    return NothingNew(**values | read)


def _failure(values: dict[str, Any]) -> FetchFailure:
    read = {"failed_at": moment(values["failed_at"]), "reason": Outcome(values["reason"])}
    return FetchFailure(**values | read)


def _visit(values: dict[str, Any]) -> WebsiteVisit:
    named = ("started_at", "ended_at", "not_before")
    times = {name: moment(values[name]) for name in named if values.get(name)}
    return WebsiteVisit(**values | times | {"outcome": Outcome(values["outcome"])})


def moment(text: str) -> datetime:
    """Return a moment (aware, UTC) as the journal and `earlier.EARLIER_FILE` write it."""
    when = datetime.fromisoformat(text)
    return when if when.tzinfo is UTC else when.astimezone(UTC)
