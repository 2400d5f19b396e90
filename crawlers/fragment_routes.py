"""Addresses that only a page's own scripts understand: `#/about`, `#!about` (pure).

To a server they are the page itself; an application in the browser makes another page of each.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from crawlers.website_urls import tidy_url

MAX_ROUTE = 200  # characters

_ROUTE = re.compile(r"(?:!/?|/)[^/!\s#].*")
_AS_IT_IS = "!/?&=;:,.+~-_%@$'()*"


def route_url(href: str, base: str) -> str | None:
    """Return the address that a link to a route leads to; None where it leads to none.

    Args:
        href: As written.
        base: What it is relative to.
    """
    address, mark, route = href.strip().partition("#")
    if not mark or len(route) > MAX_ROUTE or not _ROUTE.fullmatch(route):
        return None
    page = tidy_url(address, base)
    return f"{page}#{quote(route, safe=_AS_IT_IS)}" if page else None


def is_route(url: str) -> bool:
    """Tell whether an address, tidy or of a route, is one of a route."""
    return "#" in url


def page_of_route(url: str) -> str:
    """Return the tidy address of the page that makes a route's."""
    return url.partition("#")[0]
