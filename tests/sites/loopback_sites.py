"""Small whole websites on loopback, each on an address of its own, and a frame that names them."""

from __future__ import annotations

import itertools
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from crawlers.journal_lines import EndedVisit, page_from_json
from crawlers.politeness import Politeness
from storage.database import Store
from storage.records.crawl import Page
from storage.workspace import Workspace

WAVE = "2026"
_HOST_NUMBERS = itertools.count(2)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a test website answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    hang_up: bool = False


Answering = Callable[[str, int], Reply]


def page(title: str, *links: str, lang: str = "en", text: str = "") -> Reply:
    """Return an HTML page with links (``href`` or ``href|text``)."""
    anchors = "".join(
        f'<li><a href="{href}">{said or href}</a></li>'
        for href, _, said in (link.partition("|") for link in links)
    )
    body = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body><h1>{title}</h1><p>{text or title * 3}</p><ul>{anchors}</ul></body></html>"
    )
    return Reply(body=body.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def redirect(target: str, status: int = 301) -> Reply:
    return Reply(status=status, headers={"Location": target})


class LoopbackSite:
    """One website: pages by path, or a function of path and how often it was asked."""

    def __init__(
        self,
        pages: Mapping[str, Reply] | Answering,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.requests: list[tuple[str, float, dict[str, str]]] = []
        self._answer = pages if callable(pages) else _from(pages)
        number = next(_HOST_NUMBERS)
        self.address = f"127.61.{number // 200}.{number % 200 + 1}"
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # head and body leave together, or small pages wait for each other

            def do_GET(self) -> None:
                site.handle(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                return

        self._server = ThreadingHTTPServer((self.address, port), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{self.address}:{self.port}/"
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.requests]

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        asked = self.paths.count(handler.path)
        self.requests.append((handler.path, time.monotonic(), dict(handler.headers)))
        reply = self._answer(handler.path, asked)
        time.sleep(reply.wait)
        if reply.hang_up:
            handler.close_connection = True
            handler.connection.close()
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        # A crawler that has seen enough hangs up.
        try:
            handler.wfile.write(reply.body)
            handler.wfile.flush()
        except OSError:
            handler.close_connection = True

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _from(pages: Mapping[str, Reply]) -> Answering:
    missing = Reply(status=404, body=b"no", headers={"Content-Type": "text/html"})
    return lambda path, asked: pages.get(path, missing)


MakeSite = Callable[[Mapping[str, Reply] | Answering], LoopbackSite]


def polite(**values: object) -> Politeness:
    """Return settings for a crawl of loopback: no delay, small caps, short timeouts."""
    chosen: dict[str, object] = {
        "organisation": "Office of Tests",
        "contact_url": "https://example.org/crawl",
        "delay_seconds": 0.0,
        "delay_per_address_seconds": 0.0,
        "timeout_seconds": 2.0,
        "allow_networks": ("127.0.0.0/8",),
        "max_bytes_per_page": 200_000,
    }
    return Politeness(**chosen | values)  # type: ignore[arg-type]


def load_frame(workspace: Workspace, websites: list[str], wave: str = WAVE) -> None:
    """Write a wave with one unit a website; one without scheme stands for "none given"."""
    with Store(workspace.database) as store:
        store.execute(
            "INSERT INTO wave SELECT ?, 1 + coalesce(max(position), 0), ?, 'register.csv', '', '',"
            " ?, 0 FROM wave",
            [wave, datetime.now(UTC), len(websites)],
        )
        for number, website in enumerate(websites):
            given = "://" in website
            url = website if given else f"https://{website}"
            store.execute(
                "INSERT INTO unit_website VALUES (?, ?, ?, ?, true)",
                [wave, f"U{number}", url, given],
            )


def pages_of(ended: EndedVisit) -> list[Page]:
    """Return the pages of a visit as its journal has them."""
    return [page_from_json(json.loads(page.line)["record"]) for page in ended.written]
