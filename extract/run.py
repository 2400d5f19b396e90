"""The stages that turn kept pages into documents, and judge whose website each one is."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Protocol, TypeVar

from extract.cleaning import clean_line
from extract.identifiers import SourcePage, find_identifiers, pages_that_tell
from extract.linking import METHOD_VERSION, judge_link
from extract.website import PageFault, ReadingRules, ReadPage, assemble_website
from storage.errors import RetriableError, SectorlensError
from storage.records.stage import StageReport, no_progress
from storage.tables import text as tables
from storage.tables.reuse import reuse_links, reuse_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from extract.text import Extractor, PageContent, UnreadablePage
    from extract.website import WebsiteReading
    from storage.database import Store
    from storage.records.frame import WebsiteUrl
    from storage.records.stage import ProgressListener
    from storage.records.text import PageToRead, WebsiteLink
    from storage.tables.text import PendingLink

T = TypeVar("T")

MINIMUM_WORDS = 20  # of a whole website (Daas: fewer cannot be decided on)
_WEBSITES_AT_ONCE = 40  # between two commits: seconds of work, so that little is ever repeated
# What reading one archived page may throw because of that page or its record.
_PAGE_FAULTS = (SectorlensError, OSError, ValueError, LookupError, EOFError)


class ArchivedBody(Protocol):
    """A page as the archive gives it back."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the response's headers."""

    @property
    def body(self) -> bytes:
        """Return the body after content decoding."""


def extract_documents(  # noqa: PLR0913 - a stage: what it works on, what it works with, its rules
    store: Store,
    wave: str,
    *,
    read_page: Callable[[str, int], ArchivedBody],
    extractor: Extractor,
    languages: frozenset[str] = frozenset(),
    minimum_words: int = MINIMUM_WORDS,
    progress: ProgressListener = no_progress,
) -> StageReport:
    """Read the pages of every website that has one not yet read by this extractor.

    Websites whose pages are all those of an earlier wave take over what was read of them then.
    The others are read whole, since their pages are compared with each other, and committed some
    at a time. Pages that cannot be read through a fault of ours count as failed; they stand as
    unreadable with the fault in `detail`, and are tried again when extractor or page change.

    Args:
        store: Work database; pages of the wave are in it.
        wave: Wave name.
        read_page: Gives the page at (archive file, offset in bytes).
        extractor: Gets the text out of a page.
        languages: ISO 639-1 codes that are read; empty for all.
        minimum_words: Fewer words in all documents of a website make it `empty`.
        progress: Hears after each website how many pages are done.

    Returns:
        Report of stage ``extract``, of ``pages``; done are documents.
    """
    rules = _rules(extractor, languages, minimum_words)
    with store.transaction():
        reused = reuse_texts(store, wave, rules.version)
    websites = tables.pending_websites_for_text(store, wave, rules.version)
    tally = _Tally(taken=tables.count_pages(store, wave, websites), reused=reused)
    progress("extract", 0, tally.taken)
    try:
        for batch in _slices(websites, _WEBSITES_AT_ONCE):
            readings = []
            for pages in _by_website(tables.load_pages_to_read(store, wave, batch)):
                read = [ReadPage(page=p, content=_read(p, read_page, extractor)) for p in pages]
                readings.append(assemble_website(read, rules=rules))
                progress("extract", tally.accounted + sum(map(_n_pages, readings)), tally.taken)
            _keep(store, wave, batch, readings)
            tally.add(readings)
    except KeyboardInterrupt:
        return tally.report(interrupted=True)
    return tally.report(interrupted=False)


def link_websites(
    store: Store,
    wave: str,
    *,
    read_page: Callable[[str, int], ArchivedBody],
    progress: ProgressListener = no_progress,
) -> StageReport:
    """Judge for every unit × website with text how surely the website is the unit's.

    Phones, addresses and names found are compared in memory; only agreement is stored. Where
    neither the website nor what the register says of the unit has changed, the judgement of an
    earlier wave is taken over.

    Args:
        store: Work database; `extract_documents` has run.
        wave: Wave name.
        read_page: Gives the page at (archive file, offset in bytes).
        progress: Hears after each website how many pairs are done.

    Returns:
        Report of stage ``link``, of ``unit websites``; rejected are those whose pages clearly
        name another company.
    """
    with store.transaction():
        done: Counter[bool] = Counter(reuse_links(store, wave, METHOD_VERSION))
    reused = done.total()
    pending = tables.pending_links(store, wave, METHOD_VERSION)
    taken = reused + len(pending)
    interrupted = False
    progress("link", reused, taken)
    try:
        for batch in _slices(_grouped_by_website(pending), _WEBSITES_AT_ONCE):
            pairs = [pair for group in batch for pair in group]
            links = _judge(store, wave, batch, read_page)
            with store.transaction():
                digests = [pair.text_digest for pair in pairs]
                tables.insert_links(store, wave, links, text_digests=digests)
            done.update(link.accepted for link in links)
            progress("link", done.total(), taken)
    except KeyboardInterrupt:
        interrupted = True
    return StageReport(
        stage="link",
        of="unit websites",
        taken=taken,
        done=done[True],
        rejected={"not_the_units_website": done[False]} if done[False] else {},
        pending=taken - done.total(),
        interrupted=interrupted,
    )


