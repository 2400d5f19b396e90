"""The option ``--sector`` of commands that list what is stored."""

from __future__ import annotations

from collections.abc import Sequence

from sectorlens import build
from sectorlens.session import Session


def refuse_unknown(session: Session, sector: str | None, found: Sequence[object]) -> None:
    """Refuse a name that nothing stored and no definition knows.

    A mistyped name would read as "there is nothing". What is stored of a sector whose definition is
    gone is listed all the same.

    Raises:
        InvalidInput: Nothing was found, and there is no sector of that name.
    """
    if sector is not None and not found:
        build.sectors(session, [sector])
