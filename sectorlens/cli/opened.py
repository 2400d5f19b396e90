"""A workspace at work: its database open, progress shown."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sectorlens.cli import progress
from sectorlens.session import begin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sectorlens.session import Session
    from storage.database import Store


@contextmanager
def opened(
    workspace: Path, sectors: Sequence[str] | None = None
) -> Iterator[tuple[Session, Store]]:
    """Open the work database of a workspace, and show progress until the block ends.

    Args:
        workspace: It, or a directory within.
        sectors: To decide; None or empty for all that are defined.
    """
    with progress.shown() as listener:
        session = begin(workspace, progress=listener, sectors=sectors)
        with session.open() as store:
            yield session, store
