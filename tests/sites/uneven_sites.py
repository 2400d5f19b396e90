"""Websites of the hostile web that are whole only at second sight, or whose pages come in twins."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable

from crowded_sites import PAGES, anchors, firm, own_words
from hostile_sites import code
from hostile_web import MENU, Answering, HostileSite, answer
from odd_sites import missing

SMALL = ("/", "/about", "/services", "/team", "/prices")
ORPHANS = ("/granite", "/marble", "/slate")
WIKI = tuple(f"/page/{entry}_{n}" for n in range(2) for entry in MENU)
VIEWS = "talk source links info watch export cite stats move protect compare raw".split()


def body_of(said: bytes) -> bytes:
    return said.partition(b"\r\n\r\n")[2]


def of_pages(said: Callable[[str, bytes, int], bytes]) -> Answering:
    """Return a firm whose answers are made of a path, its page, and how often it was asked."""

    def answering(path: str, asked: int) -> bytes:
        known = firm(path)
        return missing() if known is None else said(path, body_of(known), asked)

    return answering


def cut_short(path: str, body: bytes, asked: int) -> bytes:
    """Break off every other page when it is asked for first, in the middle of its links."""
    is_cut = asked == 0 and len(path) % 2
    return answer(body[:300] if is_cut else body, f"Content-Length: {len(body)}")


def cut_for_ever(_: str, body: bytes, __: int) -> bytes:
    return answer(body, f"Content-Length: {len(body) + 50}")


def unchanged_for_nobody(path: str, body: bytes, asked: int) -> bytes:
    return answer("", status=304) if path == "/services" and not asked else answer(body)


def orphans(path: str, _: int) -> bytes:
    """Answer for a small website that names three more pages in a sitemap nobody names."""
    if path == "/sitemap.xml":
        named = "".join(f"<url><loc>{one}</loc></url>" for one in (*SMALL, *ORPHANS))
        return answer(f"<urlset>{named}</urlset>", "Content-Type: text/xml", html=False)
    if path not in (*SMALL, *ORPHANS):
        return missing()
    links = anchors(*SMALL) + "<a href='#'>more</a>" if path in SMALL else ""
    name = path.strip("/") or "home"
    return answer(f"<html lang=en><title>{name}</title>{links}{own_words(name)}</html>")


def wiki(path: str, _: int) -> bytes:
    """Answer for pages of which each leads to a dozen views of itself, all of them new texts."""
    place = "/page/about_0" if path == "/" else path
    above, _, view = place.rpartition("/")
    shown = above if view in VIEWS else place
    if shown not in WIKI:
        return missing()
    number = WIKI.index(shown)
    others = [WIKI[(number * 3 + step) % len(WIKI)] for step in (1, 4, 7)]
    links = anchors(*WIKI[:4], *others, *(f"{shown}/{one}" for one in VIEWS))
    name = place.replace("/", " ")
    return answer(f"<html lang=en><title>{name}</title>{links}{own_words(name)}</html>")


class NeverTheSame:
    """A firm whose pages show other teasers each time, and whose links hold another code.

    Args:
        written: A link, and a code -> the link with it.
        asked_for: An address -> the link.
    """

    def __init__(self, written: Callable[[str, str], str], asked_for: Callable[[str], str]) -> None:
        self._written, self._asked_for = written, asked_for
        self._numbers = itertools.count()

    def __call__(self, path: str, _: int) -> bytes:
        known = None if path == "/robots.txt" else firm(self._asked_for(path))
        if known is None:
            return missing()
        number = next(self._numbers)
        html = body_of(known).decode()
        for target in PAGES[1:]:
            html = html.replace(f'"{target}"', f'"{self._written(target, code(target, number))}"')
        return answer(html.replace("<footer>", f"{own_words(str(number))[:400]}</p><footer>"))


def twins(*suffixes: str) -> Answering:
    """Return a firm whose pages lead to views of themselves."""

    def answering(path: str, _: int) -> bytes:
        for suffix in suffixes:
            if path.endswith(suffix) and (known := firm(path.removesuffix(suffix) or "/")):
                return answer(body_of(known).replace(b"<nav>", b"<nav hidden>"))
        views = anchors(*(f"{path.rstrip('/')}{suffix}" for suffix in suffixes))
        return firm(path, more=views) or missing()

    return answering


def linked_by(element: str) -> Answering:
    """Return a firm whose links are elements like one that holds ``@`` for the address."""

    def said(_: str, body: bytes, __: int) -> bytes:
        before, *links = body.decode().split('<a href="')
        made = (
            element.replace("@", link.partition('"')[0]) + link.partition("</a>")[2]
            for link in links
        )
        return answer(before + "".join(made))

    return of_pages(said)


def uneven_sites() -> dict[str, HostileSite]:
    """Return the websites by name."""

    def whole(answering: Answering, most: int, pages: tuple[str, ...] = PAGES) -> HostileSite:
        return HostileSite(answering, pages=pages, most=most)

    n = len(PAGES)
    return {
        "cut_short": whole(of_pages(cut_short), n + 1 + sum(len(path) % 2 for path in PAGES)),
        "cut_for_ever": whole(of_pages(cut_for_ever), n + 2),
        "unchanged_for_nobody": whole(of_pages(unchanged_for_nobody), n + 2),
        "plain_as_gzip": whole(
            of_pages(lambda _, b, __: answer(b, "Content-Encoding: gzip")), n + 1
        ),
        "gzip_said_twice": whole(
            of_pages(lambda _, b, __: answer(gzip.compress(b), "Content-Encoding: gzip, gzip")),
            n + 1,
        ),
        "orphans": whole(orphans, 10, (*SMALL, *ORPHANS)),
        "views_of_pages": whole(wiki, 30, ("/", *WIKI[1:])),
        "never_the_same_segment": HostileSite(
            NeverTheSame(lambda t, c: f"{t}/s{c[:8]}7", lambda p: p.rpartition("/s")[0] or p),
            pages=("/",),
            most=n + 9,
        ),
        "never_the_same_parameter": HostileSite(
            NeverTheSame(lambda t, c: f"{t}?r={c}", lambda p: p.partition("?")[0]),
            pages=("/",),
            most=n + 9,
        ),
        "time_alone": HostileSite(
            NeverTheSame(lambda t, c: f"{t}?{int(c, 16)}", lambda p: p.partition("?")[0]),
            pages=("/",),
            most=n + 9,
        ),
        "twins_in_words": whole(twins("/text-only", "/m"), 33),
        "twins_by_ending": whole(twins(".print", ".mobile"), 33),
        "linked_by_attribute": whole(
            linked_by('<button hx-get="@" hx-target="body">x</button>'), n + 1
        ),
        "linked_by_option": whole(
            linked_by("<select onchange='go(this)'><option value=@>x</select>"), n + 1
        ),
        "linked_by_call": whole(linked_by("<li onclick='location.href=`@`'>x</li>"), n + 1),
    }
