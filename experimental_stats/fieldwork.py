"""Audits in the work database: drawing, answering, where they stand."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from experimental_stats.audit import DESIGN_VERSION, AuditDesign, draw_audit
from experimental_stats.audit_answers import (
    Answer,
    AnswerState,
    agreement,
    by_unit,
    contradictions,
    read_active,
    settle,
)
from experimental_stats.audit_sheet import read_moment, read_rows
from experimental_stats.plain_text import plain, unguarded
from storage.errors import InvalidInput, NotReady, QualityError
from storage.records.stage import Issue, StageReport
from storage.tables import release as tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from experimental_stats.audit_answers import Settled
    from storage.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """What can be answered: (sector, unit) -> inclusion probability, and units by website."""

    wave: str
    inclusion: Mapping[tuple[str, str], float]
    by_website: Mapping[str, tuple[str, ...]]

    @property
    def sectors(self) -> list[str]:
        return sorted({sector for sector, _ in self.inclusion})


def draw_audit_sample(  # noqa: PLR0913 - each is a choice of its own
    store: Store,
    wave: str,
    sector: str,
    *,
    size: int,
    seed: int,
    certain_employees: float | None = None,
    replace: bool = False,
) -> AuditDesign:
    """Draw the audit of a sector and keep the stratum of every responded unit.

    Args:
        store: The work database.
        wave: The wave.
        sector: A sector that has been classified.
        size: Units to draw.
        seed: ≥ 0; the same seed draws the same units.
        certain_employees: Units predicted active with so many employees are all taken.
        replace: Draw anew where nothing of the earlier draw has been answered.

    Raises:
        NotReady: Nothing has been classified for the sector in this wave.
        QualityError: There is a draw already: a second one would break the probability sample.
    """
    scores = tables.load_scores(store, wave, sector)
    if scores.num_rows == 0:
        raise NotReady(
            f"No unit of wave {wave!r} has been classified for the sector {sector!r}",
            f"Run `sectorlens classify run --wave {wave} --sector {sector}` first.",
        )
    _refuse_second_draw(store, wave, sector, replace=replace)
    design = draw_audit(scores, size=size, seed=seed, certain_employees=certain_employees)
    described = {
        "version": DESIGN_VERSION,
        "strata": [asdict(stratum) for stratum in design.strata],
        "certain_employees": certain_employees,
    }
    digest = hashlib.sha256(
        json.dumps([wave, sector, size, seed, described], sort_keys=True).encode()
    )
    draw = {
        "wave": wave,
        "sector": sector,
        "draw_id": digest.hexdigest()[:16],
        "size": sum(stratum.n_drawn for stratum in design.strata),
        "seed": seed,
        "design": json.dumps(described, sort_keys=True),
    }
    tables.replace_draw(store, draw, design.units)
    return design


def _refuse_second_draw(store: Store, wave: str, sector: str, *, replace: bool) -> None:
    if not any(draw["sector"] == sector for draw in tables.load_draws(store, wave)):
        return
    answered = sum(row["sector"] == sector for row in tables.load_answers(store, wave))
    if answered or not replace:
        raise QualityError(
            f"The audit of {sector!r} in wave {wave!r} has been drawn already"
            + (f", and {answered} answers are in" if answered else ""),
            "A second draw would make the sample one of chance no longer: answer this one;"
            f" `sectorlens audit sheet --wave {wave} --sector {sector}` gives it again.",
        )


def audit_sheet(store: Store, wave: str, sector: str) -> list[dict[str, Any]]:
    """Return the drawn units as rows to answer, by unit_id: blind, without score or stratum.

    Returns:
        Keys of `audit_sheet.SHEET_COLUMNS`; ``active``, ``coder`` and ``note`` are empty.

    Raises:
        NotReady: No audit has been drawn.
    """
    rows = tables.load_audit_sheet(store, wave, sector)
    if not rows:
        raise NotReady(
            f"No audit has been drawn for {sector!r} in wave {wave!r}",
            f"Run `sectorlens audit draw --wave {wave} --sector {sector} --size N` first.",
        )
    blank = {"active": "", "coder": "", "note": ""}
    shown = ("legal_name", "website_url", "evidence_url", "evidence")
    return [row | {name: plain(row[name], longest=2000) for name in shown} | blank for row in rows]


def import_audit_answers(store: Store, wave: str | None, path: Path) -> StageReport:
    """Keep the answers of a file; nothing is kept where a row is at fault.

    An empty ``active`` means that the coder could not tell; it is kept. The same answer twice is
    kept once. Coders may differ: both answers are kept, and the unit stays unsettled until a row
    with the coder ``adjudicated`` decides.

    Args:
        store: The work database.
        wave: The wave; None takes each row's ``wave``, else the newest draw's.
        path: CSV or Parquet: unit_id or url, active; optional sector (where only one audit has
            been drawn), coder, coded_at, note, wave.

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
    faults: list[str] = []
    report: list[tuple[str, list[Answer], _Drawn]] = []
    for name, group in _by_wave(rows, wave or draws[0]["wave"], faults, fixed=wave).items():
        drawn = _drawn(store, name)
        answers = _read_answers(group, drawn, faults)
        faults += contradictions(answers, _stored(store, name))
        report.append((name, answers, drawn))
    if faults:
        raise InvalidInput(
            f"{path} has {len(faults)} faults; nothing was imported",
            "Mend these lines; a settled disagreement is a row with the coder `adjudicated`.",
            faults,
        )
    return _keep(store, report, path.name, n_rows=len(rows))


def settled_answers(store: Store, wave: str, sector: str) -> dict[str, Settled]:
    """Return what the answers of every answered unit of one audit come to."""
    answers = [answer for answer in _stored(store, wave) if answer.sector == sector]
    return {unit: settle(said) for unit, said in by_unit(answers).items()}


