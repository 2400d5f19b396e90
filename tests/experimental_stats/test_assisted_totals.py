import json

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.assisted_totals import ASSISTED, wilson_limits
from experimental_stats.estimation import WARNINGS_KEY, estimate_totals
from storage.errors import InvalidInput


def decided_frame(right: int = 8, missed: int = 2) -> tuple[pa.Table, pa.Table]:
    """20 units decided active, 10 audited, `right` active; 80 not, 20 audited, `missed` active."""
    decided = np.arange(100) < 20
    audited = np.r_[np.arange(10), np.arange(20, 40)]
    active = np.isin(np.arange(100), np.r_[np.arange(right), np.arange(20, 20 + missed)])
    ids = [f"u{i:03d}" for i in range(100)]
    units = pa.table(
        {
            "unit_id": ids,
            "eligible": [True] * 100,
            "responded": [True] * 100,
            "probability": decided.astype(float),
            "weighting_cell": ["x"] * 100,
            "audit_stratum": np.where(decided, "b", "a"),
            "region": np.where(np.arange(100) % 2, "east", "west"),
            "employees": np.where(np.arange(100) % 4, 2.0, 10.0),
        }
    )
    audit = pa.table(
        {
            "unit_id": [ids[i] for i in audited],
            "active": active[audited],
            "stratum": np.where(decided, "b", "a")[audited],
            "inclusion_probability": np.where(decided, 0.5, 0.25)[audited],
        }
    )
    return units, audit


# 20 * .8 + 80 * .1; with decisions as strata and scores the same in each, all methods agree.
@pytest.mark.parametrize("method", sorted({*ASSISTED} - {"em_prior"}))
def test_known_answer_of_a_stratified_sample_by_decision(method):
    (row,) = estimate_totals(*decided_frame(), method=method).to_pylist()
    assert row["value"] == pytest.approx(24.0)
    assert row["estimator"] == method
    if method in {"ppi", "calibration", "calibrated_scores"}:
        # svytotal of R's survey: sum of N_h^2 (1 - f_h) s_h^2 / n_h with s^2 = n p (1 - p) / (n-1).
        variance = 20**2 * 0.5 * (10 * 0.16 / 9) / 10 + 80**2 * 0.75 * (20 * 0.09 / 19) / 20
        assert row["standard_error"] == pytest.approx(np.sqrt(variance))
        assert row["ci_upper"] == pytest.approx(24 + 1.959964 * np.sqrt(variance))


def test_expectation_maximisation_finds_the_share_that_the_scores_speak_of():
    (row,) = estimate_totals(*decided_frame(), method="em_prior").to_pylist()
    # Densities of both kinds come from the weighted audit, so its own share is the fixed point.
    assert row["value"] == pytest.approx(24.0, rel=0.1)


def scored_frame(informative: bool) -> tuple[pa.Table, pa.Table]:
    """3,000 units, one in ten active, 600 audited at random; scores tell them apart, or nothing."""
    rng = np.random.default_rng(5)
    active = rng.random(3000) < 0.1
    score = np.where(active & informative, rng.beta(6, 2, 3000), rng.beta(2, 6, 3000))
    ids = [f"u{i:04d}" for i in range(3000)]
    units = pa.table(
        {
            "unit_id": ids,
            "eligible": [True] * 3000,
            "responded": [True] * 3000,
            "probability": score,
            "weighting_cell": ["x"] * 3000,
            "audit_stratum": ["h"] * 3000,
        }
    )
    audit = pa.table(
        {
            "unit_id": ids[:600],
            "active": active[:600],
            "stratum": ["h"] * 600,
            "inclusion_probability": [0.2] * 600,
        }
    )
    return units, audit


