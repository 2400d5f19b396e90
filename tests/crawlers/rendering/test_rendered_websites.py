"""Websites made by scripts, crawled whole: what is asked of them, what is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import pairwise

import pytest
from crawled_rows import load_pages, website_rows
from loopback_sites import WAVE, LoopbackSite, MakeSite, Reply, load_frame, page, polite
from scripted_sites import NEEDS_BROWSER, WORDS, application, routed, script, shell
from warcio.archiveiterator import ArchiveIterator

from crawlers.run import crawl_websites
from storage.database import Store
from storage.page_archive import read_page
from storage.records.crawl import Page
from storage.records.frame import WebsiteUrl
from storage.records.stage import StageReport
from storage.workspace import Workspace

TEXT = WORDS[:60].encode()


def crawled(
    workspace: Workspace, *sites: LoopbackSite, **manners: object
) -> tuple[StageReport, list[list[tuple[Page, bytes]]]]:
    """Crawl websites; returns the report, and of each website its pages and what they hold."""
    load_frame(workspace, [site.url for site in sites])
    report = crawl_websites(workspace, WAVE, politeness=polite(**manners))
    with Store(workspace.database) as store:
        pages = [load_pages(store, WAVE, WebsiteUrl(site.url)) for site in sites]
    return report, [
        [(p, read_page(workspace.root, p.archive_file, p.archive_offset).body) for p in kept]
        for kept in pages
    ]


def added(name: str, url: str) -> str:
    return (
        f"document.head.append(Object.assign(document.createElement('{name}'), {{src: '{url}'}}));"
    )


def fetched(url: str, method: str = "GET") -> str:
    return f"fetch('{url}', {{mode: 'no-cors', method: '{method}'}}).catch(() => 0);"


class Web:
    """Five websites and a host of scripts, crawled once."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.static = LoopbackSite(
            {"/": page("Static", "/shell", text=WORDS * 3), "/shell": shell()}
        )
        self.application = LoopbackSite(
            application({"/": ("/about", "/offer"), "/about": (), "/offer": ()})
        )
        tell = "[navigator.userAgent, navigator.language, document.cookie].join(' ')"
        self.teller = LoopbackSite(
            {"/": shell(f"document.body.append({tell} + ' {WORDS}')", lang="de")}
        )
        port = self.application.port
        fill = f"document.getElementById('root').textContent = '{WORDS}'"
        self.named = LoopbackSite({"/lib.js": script(fill), "/data": Reply(body=b"{}")}, port=port)
        self.other = LoopbackSite({"/lib.js": script(fill)}, port=port)
        self.asker = LoopbackSite(
            {
                "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /secret\n"),
                "/": shell(self._asks(), head=self._tags()),
                "/open.json": Reply(body=b"{}"),
            },
            port=port,
        )
        self.bare = LoopbackSite(
            {"/": shell(added("script", f"{self.other.url}lib.js"))}, port=port
        )
        routes = ("#/about", "#!/offer", "/#/team?x=1", "#top", "#/", "#/home", "/plain")
        self.routed = LoopbackSite(routed((*routes, *(f"#/more{n}" for n in range(60)))))
        write = f"document.body.appendChild(frame).contentDocument.body.textContent = '{WORDS}'"
        self.framed = LoopbackSite(
            {"/": shell(f"const frame = document.createElement('iframe'); {write}")}
        )
        self.visited = {
            "static": self.static,
            "routed": self.routed,
            "framed": self.framed,
            "application": self.application,
            "teller": self.teller,
            "asker": self.asker,
            "bare": self.bare,
        }
        self.report, kept = crawled(
            workspace, *self.visited.values(), script_hosts=(self.named.address,)
        )
        self.pages = dict(zip(self.visited, kept, strict=True))

    def _asks(self) -> str:
        frames = "document.body.innerHTML += '<img src=/a.png><iframe src=/secret/f></iframe>';"
        return (
            fetched("/open.json") + fetched("/secret/a.json") + fetched("/form", "POST")
            + fetched(f"{self.named.url}data") + fetched(f"{self.other.url}lib.js")
            + added("script", f"{self.named.url}lib.js") + frames
        )  # fmt: skip

    def _tags(self) -> str:
        return (
            '<link rel="stylesheet" href="/a.css"><link rel="prefetch" href="/next">'
            f'<link rel="icon" href="/icon.png"><script src="{self.other.url}lib.js"></script>'
        )

    def close(self) -> None:
        for site in (*self.visited.values(), self.named, self.other):
            site.close()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    made = Web(Workspace(tmp_path_factory.mktemp("rendered")))
    yield made
    made.close()


