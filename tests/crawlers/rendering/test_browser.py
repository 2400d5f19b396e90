"""The browser itself: what it lets out (nothing), and what becomes of it when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from scrapy.utils.reactor import install_reactor
from scrapy.utils.test import get_crawler
from scripted_sites import NEEDS_BROWSER, WORDS

from crawlers.rendering.browser import WALLS, Browser, NoBrowser, find_browser
from crawlers.rendering.page_run import BrowserCrashed, RenderFault

AGENT = "sectorlens/0 (Office of Tests; +https://example.org/crawl)"


class Canary:
    """Listens on one loopback port by TCP and UDP, and notes whoever knocks."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._stream = socket.create_server(("127.0.0.1", 0))
        self.port = self._stream.getsockname()[1]
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.bind(("127.0.0.1", self.port))
        for listen in (self._accept, self._receive):
            threading.Thread(target=listen, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._stream.accept()
            except OSError:
                return
            self.heard.append("tcp")
            connection.close()

    def _receive(self) -> None:
        while True:
            try:
                self._datagrams.recv(1000)
            except OSError:
                return
            self.heard.append("udp")

    def close(self) -> None:
        self._stream.close()
        self._datagrams.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    opened = Canary()
    yield opened
    opened.close()


def browser(pages_at_once: int = 2, path: str = "", walls: tuple[str, ...] = WALLS) -> Browser:
    opened = Browser(path, user_agent=AGENT, pages_at_once=pages_at_once, walls=walls)
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    opened.crawler = get_crawler()
    return opened


async def process_of(opened: Any) -> int:
    session = await opened.new_browser_cdp_session()
    told = await session.send("SystemInfo.getProcessInfo")
    return next(int(p["id"]) for p in told["processInfo"] if p["type"] == "browser")


def is_alive(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def driver_of(process: int) -> int:
    """Give the process that started the browser: Debian's program is a script in between."""
    while "run-driver" not in Path(f"/proc/{process}/cmdline").read_text():
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return process


def gone(process: int, seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while is_alive(process) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_alive(process)


# Every way out that a page has, tried against a port that listens.
WAYS_OUT = """
const port = %d, here = "127.0.0.1:" + port, web = "http://" + here;
const add = (name, values) => document.body.append(
  Object.assign(document.createElement(name), values));
const source = code => URL.createObjectURL(new Blob([code]));
const relations = ["stylesheet", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "icon",
                   "manifest", "preload"];
const rules = JSON.stringify({prefetch: [{urls: [web + "/rules"]}]});
const servers = [{urls: "stun:" + here}, {urls: "turn:" + here, username: "u", credential: "p"},
  {urls: "turn:" + here + "?transport=tcp", username: "u", credential: "p"}];
const tries = [
  () => fetch(web + "/fetch", {mode: "no-cors"}),
  () => fetch("http://localhost:" + port + "/name", {mode: "no-cors"}),
  () => fetch("http://[::ffff:127.0.0.1]:" + port + "/mapped", {mode: "no-cors"}),
  () => { const r = new XMLHttpRequest(); r.open("GET", web + "/xhr"); r.send(); },
  () => navigator.sendBeacon(web + "/beacon", "x"),
  () => new WebSocket("ws://" + here + "/socket"),
  () => new EventSource(web + "/events"),
  () => new WebTransport("https://" + here + "/transport"),
  () => { new Image().src = web + "/image"; },
  () => new Audio(web + "/audio").play(),
  () => { for (const rel of relations) add("link", {rel, href: web + "/" + rel, as: "fetch"}); },
  () => add("script", {src: web + "/script"}),
  () => add("script", {type: "speculationrules", textContent: rules}),
  () => add("iframe", {src: web + "/frame"}),
  () => add("object", {data: web + "/object"}),
  () => { add("form", {action: web + "/form", method: "POST", target: "_blank", id: "f"});
          document.getElementById("f").submit(); },
  () => { add("a", {href: "/", target: "_blank", ping: web + "/ping", id: "a"});
          document.getElementById("a").click(); },
  () => window.open(web + "/popup"),
  () => new Worker(source(`fetch("${web}/worker", {mode: "no-cors"}); new WebSocket("ws://${here}")`)),
  () => new SharedWorker(source(`fetch("${web}/shared", {mode: "no-cors"})`)),
  async () => { const c = new RTCPeerConnection({iceServers: servers}); c.createDataChannel("x");
                await c.setLocalDescription(await c.createOffer()); },
];
for (const one of tries) { try { Promise.resolve(one()).catch(() => 0); } catch {} }
"""


class TestWithBrowser:
    pytestmark = NEEDS_BROWSER

    @pytest.mark.parametrize(
        ("walls", "heard"),
        [(WALLS, set()), ((), {"tcp", "udp"})],
        ids=["nothing gets out, even where nobody routes", "without walls all of it would"],
    )
    def test_walls(self, canary: Canary, walls: tuple[str, ...], heard: set[str]) -> None:
        async def run() -> None:
            async with (
                browser(pages_at_once=1, walls=walls) as opened,
                opened.context() as context,
            ):
                tab = await context.new_page()
                await tab.set_content("<body></body>")
                with suppress(Exception):  # one of its ways may lead this page away
                    await tab.evaluate(WAYS_OUT % canary.port)
                until = time.monotonic() + (10 if heard else 3)
                while set(canary.heard) != (heard or {"anything"}) and time.monotonic() < until:
                    await asyncio.sleep(0.1)

        asyncio.run(run())
        assert set(canary.heard) == heard

    def test_contexts_share_nothing_and_get_nothing(self) -> None:
        async def run() -> list[Any]:
            told = []
            async with browser() as opened:
                for _ in range(2):
                    async with opened.context(language="sv") as context:
                        await context.route(
                            "**/*",
                            lambda route: route.fulfill(
                                body="<p>x", content_type="text/html",
                                headers={"Set-Cookie": "from=server"},
                            ),
                        )  # fmt: skip
                        tab = await context.new_page()
                        await tab.goto("https://www.example.org/")
                        told.append(
                            await tab.evaluate(
                                "() => { const before = document.cookie + localStorage.length;"
                                " document.cookie = 'a=b'; localStorage.x = 1;"
                                " return [before, navigator.userAgent, navigator.language,"
                                " Notification.permission]; }"
                            )
                        )
            return told

        first, second = asyncio.run(run())
        assert first == second
        assert first[1:] == [AGENT, "sv", "denied"]
        assert "a=b" not in second[0]

    def test_a_killed_browser_is_started_again_and_none_is_left(self) -> None:
        async def run() -> tuple[int, int, int]:
            async with browser() as opened:
                async with opened.context() as context:
                    first = await process_of(context.browser)
                    os.kill(first, signal.SIGKILL)
                    with pytest.raises(Exception, match="closed"):
                        await (await context.new_page()).content()
                async with opened.context() as context:
                    second = await process_of(context.browser)
                    tab = await context.new_page()
                    await tab.set_content(WORDS)
                    assert WORDS[:20] in await tab.content()
                return first, second, opened.counts["starts"]

        first, second, starts = asyncio.run(run())
        assert (first != second, starts) == (True, 2)
        assert gone(first)
        assert gone(second), "closed with the crawl"

    def test_a_page_whose_browser_was_taken_away_is_not_to_blame(self) -> None:
        async def run() -> None:
            async with browser() as opened, opened.context() as context:
                os.kill(await process_of(context.browser), signal.SIGKILL)
                with pytest.raises(Exception, match="closed"):
                    await (await context.new_page()).content()
                raise RenderFault("what it was told last")

        with pytest.raises(BrowserCrashed):
            asyncio.run(run())

    def test_who_asks_for_it_has_the_browser_alone(self) -> None:
        async def run() -> list[str]:
            seen: list[str] = []
            async with browser(pages_at_once=2) as opened:

                async def one(name: str, *, alone: bool = False) -> None:
                    async with opened.context(alone=alone) as context:
                        seen.append(name)
                        await context.new_page()
                        seen.append(name)

                await asyncio.gather(
                    one("a"), one("b", alone=True), one("c"), one("d", alone=True), one("e")
                )
            return seen

        seen = asyncio.run(run())
        assert sorted(seen) == sorted("abcde" * 2)
        for name in "bd":
            assert seen[seen.index(name) + 1] == name

    def test_a_killed_driver_costs_no_more_than_the_browser(self) -> None:
        async def run() -> int:
            async with browser() as opened:
                async with opened.context() as context:
                    process = await process_of(context.browser)
                    os.kill(driver_of(process), signal.SIGKILL)
                    with pytest.raises(Exception, match="losed"):
                        await asyncio.wait_for(context.new_page(), 10)
                async with opened.context() as context:
                    await context.new_page()
                return process

        assert gone(asyncio.run(run()))


def test_the_program_is_looked_for_on_the_path(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoBrowser, match="chromium-headless-shell and chromium"):
        find_browser("")
    for name in ("chromium", "chromium-headless-shell"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        assert find_browser("") == str(program)
    assert find_browser(str(tmp_path / "chromium")) == str(tmp_path / "chromium")


def test_why_there_is_none_is_remembered() -> None:
    async def run() -> str:
        async with browser(path="/nowhere/chromium") as opened:
            for _ in range(2):
                with pytest.raises(NoBrowser, match="/nowhere/chromium"):
                    async with opened.context():
                        raise AssertionError
            return opened.unavailable

    assert "looked for /nowhere/chromium" in asyncio.run(run())