def audit_status(store: Store, wave: str | None = None) -> list[dict[str, Any]]:
    """Return where each audit stands, the newest first.

    Returns:
        wave, sector, drawn, answered, active, cannot_tell, disagreed, open (units each),
        open_by_stratum (stratum -> units), double_coded, agreed.
    """
    rows = []
    for draw in tables.load_draws(store, wave):
        strata = tables.load_strata(store, draw["wave"], draw["sector"]).to_pylist()
        drawn = {row["unit_id"]: row["stratum"] for row in strata if row["drawn"]}
        answers = [a for a in _stored(store, draw["wave"]) if a.sector == draw["sector"]]
        grouped = by_unit(answers)
        settled = {unit: settle(grouped.get(unit, [])) for unit in drawn}
        counts = Counter(end.state for end in settled.values())
        still_open = Counter(
            drawn[u] for u, end in settled.items() if end.state is AnswerState.OPEN
        )
        double_coded, agreed = agreement(grouped)
        rows.append(
            {
                "wave": draw["wave"],
                "sector": draw["sector"],
                "drawn": len(drawn),
                "answered": counts[AnswerState.ANSWERED],
                "active": sum(end.active is True for end in settled.values()),
                "cannot_tell": counts[AnswerState.CANNOT_TELL],
                "disagreed": counts[AnswerState.DISAGREED],
                "open": counts[AnswerState.OPEN],
                "open_by_stratum": dict(sorted(still_open.items())),
                "double_coded": double_coded,
                "agreed": agreed,
            }
        )
    return rows


def _stored(store: Store, wave: str) -> list[Answer]:
    return [Answer(line=0, **row) for row in tables.load_answers(store, wave)]


def _drawn(store: Store, wave: str) -> _Drawn:
    inclusion = {
        (row["sector"], row["unit_id"]): row["inclusion_probability"]
        for row in tables.load_drawn(store, wave).to_pylist()
    }
    websites: dict[str, list[str]] = {}
    for url, unit_id in tables.load_unit_websites(store, wave):
        websites.setdefault(_website_key(url), []).append(unit_id)
    return _Drawn(
        wave=wave,
        inclusion=inclusion,
        by_website={url: tuple(units) for url, units in websites.items()},
    )


def _website_key(url: str) -> str:
    return url.strip().lower().partition("://")[2].rstrip("/") or url.strip().lower().rstrip("/")


def _by_wave(
    rows: Iterable[tuple[int, dict[str, Any]]],
    usual: str,
    faults: list[str],
    *,
    fixed: str | None,
) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    grouped: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for line, row in rows:
        said = str(row.get("wave") or "").strip()
        if fixed and said and said != fixed:
            faults.append(f"line {line}: answers wave {said[:40]!r}, not {fixed!r}")
        else:
            grouped.setdefault(said or usual, []).append((line, row))
    return grouped


def _read_answers(
    rows: Iterable[tuple[int, dict[str, Any]]], drawn: _Drawn, faults: list[str]
) -> list[Answer]:
    answers = []
    for line, row in rows:
        try:
            answers.append(_read_answer(line, row, drawn))
        except ValueError as fault:
            faults.append(f"line {line}: {fault}")
    return answers


def _read_answer(line: int, row: Mapping[str, Any], drawn: _Drawn) -> Answer:
    """Read one row; a ValueError says what is wrong with it."""
    purpose = str(row.get("purpose") or "audit").strip()
    if purpose != "audit":
        message = f"has the purpose {purpose[:40]!r}; `sectorlens label import` takes such labels"
        raise ValueError(message)
    if "active" not in row:
        message = "has no column `active`"
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
    return Answer(
        line=line,
        unit_id=_drawn_unit(row, sector, drawn),
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
    url = str(row.get("url") or row.get("website_url") or "")
    units = [
        u for u in drawn.by_website.get(_website_key(url), ()) if (sector, u) in drawn.inclusion
    ]
    if len(units) == 1:
        return units[0]
    what = f"{len(units)} drawn units have" if units else "no drawn unit has"
    message = f"{what} the website {url[:80]!r}" if url else "names neither unit_id nor url"
    raise ValueError(message)


def _keep(
    store: Store, report: list[tuple[str, list[Answer], _Drawn]], source: str, *, n_rows: int
) -> StageReport:
    new, known, unsure = 0, 0, 0
    issues: list[Issue] = []
    for wave, answers, drawn in report:
        before = {(a.sector, a.unit_id, a.coder) for a in _stored(store, wave)}
        fresh: dict[tuple[str, str, str], Answer] = {}
        for answer in answers:
            key = (answer.sector, answer.unit_id, answer.coder)
            if key in before or key in fresh:
                known += 1
            else:
                fresh[key] = answer
        tables.insert_answers(
            store,
            wave,
            [
                {name: value for name, value in asdict(answer).items() if name != "line"}
                | {"inclusion_probability": drawn.inclusion[answer.sector, answer.unit_id]}
                for answer in fresh.values()
            ],
            source=source,
        )
        new += len(fresh)
        unsure += sum(answer.active is None for answer in fresh.values())
        issues += _disagreements(store, wave)
    if unsure:
        detail = "coders could not tell; these units count as unanswered within their stratum"
        issues.append(Issue(stage="audit", code="cannot_tell", detail=detail, count=unsure))
    return StageReport(
        stage="audit",
        of="answers",
        taken=n_rows,
        done=new,
        rejected={"known_already": known} if known else {},
        notes=tuple(f"{issue.count} {issue.detail}" for issue in issues),
        issues=tuple(issues),
    )


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
