"""The archive files of a workspace: which are still needed, and the removal of those that are not.

A later wave does not archive again what did not change, it points to where that stands. So a file
is needed as long as any page of a wave that counts points to it, and as long as its run is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawlers.journal import TASK_FILE
from storage.errors import RetriableError
from storage.tables.archives import archive_uses
from storage.tables.crawl import every_closed_run
from storage.workspace import wave_of_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Store
    from storage.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile:
    """One archive file.

    Attributes:
        archive_file: Relative to the workspace.
        wave: In which it was written.
        n_bytes: Its size.
        n_pages: Pages that point to it, of the waves that count.
        used_by: Waves of these pages.
        is_open: Whether its crawl has not been taken over whole.
    """

    archive_file: str
    wave: str
    n_bytes: int
    n_pages: int
    used_by: tuple[str, ...]
    is_open: bool

    @property
    def is_needed(self) -> bool:
        """Tell whether something would be lost with it."""
        return bool(self.n_pages) or self.is_open


def archive_files(store: Store, workspace: Workspace, *, since: str = "") -> list[ArchiveFile]:
    """Return the archive files of a workspace, by wave and name.

    Args:
        store: The work database.
        workspace: Where they lie.
        since: Only pages of this wave and later ones count; empty for those of all waves.

    Raises:
        NotReady: There is no such wave.
    """
    uses = archive_uses(store, since=since)
    still_open = set(open_archives(store, workspace))
    found = []
    for path in sorted(workspace.archive.glob("*/*.warc.gz")):
        name = path.relative_to(workspace.root).as_posix()
        use = uses.get(name)
        found.append(
            ArchiveFile(
                archive_file=name,
                wave=wave_of_directory(path.parent.name),
                n_bytes=path.stat().st_size,
                n_pages=use.n_pages if use else 0,
                used_by=use.waves if use else (),
                is_open=name in still_open,
            )
        )
    return found


def open_archives(store: Store, workspace: Workspace) -> list[str]:
    """Return the archive files of runs that were not taken over whole, as pages name them."""
    closed = every_closed_run(store)
    tasks = sorted(workspace.crawls.glob(f"*/*/{TASK_FILE}"))
    return [
        f"archive/{run.parent.name}/{run.name}.warc.gz"
        for run in (task.parent for task in tasks)
        if run.name not in closed
    ]


def remove_unneeded(workspace: Workspace, files: Sequence[ArchiveFile]) -> None:
    """Remove those of some archive files that are not needed; call while no crawl runs.

    Raises:
        RetriableError: One cannot be removed; those before it are gone.
    """
    for file in files:
        if file.is_needed:
            continue
        try:
            (workspace.root / file.archive_file).unlink(missing_ok=True)
        except OSError as fault:
            raise RetriableError(
                f"{file.archive_file} cannot be removed: {fault}",
                "Give the right to remove it, then run the command again.",
            ) from fault