class TestWithBrowser:
    pytestmark = NEEDS_BROWSER

    def test_text_and_links_that_scripts_make_are_found(self, web: Web) -> None:
        pages = web.pages["application"]
        assert [p.rendered for p, _ in pages] == [True, True, True]
        assert all(TEXT in body and b"<script" not in body for _, body in pages)
        home = web.application.url
        assert {p.url.removeprefix(home) for p, _ in pages} == {"", "about", "offer"}

    def test_each_route_behind_the_fragment_is_a_page_made_of_the_same_answer(
        self, web: Web
    ) -> None:
        pages = [p.final_url.removeprefix(web.routed.url) for p, _ in web.pages["routed"]]
        assert {"", "#/about", "#!/offer", "#/team?x=1"} <= set(pages)
        assert "#/home" not in pages, "what it shows is the start page"
        assert len(pages) <= 10, "no more than may be rendered of one website"
        asked = web.routed.paths
        assert len(asked) == len(set(asked)), "the page that makes them is asked for once"
        for kept, body in web.pages["routed"]:
            route = kept.final_url.partition("#")[2].lstrip("!").strip("/") or "home"
            assert body.count(route.encode()) > 9

    def test_routes_refer_to_the_answer_they_were_made_of(self, web: Web) -> None:
        (file,) = {web.workspace.root / p.archive_file for p, _ in web.pages["routed"]}
        with file.open("rb") as records:
            heads = [(record.rec_type, record.rec_headers) for record in ArchiveIterator(records)]
        home = web.routed.url
        (response,) = [
            head.get_header("WARC-Record-ID")
            for kind, head in heads
            if kind == "response" and head.get_header("WARC-Target-URI") == home
        ]
        made = {
            head.get_header("WARC-Target-URI"): head.get_header("WARC-Refers-To")
            for kind, head in heads
            if kind == "conversion" and head.get_header("WARC-Target-URI").startswith(home)
        }
        assert set(made) == {p.final_url for p, _ in web.pages["routed"]}
        assert set(made.values()) == {response}

    def test_what_scripts_write_into_a_frame_is_read(self, web: Web) -> None:
        assert TEXT in web.pages["framed"][0][1]

    def test_a_website_whose_start_page_has_text_is_not_rendered(self, web: Web) -> None:
        assert [p.rendered for p, _ in web.pages["static"]] == [False, False]

    def test_nothing_is_asked_for_twice_and_all_of_it_counts(self, web: Web) -> None:
        asked = web.application.paths
        assert len(asked) == len(set(asked)), "scripts and pages are asked for once"
        with Store(web.workspace.database) as store:
            spent = {
                r["website_url"]: r["n_requests"] for r in website_rows(store, WAVE).to_pylist()
            }
        assert spent[web.application.url] == len(asked)
        assert spent[web.static.url] == len(web.static.paths)

    def test_the_answer_and_what_was_made_of_it_are_archived(self, web: Web) -> None:
        ((kept, body),) = web.pages["teller"]
        with (web.workspace.root / kept.archive_file).open("rb") as stream:
            records = [
                (r.rec_type, r.rec_headers, r.content_stream().read())
                for r in ArchiveIterator(stream, check_digests="raise")
                if r.rec_headers.get_header("WARC-Target-URI") == kept.url
            ]
        assert [kind for kind, _, _ in records] == ["request", "response", "conversion"]
        _, response, static = records[1]
        _, conversion, made = records[2]
        assert b'<div id="root"></div>' in static
        assert made == body
        assert conversion.get_header("WARC-Refers-To") == response.get_header("WARC-Record-ID")
        assert kept.n_bytes == len(made)

    def test_servers_and_scripts_are_told_who_we_are(self, web: Web) -> None:
        agents = {headers["User-Agent"] for _, _, headers in web.application.requests}
        assert agents == {polite().user_agent}
        ((_, body),) = web.pages["teller"]
        assert f"{polite().user_agent} de ".encode() in body

    def test_sub_requests_keep_to_the_website_its_robots_and_the_hosts_named(
        self, web: Web
    ) -> None:
        assert sorted(web.asker.paths) == ["/", "/open.json", "/robots.txt"]
        assert web.other.paths == []
        assert web.named.paths == ["/robots.txt", "/lib.js"], "a script, and no data"
        ((kept, body),) = web.pages["asker"]
        assert kept.rendered
        assert TEXT in body

    def test_a_page_that_shows_nothing_without_what_we_may_not_ask_still_needs_a_browser(
        self, web: Web
    ) -> None:
        ((kept, _),) = web.pages["bare"]
        assert not kept.rendered
        (issue,) = web.report.issues
        assert (issue.code, issue.count) == ("pages_not_rendered", 1)

    def test_budgets_and_delays_hold(self, make_site: MakeSite, workspace: Workspace) -> None:
        links = tuple(f"/p{n}" for n in range(6))
        site = make_site(application(dict.fromkeys(("/", *links), links)))
        greedy = make_site(
            lambda path, _: (
                shell("let n = 0; setInterval(() => fetch('/x' + n++), 1)")
                if path == "/"
                else Reply(status=404)
            )
        )
        _, (pages, _) = crawled(
            workspace,
            site,
            greedy,
            max_rendered_pages_per_website=3,
            max_requests_for_rendering=12,
            render_seconds=4.0,
            delay_seconds=0.2,
        )
        assert sum(p.rendered for p, _ in pages) == 3
        assert sum(path.startswith("/x") for path in greedy.paths) <= 12
        for asked in (site, greedy):
            moments = [moment for _, moment, _ in asked.requests]
            assert min(b - a for a, b in pairwise(moments)) > 0.15, "scripts wait their turn, too"


