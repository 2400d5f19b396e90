from __future__ import annotations

import gzip
import socket
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from crawled_rows import load_pages, website_rows
from loopback_sites import WAVE, LoopbackSite, MakeSite, Reply, load_frame, page, polite, redirect

from crawlers.run import crawl_websites
from storage.accounting import Outcome
from storage.database import Store
from storage.errors import NotReady
from storage.page_archive import read_page
from storage.records.frame import WebsiteUrl
from storage.records.stage import StageReport
from storage.workspace import Workspace

HTML = {"Content-Type": "text/html"}
ROBOTS = Reply(body=b"User-agent: *\nDisallow: /secret\n", headers={"Content-Type": "text/plain"})


def bilingual_site() -> dict[str, Reply]:
    menu = ("/", "/leistungen", "/impressum", "/kontakt", "/secret/plan", "/en/|English", "/a.pdf")
    return {
        "/robots.txt": ROBOTS,
        "/": page("Steiner Drohnen", *menu, "/news?utm_source=x", "/news#top", lang="de"),
        "/leistungen": page("Leistungen", *menu, lang="de"),
        "/impressum": page("Impressum", *menu, lang="de"),
        "/kontakt": page("Kontakt", *menu, lang="de"),
        "/news": page("Neues", *menu, lang="de"),
        "/en/": page("Steiner Drones", "/", lang="en"),
        "/secret/plan": page("Geheim"),
    }


def every_kind_of_site(make_site: MakeSite) -> dict[str, LoopbackSite]:
    home = page("Somebody else", text="Nothing in common with whom you looked for.")
    elsewhere = make_site({"/": home})
    bomb = gzip.compress(b"<html>" + b"A" * 3_000_000)
    parked = page("Welcome", text="Diese Domain steht zum Verkauf!")
    sites: dict[str, Any] = {
        "normal": bilingual_site(),
        "denied": {"/robots.txt": Reply(body=b"User-agent: *\nDisallow: /\n"), "/": page("No")},
        "robots_down": {"/robots.txt": Reply(status=503), "/": page("Never asked")},
        "no_robots_file": {"/": page("Home")},
        "missing": {"/robots.txt": ROBOTS},
        "forbidden": {"/": Reply(status=403, body=b"<html>no</html>", headers=HTML)},
        "looping": {"/": redirect("/a"), "/a": redirect("/")},
        "endless": lambda path, _: redirect(f"{path}x") if "robots" not in path else Reply(),
        "slow": {"/robots.txt": ROBOTS, "/": Reply(body=b"late", wait=4.0)},
        "hangs_up": {"/robots.txt": ROBOTS, "/": Reply(hang_up=True)},
        "parked": {"/": parked},
        "blank": {"/": Reply(headers=HTML)},
        "huge": {"/": Reply(body=b"<html>" + b"B" * 500_000, headers=HTML)},
        "bomb": {"/": Reply(body=bomb, headers=HTML | {"Content-Encoding": "gzip"})},
        "odd_encoding": {"/": Reply(body=b"\x00\x01", headers=HTML | {"Content-Encoding": "dcb"})},
        "picture": {"/": Reply(body=b"\x89PNG\r\n", headers={"Content-Type": "image/png"})},
        "too_many": lambda path, _: Reply(status=429, headers={"Retry-After": "0"}),
        "broken": {"/robots.txt": ROBOTS, "/": Reply(status=500)},
        "moved_away": {"/": redirect(f"http://{elsewhere.address}/")},
        "to_private": {"/": redirect("http://10.1.2.3/")},
        "to_odd_port": {"/": redirect("http://127.0.0.1:22/")},
        "to_odd_scheme": {"/": redirect("ftp://127.0.0.1/")},
        "recovers": lambda path, asked: (
            Reply(status=503) if path == "/" and asked == 0 else page("Back again")
        ),
        "needs_cookie": _cookie_wall,
        "refreshes": {
            "/": Reply(body=b'<meta http-equiv="refresh" content="0; url=welcome/">', headers=HTML),
            "/welcome/": page("Welcome", "../about"),
            "/about": page("About"),
        },
    }
    return {name: make_site(pages) for name, pages in sites.items()}


