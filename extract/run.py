"""The stage that turns kept pages into documents."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from extract.archived import PAGE_FAULTS, WEBSITES_AT_ONCE, by_website, content_type
from extract.cleaning import clean_line
from extract.website import PageFault, ReadingRules, ReadPage, assemble_website
from storage.errors import RetriableError
from storage.records.stage import StageReport, no_progress
from storage.tables import text as tables
from storage.tables.reuse import reuse_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from extract.archived import ArchivedBody
    from extract.text import Extractor, PageContent, UnreadablePage
    from extract.website import WebsiteReading
    from storage.database import Store
    from storage.records.frame import WebsiteUrl
    from storage.records.stage import ProgressListener
    from storage.records.text import PageToRead

T = TypeVar("T")

MINIMUM_WORDS = 20  # of a whole website (Daas: fewer cannot be decided on)


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
        for batch in _slices(websites, WEBSITES_AT_ONCE):
            readings = []
            for pages in by_website(tables.load_pages_to_read(store, wave, batch)):
                read = [ReadPage(page=p, content=_read(p, read_page, extractor)) for p in pages]
                readings.append(assemble_website(read, rules=rules))
                progress("extract", tally.accounted + sum(map(_n_pages, readings)), tally.taken)
            _keep(store, wave, batch, readings)
            tally.add(readings)
    except KeyboardInterrupt:
        return tally.report(interrupted=True)
    return tally.report(interrupted=False)


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


def _n_pages(reading: WebsiteReading) -> int:
    return len(reading.documents) + len(reading.rejections) + len(reading.faults)


def _read(
    page: PageToRead, read_page: Callable[[str, int], ArchivedBody], extractor: Extractor
) -> PageContent | UnreadablePage | PageFault:
    try:
        archived = read_page(page.archive_file, page.archive_offset)
    except RetriableError:
        raise  # the whole archive is out of reach: stop, and go on from here next time
    except PAGE_FAULTS as fault:
        return PageFault(detail=_told(fault))
    sent = content_type(archived, page)
    try:
        return extractor.read(archived.body, content_type=sent, url=page.final_url)
    except MemoryError:
        raise
    except Exception as fault:  # a stranger's page must never stop a run; it is counted as failed
        return PageFault(detail=_told(fault))


def _told(fault: BaseException) -> str:
    return clean_line(f"{type(fault).__name__}: {fault}", limit=300)


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
