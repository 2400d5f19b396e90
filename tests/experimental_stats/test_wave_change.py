from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experimental_stats.revisions import summarise_revisions
from experimental_stats.run import (
    audit_sheet,
    draw_audit_sample,
    import_audit_answers,
    produce_release,
)
from experimental_stats.vintages import told_vintages
from experimental_stats.wave_change import HIDDEN, MOVED, measure_change, measure_changes
from experimental_stats.withheld_change import FEW
from storage.database import Store
from storage.errors import InvalidInput, NotReady, QualityError

TABLES = "unit unit_website website_visit website_text website_link prediction audit_draw".split()


@pytest.fixture
def two_waves(store: Store, wave: Any, tmp_path: Path) -> Any:
    """Give wave ``w2``: ``w1`` again, 40 born, 30 gone, 20 rewritten, all grown; the same audit."""
    draw_audit_sample(store, "w1", "drones", size=150, seed=3)
    sheet = audit_sheet(store, "w1", "drones")
    import_audit_answers(store, "w1", wave.answer(sheet, tmp_path / "w1.csv"))
    for table in [*TABLES, "audit_unit", "label"]:
        where = "WHERE wave = 'w1'" + (" AND purpose = 'audit'" if table == "label" else "")
        other = ", label_id + 10000 AS label_id" if table == "label" else ""
        store.execute(
            f"INSERT INTO {table} BY NAME SELECT * REPLACE ('w2' AS wave{other})"  # noqa: S608 - names of this module
            f" FROM {table} {where}"
        )
    store.execute(
        "INSERT INTO wave SELECT * REPLACE ('w2' AS wave, 2 AS position) FROM wave"
        " WHERE wave = 'w1'"
    )
    undrawn = "unit_id NOT IN (SELECT unit_id FROM audit_unit WHERE drawn)"
    for number, moved in (("'w1'", 40), ("'w2'", 30)):
        store.execute(
            f"DELETE FROM unit WHERE wave = {number} AND {undrawn} AND unit_id IN"  # noqa: S608 - as above
            f" (SELECT unit_id FROM unit WHERE wave = 'w1' AND {undrawn}"
            f"  ORDER BY hash(unit_id || {number}) LIMIT {moved})"
        )
    # The register's numbers are those of another year: nearly all companies changed.
    store.execute("UPDATE unit SET employees = round(1.1 * employees) + 2 WHERE wave = 'w2'")
    store.execute(
        "UPDATE website_text SET text_digest = 'sha256:new' WHERE wave = 'w2' AND website_url IN"
        " (SELECT website_url FROM website_text ORDER BY hash(website_url) LIMIT 20)"
    )
    return wave


def test_the_change_of_a_sector_is_told_with_its_reasons(
    store: Store, two_waves: Any, plan: Any
) -> None:
    found = measure_change(store, replace(plan, wave="w2"), "drones")
    assert (found.earlier_wave, found.same_model) == ("w1", True)
    enterprises = found.totals[0]
    assert enterprises["n_audit_both"] == enterprises["n_audit_after"] > 100
    assert enterprises["correlation"] > 0.8
    assert enterprises["ci_lower"] < enterprises["value"] < enterprises["ci_upper"]
    assert {row["measure"] for row in found.totals} == set(plan.measures) | {"enterprises"}
    parts = {part.component: part for part in found.components}
    assert (parts["frame_birth"].n_units, parts["frame_death"].n_units) == (40, 30)
    assert 0 < parts["text_change"].n_units <= 20
    assert sum(part.value for part in found.components) == pytest.approx(enterprises["value"])
    kept = store.rows("SELECT sum(value) FROM wave_change_component WHERE wave = 'w2'")
    assert kept == [(pytest.approx(enterprises["value"]),)]
    assert measure_change(store, replace(plan, wave="w2"), "drones") == found


