"""Websites that are visited in two waves, and do one odd thing in the second."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256

PATHS = ("/", *(f"/p{number}" for number in range(1, 8)))
ODD = "/p3"
NEW = "/new"
TOPICS = ("pumps", "valves", "ovens", "looms", "kilns", "cranes", "boats", "bells", "clocks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as the website saw it.

    Attributes:
        times: How often the path was asked for in this wave, this time included.
        is_conditional: Whether the page is wanted only if it changed.
        is_first: Whether it is the first on its connection.
        has_cookie: Whether one was sent with it.
    """

    wave: int
    path: str
    times: int
    is_conditional: bool
    is_first: bool
    has_cookie: bool


@dataclass
class ReturningSite:
    """One website on an address of its own.

    Args:
        kind: What it does in the second wave: one of `ODDITIES`, or ``no_validators``.
        address: Of loopback.
        port: TCP port; 0 for any.
    """

    kind: str
    address: str
    port: int = 0
    wave: int = 1
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to serve."""
        site = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                site.serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 64

        self.server = server = Server((self.address, self.port), Handler)
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}/"

    def paths(self, wave: int) -> list[str]:
        """Return what was asked for in a wave, in order, without robots.txt."""
        return [one.path for one in self.asked if one.wave == wave and one.path != "/robots.txt"]

    def serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting, is_first = b"", True
        while True:
            while b"\r\n\r\n" not in waiting:
                try:
                    piece = connection.recv(65536)
                except OSError:
                    return
                if not piece:
                    return
                waiting += piece
            head, _, waiting = waiting.partition(b"\r\n\r\n")
            path = head.split(b" ")[1].decode()
            times = Counter((one.wave, one.path) for one in self.asked)[self.wave, path] + 1
            is_conditional = b"\r\nif-none-match:" in head.lower()
            asked = Asked(
                wave=self.wave, path=path, times=times, is_conditional=is_conditional,
                is_first=is_first, has_cookie=b"\r\nCookie:" in head,
            )  # fmt: skip
            self.asked.append(asked)
            is_first = False
            try:
                if not self._say(connection, said(self.kind, asked)):
                    connection.close()
                    return
            except OSError:
                return

    @staticmethod
    def _say(connection: socket.socket, parts: tuple[bytes | float, ...]) -> bool:
        """Send what is to be sent and wait in between; False where the connection is to end."""
        for part in parts:
            if isinstance(part, float):
                time.sleep(part)
            elif part == HANG_UP:
                return False
            elif part == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return False
            else:
                connection.sendall(part)
        return True


HANG_UP, RESET = b"hang up", b"reset"


def html(path: str, *, more: str = "") -> bytes:
    """Return a page that says something of its own and links to all others."""
    number = PATHS.index(path) if path in PATHS else 8
    topic = TOPICS[number]
    words = " ".join(sha256(f"{topic}{k}".encode()).hexdigest()[:9] for k in range(40))
    links = "".join(f'<a href="{one}">{one}</a> ' for one in PATHS)
    return (
        f"<!doctype html><html lang=en><head><title>{topic} {more}</title></head><body>"
        f"<h1>{topic}</h1><p>Our {topic}: {words} {more}</p>{links}</body></html>"
    ).encode()


def tag(path: str) -> str:
    return f'"{path}-1"'


def _whole(status: int, body: bytes = b"", *fields: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", "Content-Type: text/html; charset=utf-8", *fields]
    lines += [f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def page(path: str, *fields: str, more: str = "") -> bytes:
    return _whole(200, html(path, more=more), f"ETag: {tag(path)}", *fields)


def unchanged(path: str, *fields: str) -> bytes:
    lines = ["HTTP/1.1 304 Not Modified", "Server: x", f"ETag: {tag(path)}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def ordinary(asked: Asked) -> bytes:
    if asked.path not in PATHS:
        return _whole(404, b"<p>nothing</p>")
    return unchanged(asked.path) if asked.is_conditional else page(asked.path)


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is answered in the second wave instead of the ordinary.

    Attributes:
        said: Sent one after the other; numbers are seconds waited, `HANG_UP` and `RESET` end the
            connection.
        path: To whom.
        times: How often; then as ever.
    """

    said: tuple[bytes | float, ...]
    path: str = ODD
    times: int = 99


def _head(status: int, *fields: str, version: str = "1.1") -> bytes:
    return ("\r\n".join([f"HTTP/{version} {status} X", *fields]) + "\r\n\r\n").encode()


