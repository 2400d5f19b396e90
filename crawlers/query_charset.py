"""Parameters of a page's links as browsers send them: in the charset of the page (pure).

The path of an address is encoded as UTF-8 whatever the page is in, its parameters are not (WHATWG
URL Standard, "encoding override"): `?n=Büro` on a page in Latin-1 is asked for as `?n=B%FCro`, and
its server knows no other spelling.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from crawlers.html_bytes import charset_of_queries

if TYPE_CHECKING:
    from crawlers.links import PageLinks
    from crawlers.links_elsewhere import Link

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def with_queries_as_sent(links: PageLinks, body: bytes, content_type: str) -> PageLinks:
    """Return the links of a page, letters beyond ASCII in parameters encoded as the page is.

    Args:
        links: Of the page.
        body: Of the page, its content encoding undone.
        content_type: Value of the header; may be empty, wrong or hostile.
    """
    if all(link.href.isascii() or "?" not in link.href for link in links.links):
        return links
    charset = charset_of_queries(body, content_type)
    if charset == "utf-8":
        return links
    return dataclasses.replace(links, links=tuple(_as_sent(one, charset) for one in links.links))


def _as_sent(link: Link, charset: str) -> Link:
    place, mark, query = link.href.partition("?")
    if query.isascii():
        return link
    encoded = _BEYOND_ASCII.sub(lambda found: _octets(found[0], charset), query)
    return dataclasses.replace(link, href=f"{place}{mark}{encoded}")


def _octets(text: str, charset: str) -> str:
    # What the charset lacks is written as in HTML, as browsers do it.
    octets = text.encode(charset, "xmlcharrefreplace")
    return "".join(
        chr(one) if one < 128 and chr(one).isalnum() else f"%{one:02X}" for one in octets
    )
