"""Websites of the hostile web that send what nobody asked for, want more said, or turn half way."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]  # it has no types
from crowded_sites import PAGES, firm
from hostile_sites import code
from hostile_web import MENU, HostileSite, Reset, answer, moved, ordinary, page
from lenient_sites import served
from odd_sites import missing

NUMBER = len(PAGES)
HAD = 4  # pages, before a host turns


def wants(said: str, *, status: int = 406, also_for_rules: bool = False) -> HostileSite:
    """Return a website that answers nothing but to requests whose head holds some words."""

    def answering(path: str, _: int) -> bytes:
        is_rules = path == "/robots.txt"
        if said not in site.head and (also_for_rules or not is_rules):
            return answer("<h1>Not acceptable</h1>", status=status)
        if is_rules and also_for_rules:
            return answer("User-agent: *\nDisallow: /team\n", "Content-Type: text/plain")
        return firm(path) or missing()

    never = tuple(path for path in PAGES if also_for_rules and path.startswith("/team"))
    pages = tuple(path for path in PAGES if path not in never)
    site = HostileSite(answering, pages=pages, most=NUMBER + 3, never=never)
    return site


def turns(then: Callable[[], bytes], *, most: int) -> HostileSite:
    """Return a website that gives some pages and then nothing but trouble."""

    def answering(path: str, _: int) -> bytes:
        if path == "/robots.txt":
            return missing()
        return (firm(path) or missing()) if len(site.paths) <= HAD + 1 else then()

    site = HostileSite(answering, pages=("/",), most=most)
    return site


def trouble(status: int) -> Callable[[], bytes]:
    return lambda: answer("<h1>Temporarily unavailable</h1>", status=status)


def reset() -> bytes:
    raise Reset


def in_brotli(body: bytes) -> bytes:
    return answer(brotli.compress(body, quality=4), "Content-Encoding: br")


def in_brotli_and_gzip(body: bytes) -> bytes:
    packed = gzip.compress(brotli.compress(body, quality=4))
    return answer(packed, "Content-Encoding: br, gzip")


def lower_case(body: bytes) -> bytes:
    return answer(body).replace(b"HTTP/1.1 200", b"http/1.1 200", 1)


def of_another_protocol(body: bytes) -> bytes:
    return answer(body).replace(b"HTTP/1.1 200", b"HTTP/2 200", 1)


def busy(body: bytes) -> bytes:
    return b"HTTP/1.1 102 Processing\r\n\r\n" * 12 + answer(body)


def with_brotli_bomb() -> HostileSite:
    bomb = answer(brotli.compress(b"\0" * 40_000_000, quality=1), "Content-Encoding: br")
    return HostileSite(
        lambda path, _: (
            answer(page("home", "/bad"))
            if path == "/"
            else bomb
            if path == "/bad"
            else ordinary(path) or missing()
        ),
        most=12,
    )


def session_in_front(path: str, asked: int) -> bytes:
    """Send whoever comes without a session to the same address with a new one in front."""
    if path == "/robots.txt":
        return missing()
    mark, _, rest = path.removeprefix("/s-").partition("/")
    if not path.startswith("/s-"):
        return moved(f"/s-{code(path, asked)[:12]}{path}")
    return (firm(f"/{rest}") if len(mark) == 12 else None) or missing()


def picky_sites() -> dict[str, HostileSite]:
    """Return the websites by name."""
    return {
        "wants_a_language": wants("accept-language: "),
        "wants_a_language_for_rules": wants("accept-language: ", also_for_rules=True),
        "wants_a_language_or_fails": wants("accept-language: ", status=500),
        "wants_to_be_asked_for_all": wants("accept: */*\r\n"),
        "turns_to_503": turns(trouble(503), most=HAD + 9),
        "turns_to_500": turns(trouble(500), most=HAD + 9),
        "turns_to_429": turns(trouble(429), most=HAD + 6),
        "turns_to_resets": turns(reset, most=HAD + 9),
        "brotli_unasked": served(in_brotli),
        "brotli_in_gzip": served(in_brotli_and_gzip),
        "brotli_bomb": with_brotli_bomb(),
        "status_line_in_lower_case": served(lower_case),
        "status_line_of_http_2": served(of_another_protocol),
        "busy_before_each_answer": served(busy),
        "session_in_front": HostileSite(session_in_front, pages=("/",), most=len(MENU) + NUMBER),
    }