class _Tally:
    """Counts what became of the pages taken."""

    def __init__(self, *, taken: int, reused: Mapping[str, int]) -> None:
        self.taken = taken + sum(reused.values())
        self._done = reused.get("", 0)
        self._rejected = Counter({reason: n for reason, n in reused.items() if reason})
        self._failed: Counter[str] = Counter()

    @property
    def accounted(self) -> int:
        return self._done + self._rejected.total() + self._failed.total()

    def add(self, readings: Sequence[WebsiteReading]) -> None:
        for reading in readings:
            self._done += len(reading.documents)
            self._rejected.update(str(rejection.reason) for rejection in reading.rejections)
            self._failed.update("page_fault" for _ in reading.faults)

    def report(self, *, interrupted: bool) -> StageReport:
        return StageReport(
            stage="extract",
            of="pages",
            taken=self.taken,
            done=self._done,
            rejected=dict(sorted(self._rejected.items())),
            failed=dict(self._failed),
            pending=self.taken - self.accounted,
            interrupted=interrupted,
        )


def _rules(extractor: Extractor, languages: frozenset[str], minimum_words: int) -> ReadingRules:
    # Rules other than the usual ones are part of the version, so that changing them reads anew.
    version = extractor.version
    if minimum_words != MINIMUM_WORDS:
        version += f"/words={minimum_words}"
    if languages:
        version += f"/languages={'+'.join(sorted(languages))}"
    return ReadingRules(version=version, languages=languages, minimum_words=minimum_words)


def _slices(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]


def _by_website(pages: Sequence[PageToRead]) -> Iterator[list[PageToRead]]:
    for _, group in groupby(pages, key=lambda page: page.website_url):
        yield list(group)


def _n_pages(reading: WebsiteReading) -> int:
    return len(reading.documents) + len(reading.rejections) + len(reading.faults)


def _read(
    page: PageToRead, read_page: Callable[[str, int], ArchivedBody], extractor: Extractor
) -> PageContent | UnreadablePage | PageFault:
    try:
        archived = read_page(page.archive_file, page.archive_offset)
    except RetriableError:
        raise  # the whole archive is out of reach: stop, and go on from here next time
    except _PAGE_FAULTS as fault:
        return PageFault(detail=_told(fault))
    content_type = _header(archived.headers, "content-type") or page.media_type
    try:
        return extractor.read(archived.body, content_type=content_type, url=page.final_url)
    except MemoryError:
        raise
    except Exception as fault:  # a stranger's page must never stop a run; it is counted as failed
        return PageFault(detail=_told(fault))


def _told(fault: BaseException) -> str:
    return clean_line(f"{type(fault).__name__}: {fault}", limit=300)


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _keep(
    store: Store, wave: str, websites: Sequence[WebsiteUrl], readings: Sequence[WebsiteReading]
) -> None:
    with store.transaction():
        tables.insert_documents(
            store,
            wave,
            websites=websites,
            documents=[document for reading in readings for document in reading.documents],
            rejections=[
                rejection
                for reading in readings
                for rejection in (*reading.rejections, *reading.faults)
            ],
        )
        tables.insert_website_text(store, wave, [reading.website_text for reading in readings])


def _grouped_by_website(pending: Sequence[PendingLink]) -> list[list[PendingLink]]:
    return [list(group) for _, group in groupby(pending, key=lambda pair: pair.website_url)]


def _judge(
    store: Store,
    wave: str,
    groups: Sequence[Sequence[PendingLink]],
    read_page: Callable[[str, int], ArchivedBody],
) -> list[WebsiteLink]:
    """Judge the pairs of some websites, in order; each website's pages are read once."""
    websites = [group[0].website_url for group in groups]
    units = tables.load_units_to_link(store, wave, [p.unit_id for group in groups for p in group])
    pages = {
        group[0].website_url: group
        for group in _by_website(tables.load_pages_to_read(store, wave, websites))
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
    except _PAGE_FAULTS:
        return (
            None  # extract_documents has counted this page as failed; absence proves nothing here
        )
    content_type = _header(archived.headers, "content-type") or page.media_type
    return SourcePage(url=page.final_url, body=archived.body, content_type=content_type)
