from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from crawled_rows import website_rows
from hypothesis import given
from hypothesis import strategies as st
from loopback_sites import WAVE, LoopbackSite, MakeSite, Reply, load_frame, page, polite

from crawlers.answers import Answer, Fault
from crawlers.markup import read_markup
from crawlers.run import crawl_websites
from crawlers.signals import WebsiteSignals, directives, read_metas
from storage.accounting import Outcome
from storage.database import Store
from storage.page_archive import Exchange
from storage.workspace import Workspace


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["noindex"], {"noindex"}),
        (["NoIndex , NOFOLLOW"], {"noindex", "nofollow"}),
        (["none"], {"noindex", "nofollow"}),
        (["all"], set()),
        (["sectorlens: noindex"], {"noindex"}),
        (["googlebot: noindex, nofollow"], set()),
        (["googlebot: nofollow, sectorlens: noarchive, noai"], {"noarchive", "noai"}),
        (["googlebot: nofollow", "noimageai"], {"noimageai"}),
        (["unavailable_after: 25 Jun 2030 15:00:00 PST, noindex"], {"noindex"}),
        (["max-snippet: 20, nofollow"], {"nofollow"}),
        (["*: noai"], {"noai"}),
        (["", ",,,", ":"], set()),
    ],
)
def test_a_robots_tag_is_read_for_whom_it_is(values: list[str], said: set[str]) -> None:
    assert directives(values) == said


def noted(html: str, **headers: str) -> set[str]:
    return WebsiteSignals(polite()).note(
        "https://firma.example/",
        [(name.replace("_", "-"), value) for name, value in headers.items()],
        read_markup(html),
    )


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<meta name="robots" content="noindex,nofollow">', {"noindex", "nofollow"}),
        ("<META NAME=Robots CONTENT=NOAI>", {"noai"}),
        ('<meta name="sectorlens" content="noarchive">', {"noarchive"}),
        ('<meta name="googlebot" content="noindex">', set()),
        ('<!-- <meta name="robots" content="noindex"> -->', set()),
        ('<meta name="tdm-reservation" content="1">', {"tdm-reservation"}),
        ('<meta name="tdm-reservation" content="0">', set()),
    ],
)
def test_what_elements_of_a_page_say_is_read(html: str, said: set[str]) -> None:
    assert noted(html) == said


def test_headers_and_elements_are_added_up() -> None:
    said = noted('<meta name="robots" content="noai">', X_Robots_Tag="noindex", TDM_Reservation="1")
    assert said == {"noai", "noindex", "tdm-reservation"}


@given(st.lists(st.text(max_size=80), max_size=5))
def test_any_header_is_read(values: list[str]) -> None:
    assert directives(values) <= {"noindex", "nofollow", "noarchive", "noai", "noimageai"}


def signalling(make_site: MakeSite, tdm_file: str = "") -> LoopbackSite:
    html = {"Content-Type": "text/html"}
    pages: Mapping[str, Reply] = {
        "/": page("Home", "/hidden", "/dead-end", "/plain", "/gallery/1"),
        "/hidden": Reply(body=page("Hidden").body, headers=html | {"X-Robots-Tag": "noindex"}),
        "/dead-end": Reply(
            body=b'<meta name="robots" content="nofollow"><h1>End</h1><a href="/behind">x</a>',
            headers=html,
        ),
        "/behind": page("Behind"),
        "/plain": page("Plain"),
        "/gallery/1": Reply(
            body=page("Gallery").body,
            headers=html | {"tdm-reservation": "1", "tdm-policy": "https://firma.example/tdm"},
        ),
    }
    answers = dict(pages)
    if tdm_file:
        answers["/.well-known/tdmrep.json"] = Reply(body=tdm_file.encode())
    return make_site(answers)


def kept(workspace: Workspace, site: LoopbackSite, **settings: object) -> tuple[set[str], str]:
    load_frame(workspace, [site.url])
    crawl_websites(workspace, WAVE, politeness=polite(**settings))
    with Store(workspace.database) as store:
        pages = {row[0].rpartition(":")[2] for row in store.rows("SELECT url FROM page")}
        (row,) = website_rows(store, WAVE).to_pylist()
    return {page.partition("/")[2] for page in pages}, row["outcome"] + " " + row["detail"]


