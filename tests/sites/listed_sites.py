"""Websites whose pages no ordinary link leads to: chains, slides, feeds, menus in script files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from hostile_web import HostileSite, answer, text_about

Said = bytes | Callable[[str], str]

CHAIN = tuple(f"/part-{word}" for word in "alpha beta gamma delta epsilon zeta eta theta".split())
CHAIN += tuple(f"{path}-more" for path in CHAIN)  # 16, each linked by the one before alone
HIDDEN = ("/about.html", "/offer.html", "/people.html", "/contact.html")
IN_LATIN = ("Büro", "Küche", "Türen")


def missing() -> bytes:
    return answer("", status=404)


def plain(name: str, *, head: str = "", more: str = "") -> str:
    """Return a page without a menu."""
    return (
        f"<html lang=en><head><title>{name}</title>{head}</head>"
        f"<body><h1>{name}</h1>{text_about(name)}{more}</body></html>"
    )


def site(answers: Mapping[str, bytes], *, most: int) -> HostileSite:
    """Return a website of some addresses, all of which but those of files are pages."""
    files = (".js", ".json", ".xml")
    pages = tuple(quote(path, safe="/?=%") for path in answers if not path.endswith(files))
    return HostileSite(lambda path, _: answers.get(path) or missing(), pages=pages, most=most)


def chained(link: Callable[[str], str]) -> HostileSite:
    """Return a website of 17 pages, each with its way to the next one."""
    paths = ("/", *CHAIN)
    said = {
        path: answer(plain(path.strip("/") or "home", more=link(following)))
        for path, following in zip(paths, (*CHAIN, "/"), strict=True)
    }
    return site(said, most=20)


def hidden(head: str = "", more: str = "", **files: str) -> HostileSite:
    """Return a website of five pages without links: `head` and `more` are on each of them."""
    said = {
        path: answer(plain(path.strip("/").partition(".")[0] or "home", head=head, more=more))
        for path in ("/", *HIDDEN)
    }
    for name, body in files.items():
        said[f"/{name.replace('_', '.')}"] = answer(body, "Content-Type: text/x", html=False)
    return site(said, most=5 + 3)


def feed() -> str:
    items = "".join(f"<item><title>x</title><link>{path}</link></item>" for path in HIDDEN)
    return f"<?xml version='1.0'?><rss version='2.0'><channel>{items}</channel></rss>"


def in_latin() -> HostileSite:
    """Return a website in Latin-1 whose links have letters beyond ASCII in their parameters."""
    links = "".join(f"<a href='/rooms?n={word}'>{word}</a>" for word in IN_LATIN)
    pages = {"/": "home"} | {
        f"/rooms?n={quote(word, encoding='latin-1')}": word for word in IN_LATIN
    }
    kind = "Content-Type: text/html; charset=iso-8859-1"
    said = {
        path: answer(plain(word, more=links).encode("latin-1"), kind, html=False)
        for path, word in pages.items()
    }
    return site(said, most=6)


def listed_sites() -> dict[str, HostileSite]:
    """Return the websites by name."""
    names = ",".join(f'["{path[1:-5]}","{path[1:]}"]' for path in HIDDEN)
    routes = ",".join(f'{{"title": "x", "url": "{path}"}}' for path in HIDDEN)
    urls = ",".join(f'"{path}"' for path in HIDDEN)
    written = "".join(f"document.write('<a href=\"{path}\">x</a>');" for path in HIDDEN)
    return {
        "chain": chained(lambda path: f'<a href="{path}">next</a>'),
        "slides": chained(lambda path: f'<meta http-equiv=refresh content="8; url={path}">'),
        "feed_alone": hidden(
            '<link rel="alternate" type="application/rss+xml" title="News" href="/feed.xml">',
            feed_xml=feed(),
        ),
        "menu_in_file": hidden(
            "<script src=/jquery.min.js></script><script src=/menu.js></script>", menu_js=written
        ),
        "menu_in_array": hidden("<script src='/site.js'></script>", site_js=f"var m=[{names}];"),
        "menu_in_data": hidden(
            more="<div id=m></div><script>fetch('/menu.json').then(show)</script>",
            menu_json=f"[{routes}]",
        ),
        "menu_in_data_of_file": hidden(
            more="<script src='/nav.js'></script>",
            nav_js="$.getJSON('/entries.json', show);",
            entries_json=f'{{"items": [{routes}]}}',
        ),
        "menu_in_own_script": hidden(more=f"<script>var pages = [{names}];</script>"),
        "menu_in_rules": hidden(
            more=f'<script type=speculationrules>{{"prefetch":[{{"urls":[{urls}]}}]}}</script>'
        ),
        "menu_of_handlers": hidden(
            more="".join(f"<td onmousedown=\"go('{path}')\">x</td>" for path in HIDDEN)
        ),
        "menu_of_elements": hidden(
            more="".join(f"<x-link :to=\"'{path}'\">x</x-link>" for path in HIDDEN[:2])
            + "".join(f"<x-link url='{path}'>x</x-link>" for path in HIDDEN[2:])
        ),
        "menu_in_values": hidden(
            more="".join(
                f"<li data-props='{{&quot;link&quot;:&quot;{path}&quot;}}'>x</li>"
                for path in HIDDEN
            )
        ),
        "queries_in_latin": in_latin(),
        "many_fields": HostileSite(
            lambda path, _: (
                answer(plain("home"), *(f"X-{n}: v" for n in range(900)))
                if path == "/"
                else missing()
            ),
            pages=("/",),
            most=2,
        ),
    }
