"""The websites of the hostile web, each with what a good crawler makes of it."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import zlib
from collections.abc import AsyncIterator

from hostile_web import (
    MENU,
    Answering,
    HostileSite,
    answer,
    moved,
    ordinary,
    page,
    template,
    with_trap,
)

NOBODY = ()


def code(path: str, asked: int = 0) -> str:
    return hashlib.sha256(f"{path} {asked}".encode()).hexdigest()[:12]


async def drip(head: bytes, piece: bytes, pause: float) -> AsyncIterator[bytes]:
    yield head
    while True:
        await asyncio.sleep(pause)
        yield piece


async def flood(head: bytes, piece: bytes) -> AsyncIterator[bytes]:
    yield head
    while True:
        yield piece


HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def at(path: str, said: bytes | AsyncIterator[bytes], start: str = "") -> Answering:
    return with_trap(
        lambda asked_path, _: said if asked_path.startswith(path) else answer("", status=404),
        start=start or path,
    )


# ------------------------------------------------------------------ addresses without end


def calendar(path: str, _: int) -> bytes:
    days = "".join(f'<a href="/kal?m={code(path)[:4]}-{n}&d={n}">{n}</a>' for n in range(9))
    return answer(template(f"<h2>{path[5:]}</h2>{days}<p>No entries {code(path)}.</p>"))


def subtle_calendar(path: str, _: int) -> bytes:
    links = "".join(f'<a href="/{code(path, n)}">More</a>' for n in range(12))
    return answer(template(f"<p>Seen at 12:{code(path)[:2]} by visitor {code(path)}</p>{links}"))


def self_growing(path: str, _: int) -> bytes:
    return answer(template('<a href="deeper/page.html">deeper</a><a href="x/">x</a>'))


def facets(path: str, _: int) -> bytes:
    chosen = path.partition("?")[2]
    links = "".join(f'<a href="/shop?{chosen}&amp;f{n}={code(path)[:2]}">f</a>' for n in range(20))
    return answer(template(f"<ul><li>Drone A 100</li><li>Drone B 200</li></ul>{links}"))


def session_in_path(path: str, asked: int) -> bytes:
    if path == "/robots.txt":
        return answer("", status=404)
    session = code(path, asked)
    name = path.strip("/").rpartition("/")[2]
    menu = "".join(f'<a href="/s{session}/{entry}">{entry}</a>' for entry in MENU)
    return answer(page("home" if name not in MENU else name, more=menu).replace("/about", "#"))


def home_for_all(path: str, _: int) -> bytes:
    links = "".join(f'<a href="/{code(path, n)}.html">{n}</a>' for n in range(20))
    return answer(page("home", more=links))


def soft_errors(path: str, _: int) -> bytes:
    gone = f"<h2>Seite nicht gefunden</h2><p>{path} gibt es hier nicht. {code(path)}</p>"
    return answer(template(gone, title="Fehler"))


def redirects_without_end(path: str, _: int) -> bytes:
    return moved(f"/r/{code(path)}")


def aliases(path: str, _: int) -> bytes:
    name = path.rpartition("/")[2].rpartition("=")[2]
    if name in MENU:
        canonical = f'<link rel="canonical" href="/{name}">'
        links = tuple(f"/alias/{code(path, n)}/{entry}" for n, entry in enumerate(MENU))
        return answer(page(name, *links, head=canonical))
    return answer("", status=404)


def hundred_thousand_links(path: str, _: int) -> bytes:
    links = "".join(f"<a href=/l{code(path)}{n}>x" for n in range(100_000))
    return answer(template(links))


def languages_without_end(path: str, _: int) -> bytes:
    return answer(template(f'<a href="{path}&amp;lang=x{code(path)}">language</a>'))


# ------------------------------------------------------------------ HTTP that is none


def broken(path: str, said: bytes | AsyncIterator[bytes]) -> Answering:
    def answering(asked_path: str, _: int) -> bytes | AsyncIterator[bytes]:
        return said if asked_path != "/robots.txt" else answer("", status=404)

    return answering


def one_bad_page(said: bytes | AsyncIterator[bytes]) -> HostileSite:
    return HostileSite(at("/bad", said))


def dead(said: bytes | AsyncIterator[bytes], outcome: str) -> HostileSite:
    return HostileSite(broken("/", said), outcome, NOBODY, 6)


def endless(head: bytes, piece: bytes) -> Answering:
    return lambda path, _: (
        flood(head, piece) if path == "/bad" else with_trap(lambda *_: b"", start="/bad")(path, 0)
    )


def dripping(head: bytes, piece: bytes) -> Answering:
    return lambda path, _: (
        drip(head, piece, 0.2)
        if path == "/bad"
        else with_trap(lambda *_: b"", start="/bad")(path, 0)
    )


# ------------------------------------------------------------------ hidden pages


def cookie_wall(path: str, asked: int) -> bytes:
    if path == "/" and asked == 0:
        return moved("/", "Set-Cookie: consent=1; Path=/")
    return ordinary(path) or answer("", status=404)


def splash(path: str, _: int) -> bytes:
    if path == "/":
        return answer('<html lang=en><a href="/de/">Deutsch</a><a href="/en/">English</a></html>')
    name = path.strip("/").partition("/")[2]
    menu = tuple(f"{path[:4]}{entry}" for entry in MENU[:4])
    if path[:4] in {"/de/", "/en/"}:
        return answer(page(f"{path[1:3]} {name or 'start'}", *menu))
    return answer("", status=404)


def sitemap_only(path: str, _: int) -> bytes:
    if path == "/robots.txt":
        return answer("User-agent: *\nAllow: /\nSitemap: /maps/index.xml\n", html=False)
    if path == "/maps/index.xml":
        maps = "<sitemap><loc>/maps/pages.xml.gz</loc></sitemap>" * 2
        return answer(f"<sitemapindex>{maps}</sitemapindex>", html=False)
    if path == "/maps/pages.xml.gz":
        rows = "".join(f"<url><loc>/{entry}</loc></url>" for entry in (*MENU, "missing"))
        return answer(gzip.compress(f"<urlset>{rows}</urlset>".encode()), html=False)
    said = ordinary(path)
    return said.replace(b'href="/', b'href="#') if said else answer("", status=404)


def scripted(path: str, _: int) -> bytes:
    if path == "/":
        script = "<script>window.location.href = '/start.html';</script>"
        return answer(f"<html><head>{script}</head><body></body></html>")
    if path == "/start.html":
        rows = "".join(f"<div onclick=\"location.href='/{entry}'\">x</div>" for entry in MENU)
        return answer(page("home", more=rows).replace("<nav>", "<!--").replace("</nav>", "-->"))
    return ordinary(path) or answer("", status=404)


def frames(path: str, _: int) -> bytes:
    if path == "/":
        return answer('<frameset><frame src="menu.htm"><frame src="main.htm"></frameset>')
    if path == "/menu.htm":
        return answer("".join(f"<a href=/{entry} target=main>x</a>" for entry in MENU))
    return answer(page("main")) if path == "/main.htm" else ordinary(path) or answer("", status=404)


def utf16(path: str, _: int) -> bytes:
    said = ordinary(path)
    if said is None or path == "/robots.txt":
        return said or answer("", status=404)
    return answer(said.partition(b"\r\n\r\n")[2].decode().encode("utf-16-le"))


def lying_types(path: str, _: int) -> bytes:
    said = ordinary(path) or answer("", status=404)
    return said.replace(b"Content-Type: text/html", b"Content-Type: application/octet-stream")


def hostile_sites() -> dict[str, HostileSite]:
    """Return all websites of the hostile web, by name."""
    zeros = b"<html>" + b"A" * 30_000_000
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = gzip.compress(zeros, 9)
    raw_bomb = deflate.compress(zeros) + deflate.flush()
    as_gzip = "Content-Encoding: gzip"
    return {
        "ordinary": HostileSite(lambda p, _: ordinary(p) or answer("", status=404), most=10),
        "calendar": HostileSite(with_trap(calendar, start="/kal?m=1&d=1")),
        "subtle_calendar": HostileSite(with_trap(subtle_calendar, start="/first")),
        "self_growing": HostileSite(with_trap(self_growing, start="/grow/page.html")),
        "facets": HostileSite(with_trap(facets, start="/shop?all=1")),
        "session_in_path": HostileSite(session_in_path, pages=("/",)),
        "home_for_all": HostileSite(
            lambda p, _: answer("", status=404) if p == "/robots.txt" else home_for_all(p, 0),
            pages=("/",),
            most=15,
        ),
        "soft_errors": HostileSite(with_trap(soft_errors, start="/old/1.html")),
        "redirects_without_end": HostileSite(with_trap(redirects_without_end, start="/r/1")),
        "aliases": HostileSite(with_trap(aliases, start="/alias/0/about")),
        "hundred_thousand_links": HostileSite(with_trap(hundred_thousand_links, start="/links")),
        "languages": HostileSite(with_trap(languages_without_end, start="/x?a=1")),
        "broken_links": HostileSite(
            lambda p, _: (
                answer(page("home", *(f"/gone-{code(p, n)}" for n in range(200))))
                if p == "/"
                else ordinary(p) or answer("", status=404)
            )
        ),
        "empty_pages": HostileSite(with_trap(lambda p, _: answer(""), start="/e")),
        # one page that is no page
        "bomb": one_bad_page(answer(bomb, as_gzip)),
        "bomb_deflate": one_bad_page(answer(raw_bomb, "Content-Encoding: deflate")),
        "bomb_in_bomb": one_bad_page(answer(gzip.compress(bomb), "Content-Encoding: gzip, gzip")),
        "gzip_in_gzip": one_bad_page(answer(gzip.compress(gzip.compress(zeros[:999])), as_gzip)),
        "brotli": one_bad_page(answer(b"\xff\x02\x80hi\x03" * 9, "Content-Encoding: br")),
        "broken_gzip": one_bad_page(answer(gzip.compress(zeros[:999])[:-20] + b"x" * 9, as_gzip)),
        "huge_length": one_bad_page(answer("<html>", "Content-Length: 99999999999999999999")),
        "two_lengths": one_bad_page(
            answer("<html>abc", "Content-Length: 9", "Content-Length: 4000")
        ),
        "negative_length": one_bad_page(answer("<html>", "Content-Length: -5")),
        "short_body": one_bad_page(answer("<html><p>cut", "Content-Length: 4000")),
        "picture": one_bad_page(answer(b"\x89PNG\r\n\x1a\n\x00\x00" * 50)),
        "data": one_bad_page(answer(json.dumps({"a": [1, 2, 3]}))),
        "odd_charset": one_bad_page(answer(page("bad").replace("<head>", "<meta charset=idna>"))),
        "nul_bytes": one_bad_page(answer(page("bad").replace("</p>", "\0</p>"))),
        "deep": one_bad_page(answer("<html>" + "<div>" * 60_000 + "deep")),
        "unclosed": one_bad_page(answer("<html>" + '<a href="' * 20_000)),
        "many_cookies": one_bad_page(
            answer(page("bad"), *(f"Set-Cookie: c{n}={'x' * 60}; Path=/" for n in range(150)))
        ),
        "no_content": one_bad_page(answer("", status=204)),
        "unasked_304": one_bad_page(answer("", status=304)),
        "partial": one_bad_page(answer(page("bad"), "Content-Range: bytes 0-9/99", status=206)),
        "endless_body": HostileSite(endless(HTML + b"\r\n", b"<p>more" * 8000)),
        "endless_chunks": HostileSite(
            endless(HTML + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n" * 500)
        ),
        "endless_head": HostileSite(endless(HTML, b"X-More: " + b"x" * 8000 + b"\r\n")),
        "endless_line": HostileSite(endless(HTML + b"X-More: ", b"x" * 60_000)),
        "endless_interim": HostileSite(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 200)),
        "dripping_head": HostileSite(dripping(HTML, b"X-More: x\r\n")),
        "dripping_body": HostileSite(dripping(HTML + b"\r\n", b"x")),
        # nothing to be had
        "garbage": dead(b"\x15\x03\x01\x00\x02\x02\x50" + bytes(range(256)), "bad_response"),
        "http_09": dead(b"<html>\r\nhello\r\n\r\n</html>", "bad_response"),
        "hangs_up": dead(b"", "connection_reset"),
        "silent": HostileSite(lambda *_: drip(b"", b"", 5.0), "timeout", NOBODY, 2),
        "drips_for_ever": HostileSite(
            lambda *_: drip(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n", 0.2), "timeout", NOBODY, 2
        ),
        "loop": dead(moved("/"), "redirect_loop"),
        "chain": HostileSite(
            lambda p, _: answer("", status=404) if p == "/robots.txt" else moved(f"/{code(p)}"),
            "redirect_loop",
            NOBODY,
            9,
        ),
        "refresh_chain": HostileSite(
            lambda p, _: answer(
                f'<meta http-equiv=refresh content="0;url=/{code(p)}">',
                status=404 if p == "/robots.txt" else 200,
            ),
            "redirect_loop",
            NOBODY,
            9,
        ),
        "to_metadata": dead(moved("http://169.254.169.254/latest/"), "blocked_address"),
        "to_file": dead(moved("file:///etc/passwd"), "blocked_address"),
        # pages that are hard to find
        "cookie_wall": HostileSite(cookie_wall, most=12),
        "splash": HostileSite(splash, pages=("/", "/de/", "/en/"), most=22),
        "sitemap_only": HostileSite(sitemap_only, most=16),
        "scripted": HostileSite(scripted, pages=("/start.html", *(f"/{e}" for e in MENU)), most=14),
        "moved_to_nothing": HostileSite(
            lambda p, _: (
                answer(
                    '<meta http-equiv="refresh" content="0; url=/gone">'
                    + "".join(f'<a href="/{entry}">{entry}</a>' for entry in MENU)
                )
                if p == "/"
                else ordinary(p) or answer("", status=404)
            ),
            most=14,
        ),
        "frames": HostileSite(
            frames, pages=("/menu.htm", "/main.htm", *(f"/{e}" for e in MENU)), most=14
        ),
        "utf16": HostileSite(utf16, most=12),
        "lying_types": HostileSite(lying_types, most=12),
        "soon_fine": HostileSite(
            lambda p, asked: (
                answer("", "Retry-After: 1", status=503)
                if p == "/" and not asked
                else ordinary(p) or answer("", status=404)
            ),
            most=13,
        ),
    }