def test_a_bridge_divides_what_text_and_model_changed_together(
    store: Store, two_waves: Any, plan: Any
) -> None:
    store.execute("UPDATE prediction SET model_id = 'new' WHERE wave = 'w2'")
    later = replace(plan, wave="w2")
    before = {part.component: part for part in measure_change(store, later, "drones").components}
    assert before["text_and_model_change"].n_units > 0
    store.execute(
        "INSERT INTO bridge_decision SELECT sector, wave, 'new', unit_id, probability, active"
        " FROM prediction WHERE wave = 'w1' AND sector = 'drones'"
    )
    after = {part.component: part for part in measure_change(store, later, "drones").components}
    assert after["text_and_model_change"].n_units == 0
    # The new model decides on the old texts as the old one did: nothing is its doing.
    assert after["text_change"].value == before["text_and_model_change"].value
    total = sum(part.value for part in before.values())
    assert sum(part.value for part in after.values()) == pytest.approx(total)


def test_a_break_factor_stands_beside_each_measure_and_reasons_add_up_all_the_same(
    store: Store, two_waves: Any, plan: Any
) -> None:
    store.execute("UPDATE prediction SET model_id = 'new' WHERE wave = 'w2'")
    factors = {"enterprises": 1.4, "employees": 0.8}
    for measure, factor in factors.items():
        store.execute(
            "INSERT INTO bridge SELECT 'drones', 'w1', 'drones-1', 'new', $measure, 10,"
            " 10 * $factor, $factor, 0.7, 1.6, 0.95, 500, 9, 1, 5, '1', now()",
            {"measure": measure, "factor": factor},
        )
    found = measure_change(store, replace(plan, wave="w2"), "drones")
    assert not found.same_model
    assert {row["measure"]: row["break_factor"] for row in found.totals} == factors
    change = found.totals[0]
    assert change["value"] == pytest.approx(change["value_after"] - change["value_before"])
    assert sum(part.value for part in found.components) == pytest.approx(change["value"])


def test_what_cannot_be_compared_is_said(store: Store, two_waves: Any, plan: Any) -> None:
    later = replace(plan, wave="w2")
    with pytest.raises(NotReady, match="no wave before w1"):
        measure_change(store, plan, "drones")
    with pytest.raises(NotReady, match="no wave 'w9'"):
        measure_change(store, replace(plan, wave="w9"), "drones")
    with pytest.raises(InvalidInput, match="'w2' is no wave before w2"):
        measure_change(store, later, "drones", earlier_wave="w2")
    store.execute("DELETE FROM label WHERE wave = 'w1'")
    with pytest.raises(NotReady, match="audit that is not fully answered in wave w1"):
        measure_change(store, later, "drones")


def test_releases_leave_vintages_where_figures_or_methods_differ(
    store: Store, two_waves: Any, plan: Any, exporters: Any, tmp_path: Path
) -> None:
    def release(chosen: Any) -> None:
        produce_release(store, chosen, directory=tmp_path / "release", exporters=exporters)

    release(plan)
    release(plan)
    assert {v.vintage for v in told_vintages(store)} == {1}
    store.execute(
        "UPDATE label SET active = true WHERE label_id = (SELECT max(label_id) FROM label"
        " WHERE wave = 'w1' AND NOT active)"
    )
    release(plan)
    [note] = plan.sectors
    release(replace(plan, sectors=(replace(note, version="2"),)))
    causes = {v.vintage: v.cause for v in told_vintages(store, "w1")}
    assert causes == {1: "first", 2: "revision", 3: "break"}
    summary = next(
        s for s in summarise_revisions(told_vintages(store)) if s.measure == "enterprises"
    )
    assert (summary.n_revisions, summary.n_breaks) == (1, 1)
    assert summary.mean_revision is not None
    assert summary.mean_revision > 0


def test_another_weighting_of_the_respondents_is_a_break_and_no_revision(
    store: Store, two_waves: Any, plan: Any, exporters: Any, tmp_path: Path
) -> None:
    plan = replace(plan, domains=("size_class", "region"))  # chambers cannot be met by any weight
    for weighting in ("cells", "raking", "greg", "cells"):
        chosen = replace(plan, weighting=weighting)
        produce_release(store, chosen, directory=tmp_path / "release", exporters=exporters)
    causes = {v.vintage: v.cause for v in told_vintages(store, "w1")}
    assert causes == {1: "first", 2: "break", 3: "break", 4: "break"}


