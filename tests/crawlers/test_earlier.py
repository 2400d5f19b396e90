from __future__ import annotations

import gzip
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crawled_rows import load_pages
from loopback_sites import Answering, LoopbackSite, MakeSite, Reply, load_frame, page, polite
from warcio.archiveiterator import ArchiveIterator

from crawlers.earlier import MAX_TRUSTED, NOTHING, EarlierPages, KnownPage, conditions
from crawlers.run import crawl_websites
from storage.accounting import Outcome
from storage.database import Store
from storage.page_archive import read_page, warc_date
from storage.records.crawl import Page, RunId, WebsiteVisit
from storage.records.frame import WebsiteUrl
from storage.tables.crawl import insert_crawl, write_earlier_pages
from storage.workspace import Workspace

FIRST, SECOND = "w1", "w2"
MENU = ("/", "/about", "/products", "/contact", "/gone")


class ConditionalSite:
    """A website whose answers carry validators and which honours, or betrays, conditions."""

    def __init__(self, *, lies: bool = False, validators: bool = True, code: str = "") -> None:
        self.bodies = {path: page(f"Page {path}{code}", *MENU).body for path in MENU[:-1]}
        self.lies = lies
        self.validators = validators
        self.bytes_sent = 0
        self.site: LoopbackSite | None = None

    def __call__(self, path: str, _asked: int) -> Reply:
        body = self.bodies.get(path)
        if body is None:
            return Reply(status=404)
        tag = f'W/"{len(body)}-{hash(body) & 0xFFFF}"'
        headers = {"Content-Type": "text/html; charset=utf-8"}
        if self.validators:
            headers |= {"ETag": tag, "Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
        asked = self.site.requests[-1][2] if self.site else {}
        if self.lies or asked.get("If-None-Match") == tag:
            return Reply(status=304, headers=headers)
        sent = gzip.compress(body, mtime=0)
        self.bytes_sent += len(sent)
        return Reply(body=sent, headers=headers | {"Content-Encoding": "gzip"})


def crawled(workspace: Workspace, site: LoopbackSite, wave: str) -> list[Page]:
    load_frame(workspace, [site.url], wave)
    crawl_websites(workspace, wave, politeness=polite(render="never"))
    with Store(workspace.database) as store:
        return load_pages(store, wave, WebsiteUrl(site.url))


def made(
    make_site: MakeSite, answers: ConditionalSite, answering: Answering | None = None
) -> LoopbackSite:
    answers.site = make_site(answering or answers)
    return answers.site


def bodies(workspace: Workspace, pages: list[Page]) -> dict[str, bytes]:
    return {
        one.url: read_page(workspace.root, one.archive_file, one.archive_offset).body
        for one in pages
    }


def test_an_unchanged_website_is_asked_by_conditions_and_its_pages_stand_where_they_stood(
    make_site: MakeSite, workspace: Workspace
) -> None:
    answers = ConditionalSite()
    site = made(make_site, answers)
    first = crawled(workspace, site, FIRST)
    sent, n_requests = answers.bytes_sent, len(site.requests)
    second = crawled(workspace, site, SECOND)
    assert answers.bytes_sent == sent  # not a byte of a body
    assert len(site.requests) - n_requests <= len(first)  # robots.txt and the dead link are known
    assert {one.revisit for one in second} == {"server-not-modified"}
    assert [one.url for one in second] == [one.url for one in first]
    assert [one.body_digest for one in second] == [one.body_digest for one in first]
    assert [one.position for one in second] == list(range(4))
    assert bodies(workspace, second) == bodies(workspace, first)
    assert all(one.archived_at == old.fetched_at for one, old in zip(second, first, strict=True))
    third = crawled(workspace, site, "w3")
    assert [one.archive_offset for one in third] == [one.archive_offset for one in first]


def test_a_website_that_waited_for_a_browser_is_had_anew(
    make_site: MakeSite, workspace: Workspace
) -> None:
    answers = ConditionalSite()
    site = made(make_site, answers)
    crawled(workspace, site, FIRST)
    with Store(workspace.database) as store:
        store.execute(
            "INSERT INTO website_text BY NAME SELECT 'w1' AS wave, $url AS website_url,"
            " 'needs_browser' AS outcome, '' AS detail, 0 AS n_documents, 0 AS n_words,"
            " '' AS language, 'x' AS extractor, '' AS text_digest",
            {"url": site.url},
        )
    before = answers.bytes_sent
    assert all(not one.revisit for one in crawled(workspace, site, SECOND)[:1])
    assert answers.bytes_sent == 2 * before


def test_the_archive_says_what_a_revisit_refers_to(
    make_site: MakeSite, workspace: Workspace
) -> None:
    site = made(make_site, ConditionalSite())
    first = crawled(workspace, site, FIRST)
    crawled(workspace, site, SECOND)
    (file,) = (workspace.root / "archive" / SECOND).glob("*.warc.gz")
    with file.open("rb") as stream:
        records = [(r.rec_type, r.rec_headers) for r in ArchiveIterator(stream)]
    revisits = [headers for kind, headers in records if kind == "revisit"]
    assert len(revisits) == len(first)
    profile = revisits[0].get_header("WARC-Profile")
    assert profile == "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
    assert revisits[0].get_header("WARC-Refers-To-Target-URI") == site.url
    assert revisits[0].get_header("WARC-Payload-Digest") == first[0].payload_digest
    assert re.match(r"\d{4}-\d\d-\d\dT", revisits[0].get_header("WARC-Refers-To-Date"))


def test_a_page_that_changed_and_what_it_links_to_are_had_while_the_others_stay(
    make_site: MakeSite, workspace: Workspace
) -> None:
    answers = ConditionalSite()
    site = made(make_site, answers)
    crawled(workspace, site, FIRST)
    answers.bodies["/products"] = page("New products of ours", *MENU, "/new").body
    answers.bodies["/new"] = page("A page that is new").body
    second = {one.url.removeprefix(site.url): one for one in crawled(workspace, site, SECOND)}
    assert set(second) == {"", "about", "products", "contact", "new"}
    assert not second["products"].revisit
    assert not second["new"].revisit
    assert second["contact"].revisit == "server-not-modified"
    assert sorted(one.position for one in second.values()) == list(range(5))


def test_the_same_bytes_without_validators_are_not_archived_again(
    make_site: MakeSite, workspace: Workspace
) -> None:
    site = made(make_site, ConditionalSite(validators=False))
    first = crawled(workspace, site, FIRST)
    second = crawled(workspace, site, SECOND)
    assert {one.revisit for one in second} == {"identical-payload-digest"}
    assert bodies(workspace, second) == bodies(workspace, first)
    sizes = [
        sum(file.stat().st_size for file in (workspace.root / "archive" / wave).iterdir())
        for wave in (FIRST, SECOND)
    ]
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize("validators", [True, False])
def test_of_what_did_not_change_nothing_is_read_again(
    make_site: MakeSite, workspace: Workspace, validators: bool
) -> None:
    site = made(make_site, ConditionalSite(validators=validators))
    first = crawled(workspace, site, FIRST)
    for file in (workspace.root / "archive" / FIRST).iterdir():
        file.write_bytes(bytes(file.stat().st_size))  # whoever reads it finds nothing
    asked = len(site.requests)
    second = crawled(workspace, site, SECOND)
    assert [one.body_digest for one in second] == [one.body_digest for one in first]
    assert all(one.revisit for one in second)
    assert len(site.requests) - asked == len(first)


def test_a_page_whose_record_is_damaged_is_had_anew_where_it_is_needed(
    make_site: MakeSite, workspace: Workspace
) -> None:
    answers = ConditionalSite()
    site = made(make_site, answers)
    crawled(workspace, site, FIRST)
    for file in (workspace.root / "archive" / FIRST).iterdir():
        file.write_bytes(bytes(file.stat().st_size))
    answers.bodies["/contact"] = page("Another way to reach us", *MENU).body
    second = crawled(workspace, site, SECOND)
    assert len(bodies(workspace, second)) == 4
    assert sorted(one.position for one in second) == list(range(4))


def test_a_304_that_nobody_asked_for_is_no_page(make_site: MakeSite, workspace: Workspace) -> None:
    site = made(make_site, ConditionalSite(lies=True))
    assert crawled(workspace, site, FIRST) == []


def test_pages_whose_archive_is_gone_are_had_anew(
    make_site: MakeSite, workspace: Workspace
) -> None:
    site = made(make_site, ConditionalSite())
    crawled(workspace, site, FIRST)
    for file in (workspace.root / "archive" / FIRST).iterdir():
        file.unlink()
    second = crawled(workspace, site, SECOND)
    assert {one.revisit for one in second} == {""}
    assert len(bodies(workspace, second)) == 4


NOW = datetime(2026, 11, 22, tzinfo=UTC)
KNOWN = Page(
    website_url=WebsiteUrl("http://a.example/"),
    url="http://a.example/",
    final_url="http://a.example/",
    fetched_at=NOW,
    http_status=200,
    media_type="text/html",
    n_bytes=1,
    body_digest="sha256:0",
    archive_file="archive/w/x.warc.gz",
    archive_offset=0,
    position=0,
    etag='"a"',
    last_modified="Sat, 21 Nov 2026 10:00:00 GMT",
)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ["If-None-Match", "If-Modified-Since"]),
        ({"etag": ""}, ["If-Modified-Since"]),
        ({"etag": '"\u00fc"', "last_modified": ""}, []),
        ({"etag": '"a\rX: y"'}, ["If-Modified-Since"]),
        ({"archived_at": warc_date(NOW - MAX_TRUSTED)}, ["If-None-Match", "If-Modified-Since"]),
        ({"archived_at": warc_date(NOW - MAX_TRUSTED - timedelta(microseconds=1))}, []),
    ],
)
def test_conditions_are_what_may_be_sent_and_trusted(
    changes: dict[str, object], names: list[str]
) -> None:
    values = asdict(KNOWN) | {"archived_at": warc_date(NOW)} | changes
    known = KnownPage(**{name: values[name] for name in KnownPage._fields})
    fields = conditions(known, NOW.timestamp())
    assert [name for name, _ in fields] == names


