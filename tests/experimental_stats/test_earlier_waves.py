"""Two waves between which a handful of companies changed: what both tell tells of none of them."""

from __future__ import annotations

import csv
from dataclasses import replace

import pyarrow as pa
import pytest

from experimental_stats.disclosure.rules import RELEASE_RULES
from experimental_stats.earlier_waves import EarlierWaves, apart_from_other_sectors
from experimental_stats.protected_sector import ASSUMED_OF_FEW, COMPARING, SHARED_BY_FEW
from experimental_stats.run import produce_release

COPIED = (
    *("unit", "unit_website", "website_visit", "website_text", "website_link", "prediction"),
    *("audit_draw", "audit_unit", "label"),
)


@pytest.fixture
def yearly(plan):
    """A register whose numbers are a year's, so that they stand from quarter to quarter."""
    measures = ("enterprises", "employees", "employees_share")
    return replace(plan, measures=measures, domains=("size_class", "region"))


def next_wave(store, gone: list[str]) -> None:
    """Add wave ``w2``: ``w1`` with the same audit, without some companies."""
    for table in COPIED:
        where = " AND purpose = 'audit'" if table == "label" else ""
        other = ", label_id + 10000 AS label_id" if table == "label" else ""
        if table in {"unit", "unit_website", "website_link", "prediction", "audit_unit", "label"}:
            names = ", ".join(f"'{unit}'" for unit in ["nobody", *gone])
            where += f" AND unit_id NOT IN ({names})"
        store.execute(
            f"INSERT INTO {table} BY NAME SELECT * REPLACE ('w2' AS wave{other}) FROM {table}"  # noqa: S608 - names of this module
            f" WHERE wave = 'w1'{where}"
        )
    store.execute(
        "INSERT INTO wave SELECT * REPLACE ('w2' AS wave, 2 AS position) FROM wave"
        " WHERE wave = 'w1'"
    )


def amounts(directory) -> dict[tuple, float]:
    """Return every number that a release tells of employees, by where it stands."""
    found = {}
    for file in sorted((directory / "tables").glob("*.csv")):
        for row in csv.DictReader(file.open(encoding="utf-8")):
            if not row.get("measure", "").startswith("employees"):
                continue
            names = ("measure", "domain_variable", "domain", "estimator", "assumption")
            where = tuple(row.get(name, "") for name in names)
            for name in ("value", "ci_lower", "ci_upper"):
                if row.get(name):
                    found[file.name, *where, name] = float(row[name])
    return found


def largest_found(store, audited, number: int) -> list[str]:
    rows = store.rows(
        "SELECT unit_id FROM unit JOIN audit_unit USING (wave, unit_id) WHERE drawn"
        " AND wave = 'w1' ORDER BY employees DESC, unit_id"
    )
    return [unit for (unit,) in rows if audited.active[unit]][:number]


def test_one_company_that_died_is_in_no_difference_to_the_wave_before(
    store, audited, yearly, exporters, tmp_path
):
    (gone,) = largest_found(store, audited, 1)
    ((employees,),) = store.rows("SELECT employees FROM unit WHERE unit_id = ?", [gone])
    produce_release(store, yearly, directory=tmp_path / "w1", exporters=exporters)
    next_wave(store, [gone])
    later = replace(yearly, wave="w2")
    report = produce_release(store, later, directory=tmp_path / "w2", exporters=exporters)
    before, after = amounts(tmp_path / "w1"), amounts(tmp_path / "w2")
    assert any("sensitivity.csv" in where for where in before)
    assert not any("sensitivity.csv" in where for where in after)
    assert not any("employees_share" in where for where in after)
    assert any(SHARED_BY_FEW.format(measures="employees") in note for note in report.notes)
    for where in before.keys() & after.keys():
        moved = abs(after[where] - before[where])
        assert abs(moved - employees) > 0.1 * employees or where[-1] == "ci_upper", where
    kept_back = COMPARING.format(measure="employees")
    assert any(kept_back in note for note in report.notes)


def test_a_wave_that_is_released_after_the_next_one_is_compared_with_it(
    store, audited, yearly, exporters, tmp_path
):
    (gone,) = largest_found(store, audited, 1)
    ((employees,),) = store.rows("SELECT employees FROM unit WHERE unit_id = ?", [gone])
    next_wave(store, [gone])
    later = replace(yearly, wave="w2")
    produce_release(store, later, directory=tmp_path / "w2", exporters=exporters)
    produce_release(store, yearly, directory=tmp_path / "w1", exporters=exporters)
    before, after = amounts(tmp_path / "w1"), amounts(tmp_path / "w2")
    assert any("_T" in where for where in after)
    for where in before.keys() & after.keys():
        moved = abs(after[where] - before[where])
        assert abs(moved - employees) > 0.1 * employees or where[-1] == "ci_upper", where


def test_where_many_companies_changed_totals_are_told(store, audited, yearly, exporters, tmp_path):
    produce_release(store, yearly, directory=tmp_path / "w1", exporters=exporters)
    next_wave(store, largest_found(store, audited, 8))
    later = replace(yearly, wave="w2")
    produce_release(store, later, directory=tmp_path / "w2", exporters=exporters)
    told = amounts(tmp_path / "w2")
    assert {where[4] for where in told if "_T" in where} == {
        "stratified_audit",
        "classify_and_count",
    }


def test_other_assumptions_come_back_where_who_is_silent_changed_by_many_or_by_nobody(
    store, audited, yearly, exporters, tmp_path
):
    produce_release(store, yearly, directory=tmp_path / "w1", exporters=exporters)
    next_wave(store, [])
    later = replace(yearly, wave="w2")
    report = produce_release(store, later, directory=tmp_path / "w2", exporters=exporters)
    assert amounts(tmp_path / "w1") == amounts(tmp_path / "w2")
    assert not any(ASSUMED_OF_FEW.format(measures="employees") in note for note in report.notes)
    silent = "SELECT min(unit_id) FROM unit_outcome WHERE wave = 'w2' AND outcome = 'timeout'"
    ((one,),) = store.rows(silent)
    store.execute(
        "UPDATE unit SET employees = employees + 50 WHERE wave = 'w2' AND unit_id = ?", [one]
    )
    for vintages in ("estimate_vintage", "vintage_company", "vintage_response"):
        store.execute(f"DELETE FROM {vintages} WHERE wave = 'w2'")  # noqa: S608 - as if not yet told
    report = produce_release(store, later, directory=tmp_path / "w2b", exporters=exporters)
    assert any(ASSUMED_OF_FEW.format(measures="employees") in note for note in report.notes)


def test_two_sectors_in_which_others_are_silent_tell_nothing_of_these(store):
    waves = EarlierWaves(store=store, wave="w1", domains=(), measures=("employees",))

    def unsafe(sector: str, *responded: bool) -> frozenset[str]:
        units = pa.table(
            {
                "eligible": [True] * 6 + [False],
                "responded": [*responded, False],
                "employees": [30.0, 25.0, 20.0, 22.0, 27.0, 24.0, 900.0],
            }
        )
        return apart_from_other_sectors(waves, sector, units, RELEASE_RULES).silent

    nobody = (False,) * 6
    assert unsafe("drones", *nobody) == frozenset()
    assert unsafe("tourism", *nobody) == frozenset()
    assert unsafe("energy", True, True, True, False, False, False) == frozenset()  # three of a size
    assert unsafe("robots", True, True, True, True, False, False) == {"employees"}  # one more
