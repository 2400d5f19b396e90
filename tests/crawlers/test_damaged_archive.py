"""Archives that lost their end, or were damaged in the middle: nothing else may be lost by it."""

from __future__ import annotations

import shutil
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crawled_rows import load_pages, website_rows
from loopback_sites import WAVE, MakeSite, load_frame, page, polite
from warcio.archiveiterator import ArchiveIterator

from crawlers.attempts import Attempt
from crawlers.journal import CrawlJournal
from crawlers.run import crawl_websites
from storage.database import Store
from storage.errors import InvalidInput
from storage.page_archive import Exchange, read_page
from storage.records.crawl import Page
from storage.records.frame import WebsiteUrl
from storage.workspace import Workspace

MOMENT = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
SITE = WebsiteUrl("http://a.example/")
ARCHIVE = "archive/2026/run.warc.gz"
PATHS = ("one", "two", "three")


def kept(journal: CrawlJournal, path: str) -> Page:
    url = f"{SITE}{path}"
    exchange = Exchange(
        url=url,
        fetched_at=MOMENT,
        address="127.0.0.1",
        request_headers=(("Host", "a.example"),),
        http_status=200,
        headers=(("Content-Type", "text/html"),),
        body=f"<html>{path} page</html>".encode(),
    )
    noted = Page(
        website_url=SITE,
        url=url,
        final_url=url,
        fetched_at=MOMENT,
        http_status=200,
        media_type="text/html",
        n_bytes=20,
        body_digest=f"sha256:{path}",
        archive_file="",
        archive_offset=0,
        position=PATHS.index(path) if path in PATHS else 9,
    )
    return journal.keep_page(exchange, noted, requests=1, n_bytes=20)


@pytest.fixture
def whole(tmp_path: Path) -> tuple[Path, list[int]]:
    """Give a run with three pages and an attempt, and the end of each page's records."""
    root, ends = tmp_path / "whole", []
    (root / "run").mkdir(parents=True)
    with CrawlJournal(root, root / "run", ARCHIVE) as journal:
        for path in PATHS:
            kept(journal, path)
            ends.append(journal.archive.end)
            attempt = Attempt(url=f"{SITE}gone", ended_at=MOMENT, number=1, status=404)
            journal.note_attempt(SITE, attempt, requests=1, n_bytes=20)
    return root, ends


def test_an_archive_cut_anywhere_in_its_last_records_keeps_all_before(
    whole: tuple[Path, list[int]], tmp_path: Path
) -> None:
    root, ends = whole
    content = (root / ARCHIVE).read_bytes()
    place = tmp_path / "cut"
    for length in range(ends[1], len(content)):
        shutil.copytree(root, place, dirs_exist_ok=True)
        (place / ARCHIVE).write_bytes(content[:length])
        with CrawlJournal(place, place / "run", ARCHIVE) as journal:
            pages = journal.open_visits[SITE].pages
            whole_pages = sum(end <= length for end in ends)
            assert [one.url for one in pages] == [f"{SITE}{path}" for path in PATHS[:whole_pages]]
            added = kept(journal, "added")
        for one in [*pages, added]:
            assert read_page(place, one.archive_file, one.archive_offset).url == one.url
        if length % 32 == 0:
            with (place / ARCHIVE).open("rb") as stream:
                kinds = [one.rec_type for one in ArchiveIterator(stream, check_digests="raise")]
            assert kinds.count("response") == whole_pages + 1


def test_a_damaged_byte_is_noticed_or_does_no_harm_and_costs_no_other_page(
    whole: tuple[Path, list[int]],
) -> None:
    root, ends = whole
    with CrawlJournal(root, root / "run", ARCHIVE) as journal:
        pages = list(journal.open_visits[SITE].pages)
    path, content = root / ARCHIVE, (root / ARCHIVE).read_bytes()
    n_noticed = 0
    for place in range(pages[1].archive_offset, ends[1]):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            found = read_page(root, ARCHIVE, pages[1].archive_offset)
            assert found.body == b"<html>two page</html>"
        except InvalidInput:
            n_noticed += 1
        for other in (pages[0], pages[2]):
            assert read_page(root, ARCHIVE, other.archive_offset).url == other.url
    assert n_noticed > (ends[1] - pages[1].archive_offset) / 3


def broken_at(workspace: Workspace, wave: str, url: str) -> None:
    """Damage the archived record of one page so that nothing can be read from it."""
    with Store(workspace.database) as store:
        found = store.rows(
            "SELECT archive_file, archive_offset FROM page WHERE wave = ? AND url = ?", [wave, url]
        )
    file, offset = found[0]
    with (workspace.root / file).open("r+b") as archive:
        archive.seek(offset + 20)
        archive.write(b"\0" * 40)
    with pytest.raises(InvalidInput):
        read_page(workspace.root, file, offset)


def bodies(workspace: Workspace, wave: str, website: str) -> dict[str, bytes]:
    with Store(workspace.database) as store:
        pages = load_pages(store, wave, WebsiteUrl(website))
    assert sorted(one.position for one in pages) == list(range(len(pages)))
    return {
        one.url: read_page(workspace.root, one.archive_file, one.archive_offset).body
        for one in pages
    }


@pytest.mark.parametrize("damaged", ["", "p1", "p5"])
def test_a_visit_that_goes_on_asks_again_for_pages_whose_records_are_damaged(
    make_site: MakeSite, workspace: Workspace, damaged: str
) -> None:
    links = [f"/p{n}" for n in range(6)]
    pages = {"/": page("The start of it", *links)}
    pages |= {path: page(path, text=f"Word{path[2:]} " * 40) for path in links}
    site = make_site(pages)
    load_frame(workspace, [site.url])
    crawl_websites(workspace, WAVE, politeness=polite())
    expected = bodies(workspace, WAVE, site.url)
    broken_at(workspace, WAVE, f"{site.url}{damaged}")
    # As if the process had died before its visit ended: the journal's last line is gone.
    journal = next(workspace.crawls.glob(f"{WAVE}/*/journal.jsonl"))
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    with Store(workspace.database) as store:
        for table in ("page", "website_visit", "crawl_run"):
            store.execute(f"DELETE FROM {table}")  # noqa: S608 - a table of ours
    asked = len(site.paths)
    assert crawl_websites(workspace, WAVE, politeness=polite()).done == 1
    assert site.paths[asked:] == [f"/{damaged}"]
    assert bodies(workspace, WAVE, site.url) == expected
    with Store(workspace.database) as store:
        (row,) = website_rows(store, WAVE).to_pylist()
    assert (row["outcome"], row["n_pages"]) == ("reached", 7)
    assert row["detail"] == "1 archived pages were damaged and asked for again"


def test_records_are_gzip_members_that_end_where_the_next_begins(
    whole: tuple[Path, list[int]],
) -> None:
    content, n_members = (whole[0] / ARCHIVE).read_bytes(), 0
    while content:
        inflater = zlib.decompressobj(zlib.MAX_WBITS + 16)
        assert inflater.decompress(content).startswith(b"WARC/1.1\r\n")
        assert inflater.eof
        content, n_members = inflater.unused_data, n_members + 1
    assert n_members == 1 + 3 * 3  # warcinfo; request, response and attempt for each page
