"""All text that a visitor sees, without menus, footers and consent notices: the fast way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from extract.text import READING_VERSION, PageContent, UnreadablePage, read_document
from extract.visible import visible_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extract.text import Extractor


@dataclass(frozen=True, slots=True)
class VisibleText:
    """Reads the visible text of a page."""

    version: str

    def read(self, body: bytes, *, content_type: str, url: str) -> PageContent | UnreadablePage:
        """Read one page; bytes may be anything."""
        return read_document(body, content_type=content_type, blocks_of=visible_blocks)


def build(options: Mapping[str, object]) -> Extractor:
    """Make the extractor; it takes no options."""
    return VisibleText(version=f"visible-{etree.__version__}/{READING_VERSION}")