def test_without_an_earlier_wave_nothing_is_known(tmp_path: Path) -> None:
    assert EarlierPages(tmp_path / "none", tmp_path).of("http://a.example/") == NOTHING


HOSTILE = ('W/"\t,\r\n\\"', "\x01\x7f\u2028\u00e9\U0001f600", "]}}'--", "\\u0022", '{"pages":[]}')


def visited(website: WebsiteUrl, *, pass_number: int = 1) -> WebsiteVisit:
    return WebsiteVisit(
        website_url=website, final_url=website, outcome=Outcome.REACHED, detail="", n_requests=1,
        n_pages=1, n_bytes=1, started_at=NOW, ended_at=NOW, pass_number=pass_number,
    )  # fmt: skip


def taken_over(store: Store, pages: list[Page], *, pass_number: int = 1) -> int:
    visit = visited(KNOWN.website_url, pass_number=pass_number)
    with store.transaction():
        return insert_crawl(
            store, wave=FIRST, run_id=RunId("r"), visits=[visit], pages=pages, failures=[]
        )


def test_what_an_earlier_wave_knew_is_told_whatever_a_server_wrote(workspace: Workspace) -> None:
    for wave in (FIRST, SECOND):
        load_frame(workspace, [KNOWN.website_url], wave)
    archive = workspace.root / KNOWN.archive_file
    archive.parent.mkdir(parents=True)
    archive.touch()
    url = KNOWN.website_url
    then = NOW.replace(microsecond=120)
    pages = [
        replace(
            KNOWN, url=f"{url}{n}", final_url=f"{url}{n}?{said}", etag=said, last_modified=said,
            media_type=said, position=n, fetched_at=then, archived_at=then,
        )
        for n, said in enumerate(HOSTILE)
    ]  # fmt: skip
    target = workspace.root / "earlier.jsonl"
    with Store(workspace.database) as store:
        taken_over(store, pages)
        write_earlier_pages(store, SECOND, [url], target)
    known = EarlierPages(target, workspace.root)
    assert url in known
    assert "http://b.example/" not in known
    assert known.of(url).is_settled
    told = [Page(**one._asdict(), fetched_at=then) for one in known.of(url).pages]
    assert told == [replace(page, archived_at=warc_date(then)) for page in pages]