@pytest.mark.parametrize("weighting", ["raking", "calibration", "greg"])
def test_a_change_takes_the_weights_of_the_releases(
    store: Store, two_waves: Any, plan: Any, exporters: Any, tmp_path: Path, weighting: str
) -> None:
    chosen = replace(plan, weighting=weighting, domains=("region", "size_class", "region*chamber"))
    for wave in ("w1", "w2"):
        produce_release(
            store, replace(chosen, wave=wave), directory=tmp_path / wave, exporters=exporters
        )
    told = {
        (v.wave, v.measure): v.value for v in told_vintages(store) if v.measure in plan.measures
    }
    for row in measure_change(store, replace(chosen, wave="w2"), "drones").totals:
        assert row["value_before"] == pytest.approx(told["w1", row["measure"]], rel=1e-6)
        assert row["value_after"] == pytest.approx(told["w2", row["measure"]], rel=1e-6)
        assert row["correlation"] > 0.5
    by_cells = measure_change(store, replace(plan, wave="w2"), "drones").totals[0]
    assert by_cells["value_before"] != pytest.approx(told["w1", "enterprises"], rel=1e-6)


def test_a_sector_without_an_audit_keeps_no_other_from_being_told(
    store: Store, two_waves: Any, plan: Any
) -> None:
    later = replace(plan, wave="w2")
    other = replace(plan.sectors[0], name="tourism")
    found, missing = measure_changes(store, replace(later, sectors=(other, *plan.sectors)))
    assert [one.sector for one in found] == ["drones"]
    assert len(missing) == 1
    assert missing[0].startswith("tourism")
    with pytest.raises(NotReady, match="tourism"):
        measure_changes(store, replace(later, sectors=(other,)))


def test_a_total_that_a_release_hides_is_in_no_change(
    store: Store, two_waves: Any, plan: Any, exporters: Any, tmp_path: Path
) -> None:
    later = replace(plan, wave="w2", measures=("enterprises", "employees"))
    assert measure_change(store, later, "drones").withheld == {}
    # One company outweighs all others: its sum is its own number.
    giant = "SELECT min(unit_id) FROM audit_unit JOIN label USING (wave, unit_id) WHERE active"
    store.execute(
        f"UPDATE unit SET employees = 1e6 WHERE wave = 'w2' AND unit_id = ({giant})"  # noqa: S608 - as above
    )
    found = measure_change(store, later, "drones")
    assert found.withheld == {"employees": FEW}
    assert [row["measure"] for row in found.totals] == ["enterprises"]
    assert store.rows("SELECT measure FROM wave_change WHERE wave = 'w2'") == [("enterprises",)]
    produce_release(store, later, directory=tmp_path / "w2", exporters=exporters)
    strict = replace(later, rules=replace(later.rules, p_percent=0.0))
    assert measure_change(store, strict, "drones").withheld == {"employees": HIDDEN}


def test_a_company_that_objected_since_a_release_is_in_no_change(
    store: Store, two_waves: Any, plan: Any, exporters: Any, tmp_path: Path
) -> None:
    """The first wave is told; then a company that the model decides for has its text erased."""
    later = replace(plan, wave="w2", measures=("enterprises", "employees"))
    earlier = replace(later, wave="w1")
    produce_release(store, earlier, directory=tmp_path / "w1", exporters=exporters)
    assert measure_change(store, later, "drones").withheld == {}
    store.execute(
        "DELETE FROM prediction WHERE wave = 'w1' AND unit_id = (SELECT unit_id"
        " FROM prediction p JOIN unit USING (wave, unit_id) WHERE wave = 'w1' AND p.active"
        " AND unit_id NOT IN (SELECT unit_id FROM audit_unit WHERE drawn)"
        " ORDER BY employees DESC, unit_id LIMIT 1)"
    )
    assert measure_change(store, later, "drones").withheld == {"employees": MOVED}
    assert [row["measure"] for row in measure_change(store, later, "drones").totals] == [
        "enterprises"
    ]


def test_a_sector_of_too_few_companies_has_no_change(
    store: Store, two_waves: Any, plan: Any
) -> None:
    later = replace(plan, wave="w2", rules=replace(plan.rules, minimum_contributors=900))
    with pytest.raises(QualityError, match="drones rests on too few companies"):
        measure_changes(store, later)
