from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.answers import Answer, Fault
from crawlers.rendering.browser import Browser
from crawlers.rendering.report import note_rendering, rendering_issues
from crawlers.rendering.sub_requests import MAX_REDIRECTS, SubRequests, named_scripts
from storage.accounting import Outcome
from storage.page_archive import Exchange

PAGE = "https://www.example.com/shop/"


class Website:
    """Answers what a test says, and notes what it was asked."""

    def __init__(self, answers: dict[str, Answer | Fault]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    async def ask_allowed(self, url: str, *, accept: str = "") -> Answer | Fault:
        self.asked.append((url, accept))
        await asyncio.sleep(0)
        return self.answers.get(url) or Fault(reason=Outcome.NOT_FOUND, detail="")


def answer(body: bytes = b"1", status: int = 200, **headers: str) -> Answer:
    exchange = Exchange(
        url="https://www.example.com/x",
        fetched_at=datetime.now(UTC),
        address="",
        request_headers=(),
        http_status=status,
        headers=tuple(headers.items()),
        body=body,
    )
    return Answer(exchange=exchange, body=body)


def sub_requests(website: Website, budget: int = 10, hosts: str = "") -> SubRequests:
    return SubRequests(website, budget=budget, script_hosts=frozenset(hosts.split()))


@pytest.mark.parametrize(
    ("url", "kind", "is_held"),
    [
        ("https://www.example.com/app.js", "script", True),
        ("https://api.example.com/v1", "fetch", True),
        ("http://example.com/v1", "xhr", True),
        ("https://example.org/app.js", "script", False),
        ("https://example.com.evil.org/app.js", "script", False),
        ("https://cdn.example.net/app.js", "script", True),
        ("https://cdn.example.net/data", "fetch", False),
        ("https://cdn.example.net/page", "document", False),
        ("https://sub.cdn.example.net/app.js", "script", False),
        ("https://www.example.com/a.png", "image", False),
        ("https://www.example.com/a.css", "stylesheet", False),
        ("https://www.example.com/socket", "websocket", False),
        ("https://www.example.com/a.woff2", "font", False),
    ],
)
def test_what_a_page_may_ask_for(url: str, kind: str, is_held: bool) -> None:
    requests = sub_requests(Website({}), hosts="cdn.example.net")
    assert requests.holds(url, page_url=PAGE, kind=kind) is is_held


def test_what_was_brought_is_remembered_and_asked_for_once_at_a_time() -> None:
    website = Website({"https://www.example.com/app.js": answer(b"x = 1")})
    requests = sub_requests(website)

    async def run() -> list[bytes | None]:
        url = "https://www.example.com/app.js"
        found = await asyncio.gather(
            *(requests.answer(f"{url}#{n}", page_url=PAGE, kind="script") for n in range(4))
        )
        return [one.body if one else None for one in found]

    assert asyncio.run(run()) == [b"x = 1"] * 4
    assert len(website.asked) == 1
    assert requests.left == 9


def test_redirects_are_followed_on_the_website_only_and_not_for_ever() -> None:
    home = "https://www.example.com"
    website = Website(
        {
            f"{home}/a": answer(status=302, location="/b"),
            f"{home}/b": answer(b"end"),
            f"{home}/away": answer(status=302, location="https://evil.org/"),
            f"{home}/round": answer(status=302, location="/round"),
        }
    )
    requests = sub_requests(website, budget=20)

    async def run(path: str) -> bytes | None:
        found = await requests.answer(f"{home}{path}", page_url=PAGE, kind="fetch")
        return found.body if found else None

    assert asyncio.run(run("/a")) == b"end"
    assert asyncio.run(run("/away")) is None
    assert asyncio.run(run("/round")) is None
    assert len(website.asked) == 2 + 1 + MAX_REDIRECTS + 1


def test_the_budget_ends_and_what_our_rules_keep_back_is_counted() -> None:
    home = "https://www.example.com"
    denied = Fault(reason=Outcome.REFUSED_ROBOTS, detail="")
    website = Website({f"{home}/denied": denied, f"{home}/a": answer()})
    requests = sub_requests(website, budget=2)

    async def run() -> None:
        for url in (f"{home}/denied", f"{home}/a", f"{home}/b", "https://other.org/x.js"):
            await requests.answer(url, page_url=PAGE, kind="script")
        await requests.answer("https://other.org/x.png", page_url=PAGE, kind="image")

    asyncio.run(run())
    assert len(website.asked) == 2
    assert requests.withheld == 3, "robots.txt, the budget, the other website; no picture"


def test_scripts_that_a_browser_would_run_are_named() -> None:
    html = """
    <script src="/a.js"></script> <script src='b.js?v=1&amp;w=2' defer></script>
    <SCRIPT type=module SRC=https://cdn.example.net/c.mjs></SCRIPT> <script src="/a.js"></script>
    <script nomodule src="/old.js"></script> <script type="text/template" src="/d.js"></script>
    <script>let inline</script> <script src="data:text/javascript,1"></script>
    <link rel="modulepreload" href="/chunk.js"> <link rel="stylesheet" href="/a.css">
    """
    assert list(named_scripts(html, PAGE)) == [
        "https://www.example.com/a.js",
        "https://www.example.com/shop/b.js?v=1&w=2",
        "https://cdn.example.net/c.mjs",
        "https://www.example.com/chunk.js",
    ]


@given(st.text(alphabet="<script =\"'/ lnkhefmodup>", max_size=300))
def test_any_markup_names_addresses_or_nothing(html: str) -> None:
    assert all(url.startswith("http") for url in named_scripts(html, PAGE))


def test_the_report_warns_once_of_each_thing(tmp_path: Path) -> None:
    browser = Browser("", user_agent="x", pages_at_once=1)
    note_rendering(tmp_path, browser)
    assert rendering_issues(tmp_path) == ()
    browser.unavailable = "no browser found"
    browser.counts.update(missed=3, faults=2)
    note_rendering(tmp_path, browser)
    found = {issue.code: issue.count for issue in rendering_issues(tmp_path)}
    assert found == {"no_browser": 3, "pages_not_rendered": 2}


def test_a_report_that_was_broken_off_warns_of_nothing(tmp_path: Path) -> None:
    assert rendering_issues(tmp_path) == ()
    (tmp_path / "rendering.json").write_text(json.dumps({"missed": 1})[:-3])
    assert rendering_issues(tmp_path) == ()