def _cookie_wall(path: str, asked: int) -> Reply:
    if path == "/set":
        return Reply(status=302, headers={"Location": "/", "Set-Cookie": "seen=1"})
    return redirect("/set", 302) if path == "/" and asked == 0 else page("Inside")


@pytest.fixture(scope="module")
def crawled(
    make_site: MakeSite, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, dict[str, LoopbackSite], dict[str, dict[str, Any]], StageReport]:
    workspace = Workspace(tmp_path_factory.mktemp("workspace"))
    sites = every_kind_of_site(make_site)
    with socket.socket() as unused:
        unused.bind(("127.62.0.1", 0))
        refused = f"http://127.62.0.1:{unused.getsockname()[1]}/"
    others = [refused, "http://192.168.7.7/", "https://no-such-host.invalid/", "nowhere.invalid/"]
    load_frame(workspace, [site.url for site in sites.values()] + others + ["http://2130706433:1/"])
    settings = polite(opt_out_domains=frozenset({"nowhere.invalid"}))
    report = crawl_websites(workspace, WAVE, politeness=settings)
    with Store(workspace.database) as store:
        rows = website_rows(store, WAVE).to_pylist()
    names = {site.url: name for name, site in sites.items()}
    return (
        workspace,
        sites,
        {names.get(r["website_url"], r["website_url"]): r for r in rows},
        report,
    )


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("normal", "reached"),
        ("denied", "refused_robots"),
        ("robots_down", "robots_unavailable"),
        ("no_robots_file", "reached"),
        ("missing", "not_found"),
        ("forbidden", "refused_http"),
        ("looping", "redirect_loop"),
        ("endless", "redirect_loop"),
        ("slow", "timeout"),
        ("hangs_up", "connection_reset"),
        ("parked", "parked"),
        ("blank", "empty"),
        ("huge", "too_large"),
        ("bomb", "too_large"),
        ("odd_encoding", "bad_response"),
        ("picture", "bad_response"),
        ("too_many", "rate_limited"),
        ("broken", "server_error"),
        ("to_private", "blocked_address"),
        ("to_odd_port", "blocked_address"),
        ("to_odd_scheme", "blocked_address"),
        ("recovers", "reached"),
        ("needs_cookie", "reached"),
        ("refreshes", "reached"),
        ("http://192.168.7.7/", "blocked_address"),
        ("https://no-such-host.invalid/", "dns_failure"),
        ("https://nowhere.invalid/", "refused_opt_out"),
    ],
)
def test_every_website_ends_with_its_outcome(crawled: Any, name: str, outcome: str) -> None:
    row = crawled[2][name]
    assert row["outcome"] == outcome, row["detail"]


def test_the_report_accounts_for_every_website(crawled: Any) -> None:
    _, sites, rows, report = crawled
    assert report.taken == len(rows) == len(sites) + 5
    assert report.pending == 0
    assert report.done == sum(row["outcome"] == "reached" for row in rows.values())
    assert report.rejected["refused_opt_out"] == 1
    assert report.failed["connection_refused"] >= 1
    assert report.failed["robots_unavailable"] == 1


def test_wanted_pages_come_first_and_denied_or_foreign_files_are_never_asked_for(
    crawled: Any,
) -> None:
    paths = crawled[1]["normal"].paths
    assert paths[:2] == ["/robots.txt", "/"]
    assert set(paths[2:5]) == {"/leistungen", "/impressum", "/kontakt"}
    assert "/secret/plan" not in paths
    assert "/a.pdf" not in paths
    assert len(paths) == len(set(paths)), "no address is asked for twice"
    assert paths[-1] == "/en/", "another language comes last"


def test_the_user_agent_says_who_crawls(crawled: Any) -> None:
    agents = {headers["User-Agent"] for _, _, headers in crawled[1]["normal"].requests}
    assert len(agents) == 1
    assert agents.pop().endswith("(Office of Tests; +https://example.org/crawl)")


def test_a_refused_robots_txt_and_an_opt_out_are_left_alone(crawled: Any) -> None:
    assert set(crawled[1]["robots_down"].paths) == {"/robots.txt"}
    assert crawled[1]["denied"].paths == ["/robots.txt"]
    assert crawled[2]["https://nowhere.invalid/"]["n_requests"] == 0


