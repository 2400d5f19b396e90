"""Pages of ended visits as their journal has them."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from loopback_sites import pages_of

from crawlers.earlier import KnownPage
from crawlers.journal import CrawlJournal
from crawlers.journal_lines import (
    JOURNAL_FILE,
    EndedVisit,
    NothingNew,
    ended_visits,
    page_from_line,
)
from crawlers.patience import Patience
from crawlers.yields import NoPage
from storage.accounting import Outcome
from storage.page_archive import Exchange, warc_date
from storage.records.crawl import Page, WebsiteVisit
from storage.records.frame import WebsiteUrl

MOMENT = datetime(2026, 11, 22, 1, 2, 3, 456, tzinfo=UTC)
SITE = WebsiteUrl("http://a.example/")


def page(path: str, position: int) -> Page:
    return Page(
        website_url=SITE, url=f"{SITE}{path}", final_url=f"{SITE}{path}", fetched_at=MOMENT,
        http_status=200, media_type="text/html", n_bytes=3, body_digest="", archive_file="",
        archive_offset=0, position=position,
    )  # fmt: skip


def written(root: Path) -> list[Page]:
    """Write a visit of three pages, the second of which is lost, and return those kept."""
    exchange = Exchange(
        url=SITE, fetched_at=MOMENT, address="", request_headers=(), http_status=200,
        headers=(("ETag", '"ä\u2028"'),), body=b"<p>",
    )  # fmt: skip
    with CrawlJournal(root, root, "a.warc.gz") as journal:
        pages = [
            journal.keep_page(exchange, page(path, k), requests=k, n_bytes=3 * k)
            for k, path in enumerate(["", "lost", "kept"])
        ]
        journal.note_lost(pages[1], requests=3, n_bytes=9)
        journal.end_visit(
            WebsiteVisit(
                website_url=SITE, final_url=SITE, outcome=Outcome.REACHED, detail="", n_requests=3,
                n_pages=2, n_bytes=9, started_at=MOMENT, ended_at=MOMENT,
            )
        )  # fmt: skip
    return [pages[0], pages[2]]


def only_visit(root: Path) -> EndedVisit:
    (ended,) = ended_visits(root)
    return ended


def test_pages_are_those_written_but_for_the_lost_one(tmp_path: Path) -> None:
    kept = written(tmp_path)
    ended = only_visit(tmp_path)
    assert pages_of(ended) == kept
    assert [(one.website_url, one.url) for one in ended.written] == [
        (SITE, one.url) for one in kept
    ]


def test_a_line_of_an_older_journal_gets_the_defaults_of_what_it_lacks(tmp_path: Path) -> None:
    written(tmp_path)
    journal = tmp_path / JOURNAL_FILE
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    for line in lines[:3]:
        for name in ("revisit", "rendered"):
            del line["record"][name]
    journal.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    ended = only_visit(tmp_path)
    assert [(one.revisit, one.rendered) for one in pages_of(ended)] == [("", False)] * 2
    fields = {field.name for field in dataclasses.fields(Page)}
    assert all(json.loads(one.line)["record"].keys() == fields for one in ended.written)


def test_a_run_of_an_earlier_version_goes_on_with_what_came_to_nothing(tmp_path: Path) -> None:
    nothing = NothingNew(website_url=SITE, url=f"{SITE}a.bin", counts=NoPage.FILE, led_to=(SITE,))
    with CrawlJournal(tmp_path, tmp_path, "a.warc.gz") as journal:
        journal.note_nothing(nothing, Patience(max_pages=5), requests=1, n_bytes=0)
    file = tmp_path / JOURNAL_FILE
    now = file.read_text()
    assert '"counts": "file"' in now
    file.write_text(now.replace('"counts": "file"', '"counts": 2.01'))
    with CrawlJournal(tmp_path, tmp_path, "a.warc.gz") as journal:
        assert journal.open_visits[SITE].nothing == [nothing]


def test_an_unchanged_page_is_the_earlier_one_but_for_what_is_known_anew(tmp_path: Path) -> None:
    earlier = KnownPage(
        website_url=SITE, url=f"{SITE}old", final_url=f"{SITE}a", http_status=200,
        media_type="text/x", n_bytes=7, body_digest="sha256:1",
        archive_file="archive/x", archive_offset=8, position=5, rendered=False, etag='"1"',
        last_modified="then", payload_digest="sha1:2", archived_at=warc_date(MOMENT),
    )  # fmt: skip
    later = MOMENT + timedelta(days=300)
    exchange = Exchange(
        url=f"{SITE}a", fetched_at=later, address="", request_headers=(), http_status=304,
        headers=(("etag", '"2"'), ("ETag", '"3"'), ("Last-Modified", "")), body=b"",
    )  # fmt: skip
    with CrawlJournal(tmp_path, tmp_path, "a.warc.gz") as journal:
        kept = journal.keep_unchanged(
            exchange, earlier, asked=f"{SITE}b", position=2, requests=1, n_bytes=0
        )
        assert journal.archive.end
    now = {"url": f"{SITE}b", "fetched_at": later, "position": 2, "etag": '"2"'}
    now["archived_at"] = MOMENT
    now["revisit"] = "server-not-modified"
    assert page_from_line(kept) == Page(**earlier._asdict() | now)
    assert (tmp_path / JOURNAL_FILE).read_text() == f"{kept}\n"
