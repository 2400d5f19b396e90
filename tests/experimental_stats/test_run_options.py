"""What a release tells beside the headline, and what of it can be chosen."""

import json
from dataclasses import replace

import pytest
from csv_rows import rows_of

from experimental_stats.run import produce_release


def test_totals_under_other_assumptions_stand_in_table_and_json(built):
    document = json.loads((built / "sensitivity.json").read_text())
    rows = rows_of(built / "tables/sensitivity.csv")
    assert {row["measure"] for row in rows} == {"enterprises", "employees"}
    for row in rows:
        told = document["sectors"]["drones"][row["measure"]][row["assumption"]]
        assert told == pytest.approx(float(row["value"]))
        assert row["assumption"] in document["assumptions"]
    by_assumption = document["sectors"]["drones"]["enterprises"]
    headline = next(
        r for r in rows_of(built / "tables/drones_totals.csv") if r["measure"] == "enterprises"
    )
    assert by_assumption["as_respondents"] == pytest.approx(float(headline["value"]))
    assert by_assumption["none_active"] < by_assumption["as_respondents"]
    assert by_assumption["as_respondents"] < by_assumption["all_active"]


def test_other_methods_stand_beside_the_headline(built):
    rows = {row["estimator"]: row for row in rows_of(built / "tables/methods.csv")}
    assert {"ppi", "calibration", "misclassification", "wilson_mover"} <= set(rows)
    assert float(rows["ppi"]["ci_lower"]) <= float(rows["ppi"]["value"])
    (response,) = rows_of(built / "tables/response.csv")
    assert response["weighting"] == "cells"
    assert 0 < float(response["r_indicator"]) <= 1
    assert float(response["design_effect"]) >= 1


@pytest.mark.parametrize("weighting", ["raking", "calibration", "greg"])
def test_weights_of_the_response_can_be_chosen(
    store, audited, plan, exporters, tmp_path, weighting
):
    # Not by chamber: all units without a score are in one, which no bounded weight can repair.
    chosen = replace(plan, weighting=weighting, domains=("nace_section", "size_class", "region"))
    produce_release(store, chosen, directory=tmp_path / "release", exporters=exporters)
    (response,) = rows_of(tmp_path / "release/tables/response.csv")
    assert response["weighting"] == weighting, response["note"]
    (total,) = [
        r
        for r in rows_of(tmp_path / "release/tables/drones_totals.csv")
        if r["measure"] == "enterprises"
    ]
    expected = sum(audited.active.values()) * 6 / 5
    assert float(total["ci_lower"]) <= expected <= float(total["ci_upper"])


def test_shares_of_the_target_population_are_told_where_the_figures_are(
    store, audited, plan, exporters, tmp_path
):
    chosen = replace(plan, measures=("enterprises", "enterprises_share", "employees_share"))
    produce_release(store, chosen, directory=tmp_path / "release", exporters=exporters)
    rows = rows_of(tmp_path / "release/tables/drones_by_region.csv")
    hidden = {r["domain"]: r["disclosure"] for r in rows if r["measure"] == "enterprises"}
    for row in rows:
        if row["measure"] == "enterprises_share":
            assert row["disclosure"] == hidden[row["domain"]]
            assert bool(row["value"]) is not bool(row["disclosure"])
    totals = {r["measure"]: r for r in rows_of(tmp_path / "release/tables/drones_totals.csv")}
    assert float(totals["enterprises_share"]["value"]) == pytest.approx(
        float(totals["enterprises"]["value"]) / float(totals["enterprises"]["n_frame"]), abs=1e-6
    )
    assert 0 < float(totals["employees_share"]["ci_upper"]) < 1
    assert {r["measure"] for r in rows} == {"enterprises", "enterprises_share", "employees"}


def test_a_crossing_is_told_cell_by_cell_and_hidden_with_its_margins(
    store, audited, plan, exporters, tmp_path
):
    crossed = replace(
        plan, domains=("size_class", "chamber", "size_class*chamber", "region*nowhere")
    )
    produce_release(store, crossed, directory=tmp_path / "release", exporters=exporters)
    rows = rows_of(tmp_path / "release/tables/drones_by_size_class_chamber.csv")
    counts = {r["domain"]: r for r in rows if r["measure"] == "enterprises"}
    assert counts.keys() >= {"0-9 * a", "50+ * b"}
    assert {bool(r["disclosure"]) for r in counts.values()} == {True, False}
    # No size class whose total is told has a single hidden cell.
    margins = rows_of(tmp_path / "release/tables/drones_by_size_class.csv")
    for margin in margins:
        if margin["measure"] == "enterprises" and margin["value"]:
            size = margin["domain"]
            hidden = [d for d, r in counts.items() if d.startswith(f"{size} *") and not r["value"]]
            assert len(hidden) != 1


def test_weights_that_cannot_meet_the_frame_are_told(store, audited, plan, exporters, tmp_path):
    chosen = replace(plan, weighting="calibration")
    report = produce_release(store, chosen, directory=tmp_path / "release", exporters=exporters)
    assert [note for note in report.notes if "calibration did not meet" in note]