def test_dead_websites_cost_few_requests(crawled: Any) -> None:
    for name in ("broken", "too_many", "looping", "endless", "slow", "hangs_up"):
        assert len(crawled[1][name].paths) <= 8, name


def test_pages_are_read_back_from_the_archive_as_they_were_sent(crawled: Any) -> None:
    workspace, sites, _, _ = crawled
    with Store(workspace.database) as store:
        pages = load_pages(store, WAVE, WebsiteUrl(sites["normal"].url))
    assert [one.position for one in pages] == list(range(6))
    assert pages[0].url == sites["normal"].url
    kept = read_page(workspace.root, pages[0].archive_file, pages[0].archive_offset)
    assert kept.body == bilingual_site()["/"].body
    assert kept.url == pages[0].url
    assert pages[0].media_type == "text/html"
    assert pages[0].n_bytes == len(kept.body)


def test_details_are_for_people(crawled: Any) -> None:
    for name, row in crawled[2].items():
        assert row["detail"].isprintable(), name
        assert bool(row["detail"]) or row["outcome"] == "reached", name


def test_a_second_run_does_no_work_and_says_when_the_next_is_due(crawled: Any) -> None:
    workspace, sites, _, _ = crawled
    before = sum(len(site.paths) for site in sites.values())
    report = crawl_websites(workspace, WAVE, politeness=polite())
    assert (report.taken, report.done) == (0, 0)
    assert "due at" in report.notes[0]
    assert sum(len(site.paths) for site in sites.values()) == before


def test_a_later_pass_improves_what_may_pass(make_site: MakeSite, workspace: Workspace) -> None:
    state = {"up": False}
    site = make_site(lambda path, _: page("Up") if state["up"] else Reply(status=503))
    load_frame(workspace, [site.url])
    settings = polite(pass_hours=(1.0,), max_retries=0)
    assert crawl_websites(workspace, WAVE, politeness=settings).failed == {"robots_unavailable": 1}
    state["up"] = True
    later = datetime.now(UTC) + timedelta(hours=1, minutes=1)
    report = crawl_websites(workspace, WAVE, politeness=settings, now=later)
    assert (report.taken, report.done) == (1, 1)
    with Store(workspace.database) as store:
        row = website_rows(store, WAVE).to_pylist()[0]
    assert row["outcome"] == Outcome.REACHED
    assert row["n_requests"] > row["n_pages"] + 1, "requests of both passes count"


def test_a_wave_without_a_frame_is_not_ready(workspace: Workspace) -> None:
    with pytest.raises(NotReady, match="has no frame"):
        crawl_websites(workspace, "2031", politeness=polite())


def test_delays_are_kept_between_requests(make_site: MakeSite, workspace: Workspace) -> None:
    site = make_site(
        {
            "/robots.txt": Reply(body=b"User-agent: sectorlens\nCrawl-delay: 0.4\n"),
            "/": page("Home", "/about", "/contact"),
            "/about": page("About"),
            "/contact": page("Contact"),
        }
    )
    load_frame(workspace, [site.url])
    crawl_websites(workspace, WAVE, politeness=polite(delay_seconds=0.2))
    times = [when for _, when, _ in site.requests]
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps[0] > 0.15
    assert min(gaps[1:]) > 0.35, "the robots.txt asks for more than the settings"


def test_page_budget_is_kept_on_a_website_without_end(
    make_site: MakeSite, workspace: Workspace
) -> None:
    def endless(path: str, _: int) -> Reply:
        if path == "/robots.txt":
            return Reply(status=404)
        return page(f"Page {path}", *(f"{path.rstrip('/')}/d{n}" for n in range(30)))

    site = make_site(endless)
    load_frame(workspace, [site.url])
    report = crawl_websites(workspace, WAVE, politeness=polite(max_pages_per_website=7))
    assert report.done == 1
    with Store(workspace.database) as store:
        assert website_rows(store, WAVE)["n_pages"].to_pylist() == [7]
    assert len(site.paths) == 8


# ------------------------------------------------------------------ broken off
