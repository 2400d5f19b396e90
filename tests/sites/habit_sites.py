"""Websites of the hostile web that do one thing to each of their addresses, or name them oddly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from hostile_sites import NOBODY, code, drip
from hostile_web import MENU, WORDS, HostileSite, answer, moved, ordinary, page, text_about
from odd_sites import missing

ITEMS = (*(f"{word}mast" for word in WORDS[:6]), "1207", "1311", "4102")
IDS = 14
Said = bytes | AsyncIterator[bytes]


def redirecting(written: Callable[[str], str], served: Callable[[str], str]) -> HostileSite:
    """Return a website whose links all redirect in one way.

    Args:
        written: Name of a page to its address in links.
        served: The same to the address where it stands.
    """

    def answering(path: str, _: int) -> bytes:
        for name in MENU:
            if path == served(name):
                return answer(_linked(page(name), written))
            if path == written(name):
                return moved(served(name), status=301)
        return answer(_linked(page("home"), written)) if path == "/" else missing()

    pages = ("/", *map(served, MENU))
    # The first two redirects show the habit; robots.txt is the fourth that is no page.
    return HostileSite(answering, pages=pages, most=len(pages) + 4)


def _linked(html: str, written: Callable[[str], str]) -> str:
    for name in MENU:
        html = html.replace(f'href="/{name}"', f'href="{written(name)}"')
    return html


def one_is_a_file(path: str, _: int) -> bytes:
    """Answer as a website that puts slashes behind all addresses but one."""
    name = path.strip("/")
    if name in MENU[:-1] and not path.endswith("/"):
        return moved(f"{path}/", status=301)
    if name == MENU[-1] and path.endswith("/"):
        return missing()
    return ordinary(path.rstrip("/") or "/") or missing()


def items_by_slug(path: str, _: int) -> bytes:
    """Answer for items that differ in their names, which their addresses are, and in a price."""
    if path == "/":
        return answer(page("home", *(f"/item/{item}" for item in ITEMS)))
    name = path.removeprefix("/item/")
    if name not in ITEMS:
        return ordinary(path) or missing()
    price = f"<p>{sum(map(ord, name))} EUR</p>"
    return answer(f"<html lang=en><title>{name}</title><h1>{name}</h1>{price}{text_about('terms')}")


def echoes(path: str, _: int) -> bytes:
    """Answer with the address as a title, and links to further ones, as items do not."""
    if path == "/":
        return answer(page("home", *(f"/item/{item}" for item in ITEMS)))
    name = path.removeprefix("/item/")
    if not path.startswith("/item/"):
        return ordinary(path) or missing()
    more = "".join(f"<a href='/item/{name[::-1]}{word}'>x</a>" for word in WORDS[:5])
    return answer(
        f"<html lang=en><title>{name}</title><h1>{name}</h1>{text_about('terms')}{more}</html>"
    )


def by_ids(path: str, _: int) -> bytes:
    """Answer for pages told apart by a parameter, most of which the start page does not link."""
    shown = {f"/index.php?id={n}": n for n in range(1, IDS + 1)} | {"/": 0}
    if path not in shown:
        return missing()
    number = shown[path]
    linked = range(1, 4) if number < 3 else range(1, IDS + 1)
    menu = "".join(f'<a href="/index.php?id={n}">{n}</a>' for n in linked)
    words = " ".join(WORDS[(number * 5 + step * (number + 1)) % len(WORDS)] for step in range(50))
    return answer(f"<html lang=en><title>Steiner</title>{menu}<p>{number} {words} {number}x</p>")


def beside_each(path: str, _: int) -> bytes:
    """Answer as a website each page of which stands below itself once more, for telephones."""
    name = path.strip("/").removesuffix("/mini").removesuffix("mini")
    if path == "/robots.txt" or name not in {"", *MENU}:
        return missing()
    return answer(page(name or "home", f"/{name}/mini/" if name else "/mini/"))


def stalls(path: str, _: int) -> bytes | AsyncIterator[bytes]:
    """Answer for the start page, and then no more."""
    if path in {"/", "/robots.txt"}:
        return ordinary(path) or missing()
    return drip(b"", b"", 9.0)


def crowded(*, links: Callable[[str], tuple[str, ...]], said: Callable[[str], Said]) -> HostileSite:
    """Return a website whose lower pages are linked last, behind a crowd of links to no page.

    Args:
        links: Name of a page to the crowd on it.
        said: What is answered to an address of the crowd.
    """
    below = tuple(f"/news/{word}" for word in WORDS[:4])

    def answering(path: str, _: int) -> Said:
        name = path.strip("/")
        if path in {"/", "/news"} or name in MENU:
            more = below if path == "/news" else ("/news",)
            return answer(page(name or "home", *links(name), *more))
        if path in below:
            return answer(page(name, *links(name)))
        return missing() if path == "/robots.txt" else said(path)

    pages = ("/", *(f"/{entry}" for entry in MENU), "/news", *below)
    return HostileSite(answering, pages=pages, most=35)


def crowd(directory: str, count: int = 4) -> Callable[[str], tuple[str, ...]]:
    return lambda name: tuple(f"{directory}{code(name, n)[:3]}-{n}" for n in range(count))


def dead_names(name: str) -> tuple[str, ...]:
    """Return four addresses on each page that have nothing in common with any other."""
    return tuple(f"/{''.join(chr(97 + int(c, 16)) for c in code(name, n)[:8])}" for n in range(4))


def by_tag(path: str) -> bytes:
    word = path.rpartition("/")[2]
    return answer(f"<html lang=en><title>{word}</title><h1>{word}</h1><p>News of us.</p></html>")


def sold_at(words: str) -> HostileSite:
    body = f"<html><meta charset=utf-8><body><h1>{words}</h1></body></html>"
    said = {"/": answer(body), "/robots.txt": missing()}
    return HostileSite(lambda path, _: said.get(path) or missing(), "parked", NOBODY, 3)


class CookieByHome:
    """A website that sends the first asked for a lower page home, with a cookie to show."""

    def __init__(self) -> None:
        self._is_known = False

    def __call__(self, path: str, _: int) -> bytes:
        if path in {"/", "/robots.txt"} or self._is_known:
            return ordinary(path) or missing()
        self._is_known = True
        return moved("/", "Set-Cookie: known=1; Path=/")


def refresh_with_cookie(path: str, asked: int) -> bytes:
    if path == "/" and not asked:
        refresh = '<meta http-equiv="refresh" content="0; url=/">'
        return answer(f"<html><head>{refresh}</head></html>", "Set-Cookie: seen=1; Path=/")
    return ordinary(path) or missing()


def habit_sites() -> dict[str, HostileSite]:
    """Return the websites by name."""
    return {
        "adds_slash": redirecting(lambda name: f"/{name}", lambda name: f"/{name}/"),
        "drops_slash": redirecting(lambda name: f"/{name}/", lambda name: f"/{name}"),
        "drops_ending": redirecting(lambda name: f"/{name}.html", lambda name: f"/{name}"),
        "makes_small": redirecting(lambda name: f"/{name.title()}", lambda name: f"/{name}"),
        "adds_language": redirecting(lambda name: f"/{name}", lambda name: f"/en/{name}"),
        "adds_parameter": redirecting(lambda name: f"/{name}", lambda name: f"/{name}?seen=1"),
        "one_is_a_file": HostileSite(
            one_is_a_file,
            pages=("/", *(f"/{name}/" for name in MENU[:-1]), f"/{MENU[-1]}"),
            most=15,
        ),
        "items_by_slug": HostileSite(
            items_by_slug,
            pages=("/", *(f"/{name}" for name in MENU), *(f"/item/{item}" for item in ITEMS)),
            most=20,
        ),
        "echoes": HostileSite(echoes, most=20),
        "by_ids": HostileSite(
            by_ids,
            pages=("/", *(f"/index.php?id={n}" for n in range(1, IDS + 1))),
            most=IDS + 3,
        ),
        "beside_each": HostileSite(beside_each, most=15),
        "crowd_of_faults": crowded(links=crowd("/app/"), said=lambda _: answer("", status=403)),
        "crowd_of_redirects": crowded(
            links=crowd("/old-"),
            said=lambda path: (
                moved(f"/find?q={path[1:]}") if path[:5] != "/find" else answer(f"None: {path}")
            ),
        ),
        "crowd_of_dead": crowded(links=dead_names, said=lambda _: missing()),
        "crowd_of_errors": crowded(links=dead_names, said=lambda _: answer("", status=403)),
        "crowd_of_homes": crowded(links=dead_names, said=lambda _: moved("/")),
        "crowd_of_tags": crowded(
            links=lambda name: tuple(f"/topic/{word}" for word in WORDS[5:]), said=by_tag
        ),
        "crowd_of_codes": crowded(
            links=crowd("/", 6), said=lambda path: answer(page(path, more=code(path)))
        ),
        "cookie_by_home": HostileSite(CookieByHome(), most=11),
        "refresh_with_cookie": HostileSite(refresh_with_cookie, most=11),
        "sold_ja": sold_at("このドメインは販売中です"),
        "sold_ru": sold_at("Этот домен продаётся"),
        "sold_tr": sold_at("Bu alan adı satılıktır"),
        "stalls": HostileSite(stalls, pages=("/",), most=10),
    }
