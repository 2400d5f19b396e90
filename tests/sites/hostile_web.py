"""A small hostile web on loopback: made-up websites of known behaviour, judged from their side.

Each website stands on an address of its own and answers in bytes, so that it can break HTTP, too.
What it is asked is written down; what a good crawler makes of it stands beside it.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

_NUMBERS = itertools.count(2)
_ROOM = 1 << 16

WORDS = """
    drones survey bridges roofs quarries vineyards pylons harbours turbines pipelines orchards
    railways forests rivers glaciers stadiums chimneys reservoirs dams greenhouses mines runways
""".split()
MENU = ("about", "services", "references", "contact", "imprint", "team", "prices", "equipment")


def answer(body: bytes | str, *headers: str, status: int = 200, html: bool = True) -> bytes:
    """Return a whole HTTP answer; its length is named unless a header names one."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Said", *(["Content-Type: text/html"] if html else []), *headers]
    named = "".join(headers).lower()
    if "content-length" not in named and "transfer-encoding" not in named:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + content


def moved(target: str, *headers: str, status: int = 302) -> bytes:
    return answer("", f"Location: {target}", *headers, status=status)


def text_about(name: str) -> str:
    """Return a paragraph that no page of another name has."""
    number = sum(map(ord, name))
    turned = [WORDS[(number * 7 + step * (1 + number % 5)) % len(WORDS)] for step in range(60)]
    return f"<p>About {name}: we inspect {' and '.join(turned)} for {name} customers.</p>"


def page(name: str, *links: str, more: str = "", head: str = "", title: str = "") -> str:
    """Return an ordinary page: a menu, text of its own, links, a footer."""
    menu = "".join(f'<li><a href="/{entry}">{entry}</a></li>' for entry in MENU)
    anchors = "".join(f'<a href="{link}">{link}</a> ' for link in links)
    return (
        f"<!doctype html><html lang=en><head><title>{title or name}</title>{head}</head><body>"
        f"<nav>{menu}</nav><h1>{title or name}</h1>{text_about(name)}{more}{anchors}"
        "<footer>Steiner Drones Ltd, High Street 7, Graz. Telephone and mail on request, "
        "all rights reserved, cookies are not used here.</footer></body></html>"
    )


def template(more: str, *, title: str = "Steiner") -> str:
    """Return a page of the same make with nothing of its own but `more`."""
    return page("home", more=more, title=title)


class Reset(Exception):  # noqa: N818 - what the server does
    """Breaks the connection off with a reset."""


Answering = Callable[[str, int], bytes | AsyncIterator[bytes]]


@dataclass
class HostileSite:
    """One website.

    Attributes:
        outcome: What a good crawler says of it.
        pages: Paths of its real pages, which a good crawler gets.
        most: Requests it gets at most.
        never: Paths that nobody may ask for.
        paths: What was asked, in this order.
        head: Of the last request.
    """

    answering: Answering
    outcome: str = "reached"
    pages: tuple[str, ...] = ("/", *(f"/{entry}" for entry in MENU))
    most: int = 35
    never: tuple[str, ...] = ()
    address: str = ""
    port: int = 0
    paths: list[str] = field(default_factory=list)
    head: str = ""

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}/"


class HostileWeb:
    """Serves websites until it is closed."""

    def __init__(self, sites: dict[str, HostileSite]) -> None:
        self.sites = sites
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _open(self) -> None:
        for site in self.sites.values():
            number = next(_NUMBERS)
            site.address = f"127.64.{number // 200}.{number % 200 + 1}"
            server = await asyncio.start_server(self._serve(site), site.address, 0)
            site.port = server.sockets[0].getsockname()[1]

    def _serve(
        self, site: HostileSite
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode("latin-1")
                site.head = head.decode("latin-1").lower()
                asked = site.paths.count(path)
                site.paths.append(path)
                said = site.answering(path, asked)
                if isinstance(said, bytes):
                    writer.write(said)
                    await writer.drain()
                else:
                    async for piece in said:
                        writer.write(piece)
                        await writer.drain()
            except Reset:
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                pass  # the crawler hung up, as it may
            with suppress(OSError):
                writer.close()
                await writer.wait_closed()

        return serve


def ordinary(path: str) -> bytes | None:
    """Return what an ordinary website answers; None where it has no such page."""
    name = path.strip("/")
    if path == "/robots.txt":
        return answer("", status=404)
    if path == "/":
        return answer(page("home"))
    return answer(page(name)) if name in MENU else None


def with_trap(trap: Answering, *, start: str = "") -> Answering:
    """Return an ordinary website with something else at all other paths, linked from each page."""

    def answering(path: str, asked: int) -> bytes | AsyncIterator[bytes]:
        name = path.strip("/")
        if path == "/" or name in MENU:
            return answer(page(name or "home", *([start] if start else [])))
        return ordinary(path) or trap(path, asked)

    return answering


def judged(site: HostileSite) -> list[str]:
    """Return what the website has to say against its crawler."""
    asked = Counter(site.paths)
    against = []
    if site.paths and site.paths[0] != "/robots.txt":
        against.append(f"asked for {site.paths[0]} before robots.txt")
    if asked.total() > site.most:
        against.append(f"{asked.total()} requests, at most {site.most} wanted")
    if forbidden := [path for path in site.never if asked[path]]:
        against.append(f"asked for {forbidden}")
    if site.outcome == "reached":
        missing = [path for path in site.pages if not asked[path]]
        if len(missing) > len(site.pages) // 10:
            against.append(f"not asked for: {missing}")
    return against