class TestWithoutBrowser:
    def test_the_page_is_kept_as_answered_and_it_is_said_once(
        self, make_site: MakeSite, workspace: Workspace
    ) -> None:
        sites = [make_site(application({"/": ("/about",), "/about": ()})) for _ in range(2)]
        static = make_site({"/": page("Static", text=WORDS * 3)})
        report, kept = crawled(workspace, *sites, static, browser_path="/nowhere/chromium")
        assert report.done == 3
        assert [[p.rendered for p, _ in pages] for pages in kept] == [[False], [False], [False]]
        (issue,) = report.issues
        assert (issue.code, issue.count) == ("no_browser", 2)
        assert "/nowhere/chromium" in issue.detail
        assert all("/app.js" not in site.paths for site in sites) or sites[0].paths

    def test_a_program_that_is_no_browser_is_told(
        self, make_site: MakeSite, workspace: Workspace
    ) -> None:
        site = make_site(application({"/": ()}))
        report, ([(kept, _)],) = crawled(workspace, site, browser_path="/bin/false")
        assert not kept.rendered
        assert [issue.code for issue in report.issues] == ["no_browser"]

    def test_never_means_never(self, make_site: MakeSite, workspace: Workspace) -> None:
        site = make_site(application({"/": ()}))
        report, ([(kept, _)],) = crawled(workspace, site, render="never")
        assert (kept.rendered, report.issues) == (False, ())
        assert "/app.js" not in site.paths
        with Store(workspace.database) as store:  # a later wave, with a browser, reads it anew
            (row,) = website_rows(store, WAVE).to_pylist()
        assert "could not be rendered: by the settings" in row["detail"]

    def test_the_record_says_no_unless_told(self) -> None:
        assert {f.name: f.default for f in dataclasses.fields(Page)}["rendered"] is False
