"""Websites whose scripts mean no good, crawled side by side by one browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from crawled_rows import load_pages, website_rows
from loopback_sites import WAVE, LoopbackSite, Reply, load_frame, polite, redirect
from scripted_sites import NEEDS_BROWSER, NO_ROBOTS, WORDS, application, shell

from crawlers.run import crawl_websites
from storage.database import Store
from storage.page_archive import read_page
from storage.records.crawl import Page
from storage.records.frame import WebsiteUrl
from storage.workspace import Workspace

pytestmark = [*NEEDS_BROWSER, pytest.mark.slow]

FILL = f"document.getElementById('root').textContent = '{WORDS}';"
GROW = "for (let i = 0; i < 4; i++) a.push(new Uint8Array(3e7).fill(1))"
BUSY = "const t = Date.now(); while (Date.now() - t < 700);"
SHADOW = f"""
customElements.define("x-y", class extends HTMLElement {{
  connectedCallback() {{
    this.attachShadow({{mode: "open"}}).innerHTML = "<p>{WORDS}</p><slot></slot>";
  }}
}});
document.body.append(Object.assign(document.createElement("x-y"), {{innerHTML: "<b>inside</b>"}}));
"""
WISHES = """
navigator.geolocation.getCurrentPosition(() => 0);
Notification.requestPermission();
navigator.serviceWorker?.register("/sw.js");
new WebSocket("ws://" + location.host + "/ws");
"""
DOWNLOAD = """
const a = Object.assign(document.createElement("a"), {href: "/f.zip", download: "f"});
document.body.append(a);
a.click();
"""
# What scripts must not reach: the first is this machine, on a port that listens.
INSIDE = """
for (const url of ["CANARY", "http://10.0.0.1/", "http://169.254.169.254/x", "http://[::1]/",
                   "http://0x7f.1/", "http://2130706433/", "file:///etc/passwd", "/hop"]) {
  fetch(url, {mode: "no-cors"}).catch(() => 0);
  new Image().src = url;
  document.body.append(Object.assign(document.createElement("iframe"), {src: url}));
  document.head.append(Object.assign(document.createElement("link"), {rel: "prefetch", href: url}));
  document.body.append(Object.assign(document.createElement("script"), {src: url}));
}
navigator.sendBeacon("CANARY", "x");
fetch("CANARY", {method: "POST", mode: "no-cors", body: "x"}).catch(() => 0);
new WebSocket("CANARY".replace("http", "ws"));
new EventSource("CANARY");
const peers = new RTCPeerConnection({iceServers: [{urls: "CANARY".replace("http://", "stun:")}]});
peers.createDataChannel("x");
peers.createOffer().then((offer) => peers.setLocalDescription(offer));
"""
SUBMIT = """
const form = Object.assign(document.createElement("form"), {method: "post", action: "/submit"});
document.body.append(form);
form.submit();
"""
DEEP = """
let e = document.body;
for (let n = 0; n < 50000; n++) { e.append(document.createElement("div")); e = e.lastChild; }
"""
LIES = """
Document.prototype.getElementsByTagName = () => { throw 1 };
Element.prototype.remove = () => 0;
String.prototype.slice = () => "lie";
"""
# What each website's only script does.
SCRIPTS = {
    "never ends": f"{FILL} while (true) {{}}",
    "keeps busy": f"setInterval(() => {{ {BUSY} }}); {FILL}",
    "asks without end": "let n = 0; setInterval(() => fetch('/x' + n++), 1)",
    "takes memory": f"const a = []; setInterval(() => {{ {GROW} }}, 5)",
    "goes round": f"{FILL} location.href = '/?' + Math.random()",
    "asks people": f"alert(1); confirm(2); prompt(3); onbeforeunload = () => 'stay'; {FILL}",
    "opens windows": f"for (let n = 0; n < 9; n++) open('/popup' + n); {FILL}",
    "wants things": WISHES + FILL,
    "lets download": DOWNLOAD + FILL,
    "is late": f"setTimeout(() => {{ {FILL} }}, 1500)",
    "leads on": f"if (location.pathname === '/') location.replace('/en/'); else {{ {FILL} }}",
    "leads away": "location.replace('http://127.0.0.1:9/admin')",
    "hides in shadow": SHADOW,
    "lies about itself": LIES + FILL,
    "shows nothing": "1",
    "asks inside": FILL + INSIDE,
    "sends a form": FILL + SUBMIT,
    "is too deep": DEEP,
}
MADE = {
    name
    for name, script in SCRIPTS.items()
    if FILL in script or name in {"hides in shadow"}
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Visited:
    site: LoopbackSite
    row: dict[str, Any]
    page: Page | None
    body: bytes

    @property
    def is_rendered(self) -> bool:
        return self.page is not None and self.page.rendered


@pytest.fixture(scope="module")
def canary() -> Iterator[LoopbackSite]:
    """Return a server beside the websites that no script may reach."""
    site = LoopbackSite(lambda *_: Reply(headers={"Access-Control-Allow-Origin": "*"}))
    yield site
    site.close()


@pytest.fixture(scope="module")
def visited(
    tmp_path_factory: pytest.TempPathFactory, canary: LoopbackSite
) -> Iterator[dict[str, Visited]]:
    workspace = Workspace(tmp_path_factory.mktemp("hostile"))
    sites = {
        name: LoopbackSite(answering(script.replace("CANARY", canary.url)))
        for name, script in SCRIPTS.items()
    }
    sites["honest"] = LoopbackSite(application({"/": ("/about",), "/about": ()}))
    load_frame(workspace, [site.url for site in sites.values()])
    manners = polite(render_seconds=8.0, max_requests_for_rendering=20)
    crawl_websites(workspace, WAVE, politeness=manners)
    with Store(workspace.database) as store:
        rows = {row["website_url"]: row for row in website_rows(store, WAVE).to_pylist()}
        found = {}
        for name, site in sites.items():
            page = next(iter(load_pages(store, WAVE, WebsiteUrl(site.url))), None)
            body = b""
            if page:
                body = read_page(workspace.root, page.archive_file, page.archive_offset).body
            found[name] = Visited(site=site, row=rows[site.url], page=page, body=body)
    yield found
    for site in sites.values():
        site.close()


def answering(script: str) -> Any:
    def answer(path: str, _: int) -> Reply:
        if path == "/robots.txt":
            return NO_ROBOTS
        if path == "/hop":
            return redirect("http://169.254.169.254/latest/", 302)
        is_page = path == "/" or path.startswith(("/?", "/en/"))
        return shell(script) if is_page else Reply(status=404)

    return answer


@pytest.mark.parametrize("name", sorted(MADE))
def test_what_was_made_is_kept(visited: dict[str, Visited], name: str) -> None:
    one = visited[name]
    assert one.is_rendered
    assert WORDS[:60].encode() in one.body
    assert b"<script" not in one.body


def test_every_website_is_reached_and_the_honest_one_does_not_suffer(
    visited: dict[str, Visited],
) -> None:
    outcomes = {name: one.row["outcome"] for name, one in visited.items()}
    assert outcomes.pop("leads away") == "blocked_address", "as any redirect to such a port"
    assert set(outcomes.values()) == {"reached"}
    assert visited["honest"].row["n_pages"] == 2
    assert visited["honest"].is_rendered


def test_none_takes_more_than_its_budgets(visited: dict[str, Visited]) -> None:
    for name, one in visited.items():
        assert len(one.site.requests) <= 24, name
        assert (one.row["ended_at"] - one.row["started_at"]).total_seconds() < 200, name


def test_only_scripts_and_data_were_asked_for(visited: dict[str, Visited]) -> None:
    for name in ("opens windows", "lets download", "wants things", "sends a form"):
        assert visited[name].site.paths == ["/robots.txt", "/"], name


def test_no_script_reaches_other_hosts_or_what_is_inside(
    visited: dict[str, Visited], canary: LoopbackSite
) -> None:
    assert canary.paths == []
    assert set(visited["asks inside"].site.paths) <= {"/robots.txt", "/", "/hop"}


@pytest.mark.parametrize("name", ["takes memory", "is too deep"])
def test_a_page_that_kills_its_process_is_kept_as_it_was(
    visited: dict[str, Visited], name: str
) -> None:
    one = visited[name]
    assert not one.is_rendered
    assert "could not be rendered" in one.row["detail"]


def test_a_script_may_lead_on_within_its_website_and_not_far(visited: dict[str, Visited]) -> None:
    assert visited["leads on"].row["final_url"] == f"{visited['leads on'].site.url}en/"
    assert len(visited["goes round"].site.paths) <= 5


def test_shadow_trees_are_unfolded(visited: dict[str, Visited]) -> None:
    assert b"<b>inside</b>" in visited["hides in shadow"].body


def test_a_page_that_shows_nothing_still_needs_a_browser(visited: dict[str, Visited]) -> None:
    one = visited["shows nothing"]
    assert not one.is_rendered
    assert one.row["detail"] == "1 pages could not be rendered: its scripts make no text"
