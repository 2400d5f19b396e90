"""Websites of the hostile web that do one thing to each of their addresses, or name them oddly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from hostile_sites import drip
from hostile_web import MENU, WORDS, HostileSite, answer, moved, ordinary, page, text_about
from odd_sites import missing

ITEMS = tuple(f"{word}mast" for word in WORDS[:8])
IDS = 14


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
        "stalls": HostileSite(stalls, pages=("/",), most=8),
    }
