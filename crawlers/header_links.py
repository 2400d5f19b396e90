"""What `Link` header fields say of a page's addresses, as its `<link>` elements do (RFC 8288).

Pure.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from crawlers.links_elsewhere import MAX_FOUND, relation_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawlers.links import PageLinks
    from crawlers.links_elsewhere import Link

_MAX_READ = 16_000  # characters of all such fields together

_VALUE = re.compile(
    r"<([^<>]{1,2000})>((?:\s*+;\s*+[A-Za-z*-]{1,40}\s*+(?:=\s*+(?:\"[^\"]*+\"|[^\s\",;]*+))?+)*+)"
)
_PARAMETER = re.compile(r"([A-Za-z-]{1,40})\s*+=\s*+(?:\"([^\"]*+)\"|([^\s\",;]*+))")


def with_header_links(links: PageLinks, headers: Iterable[tuple[str, str]], url: str) -> PageLinks:
    """Return the links of a page with those that the header of its answer names.

    Args:
        links: Of the page; a canonical address of its own counts more than the header's.
        headers: Of the answer.
        url: Of the page: what the header's addresses are relative to.
    """
    said = ", ".join([value for name, value in headers if name.lower() == "link"])[:_MAX_READ]
    if not said:
        return links
    canonical = links.canonical
    further: list[Link] = []
    for value in _VALUE.finditer(said):
        values = {name.lower(): quoted or bare for name, quoted, bare in _parameters(value[2])}
        named, link = relation_of(values | {"href": _joined(url, value[1])})
        canonical = canonical or named
        if link is not None and len(further) < MAX_FOUND:
            further.append(link)
    return dataclasses.replace(links, canonical=canonical, links=(*links.links, *further))


def _parameters(said: str) -> list[tuple[str, str, str]]:
    return _PARAMETER.findall(said)


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target.strip())
    except ValueError:  # no address
        return ""
