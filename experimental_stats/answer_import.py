"""Answers to audits: read, checked, and kept in the work database."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from experimental_stats.audit_answers import (
    Answer,
    contradictions,
    read_active,
    unknown_answers,
)
from experimental_stats.audit_sheet import read_moment, read_rows, unread_columns
from experimental_stats.fieldwork import audit_status, stored_answers
from experimental_stats.plain_text import plain, unguarded
from storage.errors import InvalidInput, NotReady, told_together
from storage.records.stage import Issue, StageReport
from storage.tables import release as tables
from storage.tables.frame import load_unit_websites
from storage.website_key import website_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from storage.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """What can be answered: (sector, unit) -> how it was drawn, and units by website."""

    wave: str
    inclusion: Mapping[tuple[str, str], float]
    stratum: Mapping[tuple[str, str], str]
    by_website: Mapping[str, tuple[str, ...]]

    @property
    def sectors(self) -> list[str]:
        return sorted({sector for sector, _ in self.inclusion})


def import_audit_answers(
    store: Store, wave: str | None, path: Path, *, dry_run: bool = False
) -> StageReport:
    """Keep the answers of a file; nothing is kept where a row is at fault.

    An empty ``active`` means that the coder could not tell; it is kept. The same answer twice is
    kept once. A cell that was left empty by nobody in particular may be answered later. Coders may
    differ: both answers are kept, and the unit stays unsettled until a row with the coder
    ``adjudicated`` decides.

    Args:
        store: The work database.
        wave: The wave; None takes each row's ``wave``, else the newest draw's.
        path: CSV or Parquet: unit_id or url, active; optional sector (where only one audit has
            been drawn), coder, coded_at, note, wave.
        dry_run: Read and check only; the report tells what would be kept.

    Raises:
        InvalidInput: All faults by line: units that were not drawn, contradictory answers, cells
            that cannot be read.
        NotReady: No audit has been drawn.
    """
    draws = tables.load_draws(store, wave)
    if not draws:
        raise NotReady(
            f"No audit has been drawn{f' in wave {wave!r}' if wave else ''}",
            "Run `sectorlens audit draw --wave W --sector S --size N` first.",
        )
    rows = read_rows(path)
    if not rows:
        raise InvalidInput(
            f"{path} holds no answer",
            "Give a row for every unit that was drawn, with `active` 1, 0, or empty for cannot"
            " tell.",
        )
    faults: list[tuple[str, str]] = []
    report: list[tuple[str, list[Answer], _Drawn]] = []
    for name, group in _by_wave(rows, wave or draws[0]["wave"], faults, fixed=wave).items():
        drawn = _drawn(store, name)
        answers = _read_answers(group, drawn, faults)
        faults += contradictions(answers, stored_answers(store, name))
        report.append((name, answers, drawn))
    if faults:
        raise InvalidInput(
            f"{path} has {len(faults):,} faults; nothing was imported",
            "Mend these lines; a settled disagreement is a row with the coder `adjudicated`.",
            told_together(faults),
        )
    return _keep(store, report, path.name, rows=rows, dry_run=dry_run)


def _drawn(store: Store, wave: str) -> _Drawn:
    rows = tables.load_drawn(store, wave).to_pylist()
    websites: dict[str, list[str]] = {}
    for unit_id, url in load_unit_websites(store, wave):
        websites.setdefault(website_key(url), []).append(unit_id)
    return _Drawn(
        wave=wave,
        inclusion={(row["sector"], row["unit_id"]): row["inclusion_probability"] for row in rows},
        stratum={(row["sector"], row["unit_id"]): row["stratum"] for row in rows},
        by_website={url: tuple(units) for url, units in websites.items()},
    )


def _by_wave(
    rows: Iterable[tuple[int, dict[str, Any]]],
    usual: str,
    faults: list[tuple[str, str]],
    *,
    fixed: str | None,
) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    grouped: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for line, row in rows:
        said = str(row.get("wave") or "").strip()
        if fixed and said and said != fixed:
            faults.append((f"line {line}", f"answers wave {said[:40]!r}, not {fixed!r}"))
        else:
            grouped.setdefault(said or usual, []).append((line, row))
    return grouped


def _read_answers(
    rows: Iterable[tuple[int, dict[str, Any]]], drawn: _Drawn, faults: list[tuple[str, str]]
) -> list[Answer]:
    answers = []
    for line, row in rows:
        try:
            answers.append(_read_answer(line, row, drawn))
        except ValueError as fault:
            faults.append((f"line {line}", str(fault)))
    return answers


def _read_answer(line: int, row: Mapping[str, Any], drawn: _Drawn) -> Answer:
    """Read one row; a ValueError says what is wrong with it."""
    purpose = str(row.get("purpose") or "audit").strip()
    if purpose != "audit":
        message = f"has the purpose {purpose[:40]!r}; `sectorlens label import` takes such labels"
        raise ValueError(message)
    if "active" not in row or not {"unit_id", "url", "website_url"} & row.keys():
        lacking = "`unit_id` or `url`" if "active" in row else "`active`"
        there = ", ".join(repr(name[:40]) for name in row)
        message = f"has no column {lacking}; its columns are {there}"
        raise ValueError(message)
    sector = str(row.get("sector") or "").strip()
    if not sector and len(drawn.sectors) == 1:
        sector = drawn.sectors[0]
    if sector not in drawn.sectors:
        message = (
            f"names the sector {sector[:40]!r}; audits of wave {drawn.wave!r} have been drawn"
            f" for {', '.join(drawn.sectors) or 'none'}"
        )
        raise ValueError(message)
    unit_id = _drawn_unit(row, sector, drawn)
    _demand_same_draw(row, (sector, unit_id), drawn)
    return Answer(
        line=line,
        unit_id=unit_id,
        sector=sector,
        active=read_active(row["active"]),
        coder=plain(str(row.get("coder") or "")),
        coded_at=read_moment(row.get("coded_at")),
        note=plain(str(row.get("note") or ""), longest=2000),
    )


def _drawn_unit(row: Mapping[str, Any], sector: str, drawn: _Drawn) -> str:
    said = str(row.get("unit_id") or "")
    for name in dict.fromkeys((said, said.strip(), unguarded(said.strip()))):
        if (sector, name) in drawn.inclusion:
            return name
    if said.strip():
        message = f"unit {said[:60]!r} was not drawn for {sector}"
        raise ValueError(message)
    url = str(row.get("url") or row.get("website_url") or "").strip()
    units = _drawn_with_website(unguarded(url), sector, drawn)
    if len(units) == 1:
        return units[0]
    what = f"{len(units)} drawn units have" if units else "no drawn unit has"
    message = f"{what} the website {url[:80]!r}" if url else "names neither unit_id nor url"
    raise ValueError(message)


def _drawn_with_website(url: str, sector: str, drawn: _Drawn) -> list[str]:
    try:
        units = drawn.by_website.get(website_key(url), ())
    except ValueError:
        return []
    return [unit_id for unit_id in units if (sector, unit_id) in drawn.inclusion]


def _demand_same_draw(row: Mapping[str, Any], key: tuple[str, str], drawn: _Drawn) -> None:
    """Refuse a row that says of its draw what was not so: it answers another sample."""
    for name, kept in (
        ("stratum", drawn.stratum[key]),
        ("inclusion_probability", drawn.inclusion[key]),
    ):
        said = str(row.get(name) if row.get(name) is not None else "").strip()
        if said and not _same(said, kept):
            message = (
                f"says {name} {said[:40]!r} of unit {key[1]!r}, which was drawn with {kept!r}: are"
                " these the answers to another sample?"
            )
            raise ValueError(message)


def _same(said: str, kept: str | float) -> bool:
    if isinstance(kept, str):
        return unguarded(said) == kept
    try:
        number = float(said.removesuffix("%").replace(",", "."))  # European spreadsheets
        share = number / (100 if said.endswith("%") else 1)
    except ValueError:
        return False
    return abs(share - kept) <= max(0.01 * kept, 5e-4)  # as far as a spreadsheet rounds it


def _keep(
    store: Store,
    report: list[tuple[str, list[Answer], _Drawn]],
    source: str,
    *,
    rows: Sequence[tuple[int, dict[str, Any]]],
    dry_run: bool,
) -> StageReport:
    new, known, unsure = 0, 0, 0
    issues: list[Issue] = []
    for wave, answers, drawn in report:
        fresh = unknown_answers(answers, stored_answers(store, wave))
        if not dry_run:
            tables.insert_answers(store, wave, _as_labels(fresh, drawn), source=source)
        new += len(fresh)
        known += len(answers) - len(fresh)
        unsure += sum(answer.active is None for answer in fresh)
        issues += _disagreements(store, wave)
    issues += _not_read(rows)
    if unsure:
        detail = "coders could not tell; these units count as unanswered within their stratum"
        issues.append(Issue(stage="audit", code="cannot_tell", detail=detail, count=unsure))
    return StageReport(
        stage="audit",
        of="answers",
        taken=len(rows),
        done=new,
        rejected={"known_already": known} if known else {},
        notes=tuple(f"{issue.count} {issue.detail}" for issue in issues),
        issues=tuple(issues),
    )


def _not_read(rows: Sequence[tuple[int, dict[str, Any]]]) -> tuple[Issue, ...]:
    unread = unread_columns(rows)
    if not unread:
        return ()
    shown = ", ".join(repr(name[:40]) for name in unread)
    detail = f"columns are not read, for they have other names than those that are: {shown}"
    return (Issue(stage="audit", code="columns_not_read", detail=detail, count=len(unread)),)


def _as_labels(answers: Iterable[Answer], drawn: _Drawn) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in asdict(answer).items() if name != "line"}
        | {"inclusion_probability": drawn.inclusion[answer.sector, answer.unit_id]}
        for answer in answers
    ]


def _disagreements(store: Store, wave: str) -> list[Issue]:
    return [
        Issue(
            stage="audit",
            code="coders_disagree",
            detail=f"units of {row['sector']} on which coders differ wait for a row with the coder"
            " `adjudicated`",
            count=row["disagreed"],
        )
        for row in audit_status(store, wave)
        if row["disagreed"]
    ]
