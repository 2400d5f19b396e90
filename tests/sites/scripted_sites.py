"""Websites that only scripts fill, for tests of rendering."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Mapping

import pytest
from loopback_sites import Answering, Reply

HAS_BROWSER = importlib.util.find_spec("playwright") is not None and any(
    map(shutil.which, ("chromium-headless-shell", "chromium"))
)
NEEDS_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not HAS_BROWSER,
        reason="needs Chromium (apt-get install chromium-headless-shell) and the extra render",
    ),
]
HTML = {"Content-Type": "text/html; charset=utf-8"}
JAVASCRIPT = {"Content-Type": "text/javascript"}
JSON = {"Content-Type": "application/json"}
WORDS = "We build wind farms and maintain them at sea for towns all along the coast. " * 4
NO_ROBOTS = Reply(status=404, body=b"no")


def shell(script: str = "", *, lang: str = "en", head: str = "") -> Reply:
    """Return a page that holds nothing but an empty place and a script (``/app.js`` if none)."""
    source = f"<script>{script}</script>" if script else '<script src="/app.js" defer></script>'
    html = (
        f'<!doctype html><html lang="{lang}"><head><title>Shell</title>{head}</head><body>'
        '<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div>'
        f"{source}</body></html>"
    )
    return Reply(body=html.encode(), headers=HTML)


def script(source: str) -> Reply:
    return Reply(body=source.encode(), headers=JAVASCRIPT)


# Fills the page with what the website's own data say of its path.
APPLICATION = """
fetch("/api" + (location.pathname === "/" ? "/home" : location.pathname) + ".json")
  .then(answer => answer.json())
  .then(page => {
    document.title = page.title;
    document.getElementById("root").innerHTML =
      "<h1>" + page.title + "</h1><p>" + page.text + "</p>"
      + page.links.map(link => `<a href="${link}">${link}</a>`).join(" ");
  });
"""


def application(pages: Mapping[str, tuple[str, ...]], **more: Reply) -> Answering:
    """Return a single-page application: path -> links of that page; each tells its path.

    Args:
        pages: By path.
        more: What other paths answer, `robots` for robots.txt.
    """
    others = {"/robots.txt": more.pop("robots", NO_ROBOTS), "/app.js": script(APPLICATION)}
    others |= {f"/{name}": reply for name, reply in more.items()}

    def answer(path: str, _: int) -> Reply:
        if path in others:
            return others[path]
        if path.startswith("/api/"):
            place = path.removeprefix("/api").removesuffix(".json").replace("/home", "/")
            links = ", ".join(f'"{link}"' for link in pages.get(place, ()))
            body = f'{{"title": "Page {place}", "text": "{place} {WORDS}", "links": [{links}]}}'
            return Reply(body=body.encode(), headers=JSON)
        return shell() if path in pages else NO_ROBOTS

    return answer


# Fills the page with what the website's own data say of the route behind `#`.
ROUTED = """
const show = () => {
  const route = location.hash.replace(/^#!?[/]?/, "") || "home";
  fetch("/api/" + route + ".json").then(answer => answer.json()).then(page => {
    document.getElementById("root").innerHTML = "<p>" + page.text + "</p>"
      + page.links.map(link => `<a href="${link}">${link}</a>`).join(" ");
  });
};
addEventListener("hashchange", show);
show();
"""


def routed(links: tuple[str, ...], **more: Reply) -> Answering:
    """Return an application whose pages stand behind `#`; each names the same links."""
    others = {"/robots.txt": NO_ROBOTS, "/app.js": script(ROUTED), "/": shell()}
    others |= {f"/{name}": reply for name, reply in more.items()}
    named = ", ".join(f'"{link}"' for link in links)

    def answer(path: str, _: int) -> Reply:
        if path.startswith("/api/") and path not in others:
            route = path.removeprefix("/api/").removesuffix(".json")
            body = f'{{"text": "{route} {WORDS} {route * 9}", "links": [{named}]}}'
            return Reply(body=body.encode(), headers=JSON)
        return others.get(path, NO_ROBOTS)

    return answer
