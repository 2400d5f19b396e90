"""An address that waits for its turn in a visit (pure)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class FrontierEntry:
    """An address that waits to be fetched.

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
