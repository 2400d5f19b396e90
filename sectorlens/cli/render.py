"""Results on standard output, faults on standard error."""

from __future__ import annotations

import json
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

from sectorlens.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.errors import SectorlensError
    from storage.records.stage import StageReport

MAX_DETAILS = 50


def put(text: str = "") -> None:
    """Write a line of results; what came from outside cannot steer the terminal."""
    sys.stdout.write(plain(text) + "\n")


def put_json(value: Any) -> None:
    """Write one JSON document."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write(
        "".join(c if c == "\n" or c.isprintable() else _escaped(c) for c in text) + "\n"
    )


def say(text: str) -> None:
    """Write a line for the operator on standard error."""
    sys.stderr.write(plain(text) + "\n")


def plain(text: str) -> str:
    """Return `text` without control and formatting characters (escape codes, bidi overrides)."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf"})


def _escaped(sign: str) -> str:
    """Return a character as JSON may write it in ASCII: it reads back as it was."""
    return json.dumps(sign)[1:-1]


def put_reports(reports: Sequence[StageReport], form: Format) -> None:
    """Write how stages ended."""
    if form is Format.JSON:
        put_json({"stages": [as_dict(report) for report in reports]})
        return
    for report in reports:
        put(sentence(report))
        warned = {issue.detail for issue in report.issues}
        for note in report.notes:
            if note not in warned:
                put(f"  {note}")
        for issue in report.issues:
            put(f"  warning ({issue.code}, {issue.count}): {issue.detail}")


def put_waiting(states: Sequence[dict[str, Any]], form: Format) -> None:
    """Write what stages would take up; nothing was done."""
    if form is Format.JSON:
        put_json({"dry_run": True, "stages": list(states)})
        return
    for state in states:
        put(f"{state['stage']}: {state['pending']} {state['of']} wait; nothing was done")
        for issue in state.get("issues", ()):
            put(f"  warning ({issue['code']}, {issue['count']}): {issue['detail']}")


def as_dict(report: StageReport) -> dict[str, Any]:
    """Return a report as it stands in JSON."""
    return {
        "stage": report.stage,
        "of": report.of,
        "taken": report.taken,
        "done": report.done,
        "pending": report.pending,
        "rejected": report.rejected,
        "failed": report.failed,
        "interrupted": report.interrupted,
        "notes": list(report.notes),
        "issues": [
            {"code": issue.code, "count": issue.count, "detail": issue.detail}
            for issue in report.issues
        ],
    }


def sentence(report: StageReport) -> str:
    """Return a report as one line."""
    if not report.taken:
        return f"{report.stage}: nothing is due, no work done"
    parts = [f"{report.done} done"]
    parts += [f"{n} {reason}" for reason, n in {**report.rejected, **report.failed}.items()]
    if report.pending:
        parts.append(f"{report.pending} left for later")
    return f"{report.stage}: {report.taken} {report.of}: {', '.join(parts)}"


def put_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write rows as aligned columns: numbers to the right, the rest to the left."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [
        max(len(text) for text in column) for column in zip(list(header), *cells, strict=True)
    ]
    right = [
        bool(rows) and all(isinstance(row[i], int | float) for row in rows)
        for i in range(len(header))
    ]
    for line in [list(header), *cells]:
        aligned = [
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ]
        put("  ".join(aligned).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else plain(str(value)).replace("\n", " ")


def say_fault(fault: SectorlensError) -> None:
    """Write a fault: what happened, where, and what to do."""
    say(f"error: {fault.title}")
    for detail in fault.details[:MAX_DETAILS]:
        say(f"  {detail}")
    if len(fault.details) > MAX_DETAILS:
        say(f"  … and {len(fault.details) - MAX_DETAILS} more")
    if fault.advice:
        say(fault.advice)


def put_waterfall(described: dict[str, Any]) -> None:
    """Write how many units ended with which outcome; the last line is all of them."""
    rows = [(row["units"], row["outcome"], row["outcome_class"]) for row in described["units"]]
    put_table(
        ("units", "outcome", "class"), [*rows, (sum(row[0] for row in rows), "all units", "")]
    )
