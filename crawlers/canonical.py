"""What pages say their own addresses are (`rel=canonical`), and what follows for a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers.website_urls import tidy_url, url_key
from crawlers.yields import NoPage

if TYPE_CHECKING:
    from crawlers.frontier import Frontier
    from crawlers.reaching import Reached

MAX_DETOURS = 3  # pages asked for because another one names them as its own address


class CanonicalAddresses:
    """The addresses that pages of one visit name as their own."""

    def __init__(self) -> None:
        self._detours = 0

    def to_ask_first(self, page: Reached, frontier: Frontier) -> str | None:
        """Return the address that a page names as its own, where that is to be asked first.

        A print view or an alias then turns out to be a repeat of the page it stands for.
        """
        named = _named(page)
        if not named or not frontier.scope.holds(named) or self._detours >= MAX_DETOURS:
            return None
        named = frontier.scope.at_home(named)
        if frontier.is_done(named):
            return None
        self._detours += 1
        return named


def counts_against(page: Reached, frontier: Frontier) -> NoPage:
    """Return as what a page that repeats others speaks against addresses like its own."""
    named = _named(page)
    # More where it names another one, which was asked for as itself.
    is_alias = named and url_key(named) != url_key(page.url) and frontier.is_done(named)
    return NoPage.ALIAS if is_alias else NoPage.REPEATED


def _named(page: Reached) -> str | None:
    return tidy_url(page.links.canonical, page.links.base) if page.links.canonical else None
