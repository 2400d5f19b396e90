"""Websites made by scripts, crawled whole: what is asked of them, what is kept."""

from __future__ import annotations

import dataclasses

from loopback_sites import WAVE, LoopbackSite, MakeSite, Reply, load_frame, page, polite
from scripted_sites import NEEDS_BROWSER, WORDS, application, script, shell
from warcio.archiveiterator import ArchiveIterator

from crawlers.run import crawl_websites
from storage.database import Store
from storage.page_archive import read_page
from storage.records.crawl import Page
from storage.records.frame import WebsiteUrl
from storage.records.stage import StageReport
from storage.tables.crawl import load_pages, website_rows
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


def added_script(url: str) -> str:
    return (
        f"document.head.append(Object.assign(document.createElement('script'), {{src: '{url}'}}));"
    )


class TestWithBrowser:
    pytestmark = NEEDS_BROWSER

    def test_text_and_links_that_scripts_make_are_found(
        self, make_site: MakeSite, workspace: Workspace
    ) -> None:
        site = make_site(application({"/": ("/about", "/offer"), "/about": (), "/offer": ()}))
        static = make_site({"/": page("Static", "/shell", text=WORDS * 3), "/shell": shell()})
        report, (pages, static_pages) = crawled(workspace, site, static)
        assert (report.done, report.issues) == (2, ())
        assert [p.rendered for p, _ in pages] == [True, True, True]
        assert all(TEXT in body and b"<script" not in body for _, body in pages)
        assert {p.url.removeprefix(site.url) for p, _ in pages} == {"", "about", "offer"}
        assert [p.rendered for p, _ in static_pages] == [False, False], "its start page has text"
        asked = [path for path in site.paths if path != "/robots.txt"]
        assert len(asked) == len(set(asked)), "scripts and pages are asked for once"
        assert site.paths.count("/app.js") == 1
        agents = {headers["User-Agent"] for _, _, headers in site.requests}
        assert agents == {polite().user_agent}
        with Store(workspace.database) as store:
            spent = website_rows(store, WAVE).to_pylist()
        assert sorted(row["n_requests"] for row in spent) == sorted(
            [len(site.requests), len(static.requests)]
        ), "what scripts ask for counts"

    def test_the_answer_and_what_was_made_of_it_are_archived(
        self, make_site: MakeSite, workspace: Workspace
    ) -> None:
        _, ([(kept, body)],) = crawled(workspace, make_site(application({"/": ()})))
        with (workspace.root / kept.archive_file).open("rb") as stream:
            records = [
                (r.rec_type, r.rec_headers, r.content_stream().read())
                for r in ArchiveIterator(stream, check_digests="raise")
            ]
        assert [kind for kind, _, _ in records] == ["warcinfo", "request", "response", "conversion"]
        _, response, static = records[2]
        _, conversion, made = records[3]
        assert b'<div id="root"></div>' in static
        assert made == body
        assert conversion.get_header("WARC-Refers-To") == response.get_header("WARC-Record-ID")
        assert kept.n_bytes == len(made)

    def test_scripts_are_told_who_we_are(self, make_site: MakeSite, workspace: Workspace) -> None:
        tell = "navigator.userAgent + ' ' + navigator.language + ' ' + document.cookie"
        home = shell(f"document.body.append({tell} + '{WORDS}')", lang="de")
        _, ([(_, body)],) = crawled(workspace, make_site({"/": home}))
        assert f"{polite().user_agent} de ".encode() in body

    def test_sub_requests_keep_to_the_website_and_its_robots(
        self, make_site: MakeSite, workspace: Workspace
    ) -> None:
        other = make_site({"/lib.js": script("x = 1"), "/data.json": Reply(body=b"{}")})
        ask = "".join(
            f"fetch('{url}', {{mode: 'no-cors', method: '{method}'}}).catch(() => 0);"
            for url, method in (
                ("/open.json", "GET"), ("/secret/a.json", "GET"), ("/form", "POST"),
                (f"{other.url}data.json", "GET"),
            )
        )  # fmt: skip
        tags = (
            f'<link rel="stylesheet" href="/a.css"><link rel="prefetch" href="/next">'
            f'<link rel="icon" href="/icon.png"><script src="{other.url}lib.js"></script>'
        )
        body = f"document.body.innerHTML += '<img src=/a.png><iframe src=/frame></iframe>{WORDS}';"
        robots = Reply(body=b"User-agent: *\nDisallow: /secret\n")
        site = make_site(
            {
                "/robots.txt": robots,
                "/": shell(ask + body, head=tags),
                "/open.json": Reply(body=b"{}"),
            }
        )
        crawled(workspace, site, max_pages_per_website=1)
        assert site.paths == ["/robots.txt", "/", "/open.json"]
        assert other.paths == []

    def test_script_hosts_of_the_settings_give_scripts_and_nothing_else(
        self, make_site: MakeSite, workspace: Workspace
    ) -> None:
        other = make_site(
            {
                "/lib.js": script(f"document.getElementById('root').textContent = '{WORDS}'"),
                "/data.json": Reply(body=b"{}"),
            }
        )
        tag = f"fetch('{other.url}data.json');" + added_script(f"{other.url}lib.js")
        site = make_site({"/": shell(tag)})
        _, ([(kept, body)],) = crawled(workspace, site, script_hosts=(other.address,))
        assert other.paths == []  # its port is none of those that may be asked
        assert not kept.rendered
        assert TEXT not in body

    def test_budgets_hold(self, make_site: MakeSite, workspace: Workspace) -> None:
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
        )
        assert sum(p.rendered for p, _ in pages) == 3
        assert sum(path.startswith("/x") for path in greedy.paths) <= 12


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

    def test_the_record_says_no_unless_told(self) -> None:
        assert {f.name: f.default for f in dataclasses.fields(Page)}["rendered"] is False
