"""Drop text that a website repeats from page to page."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

REPEATED_PAGES = 3


def drop_repeated_blocks(pages: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Keep a block that stands on many pages of a website on the first of them only.

    Menus, footers, notices and calls to action come back on every page; what a company tells
    about its work seldom does. A block is repeated where it stands on at least
    `REPEATED_PAGES` pages, or on both pages of a website of two. Letter case does not make two
    blocks different.

    Args:
        pages: Blocks of each page; the start page first.

    Returns:
        The pages in the same order, each without the blocks that an earlier page already gave.
        The first page is never changed, and no block is lost to the website as a whole.
    """
    standing = Counter(key for page in pages for key in {block.casefold() for block in page})
    least = min(REPEATED_PAGES, len(pages))
    seen: set[str] = set()
    kept = []
    for page in pages:
        keys = [block.casefold() for block in page]
        kept.append(
            tuple(
                block
                for block, key in zip(page, keys, strict=True)
                if key not in seen or standing[key] < least
            )
        )
        seen.update(keys)
    return kept
