"""Audits in the work database: drawing them, the sheet to answer, where they stand."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from experimental_stats.audit import DESIGN_VERSION, AuditDesign, draw_audit
from experimental_stats.audit_answers import (
    Answer,
    AnswerState,
    by_unit,
    disagreements,
    double_coding,
    settle,
)
from experimental_stats.plain_text import plain
from experimental_stats.score_levels import fit_level
from storage.errors import NotReady, QualityError
from storage.tables import release as tables
from storage.tables.frame import earlier_waves

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from experimental_stats.audit_answers import Settled
    from experimental_stats.score_levels import ScoreLevel
    from storage.database import Store

SCORE_COLUMNS = frozenset({"unit_id", "probability", "active", "employees", "basis"})


def draw_audit_sample(  # noqa: PLR0913 - each is a choice of its own
    store: Store,
    wave: str,
    sector: str,
    *,
    size: int,
    seed: int,
    certain_employees: float | None = None,
    domains: Sequence[str] = (),
    replace: bool = False,
    dry_run: bool = False,
) -> AuditDesign:
    """Draw the audit of a sector and keep the stratum of every responded unit.

    Args:
        store: The work database.
        wave: The wave.
        sector: A sector that has been classified.
        size: Units to draw.
        seed: ≥ 0; the same seed draws the same units.
        certain_employees: Units predicted active with so many employees are all taken.
        domains: Columns of the frame; units of small domains are drawn more often. Columns that
            the frame lacks are left out.
        dry_run: Keep nothing.
        replace: Draw anew where nothing of the earlier draw has been answered.

    Raises:
        NotReady: Nothing has been classified for the sector in this wave.
        QualityError: There is a draw already: a second one would break the probability sample.
    """
    held = [
        name
        for name in dict.fromkeys(domains)
        if name not in SCORE_COLUMNS and tables.has_column(store, wave, name)
    ]
    scores = tables.load_scores(store, wave, sector, texts=held)
    if scores.num_rows == 0:
        raise NotReady(
            f"No unit of wave {wave!r} has been classified for the sector {sector!r}",
            f"Run `sectorlens classify run --wave {wave} --sector {sector}` first.",
        )
    _refuse_second_draw(store, wave, sector, replace=replace)
    earlier, level = level_of_earlier_audit(store, wave, sector, scores)
    design = draw_audit(
        scores,
        size=size,
        seed=seed,
        certain_employees=certain_employees,
        domains=held,
        level=level,
    )
    if dry_run:
        return design
    described = {
        "version": DESIGN_VERSION,
        "strata": [asdict(stratum) for stratum in design.strata],
        "certain_employees": certain_employees,
        "domains": held,
        "level": {"wave": earlier, **asdict(level)} if level else None,
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


def level_of_earlier_audit(
    store: Store, wave: str, sector: str, scores: pa.Table
) -> tuple[str, ScoreLevel | None]:
    """Return the newest earlier wave whose audit tells what the scores mean, and what it tells.

    The scores are this wave's, of the units that were answered then: that they were given by
    another model in the meantime does not matter.

    Args:
        store: The work database.
        wave: The wave.
        sector: The sector.
        scores: ``unit_id`` and ``probability`` of every unit with a score in this wave.

    Returns:
        The wave, "" where there is none, and the level, None where there is none.
    """
    probability = dict(
        zip(
            scores.column("unit_id").to_pylist(),
            scores.column("probability").to_pylist(),
            strict=True,
        )
    )
    for earlier in reversed(earlier_waves(store, wave)):
        answers = settled_answers(store, earlier, sector)
        known = [
            (probability[row["unit_id"]], said.active, row["inclusion_probability"])
            for row in tables.load_strata(store, earlier, sector).to_pylist()
            if row["drawn"]
            and (said := answers.get(row["unit_id"])) is not None
            and said.active is not None
            and row["unit_id"] in probability
        ]
        if not known:
            continue
        score, active, inclusion = (np.array(column) for column in zip(*known, strict=True))
        level = fit_level(score, active, inclusion)
        if level is not None:
            return earlier, level
    return "", None


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


def audit_sheet(
    store: Store, wave: str, sector: str, *, share: float = 1.0
) -> list[dict[str, Any]]:
    """Return the drawn units as rows to answer, by unit_id: blind, without score or stratum.

    Args:
        store: The work database.
        wave: The wave.
        sector: The sector.
        share: 0–1; below 1 a random part of the units, the same each time: for a second coder.

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
    if share < 1.0:
        rows = sorted(rows, key=lambda row: _second_coding_key(wave, sector, row["unit_id"]))
        rows = sorted(rows[: math.ceil(share * len(rows))], key=lambda row: str(row["unit_id"]))
    blank = {"active": "", "coder": "", "note": ""}
    shown = ("legal_name", "website_url", "evidence_url", "evidence")
    return [row | {name: plain(row[name], longest=2000) for name in shown} | blank for row in rows]


def _second_coding_key(wave: str, sector: str, unit_id: str) -> str:
    return hashlib.sha256(json.dumps([wave, sector, unit_id]).encode()).hexdigest()


def settled_answers(store: Store, wave: str, sector: str) -> dict[str, Settled]:
    """Return what the answers of every answered unit of one audit come to."""
    answers = [answer for answer in stored_answers(store, wave) if answer.sector == sector]
    return {unit: settle(said) for unit, said in by_unit(answers).items()}


def audit_status(store: Store, wave: str | None = None) -> list[dict[str, Any]]:
    """Return where each audit stands, the newest first.

    Returns:
        wave, sector, drawn, answered, active, cannot_tell, disagreed, open (units each),
        open_by_stratum (stratum -> units), double_coded, agreed (units), answers_of_two (units
        by what the first and the second said), disagreements (unit -> coder -> answer).
    """
    rows = []
    for draw in tables.load_draws(store, wave):
        strata = tables.load_strata(store, draw["wave"], draw["sector"]).to_pylist()
        drawn = {row["unit_id"]: row["stratum"] for row in strata if row["drawn"]}
        answers = [a for a in stored_answers(store, draw["wave"]) if a.sector == draw["sector"]]
        grouped = by_unit(answers)
        settled = {unit: settle(grouped.get(unit, [])) for unit in drawn}
        counts = Counter(end.state for end in settled.values())
        still_open = Counter(
            drawn[u] for u, end in settled.items() if end.state is AnswerState.OPEN
        )
        both = double_coding(grouped)
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
                **asdict(both),
                "disagreements": disagreements(grouped),
            }
        )
    return rows


def stored_answers(store: Store, wave: str) -> list[Answer]:
    """Return all answers to the audits of a wave in the order of import."""
    return [Answer(line=0, **row) for row in tables.load_answers(store, wave)]
