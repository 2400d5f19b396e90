"""What stands beside a sector's headline: other methods, other assumptions, response (pure)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experimental_stats.assisted_totals import ASSISTED
from experimental_stats.audited_frame import TOTAL
from experimental_stats.disclosure.found_companies import COUNTED
from experimental_stats.estimation import WARNINGS_KEY, estimate_totals
from experimental_stats.figures import DECIMALS
from experimental_stats.sensitivity import missing_sensitivity
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pyarrow as pa

    from experimental_stats.plan import ReleasePlan
    from experimental_stats.response_weights import ResponseReport
    from storage.records.release import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodFigure:
    """The total of enterprises by another method.

    Attributes:
        estimator: The method.
        value, standard_error, ci_lower, ci_upper: None where it cannot be applied.
        note: What is doubtful, or why it cannot be applied; empty where neither.
    """

    estimator: str
    value: float | None
    standard_error: float | None
    ci_lower: float | None
    ci_upper: float | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside a sector's headline.

    Attributes:
        methods: The total of enterprises by the methods of `ASSISTED`.
        sensitivity: (measure, assumption, value) of every measure whose total is told.
        response: How respondents were weighted.
    """

    methods: tuple[MethodFigure, ...]
    sensitivity: tuple[tuple[str, str, float], ...]
    response: ResponseReport


def figures_beside(
    plan: ReleasePlan,
    tables: tuple[pa.Table, pa.Table],
    *,
    estimates: Sequence[Estimate],
    response: ResponseReport,
    untold: Collection[str] = (),
) -> Beside:
    """Return what stands beside the headline of one sector.

    Args:
        plan: Confidence level and seed.
        tables: Units and audit, as `estimation.estimate_totals` takes them.
        estimates: The headline figures as published: a suppressed total is told nowhere else, nor
            is where the interval of an amount may not begin (two assumptions together tell it).
        response: How respondents were weighted.
        untold: Amounts that may not be told under other assumptions.
    """
    told = [
        row.measure
        for row in estimates
        if row.domain_variable == TOTAL
        and not row.disclosure
        and row.measure not in untold
        and (row.measure == COUNTED or row.ci_lower or not row.value)
    ]
    measures = [name for name in dict.fromkeys(told) if not name.endswith("_share")]
    sensitivity = missing_sensitivity(*tables, measures=measures).to_pylist() if measures else []
    return Beside(
        methods=tuple(_by_method(plan, tables, method) for method in ASSISTED),
        sensitivity=tuple(
            (row["measure"], row["assumption"], round(row["value"], DECIMALS))
            for row in sensitivity
        ),
        response=response,
    )


def _by_method(plan: ReleasePlan, tables: tuple[pa.Table, pa.Table], method: str) -> MethodFigure:
    try:
        found = estimate_totals(
            *tables, method=method, confidence_level=plan.confidence_level, seed=plan.seed
        )
    except InvalidInput as fault:
        return MethodFigure(
            estimator=method,
            value=None,
            standard_error=None,
            ci_lower=None,
            ci_upper=None,
            note=str(fault.title),
        )
    row: dict[str, Any] = found.to_pylist()[0]
    warnings = json.loads((found.schema.metadata or {}).get(WARNINGS_KEY, b"[]"))
    return MethodFigure(
        estimator=method,
        **{
            name: round(row[name], DECIMALS)
            for name in ("value", "standard_error", "ci_lower", "ci_upper")
        },
        note=" ".join(warnings),
    )
