"""Delays, cookies and log-ins as the servers see them."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest
from crawled_rows import website_rows
from loopback_sites import WAVE, LoopbackSite, MakeSite, Reply, load_frame, page, polite, redirect

from crawlers.run import crawl_websites
from storage.database import Store
from storage.workspace import Workspace

HTML = {"Content-Type": "text/html"}
# Four names of one address: the system resolves all of them to 127.0.0.1.
NAMES = ("127.0.0.1", "127.1", "2130706433", "0x7f000001")


class SharedHost:
    """A server with many names that keeps connections open, and notes who asked when."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, str, int, str]] = []
        noted = self.seen

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16

            def do_GET(self) -> None:
                host = self.headers["Host"].partition(":")[0]
                noted.append((time.monotonic(), host, self.client_address[1], self.path))
                body = page(f"{host} {self.path}", *[f"/p{n}" for n in range(4)]).body
                self.send_response(404 if self.path == "/robots.txt" else 200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def shared_host() -> Iterator[SharedHost]:
    host = SharedHost()
    yield host
    host.close()


def gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(sorted(times))]


def test_the_delays_hold_for_each_name_and_for_their_common_address(
    workspace: Workspace, shared_host: SharedHost
) -> None:
    load_frame(workspace, [f"http://{name}:{shared_host.port}/" for name in NAMES])
    settings = polite(
        delay_seconds=0.4,
        delay_per_address_seconds=0.08,
        max_pages_per_website=4,
        timeout_seconds=9,
    )
    report = crawl_websites(workspace, WAVE, politeness=settings)
    assert report.done == len(NAMES)
    by_name: dict[str, list[float]] = defaultdict(list)
    connections: dict[str, set[int]] = defaultdict(set)
    for moment, host, connection, _ in shared_host.seen:
        by_name[host].append(moment)
        connections[host].add(connection)
    assert sorted(by_name) == sorted(NAMES)
    for name in NAMES:
        assert len(by_name[name]) == 5  # robots.txt and four pages
        assert min(gaps(by_name[name])) >= 0.39  # a thread of the server may be late to note it
        assert len(connections[name]) < len(by_name[name])  # kept open, and kept to the delay
    # Requests to the address overlap, so what the server sees may lag by what a thread takes.
    assert min(gaps([moment for moment, *_ in shared_host.seen])) >= 0.04
    # The names were visited side by side: one after the other would have taken four times 1.6 s.
    times = [moment for moment, *_ in shared_host.seen]
    assert max(times) - min(times) < 5.0


def test_a_crawl_delay_is_kept_up_to_its_cap(workspace: Workspace, make_site: MakeSite) -> None:
    rules = Reply(body=b"User-agent: *\nCrawl-delay: 0.5\n")
    asking = make_site({"/robots.txt": rules, "/": page("Home", "/a"), "/a": page("A")})
    greedy = make_site(
        {
            "/robots.txt": Reply(body=b"User-agent: *\nCrawl-delay: 86400\n"),
            "/": page("Home", "/a"),
            "/a": page("A"),
        }
    )
    load_frame(workspace, [asking.url, greedy.url])
    report = crawl_websites(workspace, WAVE, politeness=polite(max_crawl_delay_seconds=0.7))
    assert report.done == 2
    for site, delay in ((asking, 0.5), (greedy, 0.7)):
        pages = [moment for path, moment, _ in site.requests if path != "/robots.txt"]
        assert len(pages) == 2
        assert delay <= gaps(pages)[0] < delay + 2.0


def cookies_of(site: LoopbackSite) -> list[str]:
    return [headers.get("Cookie", "") for _, _, headers in site.requests]


def test_cookies_stay_with_their_site_and_their_visit(
    workspace: Workspace, make_site: MakeSite
) -> None:
    baking = {"Set-Cookie": "visitor=42; Path=/; Domain=127.0.0.0", **HTML}
    plain = {"Set-Cookie": "visitor=43; Path=/", **HTML}
    target = make_site({"/": page("Moved on"), "/a": page("A")})
    moved = make_site(
        lambda path, _: (
            Reply(status=404)
            if path == "/robots.txt"
            else Reply(status=302, headers={"Location": target.url, **plain})
        )
    )
    home = make_site(
        {
            "/": Reply(body=page("Home", "/a", target.url).body, headers=plain),
            "/a": Reply(body=page("A", "/b").body, headers=baking),
            "/b": page("B"),
        }
    )
    load_frame(workspace, [moved.url, home.url])
    crawl_websites(workspace, WAVE, politeness=polite())
    assert any("visitor=43" in cookie for cookie in cookies_of(home))
    assert not any("42" in cookie for cookie in cookies_of(home))  # a domain that is not its own
    assert cookies_of(target) == [""] * len(target.requests)
    load_frame(workspace, [home.url], "2027")
    before = len(home.requests)
    crawl_websites(workspace, "2027", politeness=polite())
    assert cookies_of(home)[before] == ""  # nothing is remembered from visit to visit


def test_nobody_logs_in_and_no_form_is_sent(workspace: Workspace, make_site: MakeSite) -> None:
    form = b'<h1>Members</h1><form action="/login" method="post"><input name="user"></form>'
    walled = make_site(
        {"/": Reply(status=401, body=form, headers=HTML | {"WWW-Authenticate": "Basic realm=x"})}
    )
    named = make_site(
        {"/": Reply(body=page("Home", "/a").body + form, headers=HTML), "/a": page("A")}
    )
    lured = make_site(
        {"/": redirect(named.url.replace("http://", "http://user:secret@")), "/a": page("A")}
    )
    load_frame(workspace, [walled.url, named.url, lured.url])
    crawl_websites(workspace, WAVE, politeness=polite())
    assert walled.paths.count("/") == 1
    for site in (walled, named, lured):
        assert not any("Authorization" in headers for _, _, headers in site.requests)
    assert "/login" not in named.paths
    with Store(workspace.database) as store:
        rows = {row["website_url"]: row for row in website_rows(store, WAVE).to_pylist()}
    assert rows[walled.url]["outcome"] == "refused_http"