def test_pages_of_a_later_pass_replace_those_of_the_same_address(workspace: Workspace) -> None:
    load_frame(workspace, [KNOWN.website_url], FIRST)
    again = replace(KNOWN, n_bytes=2)
    with Store(workspace.database) as store:
        assert taken_over(store, [KNOWN]) == 1
        assert taken_over(store, [again]) == 0  # of a visit that is there already
        assert load_pages(store, FIRST, KNOWN.website_url) == [KNOWN]
        assert taken_over(store, [again], pass_number=2) == 1
        assert load_pages(store, FIRST, KNOWN.website_url) == [again]


@pytest.mark.parametrize("status", [206, 400, 403, 405, 412, 431])
def test_a_server_that_cannot_do_with_conditions_is_asked_without(
    make_site: MakeSite, workspace: Workspace, status: int
) -> None:
    answers = ConditionalSite()
    site = made(
        make_site,
        answers,
        lambda path, asked: (
            Reply(body=b"no", status=status)
            if "If-None-Match" in site.requests[-1][2]
            else answers(path, asked)
        ),
    )
    first = crawled(workspace, site, FIRST)
    n_requests = len(site.requests)
    second = crawled(workspace, site, SECOND)
    assert [one.url for one in second] == [one.url for one in first]
    assert len(site.requests) - n_requests <= len(first) + 1, "told once"


