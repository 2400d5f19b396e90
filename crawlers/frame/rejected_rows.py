"""The file of rows that were turned away, for whoever keeps the register."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

from storage.errors import RetriableError

if TYPE_CHECKING:
    from pathlib import Path

    from storage.records.frame import Frame, Wave

# A spreadsheet takes a cell that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class RejectedRows:
    """`rejected/frame-<wave>.csv`: written aside first, put in place when the frame stands.

    Args:
        directory: Made when there is something to write.
        wave: Of the import.
    """

    def __init__(self, directory: Path, wave: Wave) -> None:
        self.path = directory / f"frame-{wave}.csv"
        self._aside = directory / f".frame-{wave}.csv.part"

    def write_aside(self, frame: Frame) -> None:
        """Write the bad rows as read, each with its line and all its reasons.

        Raises:
            RetriableError: The file cannot be written.
        """
        names = list(dict.fromkeys(name for row in frame.rejected_rows for name in row))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._aside.open("w", encoding="utf-8", newline="") as target:
                writer = csv.writer(target)
                writer.writerow([harmless(name) for name in names])
                for row in frame.rejected_rows:
                    writer.writerow([harmless(row.get(name, "")) for name in names])
                target.flush()
                os.fsync(target.fileno())
        except OSError as fault:
            raise RetriableError(
                f"{self.path} cannot be written: {fault.strerror}",
                "Nothing was imported. Make room or give the right to write, then run it again.",
            ) from fault

    def put_in_place(self, frame: Frame) -> None:
        """Replace the file of an earlier import; where no row is bad, none is left."""
        if frame.rejected_rows:
            self._aside.replace(self.path)
        elif self.path.exists():
            self.path.unlink()

    def give_up(self) -> None:
        """Leave nothing behind of a file that was not put in place."""
        if self._aside.exists():
            self._aside.unlink()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs: what looks like a formula gets a leading quote."""
    plain = cell.replace("\x00", "\ufffd")
    return f"'{plain}" if plain.startswith(_FORMULA_STARTS) else plain
