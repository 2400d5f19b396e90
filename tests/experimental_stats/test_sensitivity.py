from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.beside import figures_beside
from experimental_stats.estimation import estimate_totals
from experimental_stats.response_weights import ResponseReport
from experimental_stats.sensitivity import ASSUMPTIONS, CERTAIN, missing_sensitivity
from storage.records.release import Estimate


def census_of_respondents() -> tuple[pa.Table, pa.Table]:
    """Ten respondents, all audited, three active; five units without a score."""
    responded = np.arange(15) < 10
    units = pa.table(
        {
            "unit_id": [f"u{i:02d}" for i in range(15)],
            "eligible": [True] * 15,
            "responded": responded,
            "probability": pa.array(np.full(15, 0.5), mask=~responded),
            "weighting_cell": ["x"] * 15,
            "employees": np.full(15, 4.0),
        }
    )
    audit = pa.table(
        {
            "unit_id": [f"u{i:02d}" for i in range(10)],
            "active": [i < 3 for i in range(10)],
            "stratum": ["h"] * 10,
            "inclusion_probability": [1.0] * 10,
        }
    )
    return units, audit


def test_every_assumption_by_hand():
    table = missing_sensitivity(
        *census_of_respondents(), measures=("enterprises", "employees")
    ).to_pylist()
    enterprises = {r["assumption"]: r["value"] for r in table if r["measure"] == "enterprises"}
    assert enterprises == pytest.approx(
        {
            "as_respondents": 3 + 5 * 0.3,
            "half_as_active": 3 + 5 * 0.15,
            "twice_as_active": 3 + 5 * 0.6,
            "none_active": 3.0,
            "all_active": 8.0,
            "seen_active": 3.0,
            "not_ruled_out": 15 - 7,
        }
    )
    employees = {r["assumption"]: r["value"] for r in table if r["measure"] == "employees"}
    assert set(employees) == set(ASSUMPTIONS)
    assert employees["all_active"] == pytest.approx(4 * 8)


def test_the_first_assumption_is_the_headline_and_the_bounds_enclose_it():
    units, audit = census_of_respondents()
    kept = audit.take([0, 1, 3, 4, 5, 8])
    kept = kept.set_column(3, "inclusion_probability", pa.array([0.6] * 6))
    rows = missing_sensitivity(units, kept, measures=("enterprises",)).to_pylist()
    value = {row["assumption"]: row["value"] for row in rows}
    (headline,) = estimate_totals(units, kept).to_pylist()
    assert value["as_respondents"] == pytest.approx(headline["value"])
    in_order = ["seen_active", "none_active", "half_as_active", "as_respondents",
                "twice_as_active", "all_active", "not_ruled_out"]  # fmt: skip
    assert set(in_order) == {*ASSUMPTIONS, *CERTAIN}
    values = [value[name] for name in in_order]
    assert values == sorted(values)


def test_an_amount_whose_interval_may_not_begin_at_the_finds_has_no_other_assumptions(plan):
    """Without a score: none active is what was found, 12 employees; half and all tell it too."""
    tables = census_of_respondents()
    response = ResponseReport(
        method="cells", r_indicator=1.0, design_effect=1.0, lowest=1.0, highest=1.5
    )
    rows = estimate_totals(*tables, measures=("enterprises", "employees")).to_pylist()
    estimates = [
        Estimate(wave="w", sector="s", quality="", disclosure="", method_version="1", **row)
        for row in rows
    ]

    def told(figures: list[Estimate]) -> set[str]:
        beside = figures_beside(plan, tables, estimates=figures, response=response)
        return {measure for measure, _, _ in beside.sensitivity}

    assert told(estimates) == {"enterprises", "employees"}
    untold = [replace(row, ci_lower=0.0) for row in estimates]
    assert told(untold) == {"enterprises"}
