"""Where a page that is no page of its own sends its readers: refresh, plain script, frame (pure).

A page with a `meta refresh`, or one without text whose script sets `location` to an address that
stands there in plain text, is a redirect in other clothes, and is followed like one. So is a start
page that does nothing but show a website of another domain in a frame of its own size.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from crawlers.folding import plain_bytes
from crawlers.mount_points import has_mount_point
from crawlers.start_page import visible_text

if TYPE_CHECKING:
    from crawlers.links import PageLinks

_MAX_TEXT = 300  # characters; a page that says more is one, whatever it refreshes to
_MAX_PAGE = 20_000  # characters of markup looked at for scripts
_MAX_FRAMED_TEXT = 60  # characters beside a frame that is the page
_FRAME = re.compile(r"<(frame|iframe)\b([^<>]{1,2000})>", re.IGNORECASE)
_UNSEEN = re.compile(
    r"<(noframes|noscript|title)\b.{0,2000}?</\1[^<>]{0,99}>", re.IGNORECASE | re.DOTALL
)
_SOURCE = re.compile(r"""(?<![\w-])src\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_AS_LARGE_AS_THE_PAGE = re.compile(r"\b100(?:\.0+)?\s?(?:%|d?v[hw]\b)", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|\bhidden\b", re.IGNORECASE)
_NO_PAGE = ("about:", "javascript:", "data:")
_SCRIPT_MOVES = re.compile(
    r"""(?<![\w.$])(?:(?:window|document|self|top|parent)\s*\.\s*)?location\s*"""
    r"""(?:\.\s*href\s*)?(?:=(?!=)|\.\s*(?:replace|assign)\s*\()\s*["']([^"'<>]{1,1000})["']""",
)


def moved_to(html: str, links: PageLinks) -> str:
    """Return the address a page moves its readers on to, as written; empty where it does not.

    Args:
        html: Decoded page.
        links: Its links; their `refresh` is the `meta` element's.
    """
    if not links.refresh and (len(html) > _MAX_PAGE or "location" not in html):
        return ""
    if len(visible_text(html)) > _MAX_TEXT:
        return ""
    if links.refresh:
        return links.refresh
    if has_mount_point(html):
        return ""  # an application, whose script sends away whoever cannot run it
    found = _SCRIPT_MOVES.search(html)
    return found[1].strip() if found and len(links.links) <= 2 else ""


def framed_in(html: str) -> str:
    """Return the one address that a page shows in a frame as large as itself, and nothing else.

    Whoever forwards a domain like that keeps its name in the address bar; the website stands
    elsewhere. Frames of a page's own, a map or a film among text, a pixel that counts: none of
    these.

    Args:
        html: Decoded start page.

    Returns:
        As written; empty where the page is something of its own.
    """
    # Looked for among bytes, which takes a fifth of the time.
    if len(html) > _MAX_PAGE or b"frame" not in plain_bytes(html):
        return ""
    shown = _UNSEEN.sub(" ", html)
    targets = []
    for name, inside in _FRAME.findall(shown):
        found = _SOURCE.search(inside)
        target = unescape((found[1] or found[2] or found[3] or "").strip()) if found else ""
        is_seen = name.lower() == "frame" or _is_large(inside, shown)
        if target and is_seen and not target.lower().startswith(_NO_PAGE):
            targets.append(target)
    if len(targets) != 1 or len(visible_text(shown)) > _MAX_FRAMED_TEXT:
        return ""
    return targets[0]


def _is_large(inside: str, html: str) -> bool:
    """Tell whether an `iframe` fills the page, by its attributes or by the page's style."""
    if _HIDDEN.search(inside):
        return False
    if _AS_LARGE_AS_THE_PAGE.search(inside):
        return True
    style = re.search(r"iframe[^{}<>]{0,200}\{([^{}<>]{0,500})\}", html, re.IGNORECASE)
    return bool(style and _AS_LARGE_AS_THE_PAGE.search(style[1]))
