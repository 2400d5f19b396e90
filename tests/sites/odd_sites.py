"""Further websites of the hostile web: odd rather than evil, as strangers' servers are."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hostile_sites import code
from hostile_web import (
    MENU,
    Answering,
    HostileSite,
    Reset,
    answer,
    moved,
    ordinary,
    page,
    text_about,
    with_trap,
)

PLAIN = "Content-Type: text/plain"


def missing() -> bytes:
    return answer("", status=404)


def site(**special: bytes | Callable[[int], bytes | AsyncIterator[bytes]]) -> Answering:
    """Return an ordinary website but for some paths: `start` is ``/``, `robots` is robots.txt."""
    named = {"start": "/", "robots": "/robots.txt"}
    answers = {named.get(name, f"/{name}"): said for name, said in special.items()}

    def answering(path: str, asked: int) -> bytes | AsyncIterator[bytes]:
        said = answers.get(path.partition("?")[0])
        if callable(said):
            return said(asked)
        return said or ordinary(path) or missing()

    return answering


def robots(text: str | bytes, *headers: str) -> bytes:
    return answer(text, *(headers or (PLAIN,)), html=False)


NO_TEAM = "User-agent: *\nDisallow: /team\n"
BUT_TEAM = tuple(f"/{entry}" for entry in ("", *MENU) if entry != "team")


def denies_team(said: bytes | Callable[[int], bytes]) -> HostileSite:
    """Return a website whose robots.txt says no to one page, in an odd way."""
    return HostileSite(site(robots=said), pages=BUT_TEAM, most=10, never=("/team",))


# ------------------------------------------------------------------ ways to the start page


def growing(path: str, _: int) -> bytes:
    return missing() if path == "/robots.txt" else moved(f"{path}{'x' * 900}/")


def new_cookie_each_time(path: str, asked: int) -> bytes:
    return missing() if path == "/robots.txt" else moved(path, f"Set-Cookie: c{asked}=1; Path=/")


def ping_pong(path: str, _: int) -> bytes:
    there = "/b" if path == "/a" else "/a"
    refresh = f'<meta http-equiv=refresh content="0;url={there}">'
    return missing() if path == "/robots.txt" else answer(f"<html>{refresh}</html>")


def refreshing_itself(_: int) -> bytes:
    return answer(page("home", head='<meta http-equiv="refresh" content="5">'))


def linked_by_header(path: str, _: int) -> bytes:
    if (said := ordinary(path)) is None or path == "/robots.txt":
        return missing()
    at = ("", *MENU).index(path.strip("/"))
    there = f"Link: </{MENU[at % len(MENU)]}>; rel=next".encode()
    return said.replace(b"Connection:", there + b"\r\nConnection:").replace(b"<a ", b"<b ")


def only_a_form(path: str, asked: int) -> bytes:
    if path == "/":
        gate = '<h1>Are you 18?</h1><form action="/enter" method="get"><button>Yes</button></form>'
        return answer(f"<html><body>{gate}</body></html>")
    if path.partition("?")[0] == "/enter":
        return answer(page("inside"))
    return ordinary(path) or missing()


def only_a_state(path: str, _: int) -> bytes:
    if path == "/robots.txt" or not (said := ordinary(path)):
        return missing()
    entries = [{"title": entry, "href": f"/{entry}"} for entry in MENU]
    state = json.dumps({"props": {"text": text_about(path), "menu": entries}})
    said = said.partition(b"\r\n\r\n")[2].partition(b"<nav>")[0]
    blob = f'<script id="__NEXT_DATA__" type="application/json">{state}</script>'
    return answer(said.decode() + f"<main>{text_about(path)}</main>{blob}</body></html>")


def without_scripts(path: str, _: int) -> bytes:
    if path == "/":
        there = '<noscript><meta http-equiv="refresh" content="0; url=/plain/"></noscript>'
        return answer(f"<html><head>{there}</head><body></body></html>")
    return answer(page("plain")) if path == "/plain/" else ordinary(path) or missing()


def all_in_a_frame(path: str, _: int) -> bytes:
    if path == "/":
        return answer('<html><body><iframe src="inner.html" width="100%"></iframe></body></html>')
    return answer(page("inner")) if path == "/inner.html" else ordinary(path) or missing()


# ------------------------------------------------------------------ servers with a bad day


async def half_and_reset(said: bytes) -> AsyncIterator[bytes]:
    yield said[: len(said) // 2]
    raise Reset


async def reset_at_once() -> AsyncIterator[bytes]:
    raise Reset
    yield b""


def first_reset(path: str, asked: int) -> bytes | AsyncIterator[bytes]:
    return reset_at_once() if not asked else ordinary(path) or missing()


def busy(said: str, status: int = 503) -> Answering:
    """Return a website that cannot be asked at once, and says in its way when it can."""

    def start(asked: int) -> bytes:
        if asked:
            return answer(page("home"))
        return answer("", f"Retry-After: {said}", status=status)

    return site(start=start)


def limited(said: str) -> Answering:
    """Return a website that shows three of its pages, and then asks to be left alone."""
    seen: set[str] = set()

    def answering(path: str, _: int) -> bytes:
        if path in seen or len(seen) < 4:
            seen.add(path)
            return ordinary(path) or missing()
        return answer("", f"Retry-After: {said}", status=429)

    return answering


def soon() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)


def bad_page(said: bytes | Callable[[int], bytes | AsyncIterator[bytes]]) -> HostileSite:
    """Return a website one of whose pages is odd; the others are had all the same."""

    def odd(path: str, asked: int) -> bytes | AsyncIterator[bytes]:
        if path != "/bad":
            return missing()
        return said(asked) if callable(said) else said

    return HostileSite(with_trap(odd, start="/bad"), most=16)


# ------------------------------------------------------------------ pages without end


def random_words(path: str, asked: int) -> bytes:
    """Return a list that goes on for ever, each of its pages with a text of its own."""
    number = int("0" + "".join(filter(str.isdigit, path)))
    return answer(page(f"entry {number * 7919} {asked}", f"/list?page={number + 1}"))


def growing_path(path: str, _: int) -> bytes:
    return answer(page("home", "a/", "a/b/"))


def days(path: str, _: int) -> bytes:
    number = int("0" + "".join(filter(str.isdigit, path)))
    there = f'<a href="/day/{number - 1}">before</a><a href="/day/{number + 1}">behind</a>'
    return answer(page("home", more=f"<h2>Day {number}</h2>{there}<p>Nothing is on.</p>"))


def gone_in(words: str) -> Answering:
    """Return a website that says with success that a page is not there, links to more of them."""

    def gone(path: str, asked: int) -> bytes:
        links = "".join(f'<a href="/old/{code(path)[:5]}-{n}.html">x</a>' for n in range(9))
        return answer(f"<html><title>{words}</title><body><h1>{words}</h1>{links}{path}</body>")

    return with_trap(gone, start="/old/1.html")


def wide(encoding: str, mark: bytes = b"") -> Answering:
    def answering(path: str, _: int) -> bytes:
        said = ordinary(path)
        if said is None or path == "/robots.txt":
            return said or missing()
        return answer(mark + said.partition(b"\r\n\r\n")[2].decode().encode(encoding))

    return answering


def odd_sites() -> dict[str, HostileSite]:
    """Return the odd websites by name."""
    filler = "# " + "x" * 70 + "\n"
    long_robots = NO_TEAM + filler * 150_000
    wild = "".join(f"Disallow: /*{'a*' * 20}{n}$\n" for n in range(9000))
    bomb = gzip.compress(("<urlset>" + " " * 60_000_000).encode(), 9)
    in_start = "/start.html"
    return {
        "robots_bomb": denies_team(
            robots(gzip.compress(long_robots.encode(), 9), PLAIN, "Content-Encoding: gzip")
        ),
        "robots_long": denies_team(robots(long_robots)),
        "robots_cr": denies_team(robots(NO_TEAM.replace("\n", "\r"))),
        "robots_bom": denies_team(robots("\ufeff" + NO_TEAM)),
        "robots_utf16": denies_team(robots(NO_TEAM.encode("utf-16"))),
        # Made to hurt: what stands behind the rules that are held denies from its beginning.
        "robots_wild": HostileSite(site(robots=robots(NO_TEAM + wild)), "refused_robots", (), 1),
        "robots_nul": denies_team(robots("\0\n" + NO_TEAM.replace("allow", "\0allow"))),
        "robots_html": HostileSite(site(robots=answer(page("home"))), most=12),
        "robots_soon": denies_team(
            lambda asked: robots(NO_TEAM) if asked else answer("", status=503)
        ),
        "robots_half": HostileSite(
            site(robots=robots("User-agent: *\nAllow: /\n", PLAIN, "Content-Length: 4000")),
            "connection_reset",
            pages=(),
            most=2,
            never=("/",),
        ),
        "sitemap_bomb": HostileSite(
            site(
                robots=robots("Sitemap: /maps.xml.gz\n"),
                **{"maps.xml.gz": answer(bomb, html=False)},
            ),
            most=14,
        ),
        "redirect_grows": HostileSite(growing, "bad_response", (), 8),
        "redirect_sets_cookies": HostileSite(new_cookie_each_time, "redirect_loop", (), 9),
        "refresh_ping_pong": HostileSite(ping_pong, "redirect_loop", (), 9),
        "refresh_itself": HostileSite(site(start=refreshing_itself), most=12),
        "refresh_in_header": HostileSite(
            site(
                start=answer("", "Refresh: 0; url=/start.html"),
                **{"start.html": answer(page("start"))},
            ),
            pages=(in_start, *(f"/{entry}" for entry in MENU)),
            most=14,
        ),
        "long_redirect": HostileSite(
            lambda p, _: (
                moved(f"/?back={'y' * 1500}") if p == "/" else ordinary(p.partition("?")[0]) or b""
            ),
            most=13,
        ),
        "header_links": HostileSite(linked_by_header, most=14),
        "form_gate": HostileSite(only_a_form, pages=tuple(f"/{e}" for e in MENU), most=14),
        "state": HostileSite(only_a_state, most=14),
        "noscript_refresh": HostileSite(without_scripts, most=14),
        "iframe": HostileSite(all_in_a_frame, most=14),
        "first_reset": HostileSite(first_reset, most=21),
        "busy_date": HostileSite(busy(soon()), most=13),
        "busy_past": HostileSite(busy("Wed, 21 Oct 2015 07:28:00 GMT", 429), most=13),
        "busy_garbage": HostileSite(busy("soon", 429), most=13),
        "busy_negative": HostileSite(busy("-1"), most=13),
        "busy_for_ever": HostileSite(busy("9" * 60, 429), "rate_limited", (), 2),
        "limits": HostileSite(limited("3600"), pages=("/",), most=5),
        "limits_at_will": HostileSite(limited("tomorrow"), pages=("/",), most=10),
        "maintenance": HostileSite(busy("86400"), "server_error", (), 2),
        "reset_in_body": bad_page(lambda _: half_and_reset(answer(page("bad") * 9))),
        "length_too_small": bad_page(answer(page("bad"), "Content-Length: 60")),
        "no_encoding": bad_page(answer(page("bad"), "Content-Encoding: utf-8")),
        "chunk_extension": bad_page(answer(b"5;" + b"x" * 900_000, "Transfer-Encoding: chunked")),
        "one_line": bad_page(answer("<html>" + "word " * 700_000)),
        "attributes": bad_page(answer("<html><a " + "a=1 " * 400_000 + ">")),
        "empty_links": bad_page(answer("<html>" + "<a x=1>" * 280_000)),
        "blank_refresh": bad_page(
            answer(f'<html><meta http-equiv=refresh content="0;{" " * 900}a\nb">')
        ),
        "long_hosts": bad_page(
            answer("".join(f'<a href="http://{n}{"é" * 900}.at/">x' for n in range(2000)))
        ),
        "no_charset": bad_page(answer(b"<html>" + b"\x81" * 1_900_000)),
        "foreign_base": bad_page(answer(page("bad", head='<base href="http://nowhere.test/">'))),
        "random_words": HostileSite(with_trap(random_words, start="/list?page=1")),
        "growing_path": HostileSite(with_trap(growing_path, start="/a/")),
        "days": HostileSite(with_trap(days, start="/day/1000")),
        "gone_el": HostileSite(gone_in("Η σελίδα δεν βρέθηκε")),
        "gone_bg": HostileSite(gone_in("Страницата не е намерена")),
        "gone_tr": HostileSite(gone_in("Sayfa bulunamadı")),
        "gone_lv": HostileSite(gone_in("Lapa nav atrasta")),
        "utf16_be": HostileSite(wide("utf-16-be", b"\xfe\xff"), most=12),
        "utf32": HostileSite(wide("utf-32-le", b"\xff\xfe\0\0"), most=12),
        "nul_first": HostileSite(
            lambda p, _: (ordinary(p) or missing()).replace(b"<head>", b"\0<head>\0"), most=12
        ),
    }
