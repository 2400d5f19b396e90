"""Import of a register as the frame of a wave: all of it, the good rows of it, or nothing."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawlers.frame.mapping import KNOWN_COLUMNS, load_mapping
from crawlers.frame.rejected_rows import RejectedRows
from crawlers.frame.row_checks import shown
from storage.errors import InvalidInput, QualityError
from storage.records.frame import Wave
from storage.records.stage import Issue, StageReport, no_progress
from storage.tables.frame import FrameSource, has_been_crawled, insert_frame

if TYPE_CHECKING:
    from pathlib import Path

    from crawlers.frame.reader import FrameReader
    from storage.database import Store
    from storage.records.frame import Frame, FrameFault
    from storage.records.stage import ProgressListener

MOST_FAULTS_TOLD = 1000
_WAVE = re.compile(r"[A-Za-z0-9._-]{1,32}")
# Register columns that are likely to hold websites, written as `_plain` writes them.
_LIKELY_WEBSITES = frozenset({"url", "urls", "web", "homepage", "websiteurl", "websites", "www"})
# Columns of the table unit beside the contract's: a register's column of such a name yields.
_OWN_COLUMNS = frozenset({"wave", "nace_section", "other"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFile:
    """A register, and how it is to be read.

    Attributes:
        path: The file.
        reader: For its format; `reader_name` tells which plug-in that is.
        mapping_path: The mapping file; None where columns are named as in the contract.
        classification: ``NACE_R2``, ``NACE_R21`` or ``none``.
    """

    path: Path
    reader: FrameReader
    mapping_path: Path | None = None
    classification: str = "NACE_R2"


def import_frame(
    store: Store,
    wave: str,
    register: RegisterFile,
    *,
    accept_partial: bool = False,
    rejected_directory: Path,
    progress: ProgressListener = no_progress,
) -> StageReport:
    """Import a register as the frame of a wave, in one transaction.

    Args:
        store: The work database.
        wave: One to 32 letters, digits, dots, dashes or underscores; ASCII.
        register: What to read.
        accept_partial: Import the good rows even if others are bad.
        rejected_directory: Where the bad rows go then, as ``frame-<wave>.csv``.
        progress: Told the number of units stored so far.

    Returns:
        Rows taken, imported, and rejected by reason.

    Raises:
        InvalidInput: The register, mapping or wave name cannot be used as it is; the details name
            every fault with line and unit. Nothing was imported.
        QualityError: Something of the wave was crawled, so its frame stands.
        RetriableError: The disk is full. Nothing was imported.
    """
    wave = check_wave_name(wave)
    if has_been_crawled(store, wave):
        raise QualityError(
            f"The frame of wave {wave} stands: some of its websites have been crawled",
            "Import the register as a new wave.",
        )
    mapping = load_mapping(register.mapping_path) if register.mapping_path else None
    frame = register.reader.read(register.path, mapping, classification=register.classification)
    _refuse_what_is_no_frame(frame, register.path, accept_partial=accept_partial)
    source = FrameSource(
        source=register.path.name,
        source_digest=_digest(register.path),
        mapping_digest=_digest(register.mapping_path) if register.mapping_path else "",
    )
    rejected = RejectedRows(rejected_directory, wave)
    try:
        if frame.rejected_rows:
            rejected.write_aside(frame)
        with store.transaction():
            insert_frame(store, wave, frame, source, progress=progress)
    except BaseException:
        rejected.give_up()
        raise
    rejected.put_in_place(frame)
    return _report(frame, rejected)


def check_wave_name(name: str) -> Wave:
    """Return the name as a wave.

    Raises:
        InvalidInput: It is no possible name.
    """
    if not _WAVE.fullmatch(name):
        raise InvalidInput(
            f"{shown(name)} cannot be the name of a wave",
            "Use 1 to 32 ASCII letters, digits, dots, dashes or underscores, e.g. 2026-Q1.",
        )
    return Wave(name)


def _refuse_what_is_no_frame(frame: Frame, path: Path, *, accept_partial: bool) -> None:
    if not frame.n_rows:
        raise InvalidInput(
            f"The register {path} has a header but no rows",
            "Export it again: one row a unit under the header.",
        )
    if not frame.faults or (accept_partial and frame.units):
        return
    told = [_told(fault) for fault in frame.faults[:MOST_FAULTS_TOLD]]
    if (more := len(frame.faults) - len(told)) > 0:
        told.append(f"and {more} more faults")
    n_bad = len(frame.rejected_rows)
    every = "No row" if not frame.units else f"{n_bad} of {frame.n_rows} rows"
    state = "can be imported" if not frame.units else "cannot be imported"
    advice = "Nothing was imported. Mend the register or its mapping file and import it again"
    if frame.units:
        advice += (
            "; or give --accept-partial to import the good rows and write the bad ones to rejected/"
        )
    raise InvalidInput(f"{every} of the register {path} {state}", advice + ".", told)


def _told(fault: FrameFault) -> str:
    unit = fault.unit_id if fault.unit_id.isprintable() else shown(fault.unit_id)
    where = [f"line {fault.line}", f"unit {unit[:80]}" if unit else "no unit_id"]
    return f"{', '.join(where)}: {f'{fault.column} {fault.problem}'.strip()}"


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return f"sha256:{hashlib.file_digest(source, 'sha256').hexdigest()}"


def _report(frame: Frame, rejected: RejectedRows) -> StageReport:
    first_faults = {fault.line: fault for fault in reversed(frame.faults)}
    reasons = Counter(
        f"invalid_{fault.column}" if fault.column else "unreadable_row"
        for fault in first_faults.values()
    )
    with_website = len({website.unit_id for website in frame.websites})
    notes = [
        f"{with_website:,} of {len(frame.units):,} units have a website,"
        f" {len({website.website_url for website in frame.websites}):,} websites in all."
    ]
    if frame.rejected_rows:
        notes.append(f"{len(frame.rejected_rows):,} bad rows stand in {rejected.path}.")
    issues = _column_issues(frame)
    return StageReport(
        stage="frame",
        of="rows",
        taken=frame.n_rows,
        done=len(frame.units),
        rejected=dict(sorted(reasons.items())),
        notes=(*notes, *(issue.detail for issue in issues)),
        issues=issues,
    )


def _column_issues(frame: Frame) -> tuple[Issue, ...]:
    """Tell of columns that are published renamed, or are likely the contract's by another name."""
    known = {_plain(name): name for name in KNOWN_COLUMNS}
    known |= dict.fromkeys(_LIKELY_WEBSITES, "website")
    further = frame.units[0].other
    renamed = tuple(
        Issue(
            stage="frame",
            code="column_renamed",
            detail=f"Column {shown(name)} is published as {shown(name + '_')}, since the table unit"
            f" has a column {name.lower()} of its own.",
        )
        for name in further
        if name.lower() in _OWN_COLUMNS
    )
    return renamed + tuple(
        Issue(
            stage="frame",
            code="column_not_recognised",
            detail=f"Column {shown(name)} was kept as it is; if it is {known[_plain(name)]},"
            " say so under [columns] in a mapping file.",
        )
        for name in further
        if _plain(name) in known
    )


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())
