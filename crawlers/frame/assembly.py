"""From the rows of a register to its frame: the same for every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers.frame.classification import load_classification
from crawlers.frame.reader import UNDECODABLE
from crawlers.frame.row_checks import RowChecks
from storage.records.frame import Frame, FrameFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawlers.frame.columns import Columns
    from crawlers.frame.mapping import RegisterMapping
    from crawlers.frame.reader import RegisterRow
    from storage.records.frame import Unit, UnitWebsite

SURPLUS = "(further fields)"
_MOST_LINES_SHOWN = 10


def assemble_frame(
    columns: Columns,
    open_rows: Callable[[], Iterator[RegisterRow]],
    mapping: RegisterMapping,
    *,
    classification: str,
) -> Frame:
    """Check every row and part the good ones from the bad ones.

    Args:
        columns: Of the register.
        open_rows: Begins to read the rows; called a second time where identifiers stand twice,
            since a row that looked good then has to be kept as it was read.
        mapping: Recoding and number signs.
        classification: Name of the code list.

    Raises:
        InvalidInput: There is no such classification.
    """
    checks = RowChecks(columns, mapping, load_classification(classification))
    assembly = _Assembly(columns, checks)
    for row in open_rows():
        assembly.take(row)
    if doubtful := assembly.refuse_duplicates():
        for row in open_rows():
            if row.line in doubtful:
                assembly.keep_as_read(row)
    return assembly.frame()


class _Assembly:
    """A frame in the making."""

    def __init__(self, columns: Columns, checks: RowChecks) -> None:
        self._columns = columns
        self._checks = checks
        self._good: dict[int, tuple[Unit, list[UnitWebsite]]] = {}
        self._faults: dict[int, list[FrameFault]] = {}
        self._as_read: dict[int, dict[str, str]] = {}
        self._first_line: dict[str, int] = {}
        self._lines_of_twice: dict[str, list[int]] = {}
        self._n_rows = 0

    def take(self, row: RegisterRow) -> None:
        self._n_rows += 1
        unit_id = self._checks.unit_id(row.values)
        if row.problem:
            self._refuse(row, unit_id, [("", row.problem)])
        else:
            unit, websites, faults = self._checks.read(row.values)
            if unit is None:
                self._refuse(row, unit_id, faults)
            else:
                unit_id = unit.unit_id
                self._good[row.line] = (unit, websites)
        if unit_id and self._first_line.setdefault(unit_id, row.line) != row.line:
            first = self._first_line[unit_id]
            self._lines_of_twice.setdefault(unit_id, [first]).append(row.line)

    def refuse_duplicates(self) -> set[int]:
        """Turn every row of a group away; return the lines whose text is no longer at hand."""
        doubtful = set()
        for unit_id, lines in self._lines_of_twice.items():
            places = ", ".join(str(line) for line in lines[:_MOST_LINES_SHOWN])
            more = "" if len(lines) <= _MOST_LINES_SHOWN else f" … ({len(lines)} rows)"
            problem = f"stands on lines {places}{more}; give each unit one row"
            for line in lines:
                fault = FrameFault(line=line, unit_id=unit_id, column="unit_id", problem=problem)
                self._faults.setdefault(line, []).append(fault)
                if self._good.pop(line, None):
                    doubtful.add(line)
        return doubtful

    def keep_as_read(self, row: RegisterRow) -> None:
        fields = dict(zip(self._columns.header, row.values, strict=False))
        if surplus := row.values[len(self._columns.header) :]:
            fields[SURPLUS] = " | ".join(surplus)
        self._as_read[row.line] = {
            name: value.replace(UNDECODABLE, "\ufffd") for name, value in fields.items()
        }

    def frame(self) -> Frame:
        lines = sorted(self._faults)
        return Frame(
            units=tuple(unit for unit, _ in self._good.values()),
            websites=tuple(site for _, websites in self._good.values() for site in websites),
            faults=tuple(fault for line in lines for fault in self._faults[line]),
            rejected_rows=tuple(self._rejected(line) for line in lines),
            n_rows=self._n_rows,
        )

    def _refuse(self, row: RegisterRow, unit_id: str, faults: list[tuple[str, str]]) -> None:
        unit_id = unit_id.replace(UNDECODABLE, "\ufffd")
        self._faults[row.line] = [
            FrameFault(line=row.line, unit_id=unit_id, column=column, problem=problem)
            for column, problem in faults
        ]
        self.keep_as_read(row)

    def _rejected(self, line: int) -> dict[str, str]:
        reason = "; ".join(f"{f.column} {f.problem}".strip() for f in self._faults[line])
        # The register may have columns of these names itself.
        own = {
            f"register's {name}" if name in ("line", "reason") else name: value
            for name, value in self._as_read[line].items()
        }
        return {"line": str(line), "reason": reason, **own}
