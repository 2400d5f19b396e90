"""From a command's options to a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sectorlens.pipeline import Session
from sectorlens.settings import find_workspace, read_settings
from storage.records.stage import ProgressListener, no_progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def begin(
    workspace: Path,
    *,
    progress: ProgressListener = no_progress,
    sectors: Sequence[str] | None = None,
) -> Session:
    """Find the workspace, read its settings, and give the command's view of it."""
    found = find_workspace(workspace)
    return Session(
        workspace=found,
        settings=read_settings(found),
        progress=progress,
        sectors=tuple(sectors or ()),
    )
