"""Websites of the hostile web that mean harm: to whoever parses, inflates, follows or waits."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import AsyncIterator, Callable

from hostile_sites import HTML, NOBODY, code, drip, flood
from hostile_web import MENU, HostileSite, answer, moved, ordinary, page, template, with_trap
from odd_sites import PLAIN, bad_page, missing, robots, site

LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12)
)  # 10^11 of them
ZSTD = b"\x28\xb5\x2f\xfd\x04\x00" + b"\x02\x00\x10" * 4000


def endless_trailers() -> AsyncIterator[bytes]:
    head = HTML + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<html\r\n0\r\n"
    return flood(head, b"X-More: and more\r\n" * 200)


def chunked(body: bytes, *headers: str) -> bytes:
    """Return an answer in one chunk, with further header fields about how it is framed."""
    lines = "HTTP/1.1 200 OK", "Content-Type: text/html", "Transfer-Encoding: chunked", *headers
    return "\r\n".join([*lines, "", ""]).encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def smuggled() -> bytes:
    """Return an answer that hides a second one behind a length that does not count."""
    evil = answer(page("smuggled"))
    return chunked(page("bad").encode(), "Content-Length: 5", "Connection: keep-alive") + evil


def with_sitemap(said: str | bytes) -> HostileSite:
    """Return a website of one page that names a sitemap."""
    lone = page("home").replace('href="/', 'href="#')
    return HostileSite(
        site(start=answer(lone), robots=robots("Sitemap: /map.xml\n"), **{"map.xml": _xml(said)}),
        pages=("/",),
        most=20,
    )


def _xml(said: str | bytes) -> bytes:
    return answer(said, "Content-Type: application/xml", html=False)


def loop_of_indexes(path: str, _: int) -> bytes:
    if path.startswith("/map"):
        more = "".join(f"<sitemap><loc>/map{code(path, n)}.xml</loc></sitemap>" for n in range(900))
        return _xml(f"<sitemapindex>{more}<sitemap><loc>{path}</loc></sitemap></sitemapindex>")
    lone = page("home").replace('href="/', 'href="#')
    return (
        {"/": answer(lone), "/robots.txt": robots("Sitemap: /map.xml\n")}.get(path)
        or ordinary(path)
        or missing()
    )


def never_twice_the_same() -> Callable[[str, int], bytes]:
    numbers = itertools.count()

    def answering(path: str, _: int) -> bytes:
        if path == "/robots.txt":
            return missing()
        name, number = path.strip("/") or "home", next(numbers)
        fresh = " ".join(code(f"{path} {number}", n) for n in range(30))
        links = tuple(f"/{code(path, n)}" for n in range(4)) if name not in MENU else ()
        return answer(page(name, *links, more=f"<p>{fresh}</p>"))

    return answering


def leads_to(target: str) -> HostileSite:
    """Return a website one of whose pages redirects to an odd place."""
    return HostileSite(
        with_trap(lambda path, _: moved(target) if path == "/away" else missing(), start="/away"),
        most=14,
    )


def refreshes_to(target: str) -> HostileSite:
    """Return a website whose start page refreshes to what is no page."""
    head = f'<meta http-equiv="refresh" content="0; url={target}">'
    return HostileSite(site(start=answer(page("home", head=head))), most=14)


def evil_sites() -> dict[str, HostileSite]:
    """Return the evil websites by name."""
    rules = "".join(f"Disallow: /x{n}\n" for n in range(1_000_000))
    space = "&nbsp;" * 300_000
    return {
        "endless_trailers": bad_page(lambda _: endless_trailers()),
        "length_beside_chunks": bad_page(smuggled()),
        "chunked_twice": bad_page(chunked(b"<html>", "Transfer-Encoding: chunked")),
        "folded_coding": bad_page(
            answer(page("bad"), "Transfer-Encoding:\r\n chunked", "Content-Length: 9")
        ),
        "zstd": bad_page(answer(ZSTD, "Content-Encoding: zstd")),
        "many_codings": bad_page(
            answer(b"x" * 99, f"Content-Encoding: {', '.join(['gzip'] * 500)}")
        ),
        "cookie_flood": bad_page(
            lambda asked: moved(f"/bad?{asked}", *(f"Set-Cookie: {n}=x" for n in range(190)))
        ),
        "huge_cookies": bad_page(
            answer(page("bad"), *(f"Set-Cookie: c{n}={'x' * 6000}; Path=/" for n in range(9)))
        ),
        "million_links": bad_page(answer("<html>" + "<a href=/x>" * 180_000)),
        "entities": bad_page(answer(f"<html><body>{space}<p>bad</p>")),
        "laughs": bad_page(answer(f"<!DOCTYPE html [{LAUGHS}]><html>&l11;</html>")),
        "svg_laughs": with_sitemap(f"<!DOCTYPE x [{LAUGHS}]><urlset><url><loc>&l11;</loc></url>"),
        "sitemap_of_itself": HostileSite(loop_of_indexes, pages=("/",), most=10),
        "sitemap_elsewhere": with_sitemap(
            "<sitemapindex>"
            "<sitemap><loc>http://169.254.169.254/latest</loc></sitemap>"
            "<sitemap><loc>file:///etc/passwd</loc></sitemap></sitemapindex>"
        ),
        "sitemap_drips": HostileSite(
            site(
                start=answer(page("home").replace('href="/', 'href="#')),
                robots=robots("Sitemap: /map.xml\n"),
                **{"map.xml": lambda _: drip(HTML + b"\r\n<urlset>", b" ", 0.3)},
            ),
            pages=("/",),
            most=12,
        ),
        "sitemap_gzip": with_sitemap(
            gzip.compress(("<urlset>" + "<url><loc>/about</loc></url>" * 1_500_000).encode())
        ),
        "robots_drips": HostileSite(
            site(robots=lambda _: drip(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\n", b"#", 0.2)),
            "timeout",
            NOBODY,
            2,
        ),
        "robots_floods": HostileSite(
            site(
                robots=lambda _: flood(
                    b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /team\n", b"#" * 9999 + b"\n"
                )
            ),
            pages=tuple(f"/{entry}" for entry in MENU if entry != "team"),
            never=("/team",),
            most=12,
        ),
        "robots_million": HostileSite(
            site(robots=robots(f"User-agent: *\nDisallow: /team\n{rules}")),
            pages=tuple(f"/{entry}" for entry in MENU if entry != "team"),
            never=("/team",),
            most=12,
        ),
        "robots_down_for_long": HostileSite(
            site(robots=answer("", "Retry-After: 3600", PLAIN, status=503, html=False)),
            "robots_unavailable",
            NOBODY,
            2,
        ),
        "robots_limited": HostileSite(
            site(robots=answer("", status=429)), "rate_limited", NOBODY, 3
        ),
        "robots_redirects_for_ever": HostileSite(
            lambda path, _: (
                moved(f"/robots.txt?{code(path)}")
                if path.startswith("/robots.txt")
                else ordinary(path) or missing()
            ),
            most=18,
        ),
        "silent_behind_robots": HostileSite(
            lambda path, _: missing() if path == "/robots.txt" else drip(b"", b"", 5.0),
            "timeout",
            NOBODY,
            3,
        ),
        "silent_behind_redirect": HostileSite(
            lambda path, _: (
                {"/": moved("/start"), "/robots.txt": missing()}.get(path) or drip(b"", b"", 5.0)
            ),
            "timeout",
            NOBODY,
            4,
        ),
        "never_the_same": HostileSite(never_twice_the_same(), most=33),
        "parent_of_all": HostileSite(
            with_trap(
                lambda path, _: answer(template(f'<a href="{"../" * 99}{code(path)}/">up</a>')),
                start="/up/",
            )
        ),
        "to_control": leads_to("http://a.test/\x01\x0b\x7f"),
        "to_backslash": leads_to("http:\\\\169.254.169.254\\latest"),
        "to_slash_backslash": leads_to("/\\169.254.169.254/latest"),
        "to_two_slashes": leads_to("//169.254.169.254/latest"),
        "to_no_slash": leads_to("http:169.254.169.254/latest"),
        "to_user": leads_to("http://example.org@169.254.169.254/latest"),
        "to_octal": leads_to("http://0251.0376.0251.0376/latest"),
        "to_zone": leads_to("http://[fe80::1%25lo]/"),
        "to_nothing": leads_to(""),
        "to_long_label": leads_to(f"http://{'a' * 300}.test/"),
        "refresh_script": refreshes_to("javascript:alert(1)"),
        "refresh_data": refreshes_to("data:text/html,<h1>x</h1>"),
        "refresh_file": refreshes_to("file:///etc/passwd"),
    }
