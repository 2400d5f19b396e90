"""Websites of the hostile web whose links and redirects lead to pages by a way of their own."""

from __future__ import annotations

import re

from crowded_sites import PAGES, anchors, firm, own_words
from hostile_sites import code
from hostile_web import MENU, Answering, HostileSite, answer, moved, page
from odd_sites import missing
from uneven_sites import body_of

TOWNS = [code("town", n).translate(str.maketrans("0123456789", "ghijklmnop")) for n in range(60)]
GENERATOR = '<meta name="generator" content="{}">'
ACTS = "info raw credits diff source render protect watch".split()


def relative_menu(elsewhere: Answering) -> Answering:
    """Return a firm whose menu names its pages without a slash, on pages in directories, too."""

    def answering(path: str, asked: int) -> bytes:
        known = firm(path) if path != "/robots.txt" else missing()
        if known is None:
            said = elsewhere(path, asked)
            assert isinstance(said, bytes)
            return said
        return answer(re.sub(rb'<a href="/', b'<a href="', body_of(known)))

    return answering


def by_last_name(path: str, _: int) -> bytes:
    """Answer for an address with the page that its end names."""
    places = (path[at:] for at in range(1, len(path)) if path[at] == "/")
    return next((said for place in places if (said := firm(place))), missing())


def with_acts(path: str, _: int) -> bytes:
    """Answer for pages of which each leads to what a programme shows of it."""
    place, mark, act = path.partition("?act=")
    if not mark:
        return firm(path, more=anchors(*(f"{path}?act={one}" for one in ACTS))) or missing()
    views = anchors(*MENU, *(f"{place}?act={one}" for one in ACTS))
    return answer(f"<html lang=en><title>{act} of {place}</title>{views}{own_words(path)}</html>")


def session_for_each(path: str, asked: int) -> bytes:
    """Send whoever comes without a session to the same address with one."""
    if path == "/robots.txt":
        return missing()
    found = re.fullmatch(r"/\(S\(\w{12}\)\)(/.*)", path)
    if not found:
        return moved(f"/(S({code(path, asked)[:12]})){path}")
    name = found[1].strip("/")
    return answer(page(name or "home")) if name in {"", *MENU} else missing()


def front_taken_away(path: str, _: int) -> bytes:
    """Answer for links that go through one file, which sends to the address behind it."""
    if path.startswith("/index.php/"):
        return moved(path.removeprefix("/index.php"))
    said = firm(path)
    return answer(body_of(said).replace(b'href="/', b'href="/index.php/')) if said else missing()


def towns(path: str, _: int) -> bytes:
    """Answer for a firm that has the same page for each town of a county."""
    town = path.removeprefix("/surveys-in-")
    if town in TOWNS:
        same = own_words("towns") * 3
        return answer(f"<html lang=en><title>Surveys in {town}</title>{same}{town}</html>")
    return firm(path, top=anchors(*(f"/surveys-in-{one}" for one in TOWNS))) or missing()


def only_in_sitemap(place: str, head: str) -> Answering:
    """Return a firm whose pages no link leads to, but a sitemap that nobody names."""

    def answering(path: str, _: int) -> bytes:
        if path == place:
            named = "".join(f"<url><loc>{one}</loc></url>" for one in PAGES)
            return answer(f"<urlset>{named}</urlset>", "Content-Type: text/xml", html=False)
        if firm(path) is None:
            return missing()
        return answer(f"<html lang=en><title>{path}</title>{head}{own_words(path)}</html>")

    return answering


def places_alone(path: str, _: int) -> bytes:
    """Answer for a website of one page, and of places on it."""
    menu = anchors("#about", "#prices", "#contact")
    return answer(f"<title>Steiner</title>{menu}{own_words('a')}") if path == "/" else missing()


def too_early(path: str, asked: int) -> bytes:
    is_early = path in {"/services", "/team"} and not asked
    return answer("wait", status=425) if is_early else firm(path) or missing()


def misled_sites() -> dict[str, HostileSite]:
    """Return the websites by name."""

    def whole(answering: Answering, most: int) -> HostileSite:
        return HostileSite(answering, pages=PAGES, most=most)

    n = len(PAGES)
    top = ("/", *(f"/{entry}" for entry in MENU), "/news")
    return {
        "menu_misplaced": whole(relative_menu(lambda _, __: missing()), n + 6),
        "menu_misplaced_and_forgiven": whole(relative_menu(by_last_name), n + 6),
        "acts_of_pages": whole(with_acts, n + 2),
        "session_for_each": HostileSite(session_for_each, pages=("/",), most=20),
        "front_taken_away": whole(front_taken_away, n + 5),
        "towns": HostileSite(towns, pages=top, most=28),
        "only_in_sitemap": whole(
            only_in_sitemap("/sitemap.xml", GENERATOR.format("Joomla!")), n + 2
        ),
        "only_in_own_sitemap": whole(
            only_in_sitemap("/wp-sitemap.xml", GENERATOR.format("WordPress 6.8")), n + 2
        ),
        "places_alone": HostileSite(places_alone, pages=("/",), most=2),
        "too_early": whole(too_early, n + 3),
    }
