"""The tables of a release as rows, the same for every output format (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from experimental_stats.accuracy import UNRELIABLE
from experimental_stats.audited_frame import TOTAL
from experimental_stats.population import WaterfallRow
from experimental_stats.sensitivity import ASSUMPTIONS, CERTAIN
from storage.records.release import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experimental_stats.exporter import ReleaseContent
    from experimental_stats.plan import ReleasePlan

# Column -> (Arrow type, what it says).
COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "wave": (pa.string(), "Wave of observation"),
    "sector": (pa.string(), "Sector, by the name of its definition"),
    "measure": (pa.string(), "What is totalled: enterprises, or a number of the register"),
    "domain_variable": (pa.string(), "Variable of the breakdown; _T for the total"),
    "domain": (pa.string(), "Code of the domain; _T for the total, _U where not stated"),
    "estimator": (pa.string(), "How the figure was made; see the code list"),
    "value": (pa.float64(), "Estimated total, in units of the measure; empty where suppressed"),
    "standard_error": (pa.float64(), "Standard error, in units of the measure"),
    "ci_lower": (pa.float64(), "Lower end of the confidence interval"),
    "ci_upper": (pa.float64(), "Upper end of the confidence interval"),
    "confidence_level": (pa.float64(), "Confidence of the interval, share 0-1"),
    "n_frame": (pa.int64(), "Units of the register in the target population"),
    "n_classified": (pa.int64(), "Units of the target population with a score"),
    "n_audit": (pa.int64(), "Units of the target population checked by hand"),
    "quality": (pa.string(), "Band of the coefficient of variation"),
    "disclosure": (pa.string(), "Empty, or why the figures are suppressed: primary, secondary"),
    "method_version": (pa.string(), "Version of the method"),
    "noise_bound": (
        pa.float64(),
        "How far the value may lie from the estimate by noise or rounding; 0 where told exactly",
    ),
    "outcome": (pa.string(), "Outcome code; _T for all of a class, or all units"),
    "outcome_class": (pa.string(), "Class of the outcome; _T for all units"),
    "n_units": (pa.int64(), "Units of the register; empty where suppressed"),
    "meaning": (pa.string(), "What the code means"),
    "code_list": (pa.string(), "Name of the code list"),
    "code": (pa.string(), "Code"),
    "title": (pa.string(), "Title"),
    "description": (pa.string(), "What belongs to the sector"),
    "version": (pa.string(), "Version of the sector's definition"),
    "model_id": (pa.string(), "Model that sorted the units for the audit"),
    "published": (pa.bool_(), "Whether figures are published"),
    "reason": (pa.string(), "Why there are none"),
    "assumption": (pa.string(), "What units without a score are taken to be; see the code list"),
    "note": (pa.string(), "What is doubtful, or why there is no figure"),
    "weighting": (pa.string(), "How respondents stand for units without a score"),
    "r_indicator": (pa.float64(), "1 where all cells respond alike, less where they differ"),
    "design_effect": (pa.float64(), "1 + squared coefficient of variation of the weights"),
    "lowest_weight": (pa.float64(), "Lowest weight of a respondent"),
    "highest_weight": (pa.float64(), "Highest weight of a respondent"),
    "key": (pa.string(), "Name of a fact on the release"),
    "text": (pa.string(), "The fact"),
}
FIGURES = ("value", "standard_error", "ci_lower", "ci_upper")
RESPONSE = (
    *("weighting", "r_indicator", "design_effect", "lowest_weight", "highest_weight", "note"),
)
CODES = {
    "assumption": ASSUMPTIONS | CERTAIN,
    "estimator": {
        "stratified_audit": "from a random audit by strata; the headline",
        "composite": "the domain's own audit answers, drawn towards the rates of the whole"
        " population or of the wider domain it lies in",
        "synthetic": "from these rates only: no unit of the domain was audited",
        "classify_and_count": "for comparison only: decisions of the model counted, not corrected",
        "ppi": "beside: scores, power-tuned by stratum, corrected by the audit",
        "difference": "beside: scores as they are, corrected by the audit",
        "calibration": "beside: decisions, by the share found active among those decided alike",
        "misclassification": "beside: decisions, by the inverse of their error rates",
        "calibrated_scores": "beside: scores, by a monotone curve through the audit",
        "em_prior": "beside: scores, under the prior that makes them most likely",
        "wilson_mover": "beside: shares of the strata, their Wilson limits joined (MOVER)",
    },
    "disclosure": {
        "primary": "suppressed: it rests on too few companies, or one or two make most of it",
        "secondary": "suppressed: it would give away another figure by subtraction",
    },
    "domain": {TOTAL: "total", "_U": "not stated in the register"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTable:
    """One table.

    Attributes:
        name: Of the file, without suffix: letters, digits, ``_``, ``-``.
        title: For people.
        columns: Names, keys of `COLUMNS`.
        key: Columns that identify a row.
        rows: One tuple a row, in the order of `columns`.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def as_arrow(self) -> pa.Table:
        """Return the rows as an Arrow table."""
        schema = pa.schema([(name, COLUMNS[name][0]) for name in self.columns])
        columns = list(zip(*self.rows, strict=True)) or [() for _ in self.columns]
        return pa.table(
            [
                pa.array(list(column), kind)
                for column, kind in zip(columns, schema.types, strict=True)
            ],
            schema=schema,
        )


