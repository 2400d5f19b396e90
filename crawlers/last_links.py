"""Links of a page that has next to none: in forms, attributes and data for its scripts (pure).

A start page may be nothing but a question (a language, an age) whose answers are buttons, or a
page whose menu only a script makes, of data that stand there in plain text. No form is filled in:
only those are followed that have nothing to be filled in, which makes their buttons links.
"""

from __future__ import annotations

import re
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from crawlers.links_elsewhere import Link, script_target

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW_LINKS = 3  # a page that has more is not looked through for others
_MAX_READ = 300_000  # characters
_MAX_FORMS = 40
_MAX_BUTTONS = 40
_MAX_FORM = 5_000  # characters
_MAX_ADDRESSES = 200

_PATH = re.compile(r"/[\w%~-][^\s\"'<>{}]{0,300}")
_FORM = re.compile(r"<form\b([^<>]{0,1000})>", re.IGNORECASE)
_FIELD = re.compile(r"<(input|button|select|textarea)\b([^<>]{0,1000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w:-])(action|method|type|name|value|formaction)\s*+=\s*+"""
    r"""(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""",
    re.IGNORECASE,
)
_SENDING = frozenset({"submit", "image"})
_NEEDS_NOTHING = _SENDING | {"hidden", "button", "reset"}
# Addresses in JSON, its slashes escaped or not, and in what scripts write in its place.
_IN_DATA = re.compile(
    r"""(?<![\w-])["']?(?:href|url|uri|path|link|permalink|to|route|as)["']?\s{0,9}:\s{0,9}"""
    r"""(["'])((?:https?:)?(?:\\?/)[^"'<>\s]{0,500}|[^"'<>\s:]{1,300}\.(?:html?|php\d?|aspx?))\1"""
)
# In the names that frameworks and hand-made menus have for it.
_IN_ATTRIBUTES = re.compile(
    r"""\s(?:data-[\w-]{1,40}|ng-href|routerlink|to|formaction)\s{0,9}=\s{0,9}"""
    r"""(["'])((?:https?:/)?/[^"'<>{}\s]{1,500}|[^"'<>{}\s:]{1,300}\.(?:html?|php\d?|aspx?))\1""",
    re.IGNORECASE,
)
# The same in elements of a framework's or a website's own making, and in what calls a script.
_IN_OTHERS = re.compile(
    r"""\s(?::\w{1,20}|url|link|(?!xlink)[a-z]{1,20}[-:][\w:-]{1,40}|on(?:mouse(?:down|up)|key(?:down|press|up)"""
    r"""|dblclick|touchstart|pointer(?:down|up)|change|focus))\s{0,9}=\s{0,9}"""
    r"""(?:"([^"<>]{1,500})"|'([^'<>]{1,500})')""",
    re.IGNORECASE,
)
# Elements of a website's own making that are links: `<x-link href="/about">`.
_IN_ELEMENTS = re.compile(
    r"""<[a-z]{1,20}-[a-z-]{1,30}\s[^<>]{0,300}?(?<![\w-])(?:href|src)\s{0,9}=\s{0,9}"""
    r"""(["'])((?:https?:/)?/[^"'<>{}\s]{1,500})\1""",
    re.IGNORECASE,
)
# Pages put into the page as if they were pictures.
_EMBEDDED = re.compile(
    r"""<(?:object|embed)\b[^<>]{0,300}?\s(?:data|src)\s{0,9}=\s{0,9}(["'])"""
    r"""([^"'<>\s:]{1,300}\.(?:html?|php\d?|aspx?))\1""",
    re.IGNORECASE,
)
# A part of the page that a script fetches, whatever makes it: `$("#menu").load("/menu.php")`.
_LOADED = re.compile(r"""\.load\s{0,9}\(\s{0,9}(["'])(/?\w[^"'<>\s{}]{1,300}(?<!html)(?<!htm))\1""")
# Menus that a script writes into the page: `document.write("<a href='about.html'>")`.
_WRITTEN = re.compile(
    # No piece of a script: `"<a href='" + menu[i] + "'>"`.
    r"""<a\s[^<>]{0,200}?\bhref\s{0,9}=\s{0,9}\\?(["'])(?!\+)([^"'\\<>\s]{1,500})(?<!\+)\\?\1""",
    re.IGNORECASE,
)


def last_links(html: str) -> list[Link]:
    """Return the links in forms without fields, in attributes, and in scripts and their data.

    Args:
        html: Decoded page with next to no link; what is beyond 300 000 characters is not read.
    """
    html = html[:_MAX_READ]
    found = list(islice(_answers(html), _MAX_BUTTONS)) if "<form" in html.lower() else []
    is_written = "document.write" in html or "innerHTML" in html
    # Data in an attribute have their quotes encoded: `<x-menu items="[{&quot;url&quot;: …`.
    data = html.replace("&quot;", '"') if "&quot;" in html else html
    found += dict.fromkeys(
        _unescaped(unescape(one[2])) for one in islice(_IN_DATA.finditer(data), _MAX_ADDRESSES)
    )
    patterns = [_IN_ATTRIBUTES, _IN_ELEMENTS, _EMBEDDED, _LOADED]
    for pattern in (*patterns, _WRITTEN) if is_written else patterns:
        named = islice(pattern.finditer(html), _MAX_ADDRESSES)
        found += dict.fromkeys(_unescaped(unescape(one[2])) for one in named)
    found += islice(_in_values(html), _MAX_ADDRESSES)
    return [Link(href=href, text="") for href in dict.fromkeys(found)]


def _in_values(html: str) -> Iterator[str]:
    """Yield the addresses that stand in values of attributes with something else around them."""
    for one in _IN_OTHERS.finditer(html):
        value = unescape(one[1] or one[2])
        if _PATH.fullmatch(value.strip()):
            yield value.strip()
        elif named := script_target(value):
            yield named


def _answers(html: str) -> Iterator[str]:
    """Yield where the buttons of forms lead that ask for nothing else."""
    for form in islice(_FORM.finditer(html), _MAX_FORMS):
        said = _values(form[1])
        inner = html[form.end() : form.end() + _MAX_FORM]
        inner = inner[: inner.lower().find("</form")]
        fields = [
            (_kind(tag[1].lower(), tag[2]), _values(tag[2])) for tag in _FIELD.finditer(inner)
        ]
        is_get = said.get("method", "get").lower() == "get"
        if is_get and all(kind in _NEEDS_NOTHING for kind, _ in fields):
            yield from _places(said.get("action", ""), fields)


def _kind(name: str, inside: str) -> str:
    if name not in {"input", "button"}:
        return name
    return _values(inside).get("type", "submit" if name == "button" else "text").lower()


def _places(action: str, fields: list[tuple[str, dict[str, str]]]) -> Iterator[str]:
    hidden = [values for kind, values in fields if kind == "hidden"]
    for button in [values for kind, values in fields if kind in _SENDING]:
        sent = [(one["name"], one.get("value", "")) for one in [*hidden, button] if "name" in one]
        place = (button.get("formaction") or action).partition("#")[0].partition("?")[0]
        yield f"{place}?{urlencode(sent)}" if sent else place


def _values(inside: str) -> dict[str, str]:
    return {
        name.lower(): unescape(double or single or bare).strip()
        for name, double, single, bare in _ATTRIBUTE.findall(inside)
    }


def _unescaped(address: str) -> str:
    return address.replace("\\/", "/").replace("\\u002F", "/").replace("\\u0026", "&")
