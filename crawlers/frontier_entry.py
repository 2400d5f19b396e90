"""An address that waits for its turn in a visit (pure)."""

from __future__ import annotations

from typing import NamedTuple


class FrontierEntry(NamedTuple):
    """An address that waits to be fetched; a tuple, which a heap compares at no cost.

    Attributes:
        rank: The smaller, the sooner.
        depth: Clicks from the start page.
        length: Of the address, in characters.
        number: In the order found.
        url: In tidy form.
    """

    rank: float
    depth: int
    length: int
    number: int
    url: str

    def later_by(self, more: float) -> FrontierEntry:
        """Return the address as it waits with another rank.

        Args:
            more: Added to its rank; less than nothing has it wait less.
        """
        return FrontierEntry(self.rank + more, *self[1:])