@pytest.mark.parametrize(("informative", "doubted"), [(True, False), (False, True)])
def test_a_prior_that_the_answers_contradict_is_doubted(informative, doubted):
    table = estimate_totals(*scored_frame(informative), method="em_prior")
    warnings = json.loads((table.schema.metadata or {}).get(WARNINGS_KEY, b"[]"))
    assert any("by the answers" in warning for warning in warnings) == doubted
    value, truth = table.to_pylist()[0]["value"], 3000 * 0.1
    assert (abs(value / truth - 1.0) > 0.15) == doubted


@pytest.mark.parametrize("method", sorted(ASSISTED))
def test_domains_add_up_and_every_figure_lies_in_its_interval(method):
    units, audit = decided_frame()
    table = estimate_totals(
        units, audit, method=method, domains=("region",), measures=("enterprises", "employees")
    )
    for measure in ("enterprises", "employees"):
        total, *domains = [r for r in table.to_pylist() if r["measure"] == measure]
        assert sum(r["value"] for r in domains) == pytest.approx(total["value"], rel=1e-9)
        for row in (total, *domains):
            assert 0 <= row["ci_lower"] <= row["value"] <= row["ci_upper"]


def test_decisions_that_say_nothing_are_not_inverted():
    with pytest.raises(InvalidInput, match="cannot be inverted"):
        estimate_totals(*decided_frame(right=1, missed=2), method="misclassification")
    with pytest.raises(InvalidInput, match="active and inactive"):
        estimate_totals(*decided_frame(right=0, missed=0), method="misclassification")


def test_weak_decisions_and_impossible_estimates_come_with_a_warning():
    units, audit = decided_frame(right=3, missed=3)
    table = estimate_totals(units, audit, method="misclassification")
    (warning,) = json.loads(table.schema.metadata[WARNINGS_KEY])
    assert "unstable" in warning


def test_a_decision_that_nobody_audited_takes_the_overall_share_and_says_so():
    units, audit = decided_frame()
    lows = audit.filter(pa.compute.equal(audit.column("stratum"), "a"))
    table = estimate_totals(units, lows, method="calibration")
    assert "overall share" in table.schema.metadata[WARNINGS_KEY].decode()
    assert table.to_pylist()[0]["value"] == pytest.approx(100 * 0.1)


def test_the_difference_needs_shares():
    units, audit = decided_frame()
    wide = units.set_column(3, "probability", pa.array(np.arange(100.0)))
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        estimate_totals(wide, audit, method="difference")
    assert estimate_totals(wide, audit, method="ppi").num_rows == 1


def test_wilson_limits_are_wilsons():
    lower, upper = wilson_limits(np.array([0, 5, 0]), np.array([10, 10, 0]), 1.959964)
    assert upper == pytest.approx([0.27753, 0.76341, 1.0], abs=1e-4)
    assert lower == pytest.approx([0.0, 0.23659, 0.0], abs=1e-4)


def test_wilson_reaches_up_where_nothing_was_found():
    units, audit = decided_frame(right=0, missed=0)
    (row,) = estimate_totals(units, audit, method="wilson_mover").to_pylist()
    assert row["value"] == 0
    assert 5 < row["ci_upper"] < 20


@pytest.mark.parametrize("method", ["ppi", "calibration", "calibrated_scores"])
def test_an_interval_that_is_empty_for_want_of_residuals_is_told(method):
    table = estimate_totals(*decided_frame(right=0, missed=0), method=method)
    assert table.to_pylist()[0]["ci_upper"] == 0
    (said,) = json.loads(table.schema.metadata[WARNINGS_KEY])
    assert said.startswith("enterprises: the answers leave no residual")
    assert not estimate_totals(*decided_frame(), method=method).schema.metadata


def test_scores_that_are_no_shares_are_counted_with_a_warning():
    units, audit = decided_frame()
    assert not estimate_totals(units, audit, method="classify_and_count").schema.metadata
    wide = units.set_column(3, "probability", pa.array(np.arange(100.0)))
    table = estimate_totals(wide, audit, method="classify_and_count")
    assert "run from 0 to 99" in table.schema.metadata[WARNINGS_KEY].decode()
