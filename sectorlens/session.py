"""One command's view of a workspace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sectorlens.settings import find_workspace, read_settings
from storage.database import Store
from storage.records.stage import ProgressListener, no_progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sectorlens.settings import Settings
    from storage.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One command's view of a workspace.

    Attributes:
        sectors: Sectors to decide; empty for all that are defined.
    """

    workspace: Workspace
    settings: Settings
    progress: ProgressListener = no_progress
    sectors: Sequence[str] = field(default=())

    def open(self) -> Store:
        """Open the work database; refuses while another command writes."""
        return Store(self.workspace.database)


def begin(
    directory: Path,
    *,
    progress: ProgressListener = no_progress,
    sectors: Sequence[str] | None = None,
) -> Session:
    """Find the workspace, read its settings, and give a command's view of it."""
    workspace = find_workspace(directory)
    return Session(
        workspace=workspace,
        settings=read_settings(workspace),
        progress=progress,
        sectors=tuple(sectors or ()),
    )
