"""From one sector's predictions and audit to its estimates (pure)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from experimental_stats.accuracy import quality_band
from experimental_stats.audit_answers import AnswerState, settle
from experimental_stats.audited_frame import TOTAL
from experimental_stats.disclosure.estimates import PRIMARY, without_figures
from experimental_stats.estimation import METHOD_VERSION, WARNINGS_KEY, estimate_totals
from experimental_stats.figures import DECIMALS
from experimental_stats.population import in_target_population
from storage.records.release import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experimental_stats.audit_answers import Settled
    from experimental_stats.plan import ReleasePlan, SectorNote

SHARE = "_share"  # behind a measure: its share of the target population
COUNT_METHOD_VERSION = "classify_and_count/1"
# Column names with a meaning of their own in the tables below.
RESERVED = frozenset(
    {
        "response_weight",
        *("unit_id", "outcome", "outcome_class", "eligible", "responded", "probability"),
        *("decision", "weighting_cell", "audit_stratum", TOTAL),
    }
)


def what_is_missing(predictions: pa.Table, strata: pa.Table, answers: Mapping[str, Settled]) -> str:
    """Return the code of the reason why a sector cannot be estimated; empty where it can.

    Args:
        predictions: One row a scored unit, with ``basis``.
        strata: One row a unit that had responded at the draw: unit_id, drawn.
        answers: What the answers of each answered unit come to.
    """
    if predictions.num_rows == 0:
        return "not_classified"
    if set(predictions.column("basis").to_pylist()) != {"model"}:
        return "only_ranked"
    if strata.num_rows == 0:
        return "no_audit"
    drawn = strata.filter(strata.column("drawn")).column("unit_id").to_pylist()
    states = {answers.get(unit, settle([])).state for unit in drawn}
    if AnswerState.OPEN in states:
        return "audit_open"
    return "audit_disagreed" if AnswerState.DISAGREED in states else ""


def scored_units(
    frame: pa.Table,
    predictions: pa.Table,
    strata: pa.Table,
    *,
    domains: Sequence[str],
    amounts: Sequence[str],
) -> pa.Table:
    """Return the table that `estimate_totals` takes, with ``decision`` for classify and count.

    A unit classified after the draw had no chance to be audited: it counts as not responded.

    Args:
        frame: One row a unit: unit_id, outcome_class, size_class, nace_section, domains, amounts.
        predictions: unit_id, probability, active.
        strata: unit_id, stratum of every unit that had responded at the draw.
        domains: Domain columns to carry over.
        amounts: Measure columns to carry over.
    """
    scores = {row["unit_id"]: row for row in predictions.to_pylist()}
    stratum = dict(
        zip(strata.column("unit_id").to_pylist(), strata.column("stratum").to_pylist(), strict=True)
    )
    ids = frame.column("unit_id").to_pylist()
    kept = [unit if unit in scores and unit in stratum else None for unit in ids]
    cells = zip(
        frame.column("size_class").to_pylist(),
        frame.column("nace_section").to_pylist(),
        strict=True,
    )
    columns: dict[str, Any] = {
        "unit_id": pa.array(ids, pa.string()),
        "eligible": pa.array(in_target_population(frame)),
        "responded": pa.array([unit is not None for unit in kept], pa.bool_()),
        "probability": pa.array(
            [scores[unit]["probability"] if unit else None for unit in kept], pa.float64()
        ),
        "decision": pa.array(
            [float(scores[unit]["active"] is True) if unit else None for unit in kept],
            pa.float64(),
        ),
        "weighting_cell": pa.array([f"{size}|{nace}" for size, nace in cells], pa.string()),
        "audit_stratum": pa.array([stratum[unit] if unit else None for unit in kept], pa.string()),
    }
    columns |= {name: frame.column(name) for name in (*domains, *amounts)}
    return pa.table(columns)


def audit_table(strata: pa.Table, answers: Mapping[str, Settled]) -> pa.Table:
    """Return the audit that `estimate_totals` takes.

    A unit of which nobody could tell counts as unanswered within its stratum.

    Args:
        strata: unit_id, stratum, inclusion_probability, drawn.
        answers: What the answers of every drawn unit come to.
    """
    told = [
        row | {"active": answers[row["unit_id"]].active}
        for row in strata.filter(strata.column("drawn")).to_pylist()
        if answers[row["unit_id"]].state is AnswerState.ANSWERED
    ]
    return pa.Table.from_pylist(
        told,
        schema=pa.schema(
            [
                ("unit_id", pa.string()),
                ("active", pa.bool_()),
                ("stratum", pa.string()),
                ("inclusion_probability", pa.float64()),
            ]
        ),
    )


def seen_active(
    units: pa.Table, audit: pa.Table, domains: Sequence[str]
) -> dict[tuple[str, str], int]:
    """Return (domain variable, domain) -> eligible units found active.

    The total has an entry where any eligible unit was answered, a domain where one of its units
    was.
    """
    answers = dict(
        zip(audit.column("unit_id").to_pylist(), audit.column("active").to_pylist(), strict=True)
    )
    seen: Counter[tuple[str, str]] = Counter()
    codes = [units.column(name).to_pylist() for name in domains]
    ids, eligible = units.column("unit_id").to_pylist(), units.column("eligible").to_pylist()
    for row, (unit, inside) in enumerate(zip(ids, eligible, strict=True)):
        if inside and unit in answers:
            seen[TOTAL, TOTAL] += answers[unit]
            for name, column in zip(domains, codes, strict=True):
                seen[name, column[row]] += answers[unit]
    return dict(seen)


def estimate_sector(
    plan: ReleasePlan,
    note: SectorNote,
    *,
    tables: tuple[pa.Table, pa.Table],
    domains: Sequence[str],
    measures: Sequence[str],
    warnings: list[str],
) -> list[Estimate]:
    """Return the headline figures of a sector, then classify and count, not yet protected.

    Args:
        plan: Confidence level, seed and quality bands.
        note: The sector.
        tables: From `scored_units` and `audit_table`.
        domains: Domain columns.
        measures: ``enterprises`` first.
        warnings: Takes what the headline's estimator found doubtful.
    """
    units, audit = tables
    decided = units.set_column(
        units.column_names.index("probability"), "probability", units.column("decision")
    )
    estimates = []
    for table, method, version in (
        (units, "stratified_audit", METHOD_VERSION),
        (decided, "classify_and_count", COUNT_METHOD_VERSION),
    ):
        figures = estimate_totals(
            table,
            audit,
            domains=domains,
            measures=measures,
            method=method,
            confidence_level=plan.confidence_level,
            seed=plan.seed,
        )
        if method == "stratified_audit":
            warnings += json.loads((figures.schema.metadata or {}).get(WARNINGS_KEY, b"[]"))
        estimates += [
            _as_estimate(row, plan=plan, sector=note.name, version=version)
            for row in figures.to_pylist()
        ]
    return estimates


def share_rows(
    estimates: Sequence[Estimate], measures: Sequence[str], whole: Mapping[str, float]
) -> list[Estimate]:
    """Return figures as shares of the target population, hidden where the figures are hidden.

    Args:
        estimates: Headline figures as they are published, after disclosure control.
        measures: Those asked for, e.g. ``enterprises_share``, ``employees_share``.
        whole: Measure -> amount of the whole target population; those that are not here may not be
            told, and no share of them. Shares of enterprises are given for domains too: their
            number of units stands in the row. For amounts only the total's is: what a domain holds
            of them may not be told.
    """
    rows = []
    for row in estimates:
        name = f"{row.measure}{SHARE}"
        counted = row.measure == "enterprises"
        if name not in measures or not (counted or row.domain_variable == TOTAL):
            continue
        if not counted and row.measure not in whole:
            rows.append(replace(without_figures(row, row.disclosure or PRIMARY), measure=name))
            continue
        base = float(row.n_frame or 0) if counted else whole[row.measure]
        shared: dict[str, Any] = {
            field: None if (value := getattr(row, field)) is None
            else round(min(value / base, 1.0) if base > 0 else 0.0, DECIMALS)
            for field in ("value", "standard_error", "ci_lower", "ci_upper")
        }  # fmt: skip
        noise = min(row.noise_bound / base, 1.0) if base > 0 else 0.0
        rows.append(replace(row, measure=name, noise_bound=round(noise, DECIMALS), **shared))
    return rows


def _as_estimate(row: dict[str, Any], *, plan: ReleasePlan, sector: str, version: str) -> Estimate:
    # The bias of classify and count is not in its standard error: a band would flatter it.
    quality = (
        "biased"
        if version == COUNT_METHOD_VERSION
        else quality_band(row["value"], row["standard_error"], plan.quality_bands)
    )
    rounded: dict[str, Any] = {
        name: round(value, DECIMALS) if isinstance(value, float) else value
        for name, value in row.items()
    }
    return Estimate(
        wave=plan.wave,
        sector=sector,
        quality=quality,
        disclosure="",
        method_version=version,
        **rounded,
    )
