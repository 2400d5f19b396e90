"""The pages of one website's earlier wave, and what was asked of them and not dealt with."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from crawlers.earlier import NOTHING

if TYPE_CHECKING:
    from crawlers.earlier import EarlierVisit, KnownPage
    from crawlers.fetching import Attempted


class Begun(NamedTuple):
    """A request that was sent, and of whose answer nobody has made anything yet.

    Attributes:
        url: Asked for.
        attempted: What came of it.
        asked_at: When its turn was waited for (monotonic seconds).
    """

    url: str
    attempted: Attempted
    asked_at: float


class KnownPages:
    """The pages by the address that gave them.

    Args:
        earlier: What the earlier wave knew.

    Attributes:
        begun: What was asked last, and is to be gone on from; None where nothing is.
    """

    def __init__(self, earlier: EarlierVisit = NOTHING) -> None:
        self._by_address = {page.final_url: page for page in earlier.pages}
        self.begun: Begun | None = None

    @property
    def first_two(self) -> tuple[str, ...]:
        """Return the addresses of the start page and of the page behind it, if there are any."""
        return tuple(islice(self._by_address, 2))

    def get(self, url: str) -> KnownPage | None:
        """Return the page that an address gave; None where it gave none."""
        return self._by_address.get(url)

    def forget(self, url: str) -> None:
        """Have an address asked for as if it had given nothing."""
        self._by_address.pop(url, None)

    def taken_up(self, url: str) -> Begun | None:
        """Return what was asked of an address and not dealt with, once; None where nothing was."""
        begun, self.begun = self.begun, None
        return begun if begun is not None and begun.url == url else None
