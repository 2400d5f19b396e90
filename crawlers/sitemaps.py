"""What a sitemap says (sitemaps.org): addresses of pages, or of further sitemaps (pure).

Text is searched for the few elements that count and nothing is built or expanded, so an entity
bomb is a piece of text like any other. XML, gzip, plain text and feeds are read.
"""

from __future__ import annotations

import codecs
import re
import zlib
from dataclasses import dataclass
from html import unescape

MAX_SITEMAP_BYTES = 2_000_000  # read of one sitemap, also when it is inflated
MAX_ENTRIES = 1000  # taken over from one sitemap
_MAX_ADDRESS_LENGTH = 2000

_LOCATION = re.compile(
    r"<(?:\w+:)?(loc|link)\b[^<>]{0,500}?(?:/>|>\s*(?:<!\[CDATA\[)?\s*([^<>\]]{1,2000}))",
    re.IGNORECASE,
)
_FEED_LINK = re.compile(r"""<link\b[^<>]{0,500}?href\s*=\s*["']([^"'<>]{1,2000})""", re.IGNORECASE)
_IS_INDEX = re.compile(r"<(?:\w+:)?sitemapindex\b", re.IGNORECASE)
_UNWANTED = re.compile(r"image|video|news|tag|author|categor|archive|attachment", re.IGNORECASE)
_WANTED = re.compile(r"page|seite|main|pagina", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """What one sitemap names.

    Attributes:
        pages: Addresses of pages, as written.
        sitemaps: Addresses of further sitemaps, those of pages first.
    """

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_sitemap(body: bytes) -> Sitemap:
    """Read a sitemap; what is none gives an empty one.

    Args:
        body: As received, a gzip file included; may be cut off anywhere.
    """
    inflated = _inflated(body)[:MAX_SITEMAP_BYTES]
    is_wide = inflated.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE))
    text = inflated.decode("utf-16" if is_wide else "utf-8-sig", "replace")
    start = text[:2000].lstrip().lower()
    if start.startswith(("http://", "https://")):
        return Sitemap(pages=tuple(line.strip() for line in text.splitlines()[:MAX_ENTRIES]))
    if not start.startswith("<") or "<html" in start:
        return Sitemap()
    found = tuple(_locations(text))
    if _IS_INDEX.search(start):
        return Sitemap(sitemaps=tuple(sorted(found, key=_order)))
    return Sitemap(pages=found)


def _locations(text: str) -> list[str]:
    found: dict[str, None] = {}
    for pattern, group in ((_LOCATION, 2), (_FEED_LINK, 1)):
        for match in pattern.finditer(text):
            if match[group]:
                found[unescape(match[group].strip())[:_MAX_ADDRESS_LENGTH]] = None
            if len(found) >= MAX_ENTRIES:
                return list(found)
    return list(found)


def _order(address: str) -> int:
    if _UNWANTED.search(address):
        return 2
    return 0 if _WANTED.search(address) else 1


def _inflated(body: bytes) -> bytes:
    if body[:2] != b"\x1f\x8b":
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, MAX_SITEMAP_BYTES)
    except zlib.error:  # no gzip file after all: no sitemap
        return b""
