"""Where a page that is no page of its own sends its readers: refresh and plain script (pure).

A page with a `meta refresh`, or one without text whose script sets `location` to an address that
stands there in plain text, is a redirect in other clothes, and is followed like one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawlers.start_page import visible_text

if TYPE_CHECKING:
    from crawlers.links import PageLinks

_MAX_TEXT = 300  # characters; a page that says more is one, whatever it refreshes to
_MAX_PAGE = 20_000  # characters of markup looked at for scripts
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
    found = _SCRIPT_MOVES.search(html)
    return found[1].strip() if found and len(links.links) <= 2 else ""
