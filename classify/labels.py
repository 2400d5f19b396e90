"""Labels in and out: files that people fill in, read with all their faults at once."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from classify.label_studio import read_tasks
from classify.label_table import csv_rows, guarded, is_unanswered, parquet_rows
from storage.errors import InvalidInput, told_together
from storage.filled_in_csv import moment_of, resembling
from storage.records.assessment import Label
from storage.records.frame import UnitId
from storage.records.stage import Issue
from storage.website_key import website_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

COLUMNS = (
    "unit_id",
    "url",
    "text",
    "sector",
    "active",
    "coder",
    "coded_at",
    "language",
    "note",
    "purpose",
    "wave",
    "inclusion_probability",
    "guideline",
    "page_digest",
    "role",
)
PURPOSES = ("training", "audit", "test")
ROLES = ("adjudicator",)
# With the forms that pandas, spreadsheets and Label Studio give to 1, 0 and empty.
_ANSWERS = {
    **dict.fromkeys(("1", "1.0", "true", "active"), True),
    **dict.fromkeys(("0", "0.0", "false", "inactive"), False),
    **dict.fromkeys(("", "cannot tell")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    """What a file of labels holds.

    Attributes:
        labels: In the order of the file.
        n_unanswered: Rows of a sheet of `label suggest` that nobody has answered yet.
        warnings: What was not read though it may have been meant.
    """

    labels: list[Label]
    n_unanswered: int
    warnings: tuple[Issue, ...] = ()


def read_labels(path: Path, sectors: Collection[str] = ()) -> LabelFile:
    """Read labels from CSV (UTF-8), Parquet or Label Studio's JSON.

    Args:
        path: With one of the columns ``unit_id``, ``url``, ``text``, and ``sector`` and ``active``
            (1, 0 or empty).
        sectors: Names that ``sector`` may have; empty accepts any.

    Raises:
        InvalidInput: The file cannot be used; each detail names a line (the header is line 1).
    """
    try:
        with path.open("rb"):
            pass
    except OSError as fault:
        raise InvalidInput(
            f"The labels in {path} cannot be read: {fault.strerror}",
            "Check the name, and that it is a file that you may read.",
        ) from fault
    try:
        rows = list(_READERS.get(path.suffix.lower(), csv_rows)(path))
    except (OSError, ValueError, RecursionError, csv.Error) as fault:
        raise InvalidInput(
            f"The labels in {path} cannot be read: {fault}",
            "Save them as CSV in UTF-8 (spreadsheets offer `CSV UTF-8` when saving), as Parquet,"
            " or as Label Studio's JSON.",
        ) from fault
    faults: list[tuple[str, str]] = []
    labels = []
    answered = [
        (place, row) for place, row in rows if isinstance(row, str) or not is_unanswered(row)
    ]
    for place, row in answered:
        wrong = [row] if isinstance(row, str) else list(_faults(row, sectors))
        faults += [(place, fault) for fault in wrong]
        if not isinstance(row, str) and not wrong:
            labels.append(_label(row))
    if faults:
        raise InvalidInput(
            f"{path} holds {len({place for place, _ in faults}):,} labels that cannot be used; none"
            " was imported",
            f"Mend the lines named above; the columns are {', '.join(COLUMNS)}.",
            told_together(faults),
        )
    return LabelFile(
        labels=labels,
        n_unanswered=len(rows) - len(answered),
        warnings=_warnings(row for _, row in answered if not isinstance(row, str)),
    )


def _warnings(rows: Iterable[dict[str, str]]) -> tuple[Issue, ...]:
    names = dict.fromkeys(name for row in rows for name in row)
    if not (unread := resembling(names, COLUMNS)):
        return ()
    shown = ", ".join(repr(name[:40]) for name in unread)
    detail = f"columns are not read, for their names only resemble those that are: {shown}"
    return (Issue(stage="label", code="columns_not_read", detail=detail, count=len(unread)),)


_READERS = {".parquet": parquet_rows, ".pq": parquet_rows, ".json": read_tasks}


def _faults(row: dict[str, str], sectors: Collection[str]) -> Iterator[str]:
    named = [name for name in ("unit_id", "url", "text") if row.get(name)]
    if len(named) != 1:
        yield f"needs one of unit_id, url and text, has {' and '.join(named) or 'none'}"
    if "\0" in row.get("unit_id", ""):
        yield "unit_id holds a NUL byte, which does not show: save the file as text again"
    if not row["sector"] or (sectors and row["sector"] not in sectors):
        yield f"sector {row['sector']!r} is not one of {', '.join(sorted(sectors)) or 'any'}"
    if row["active"].lower() not in _ANSWERS:
        yield f"active {row['active']!r} is not 1, 0 or empty"
    if row.get("purpose", "") not in ("", *PURPOSES):
        yield f"purpose {row['purpose']!r} is not one of {', '.join(PURPOSES)}"
    if row.get("role", "") not in ("", *ROLES):
        yield f"role {row['role']!r} is not {' or '.join(ROLES)} or empty"
    yield from _faults_of_form(row)


def _faults_of_form(row: dict[str, str]) -> Iterator[str]:
    try:
        moment_of(row.get("coded_at", ""))
    except ValueError:
        yield f"coded_at {row['coded_at']!r} is not a time such as 2026-11-22T10:30:00Z"
    try:
        _share(row.get("inclusion_probability", ""))
    except ValueError:
        yield f"inclusion_probability {row['inclusion_probability']!r} is not above 0 and up to 1"
    if url := row.get("url", ""):
        try:
            website_key(url)
        except ValueError:
            yield f"url {url!r} is not a web address"


def _label(row: dict[str, str]) -> Label:
    unit_id = row.get("unit_id")
    return Label(
        sector=row["sector"],
        active=_ANSWERS[row["active"].lower()],
        unit_id=UnitId(unit_id) if unit_id else None,
        url=row.get("url") or None,
        text=row.get("text") or None,
        coder=row.get("coder", ""),
        coded_at=moment_of(row.get("coded_at", "")),
        # Texts of en-GB and en_US are English: what is learnt by language is learnt of both.
        language=re.split("[-_]", row.get("language", "").lower())[0],
        note=row.get("note", ""),
        purpose=row.get("purpose") or "training",
        wave=row.get("wave", ""),
        inclusion_probability=_share(row.get("inclusion_probability", "")),
        guideline=row.get("guideline", ""),
        page_digest=row.get("page_digest", ""),
        role=row.get("role", ""),
    )


def _share(value: str) -> float | None:
    if not value:
        return None
    if not 0 < (share := float(value)) <= 1:
        raise ValueError(value)
    return share


def export_labels(labels: Sequence[Label]) -> str:
    """Return labels as CSV text with a header, as `read_labels` takes them.

    A cell that a spreadsheet would run as a formula gets an apostrophe in front, which reading
    takes off again.
    """
    rows = ([_cell(getattr(label, name)) for name in COLUMNS] for label in labels)
    return "".join(_line(row) for row in (COLUMNS, *rows))


def _line(cells: Sequence[str]) -> str:
    """Return a line of CSV; quoted is also a carriage return, which would end the row."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if isinstance(value, datetime) else guarded(str(value))


@dataclass(frozen=True, kw_only=True)
class LabelTargets:
    """What labels can speak of in a wave.

    Attributes:
        known_units: Of any wave.
        unit_websites: (unit_id, website_url) of the wave.
        accepted: unit_id -> its accepted websites that hold text.
        with_text: Websites that hold text.
    """

    known_units: frozenset[str]
    unit_websites: Sequence[tuple[str, str]]
    accepted: dict[str, tuple[str, ...]]
    with_text: frozenset[str]

    @cached_property
    def _by_key(self) -> dict[str, str]:
        # Spellings of one website that the frame holds apart: one with text wins.
        urls = {url for _, url in self.unit_websites}
        ordered = sorted(urls, key=lambda url: (url in self.with_text, url))
        return {website_key(url): url for url in ordered}

    def website_of(self, url: str) -> str:
        """Return the frame's website that a label's url means; empty where there is none."""
        try:
            return self._by_key.get(website_key(url), "")
        except ValueError:
            return ""
