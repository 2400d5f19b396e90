"""Websites that ask visitors something first, note where they come from, or turn them away."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from hostile_web import MENU, WORDS, Answering, HostileSite, answer, moved, ordinary, page

BELOW = tuple(f"/news/{word}" for word in WORDS[:6])
PAGES = ("/", *(f"/{entry}" for entry in MENU), "/news", *BELOW)


def missing() -> bytes:
    return answer("", status=404)


def firm(path: str, written: Callable[[str], str] = str) -> bytes | None:
    """Return what a firm of 16 pages answers, its links as they are written; None where nothing."""
    if path not in PAGES:
        return None
    links = ("/news", *(BELOW if path == "/news" else ()))
    html = page(path.strip("/").replace("/", " ") or "home", *links)
    for target in PAGES:
        html = html.replace(f'href="{target}"', f'href="{written(target)}"')
    return answer(html)


class Gate:
    """A website whose pages all are one question until it is answered; then each is itself.

    Args:
        question: Address that was asked for -> the page in its place.
        answered_at: What the addresses of answers begin with; they lead back with a cookie.
    """

    def __init__(self, question: Callable[[str], str], answered_at: str) -> None:
        self._question = question
        self._answered_at = answered_at
        self._is_answered = False

    def __call__(self, path: str, _: int) -> bytes:
        if path == "/robots.txt":
            return missing()
        if path.startswith(self._answered_at):
            self._is_answered = True
            return moved("/", "Set-Cookie: known=1; Path=/")
        if not self._is_answered:
            return answer(f"<html lang=en><title>Wait</title>{self._question(path)}</html>")
        return firm(path) or missing()


def gated(question: Callable[[str], str], answered_at: str) -> HostileSite:
    return HostileSite(Gate(question, answered_at), pages=PAGES, most=len(PAGES) + 6)


def noting(written: Callable[[str, str], str]) -> HostileSite:
    """Return a website whose links say on which page they stand: (page, target) -> link."""

    def answering(path: str, _: int) -> bytes:
        place, _, query = path.partition("?")
        if query.startswith("id="):
            place = PAGES[int(query[3:].partition("&")[0])]
        return firm(place, lambda target: written(place, target)) or missing()

    return HostileSite(answering, pages=("/",), most=len(PAGES) + 7)


def beside(variants: tuple[str, ...]) -> HostileSite:
    """Return a website whose pages all link themselves with parameters that change nothing."""

    def answering(path: str, _: int) -> bytes:
        place = path.partition("?")[0]
        said = firm(place)
        if said is None:
            return missing()
        more = "".join(f'<a href="{place}?{variant}">x</a>' for variant in variants)
        return answer(said.partition(b"\r\n\r\n")[2].replace(b"</h1>", b"</h1>" + more.encode()))

    return HostileSite(answering, pages=PAGES, most=len(PAGES) + 12)


class TurnsAway:
    """A website that shows some pages and then says no, with success."""

    def __init__(self, words: str, *, n_shown: int) -> None:
        self._words = words
        self._left = n_shown

    def __call__(self, path: str, _: int) -> bytes:
        if path == "/robots.txt":
            return missing()
        self._left -= 1
        if self._left >= 0:
            return firm(path) or missing()
        number = f"{hash(path) & 0xFFFFFF:x}"
        body = f"<html><title>{self._words}</title><h1>{self._words}</h1><p>Reference {number}</p>"
        return answer(body)


def one_part(path: str, _: int) -> bytes:
    if path == "/team":
        return answer(page("team")[:400], "Content-Range: bytes 0-399/2000", status=206)
    return ordinary(path) or missing()


def embedded(path: str, _: int) -> bytes:
    if path == "/":
        return answer(
            "<html lang=en><title>home</title><object type='text/html' data='menu.html'></object>"
            f"<p>{' and '.join(WORDS)}</p></html>"
        )
    return answer(page("menu")) if path == "/menu.html" else ordinary(path) or missing()


def said_twice(path: str, _: int) -> bytes:
    said = ordinary(path)
    return (
        (said or missing()).replace(b'">', b'" href="/nowhere">')
        if path != "/robots.txt"
        else missing()
    )


def age(path: str) -> str:
    return f"<p>Are you 18?</p><a href='/enter?to={quote(path)}'>yes</a>"


def consent(path: str) -> str:
    return f"<p>We use cookies.</p><a href='/accept?back={quote(path)}'>well</a><a href=/why>?</a>"


def form(_: str) -> str:
    return "<form action=/check><input type=hidden name=ok value=1><input type=submit></form>"


def visitor_sites() -> dict[str, HostileSite]:
    """Return the websites by name."""
    odd: dict[str, Answering] = {
        "one_part": one_part,
        "embedded": embedded,
        "said_twice": said_twice,
    }
    return {
        "age_gate": gated(age, "/enter"),
        "consent_gate": gated(consent, "/accept"),
        "form_gate": gated(form, "/check"),
        "noting_page": noting(lambda place, target: f"{target}?ref={quote(place)}"),
        "noting_place": noting(lambda place, target: f"{target}?from={len(place)}&amp;pos=menu"),
        "noting_item": noting(
            lambda place, target: f"/index.php?id={PAGES.index(target)}&amp;Itemid={len(place) % 7}"
        ),
        "in_many_views": beside(("theme=dark", "view=list", "font=2", "tag=b", "month=5", "as=x")),
        "turned_away": HostileSite(TurnsAway("Access Denied", n_shown=6), pages=("/",), most=20),
        "turned_away_at_once": HostileSite(
            TurnsAway("Sorry, you have been blocked", n_shown=0), "refused_http", (), 3
        ),
        **{name: HostileSite(said, most=12) for name, said in odd.items()},
    }