def test_by_default_signals_are_recorded_and_nothing_else_changes(
    workspace: Workspace, make_site: MakeSite
) -> None:
    site = signalling(make_site)
    assert kept(workspace, site)[0] == {"", "hidden", "dead-end", "behind", "plain", "gallery/1"}
    assert "/.well-known/tdmrep.json" not in site.paths
    with Store(workspace.database) as store:
        told = store.rows("SELECT signal, n_pages, detail FROM website_signal ORDER BY signal")
    assert told == [
        ("nofollow", 1, ""),
        ("noindex", 1, ""),
        ("tdm-policy", None, "https://firma.example/tdm"),
        ("tdm-reservation", 1, ""),
    ]


def test_where_the_policy_refuses_such_pages_are_not_kept(
    workspace: Workspace, make_site: MakeSite
) -> None:
    reserving = [{"location": "/plain", "tdm-reservation": 1}, {"location": "/", "x": []}, "y"]
    site = signalling(make_site, json.dumps(reserving))
    pages, _ = kept(
        workspace, site, on_noindex="refuse", on_nofollow="obey", on_tdm_reservation="refuse"
    )
    assert pages == {"", "dead-end"}
    assert site.paths.count("/.well-known/tdmrep.json") == 1
    assert "/behind" not in site.paths


def test_a_start_page_that_is_refused_refuses_the_website(
    workspace: Workspace, make_site: MakeSite
) -> None:
    site = signalling(make_site, '[{"location": "/", "tdm-reservation": 1}]')
    pages, outcome = kept(workspace, site, on_tdm_reservation="refuse")
    assert pages == set()
    assert outcome.startswith("refused_robots tdm-reservation at http")


def answered(body: bytes, status: int = 200) -> Answer:
    exchange = Exchange(
        url="https://firma.example/.well-known/tdmrep.json",
        fetched_at=datetime.now(UTC),
        address="",
        request_headers=(),
        http_status=status,
        headers=(),
        body=body,
    )
    return Answer(exchange=exchange, body=body)


@pytest.mark.parametrize(
    "answer",
    [
        *(
            answered(body)
            for body in (b"", b"{}", b"[" * 100_000, b"[1, null, {}]", b'[{"location": 5}]', b"\0")
        ),
        answered(b" " * 600_000 + b'[{"location": "/", "tdm-reservation": 1}]'),
        answered(b'[{"location": "/", "tdm-reservation": 1}]', status=500),
        Fault(reason=Outcome.TIMEOUT, detail="late"),
    ],
)
def test_a_tdm_file_that_is_none_reserves_nothing(answer: Answer | Fault) -> None:
    signals = WebsiteSignals(polite(on_tdm_reservation="ask"))
    assert signals.asks_for_file
    signals.read_file(answer)
    assert not signals.asks_for_file
    assert signals.note("https://firma.example/", [], read_markup("")) == set()
    assert signals.as_json() == ""


def test_the_longest_rule_of_a_tdm_file_holds() -> None:
    rules = [
        {"location": "/", "tdm-reservation": 1},
        {"location": "/open/*.html$", "tdm-reservation": 0},
    ]
    signals = WebsiteSignals(polite(on_tdm_reservation="ask"))
    signals.read_file(answered(json.dumps(rules).encode()))
    assert signals.note("https://firma.example/shop", [], read_markup("")) == {"tdm-reservation"}
    assert signals.note("https://firma.example/open/a.html", [], read_markup("")) == set()


@pytest.mark.parametrize("part", ["<!--", "<meta ", "<meta name=robots content=", "<!-- -->", '"'])
def test_a_head_made_to_hurt_costs_bounded_time(part: str) -> None:
    started = time.process_time()
    read_metas(part * 100_000 + " robots")
    assert time.process_time() - started < 0.5
