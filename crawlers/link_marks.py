"""By what a link is known again without being resolved, on whichever page of a directory (pure)."""

from __future__ import annotations

NOWHERE = 0  # the mark of links that lead nowhere
# Addresses that begin so are names below the directory of the page that they stand on.
BEGIN_OF_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


def mark_of(href: str, directory: str) -> int | None:
    """Return what a link is known by; None where that takes more than to look at it.

    Args:
        href: As written.
        directory: That it is relative to (`directory_of`).
    """
    if not href or href[0] == "#":
        return NOWHERE
    if href[0] == "/" or href[:4].lower() == "http":
        return hash(href)
    return hash((directory, href)) if href[0] in BEGIN_OF_NAME else None


def directory_of(base: str) -> str:
    """Return what of an address decides where names relative to it lead.

    Args:
        base: Of a page's links.
    """
    directory = base.partition("#")[0].partition("?")[0].rpartition("/")[0]
    return directory if directory.count("/") > 1 else base  # of a host and nothing behind it
