"""Two releases of a wave between which companies objected: what both tell tells of none of them."""

import csv
from dataclasses import replace

import pytest

from experimental_stats.protected_sector import ASSUMED_ONCE, COMPARING
from experimental_stats.run import produce_release

KEPT_BACK = COMPARING.format(measure="employees")
ONCE = ASSUMED_ONCE.format(measures="employees")


@pytest.fixture
def with_amounts(plan):
    return replace(plan, measures=("enterprises", "employees"), domains=("size_class", "region"))


def amounts(directory) -> dict[tuple, float]:
    """Return every number that a release tells of employees, by where it stands."""
    found = {}
    for file in sorted((directory / "tables").glob("*.csv")):
        for row in csv.DictReader(file.open(encoding="utf-8")):
            if row.get("measure") != "employees":
                continue
            names = ("domain_variable", "domain", "estimator", "assumption")
            where = tuple(row.get(name, "") for name in names)
            for name in ("value", "ci_lower", "ci_upper"):
                if row.get(name):
                    found[file.name, *where, name] = float(row[name])
    return found


def leave(store, units: list[str]) -> None:
    """They object: of their websites nothing is left but that they refused."""
    for unit in units:
        store.execute("DELETE FROM prediction WHERE unit_id = ?", [unit])
        store.execute(
            "UPDATE website_visit SET outcome = 'refused_opt_out' WHERE website_url = ?",
            [f"https://{unit}.example/"],
        )


def found_active(store, audited) -> list[tuple[str, float]]:
    """Return who was found active, the largest first, with their employees."""
    rows = store.rows(
        "SELECT unit_id, employees FROM unit JOIN audit_unit USING (wave, unit_id) WHERE drawn"
        " ORDER BY employees DESC, unit_id"
    )
    return [(unit, employees) for unit, employees in rows if audited.active[unit]]


def test_one_company_that_objects_is_in_no_difference(
    store, audited, with_amounts, exporters, tmp_path
):
    first = produce_release(store, with_amounts, directory=tmp_path / "first", exporters=exporters)
    assert not any(KEPT_BACK in note or ONCE in note for note in first.notes)
    unit, employees = found_active(store, audited)[0]
    leave(store, [unit])
    second = produce_release(
        store, with_amounts, directory=tmp_path / "second", exporters=exporters
    )
    assert any(KEPT_BACK in note for note in second.notes)
    before, after = amounts(tmp_path / "first"), amounts(tmp_path / "second")
    assert before
    assert not any({"classify_and_count", "sensitivity.csv"} & {*where} for where in after)
    assert {"classify_and_count", "sensitivity.csv"} <= {name for where in before for name in where}
    for where in before.keys() & after.keys():
        moved = abs(after[where] - before[where])
        assert abs(moved - employees) > 0.1 * employees or where[-1] == "ci_upper", where


def test_after_many_changes_amounts_are_told_again_but_no_assumptions_about_them(
    store, audited, with_amounts, exporters, tmp_path
):
    produce_release(store, with_amounts, directory=tmp_path / "first", exporters=exporters)
    leave(store, [unit for unit, _ in found_active(store, audited)[:8]])
    later = produce_release(store, with_amounts, directory=tmp_path / "later", exporters=exporters)
    assert any(ONCE in note for note in later.notes)
    told = amounts(tmp_path / "later")
    assert any("_T" in where for where in told)
    assert not any(where[0] == "sensitivity.csv" for where in told)


def test_the_same_release_built_again_is_the_same(
    store, audited, with_amounts, exporters, tmp_path
):
    for name in ("first", "second"):
        produce_release(store, with_amounts, directory=tmp_path / name, exporters=exporters)
    assert amounts(tmp_path / "first") == amounts(tmp_path / "second")
    ((kept,),) = store.rows("SELECT count(DISTINCT vintage) FROM vintage_company")
    assert kept == 1


def test_a_decision_that_changes_hides_the_comparison_alone(
    store, audited, with_amounts, exporters, tmp_path
):
    produce_release(store, with_amounts, directory=tmp_path / "first", exporters=exporters)
    unit, _ = found_active(store, audited)[0]
    store.execute("UPDATE prediction SET active = NOT active WHERE unit_id = ?", [unit])
    produce_release(store, with_amounts, directory=tmp_path / "second", exporters=exporters)
    before, after = amounts(tmp_path / "first"), amounts(tmp_path / "second")
    assert any("classify_and_count" in where for where in before)
    assert not any("classify_and_count" in where for where in after)
    headline = {k: v for k, v in before.items() if "classify_and_count" not in k}
    assert {k: v for k, v in after.items() if k in headline} == headline
