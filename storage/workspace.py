"""Where things lie in a workspace: paths only, nothing is read or made here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS_FILE = "sectorlens.toml"
LOCK_FILE = "lock"
ROBOTS_FILE = "robots.sqlite"
_SET_APART = "~"  # no sign of a wave's name


@dataclass(frozen=True, slots=True)
class Workspace:
    """A directory that holds `sectorlens.toml` and all that grows from it.

    Attributes:
        root: The directory, absolute.
    """

    root: Path

    @property
    def settings_file(self) -> Path:
        """Return the operator's settings."""
        return self.root / SETTINGS_FILE

    @property
    def sectors(self) -> Path:
        """Return the directory of the workspace's own sector definitions."""
        return self.root / "sectors"

    @property
    def database(self) -> Path:
        """Return the work database: one writer, no other reader."""
        return self.root / "work" / "sectorlens.duckdb"

    @property
    def vector_cache(self) -> Path:
        """Return the cache of passage vectors: may be deleted, costs only time."""
        return self.root / "work" / "vectors.duckdb"

    @property
    def crawls(self) -> Path:
        """Return the directory of crawl runs: task files and journals, one directory a run."""
        return self.root / "work" / "crawls"

    def crawls_of(self, wave: str) -> Path:
        """Return the directory of a wave's crawl runs, whatever the wave is called."""
        return self.crawls / wave_directory(wave)

    @property
    def archive(self) -> Path:
        """Return the directory of WARC files, append-only."""
        return self.root / "archive"

    @property
    def opt_out_list(self) -> Path:
        """Return the list of domains that asked not to be visited, where the settings name none."""
        return self.root / "opt-out.txt"

    @property
    def models(self) -> Path:
        """Return the directory of trained models, one directory a version."""
        return self.root / "models"

    @property
    def rejected(self) -> Path:
        """Return the directory of rows that were turned away, with their reasons."""
        return self.root / "rejected"

    @property
    def unpublished(self) -> Path:
        """Return the file that stands as long as a stage has begun and is not published."""
        return self.root / "work" / "unpublished"

    @property
    def published(self) -> Path:
        """Return the database that analysts open, replaced in one step after every stage."""
        return self.root / "published" / "sectorlens.duckdb"


def wave_directory(wave: str) -> str:
    """Return the name of a wave's directories: its own, set apart where that means another place.

    `.` and `..` are names of waves like any other; as directories they would lead out of where
    crawls and archives lie. Names of files that lie beside the waves' directories are taken.
    """
    taken = not wave.strip(".") or wave == LOCK_FILE or wave.startswith(ROBOTS_FILE)
    return f"{wave}{_SET_APART}" if taken else wave


def wave_of_directory(name: str) -> str:
    """Return the wave whose directories bear a name."""
    return name.removesuffix(_SET_APART)