_TAG = f"ETag: {tag(ODD)}"
_CHANGED = page(ODD, more=f'changed <a href="{NEW}">a new one</a>').replace(b"-1", b"-2", 1)
ODDITIES = {
    "plain": Oddity((), times=0),
    "changed": Oddity((_CHANGED,)),
    "vanished": Oddity((_whole(404, b"gone"),)),
    "moved": Oddity((_whole(301, b"", f"Location: {NEW}"),)),
    "moved_home": Oddity((_whole(302, b"", "Location: /"),)),
    "moved_away": Oddity((_whole(302, b"", "Location: http://127.77.255.1:1/"),)),
    "same_bytes": Oddity((page(ODD),)),
    "slow_down": Oddity((_whole(429, b"", "Retry-After: 1"),), times=1),
    "too_many": Oddity((_whole(429, b"", "Retry-After: 60"),)),
    "unavailable_once": Oddity((_whole(503, b""),), times=1),
    "broken": Oddity((_whole(500, b"broken"),)),
    "forbidden": Oddity((_whole(403, b"no"),)),
    "closes_before_it_answers": Oddity((HANG_UP,), times=1),
    "resets": Oddity((RESET,)),
    "half_a_head": Oddity((b"HTTP/1.1 304 Not Mod", HANG_UP), times=1),
    "half_a_body": Oddity((page(ODD)[:-200], HANG_UP)),
    "sets_a_cookie": Oddity((_head(304, _TAG, "Set-Cookie: seen=1; Path=/"),)),
    "says_noindex": Oddity((_head(304, _TAG, "X-Robots-Tag: noindex"),)),
    "reserves_rights": Oddity((_head(304, _TAG, "TDM-Reservation: 1"),)),
    "folded": Oddity((_head(304, _TAG, "X-Long: one", " two"),)),
    "old_protocol": Oddity((_head(304, _TAG, version="1.0"), HANG_UP)),
    "closing": Oddity((_head(304, _TAG, "Connection: close"), HANG_UP)),
    "with_a_body": Oddity((_head(304, _TAG, "Content-Length: 5") + b"hello",)),
    "interim": Oddity((b"HTTP/1.1 103 Early\r\nLink: <x>\r\n\r\n" + unchanged(ODD),)),
    "in_pieces": Oddity((unchanged(ODD)[:20], 0.02, unchanged(ODD)[20:])),
    "bare_line_ends": Oddity((unchanged(ODD).replace(b"\r\n", b"\n"),)),
    "no_fields": Oddity((b"HTTP/1.1 304 X\r\n\r\n",)),
    "another_tag": Oddity((_head(304, 'ETag: "other"', "Last-Modified: yesterday"),)),
    "refreshes": Oddity((_head(304, _TAG, f"Refresh: 0; url={NEW}", f"Location: {NEW}"),)),
    "dislikes_conditions": Oddity((_whole(400, b"what?"),), times=1),
    "farewell": Oddity((_whole(408, b""), HANG_UP), times=1),
    "no_http": Oddity((b"SPAM SPAM\r\n\r\n",)),
    "unknown_coding": Oddity((_whole(200, b"abc", "Content-Encoding: dcb"),)),
    "too_large": Oddity((_head(200, "Content-Length: 900000"), HANG_UP)),
    "silent": Oddity((9.0,), times=1),
    "empty": Oddity((_whole(200, b""),)),
    "start_changed": Oddity((page("/", more="changed"),), path="/"),
    "start_moved": Oddity((_whole(301, b"", "Location: /p1"),), path="/"),
    "start_sets_a_cookie": Oddity((_head(304, "Set-Cookie: a=b"),), path="/"),
    "start_gone": Oddity((_whole(404, b"gone"),), path="/"),
    "start_unavailable_once": Oddity((_whole(503, b""),), path="/", times=1),
    "start_closing": Oddity((_head(304, "Connection: close"), HANG_UP), path="/"),
    "start_resets": Oddity((RESET,), path="/", times=1),
    "last_changed": Oddity((page("/p7", more="changed"),), path="/p7"),
}


def said(kind: str, asked: Asked) -> tuple[bytes | float, ...]:
    """Return what a website of a kind sends."""
    if asked.path == "/robots.txt":
        return (_whole(404, b"none"),)
    if kind == "no_validators" and asked.path == ODD:
        return (_whole(200, html(ODD)),)
    odd = ODDITIES.get(kind, ODDITIES["plain"])
    if asked.wave == 2 and asked.path == odd.path and asked.times <= odd.times:
        return odd.said
    if asked.path == NEW:
        return (page(NEW),)
    return (ordinary(asked),)
