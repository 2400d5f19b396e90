"""Whether a page is a shell that scripts are to fill (pure, cheap: no tree is built).

The test leans towards yes where there is next to no text: a page rendered in vain costs a second
of a budget, a shell that is not rendered costs the website. Where there is some text it asks for a
plain sign: an empty place to mount an application in, or a `noscript` that asks for scripts.
Every pattern looks at a bounded stretch and none starts inside another's: the cost is linear.
"""

from __future__ import annotations

import re

from crawlers.folding import plain_bytes
from crawlers.mount_points import has_mount_point
from crawlers.start_page import visible_start, visible_text

NO_TEXT = 8  # words: nothing but a name or "Loading…"
LITTLE_TEXT = 30  # words
SOME_TEXT = 120  # words: menus and a footer that stand there without the page between them
_MUCH_TEXT = 1_500  # characters, which mostly hold as many words
_SCRIPT_HEAVY = 2_000  # characters of inline script
_MAX_READ = 300_000  # characters of markup looked at
_MAX_NOSCRIPT = 3_000  # characters of one that are looked at

_SCRIPT = re.compile(r"<script\b([^<>]{0,2000})>", re.IGNORECASE)
_NOSCRIPT = re.compile("<noscript", re.IGNORECASE | re.ASCII)
_END_OF_NOSCRIPT = re.compile("</noscript", re.IGNORECASE | re.ASCII)
_SOURCE = re.compile(r"\bsrc\s*=", re.IGNORECASE)
_DATA_TYPE = re.compile(
    r"\btype\s*=\s*[\"']?[^\"'>\s]*(?:json|template|html|text/x)", re.IGNORECASE
)
_CUSTOM_ELEMENT = re.compile(
    r"<(?!font-|annotation-|color-|missing-)([a-z][a-z0-9]{0,30}-[a-z0-9-]{1,60})\b[^<>]{0,500}>"
    r"[^<>]{0,60}</\1|<flutter-view|<flt-glass-pane",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:enable|requires?|need|turn on|aktiv|activ|inschakel|abilit|włącz|povol|zapn|engedély|slå"
    r"|käyttöön|ενεργ|включ).{0,80}java ?script"
    r"|java ?script.{0,80}(?:enable|require|disabled|aktiv|activ|ingeschakeld|abilit|włącz|povol"
    r"|zapn|engedély|käyttöön|ενεργ|включ)",
    re.IGNORECASE | re.DOTALL,
)


def needs_rendering(html: str) -> bool:
    """Tell whether a page shows (next to) nothing unless its scripts are run.

    - fewer than `NO_TEXT` words, and a script that runs;
    - fewer than `LITTLE_TEXT` words, and a sign, a custom element without content, or more than
      2 000 characters of inline script;
    - fewer than `SOME_TEXT` words, and a sign: an empty mount point or a `noscript` that asks for
      scripts.

    Args:
        html: Decoded page; what stands beyond 300 000 characters is not looked at.
    """
    html = html[:_MAX_READ]
    plain = plain_bytes(html)
    if b"<script" not in plain:
        return False
    shown, unscripted = _without_noscript(html) if b"<noscript" in plain else (html, [])
    if len(visible_start(shown, _MUCH_TEXT).split()) >= SOME_TEXT:
        return False
    n_words = len(visible_text(shown).split())
    if n_words >= SOME_TEXT or not (scripts := _running_scripts(html)):
        return False
    if n_words < NO_TEXT or has_mount_point(html) or any(map(_ASKS.search, unscripted)):
        return True
    if n_words >= LITTLE_TEXT:
        return False
    return bool(_CUSTOM_ELEMENT.search(html)) or _is_script_heavy(html, scripts)


def _running_scripts(html: str) -> list[re.Match[str]]:
    return [tag for tag in _SCRIPT.finditer(html) if not _DATA_TYPE.search(tag[1])]


def _without_noscript(html: str) -> tuple[str, list[str]]:
    """Return the page without its `noscript` elements, and what stands in them."""
    kept: list[str] = []
    inner: list[str] = []
    position = 0
    while start := _NOSCRIPT.search(html, position):
        kept.append(html[position : start.start()])
        end = _END_OF_NOSCRIPT.search(html, start.end())
        if end is None:
            return " ".join(kept), inner
        inner.append(html[start.start() : min(end.start(), start.start() + _MAX_NOSCRIPT)])
        position = html.find(">", end.end()) + 1 or len(html)
    return " ".join([*kept, html[position:]]), inner


def _is_script_heavy(html: str, scripts: list[re.Match[str]]) -> bool:
    total = 0
    for tag in scripts:
        if not _SOURCE.search(tag[1]):
            end = html.find("</", tag.end())  # a little early where the script holds markup
            total += (len(html) if end < 0 else end) - tag.end()
            if total > _SCRIPT_HEAVY:
                return True
    return False
