"""All text of one page, for people: menus, footers and what is hidden at first included. Pure."""

from __future__ import annotations

from extract.text import PageContent, UnreadablePage, read_document
from extract.visible import all_blocks


def read_whole_page(body: bytes, *, content_type: str) -> PageContent | UnreadablePage:
    """Read every block of text of a page, where extractors leave out what is none of its matter.

    Args:
        body: After content decoding; may be anything.
        content_type: Value of the header, with parameters; may be empty.
    """
    return read_document(body, content_type=content_type, blocks_of=all_blocks)


def share_read(blocks: tuple[str, ...], text: str | None) -> tuple[bool, ...]:
    """Tell of each block whether its words stand in the text that was read of the page.

    Args:
        blocks: As `PageContent.blocks`.
        text: Of the page's document, one block a line; None where it gave none.
    """
    read = f" {' '.join((text or '').split())} "
    return tuple(f" {block} " in read for block in blocks)
