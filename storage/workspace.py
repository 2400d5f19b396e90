"""Where things lie in a workspace: paths only, nothing is read or made here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS_FILE = "sectorlens.toml"


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
