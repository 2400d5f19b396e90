"""Websites of the hostile web that browsers show in spite of how they are served."""

from __future__ import annotations

import gzip
from collections.abc import Callable

from hostile_web import MENU, HostileSite, answer, moved, ordinary
from odd_sites import missing, site

Serving = Callable[[bytes], bytes]  # a page to how it is sent
FEED = "<?xml version='1.0'?><rss><channel><title>News</title><link>/about</link></channel></rss>"
RUSSIAN = "Мы обследуем мосты и крыши с помощью дронов и работаем в Москве с 2010 года"


def served(serving: Serving, *, most: int = 10) -> HostileSite:
    """Return an ordinary website all of whose pages are sent in some odd way."""

    def answering(path: str, _: int) -> bytes:
        said = ordinary(path)
        if said is None or path == "/robots.txt":
            return said or missing()
        return serving(said.partition(b"\r\n\r\n")[2])

    return HostileSite(answering, most=most)


def typed(media_type: str) -> HostileSite:
    field = [f"Content-Type: {media_type}"] if media_type else []
    return served(lambda body: answer(body, *field, html=False))


def piece(start: bytes) -> HostileSite:
    """Return a website whose pages have no media type and begin as pieces of HTML do."""
    return served(
        lambda body: answer(
            start + body.partition(b"<body>")[2].replace(b"</body></html>", b""), html=False
        )
    )


def starts_at(location: bytes, *, path: str, status: int = 302) -> HostileSite:
    """Return a website whose address redirects to its start page, in an odd way."""

    def answering(asked: str, _: int) -> bytes:
        if asked == "/":
            return moved("@", status=status).replace(b"@", location)
        return (ordinary("/") if asked == path else ordinary(asked)) or missing()

    return HostileSite(answering, pages=(path, *(f"/{entry}" for entry in MENU)), most=11)


def in_cyrillic(head: str) -> HostileSite:
    """Return a website in windows-1251 with a page whose address is in Russian letters."""
    page = f"<html><head>{head}</head><a href='/о-нас'>о</a><h1>{RUSSIAN}</h1></html>"
    about = "/%D0%BE-%D0%BD%D0%B0%D1%81"
    return HostileSite(
        lambda path, _: (
            answer(page.encode("cp1251"))
            if path == "/"
            else answer(f"<p>{RUSSIAN[::-1]}".encode("cp1251"))
            if path == about
            else missing()
        ),
        pages=("/", about),
        most=3,
    )


def _wrong_check(body: bytes) -> bytes:
    return answer(gzip.compress(body)[:-8] + b"no check", "Content-Encoding: gzip")


def _chunked(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    coding = b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity, chunked\r\n\r\n"
    return head + coding + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def lenient_sites() -> dict[str, HostileSite]:
    """Return the websites by name."""
    return {
        "chunked_named_twice": served(_chunked),
        "gzip_wrong_check": served(_wrong_check, most=11),  # one page is asked for again
        "type_twice": typed("text/html, text/html; charset=UTF-8"),
        "type_of_downloads": typed("application/force-download"),
        "type_of_nothing": typed("httpd/unix-directory"),
        "type_half": typed("html"),
        "piece_comment": piece(b"<!-- made by hand -->\n" * 60),
        "piece_table": piece(b" \n<TABLE><tr><td>"),
        "piece_script": piece(b"<script>var a = 1;</script>"),
        "feed": HostileSite(
            site(
                start=ordinary("/").replace(b"<nav>", b"<nav><a href=/new>x</a>"),  # type: ignore[union-attr]
                new=answer(FEED, "Content-Type: text/xml", html=False),
            ),
            most=11,
        ),
        "to_latin": starts_at("/größe".encode("latin-1"), path="/gr%F6%DFe"),
        "to_utf8": starts_at("/größe".encode(), path="/gr%C3%B6%C3%9Fe"),
        "to_backslashed": starts_at(b"\\de\\start", path="/de/start"),
        "to_choice": starts_at(b"/start", path="/start", status=300),
        "charset_late": in_cyrillic(
            f"<style>{'p { margin: 0 } ' * 400}</style><meta charset=windows-1251>"
        ),
        "charset_none": in_cyrillic(""),
    }
