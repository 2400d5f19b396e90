from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_sites import pages_of, polite

from crawlers.journal import CrawlJournal, CrawlTask, read_task, unfinished, write_task
from crawlers.journal_lines import JOURNAL_FILE, ended_visits
from storage.accounting import Outcome
from storage.page_archive import Exchange, read_page
from storage.records.crawl import FetchFailure, Page, RunId, WebsiteTask, WebsiteVisit
from storage.records.frame import WebsiteUrl

MOMENT = datetime(2026, 11, 22, 1, 2, 3, 456, tzinfo=UTC)
SITE = WebsiteUrl("http://a.example/")
ARCHIVE = "archive/2026/run.warc.gz"


def exchange(path: str) -> Exchange:
    return Exchange(
        url=f"{SITE}{path}",
        fetched_at=MOMENT,
        address="127.0.0.1",
        request_headers=(("Host", "a.example"),),
        http_status=200,
        headers=(("Content-Type", "text/html"),),
        body=f"<html>{path}</html>".encode(),
    )


def page(path: str, position: int) -> Page:
    return Page(
        website_url=SITE,
        url=f"{SITE}{path}",
        final_url=f"{SITE}{path}",
        fetched_at=MOMENT,
        http_status=200,
        media_type="text/html",
        n_bytes=20,
        body_digest="sha256:0",
        archive_file="",
        archive_offset=0,
        position=position,
    )


def failure() -> FetchFailure:
    return FetchFailure(
        website_url=SITE, url=f"{SITE}gone", reason=Outcome.NOT_FOUND, detail="", failed_at=MOMENT
    )


def visit(number: int = 1) -> WebsiteVisit:
    return WebsiteVisit(
        website_url=SITE,
        final_url=SITE,
        outcome=Outcome.REACHED,
        detail="ümläut \u2028",
        n_requests=4,
        n_pages=2,
        n_bytes=40,
        started_at=MOMENT,
        ended_at=MOMENT,
        pass_number=number,
    )


def opened(root: Path) -> CrawlJournal:
    run = root / "run"
    run.mkdir(exist_ok=True)
    return CrawlJournal(root, run, ARCHIVE)


def written(root: Path, *, ended: bool) -> None:
    with opened(root) as journal:
        journal.keep_page(exchange("one"), page("one", 0), requests=2, n_bytes=20)
        journal.note_failure(failure(), requests=3, n_bytes=20)
        journal.keep_page(exchange("two"), page("two", 1), requests=4, n_bytes=40)
        if ended:
            journal.end_visit(visit())


def test_an_ended_visit_is_read_back_with_its_pages_and_failures(tmp_path: Path) -> None:
    written(tmp_path, ended=True)
    (ended,) = ended_visits(tmp_path / "run")
    assert ended.visit == visit()
    assert ended.failures == (failure(),)
    assert [one.url for one in pages_of(ended)] == [f"{SITE}one", f"{SITE}two"]
    last = pages_of(ended)[1]
    assert read_page(tmp_path, last.archive_file, last.archive_offset).body == b"<html>two</html>"


def test_an_open_visit_is_gone_on_with(tmp_path: Path) -> None:
    written(tmp_path, ended=False)
    with opened(tmp_path) as journal:
        so_far = journal.open_visits[SITE]
        assert (so_far.requests, so_far.bytes) == (4, 40)
        assert len(so_far.pages) == 2
        journal.end_visit(visit())
    (ended,) = ended_visits(tmp_path / "run")
    assert len(pages_of(ended)) == 2


def test_a_second_pass_in_the_same_run_keeps_to_its_own_pages(tmp_path: Path) -> None:
    written(tmp_path, ended=True)
    with opened(tmp_path) as journal:
        journal.keep_page(exchange("three"), page("three", 0), requests=1, n_bytes=1)
        journal.end_visit(visit(2))
    first, second = ended_visits(tmp_path / "run")
    assert (len(pages_of(first)), len(pages_of(second))) == (2, 1)


@given(lost=st.integers(min_value=1, max_value=2500), from_archive=st.booleans())
def test_whatever_tail_is_lost_a_whole_prefix_remains(lost: int, from_archive: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        written(root, ended=True)
        victim = root / ARCHIVE if from_archive else root / "run" / JOURNAL_FILE
        whole = victim.read_bytes()
        victim.write_bytes(whole[: max(0, len(whole) - lost)])
        with opened(root) as journal:
            kept = list(journal.open_visits.get(SITE).pages) if SITE in journal.open_visits else []
            for one in kept:
                assert read_page(root, one.archive_file, one.archive_offset).url == one.url
            added = journal.keep_page(exchange("new"), page("new", 9), requests=9, n_bytes=9)
        assert read_page(root, added.archive_file, added.archive_offset).url == f"{SITE}new"


def test_a_task_survives_its_file(tmp_path: Path) -> None:
    sites = tuple(
        WebsiteTask(
            website_url=WebsiteUrl(f"http://{n}.example/"), scheme_given=True, pass_number=n
        )
        for n in (1, 2)
    )
    task = CrawlTask(
        run_id=RunId("r"), wave="2026", archive_file=ARCHIVE, websites=sites, politeness=polite()
    )
    write_task(tmp_path / "r", task)
    assert read_task(tmp_path / "r") == task
    assert list(unfinished(task, {(sites[0].website_url, 1)})) == [sites[1]]


@pytest.mark.parametrize("rubbish", [b"{", b"\x00" * 50 + b"\n", b"not json\n", b"\xff\xfe\n"])
def test_rubbish_at_the_end_is_cut_away(tmp_path: Path, rubbish: bytes) -> None:
    written(tmp_path, ended=True)
    path = tmp_path / "run" / JOURNAL_FILE
    whole = path.read_bytes()
    path.write_bytes(whole + rubbish)
    opened(tmp_path).__exit__(None, None, None)
    assert path.read_bytes() == whole