def release_tables(release: ReleaseContent) -> list[ReleaseTable]:
    """Return the tables that are published as files, in the order of reading."""
    plan = release.plan
    found = []
    for sector in release.sectors:
        name, title = safe_name(sector.note.name), sector.note.title
        totals = [row for row in sector.estimates if row.domain_variable == TOTAL]
        found.append(estimate_table(f"{name}_totals", f"{title}: totals", totals, plan=plan))
        for variable in release.domains:
            rows = [row for row in sector.estimates if row.domain_variable == variable]
            file, heading = f"{name}_by_{safe_name(variable)}", f"{title} by {variable}"
            found.append(estimate_table(file, heading, rows, plan=plan))
    compared = [
        row
        for sector in release.sectors
        for row in (*sector.estimates, *sector.comparison)
        if row.domain_variable == TOTAL
    ]
    found.append(
        estimate_table(
            "comparison",
            "Audit-based totals beside classify and count",
            compared,
            plan=plan,
        )
    )
    found += beside_tables(release)
    return [*found, waterfall_table(release), outcome_table(release), code_table(release)]


def beside_tables(release: ReleaseContent) -> list[ReleaseTable]:
    """Return what stands beside the headlines: other assumptions, other methods, response."""
    wave = release.plan.wave
    told = [(sector.note.name, sector.beside) for sector in release.sectors if sector.beside]
    if not told:
        return []
    assumed = [(wave, name, *row) for name, beside in told for row in beside.sensitivity]
    methods = [
        (wave, name, row.estimator, row.value, row.standard_error, row.ci_lower, row.ci_upper,
         row.note)
        for name, beside in told
        for row in beside.methods
    ]  # fmt: skip
    responses = [(name, beside.response) for name, beside in told]
    return [
        ReleaseTable(
            name="sensitivity",
            title="Totals if units without a score were not like the others",
            columns=("wave", "sector", "measure", "assumption", "value"),
            key=("sector", "measure", "assumption"),
            rows=tuple(assumed),
        ),
        ReleaseTable(
            name="methods",
            title="The total of enterprises by other methods",
            columns=("wave", "sector", "estimator", *FIGURES, "note"),
            key=("sector", "estimator"),
            rows=tuple(methods),
        ),
        ReleaseTable(
            name="response",
            title="How respondents were weighted",
            columns=("wave", "sector", *RESPONSE),
            key=("sector",),
            rows=tuple(
                (wave, name, r.method, *(round(x, 6) for x in
                 (r.r_indicator, r.design_effect, r.lowest, r.highest)), r.note)
                for name, r in responses
            ),
        ),
    ]  # fmt: skip


def estimate_table(
    name: str, title: str, rows: Sequence[Estimate], *, plan: ReleasePlan
) -> ReleaseTable:
    """Return estimates as a table with the columns of `Estimate`.

    ``noise_bound`` is among them where the plan lets counts be told with noise or rounded.
    """
    without = set() if plan.counts.version else {"noise_bound"}
    columns = tuple(field.name for field in fields(Estimate) if field.name not in without)
    return ReleaseTable(
        name=name,
        title=title,
        columns=columns,
        key=("wave", "sector", "measure", "domain_variable", "domain", "estimator"),
        rows=tuple(tuple(getattr(row, column) for column in columns) for row in rows),
    )


def waterfall_table(release: ReleaseContent) -> ReleaseTable:
    """Return what became of the units of the frame."""
    columns = tuple(field.name for field in fields(WaterfallRow))
    wave = release.plan.wave
    return ReleaseTable(
        name="waterfall",
        title="What became of the units of the register",
        columns=("wave", *columns),
        key=("domain_variable", "domain", "outcome", "outcome_class"),
        rows=tuple(
            (wave, *(getattr(row, column) for column in columns)) for row in release.waterfall
        ),
    )


def outcome_table(release: ReleaseContent) -> ReleaseTable:
    """Return the code list of outcomes."""
    return ReleaseTable(
        name="outcome_codes",
        title="Outcomes of units and their classes",
        columns=("outcome", "outcome_class", "meaning"),
        key=("outcome",),
        rows=release.outcome_codes,
    )


def code_table(release: ReleaseContent) -> ReleaseTable:
    """Return the code lists of estimators, disclosure, domains and quality."""
    bands = release.plan.quality_bands
    quality = {name: f"coefficient of variation below {bound:.0%}" for name, bound in bands.items()}
    quality[UNRELIABLE] = "coefficient of variation above all bounds, or an estimate of zero"
    quality["biased"] = "not assessed: the bias of counting decisions is not in the standard error"
    lists = CODES | {"quality": quality}
    return ReleaseTable(
        name="codes",
        title="Code lists",
        columns=("code_list", "code", "meaning"),
        key=("code_list", "code"),
        rows=tuple(
            (name, code, meaning)
            for name, codes in lists.items()
            for code, meaning in codes.items()
        ),
    )


def safe_name(name: str) -> str:
    """Return a name that is safe as part of a file name on every system."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:60] or "unnamed"
