"""What a register format has to offer, and what is said of a file that cannot be read at all."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from crawlers.frame.mapping import RegisterMapping
    from storage.records.frame import Frame

# Suffix, lower case -> plug-in in this folder.
READER_OF_SUFFIX = {
    ".csv": "csv_register",
    ".tsv": "csv_register",
    ".txt": "csv_register",
    ".parquet": "parquet_register",
    ".pq": "parquet_register",
}

# Takes the place of every byte that does not decode; no text in any encoding holds it by itself.
UNDECODABLE = "\udcff"


class FrameReader(Protocol):
    """Reads one register format."""

    def read(self, path: Path, mapping: RegisterMapping | None, *, classification: str) -> Frame:
        """Read a register file: good rows, and every fault of the bad ones.

        Args:
            path: The register.
            mapping: How its columns and codes are named; None where they are the contract's.
            classification: ``NACE_R2``, ``NACE_R21`` or ``none``.

        Raises:
            InvalidInput: The file as a whole cannot be used: unreadable, or columns are missing.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """A row as it stands in the file.

    Attributes:
        line: Where it begins; the header is line 1.
        values: One a column of the header; more or fewer where `problem` says so.
        problem: Why the row as a whole cannot be read, one sentence; empty where it can.
    """

    line: int
    values: list[str]
    problem: str = ""


def reader_name(path: Path, installed: Collection[str] = ()) -> str:
    """Return the name of the plug-in that reads files of this suffix.

    Args:
        path: Told by its suffix alone.
        installed: Names of plug-ins; ``<suffix>_register`` among them reads such files.

    Raises:
        InvalidInput: No plug-in does.
    """
    suffix = path.suffix.lower()
    if suffix in READER_OF_SUFFIX:
        return READER_OF_SUFFIX[suffix]
    if (name := f"{suffix.removeprefix('.')}_register") in installed:
        return name
    raise InvalidInput(
        f"{path} is neither CSV nor Parquet by its name",
        f"Save the register as one of: {', '.join(READER_OF_SUFFIX)}.",
    )


def require_file(path: Path) -> None:
    """Refuse what is no readable file that holds something.

    Raises:
        InvalidInput: Missing, a directory or device, empty, or not ours to read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a directory" if stat.S_ISDIR(status.st_mode) else "no ordinary file"
            raise InvalidInput(
                f"The register {path} is {kind}", "Name the register file itself (CSV or Parquet)."
            )
        with path.open("rb") as source:
            source.read(1)
    except OSError as fault:
        raise InvalidInput(
            f"The register {path} cannot be read: {fault.strerror}",
            "Check the name, and that you may read the file.",
        ) from fault
    if not status.st_size:
        raise InvalidInput(
            f"The register {path} is empty", "Export it again: a header line and one row a unit."
        )
