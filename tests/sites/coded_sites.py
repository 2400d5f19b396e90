"""Websites of the hostile web whose links carry codes: new ones each time, or the pages' own."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from hostile_sites import code
from hostile_web import MENU, HostileSite, answer, ordinary, page, text_about

N_ITEMS = 12
PAGES_OF_CODED_SITES = 1 + len(MENU)


def coded(link: Callable[[str, str], str], name_in: Callable[[str], str]) -> HostileSite:
    """Return a website that puts a new code into each link of each answer.

    Args:
        link: Of an entry of the menu and a code.
        name_in: Returns the entry that an address is of.
    """

    def answering(path: str, asked: int) -> bytes:
        name = name_in(path).strip("/")
        if path == "/robots.txt" or name not in {"", *MENU}:
            return answer("", status=404)
        menu = "".join(
            f'<a href="{link(entry, code(path + entry, asked))}">{entry}</a>'
            for entry in ("", *MENU)
        )
        title = f"<title>{name or 'home'}</title>"
        foot = "<footer>Steiner Drones Ltd, High Street 7, Graz. Telephone on request.</footer>"
        return answer(f"<html lang=en>{title}<nav>{menu}</nav>{text_about(name or 'home')}{foot}")

    return HostileSite(answering, pages=("/",), most=14)


def catalogue(path: str, _: int) -> bytes:
    items = [f"/item?id={code(f'item {n}')}" for n in range(N_ITEMS)]
    if path == "/":
        return answer(page("home", *items))
    return answer(page(f"item {path}")) if path in items else ordinary(path) or missing()


def soon(path: str, _: int) -> bytes:
    """Answer for items of three kinds, known by codes, two of each of which say next to nothing."""
    items = [f"/{kind}?id={code(f'{kind} {n}')}" for kind in MENU[:3] for n in range(5)]
    if path == "/":
        return answer(page("home", *items))
    if path not in items:
        return ordinary(path) or missing()
    is_empty = items.index(path) % 5 < 2
    return answer(page("soon", more="<p>Coming soon.</p>") if is_empty else page(f"item {path}"))


def missing() -> bytes:
    return answer("", status=404)


def _path(url: str) -> str:
    return urlsplit(url).path


def coded_sites() -> dict[str, HostileSite]:
    """Return the websites by name."""
    return {
        "code_in_query": coded(lambda entry, new: f"/{entry}?q8={new}", _path),
        "code_beside_name": coded(
            lambda entry, new: f"/p?of={entry}&q8={new}" if entry else f"/?q8={new}",
            lambda path: path.partition("of=")[2].partition("&")[0],
        ),
        "code_in_brackets": coded(
            lambda entry, new: f"/s({new})/{entry}", lambda path: re.sub(r"^/s\(.*\)", "", path)
        ),
        "code_as_directory": coded(
            lambda entry, new: f"/shop/{new}/{entry}",
            lambda path: re.sub(r"^/shop/[0-9a-f]+", "", path),
        ),
        "code_behind": coded(
            lambda entry, new: f"/{entry}/{new}" if entry else f"/{new}",
            lambda path: re.sub(r"/[0-9a-f]{12}$", "", path),
        ),
        "code_as_matrix": coded(
            lambda entry, new: f"/{entry};st={new}", lambda path: path.partition(";")[0]
        ),
        "time_stamp": coded(lambda entry, new: f"/{entry}?_={int(new, 16) % 10**12}", _path),
        "catalogue": HostileSite(catalogue, pages=_pages_of(catalogue), most=25),
        "coming_soon": HostileSite(soon, most=35),
    }


def _pages_of(answering: Callable[[str, int], bytes]) -> tuple[str, ...]:
    return tuple(re.findall(r'href="([^"]*)"', answering("/", 0).decode()))