def test_a_page_that_fails_in_a_later_wave_is_asked_for_no_second_time(
    make_site: MakeSite, workspace: Workspace
) -> None:
    answers = ConditionalSite()
    fails = False
    site = made(
        make_site,
        answers,
        lambda path, asked: (
            Reply(status=501) if fails and path == "/about" else answers(path, asked)
        ),
    )
    crawled(workspace, site, FIRST)
    fails, n_requests = True, len(site.requests)
    crawled(workspace, site, SECOND)
    asked = [path for path, _, _ in site.requests[n_requests:]]
    assert asked.count("/about") == 2, "once with conditions, once without"
    assert asked.count("/products") == 1


def test_a_start_page_that_is_not_sent_sets_its_cookie_all_the_same(
    make_site: MakeSite, workspace: Workspace
) -> None:
    """Without it each further page leads back to the start page."""
    answers = ConditionalSite()

    def with_session(path: str, asked: int) -> Reply:
        if path not in {"/", "/robots.txt"} and "Cookie" not in site.requests[-1][2]:
            return Reply(status=302, headers={"Location": "/"})
        reply = answers(path, asked)
        if path == "/" and reply.status == 200:
            return replace(reply, headers={**reply.headers, "Set-Cookie": "s=1; Path=/"})
        return reply

    site = made(make_site, answers, with_session)
    first = crawled(workspace, site, FIRST)
    assert len(first) == 4
    n_requests = len(site.requests)
    second = crawled(workspace, site, SECOND)
    assert [one.url for one in second] == [one.url for one in first]
    assert len(site.requests) - n_requests <= len(first) + 2, "the start page twice"
