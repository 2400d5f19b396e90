"""Audited units that object, or that a later pass loses, leave the audit and not the release."""

import pyarrow as pa
import pytest

from experimental_stats.departed_units import departed_note, without_departed
from experimental_stats.run import produce_release


def strata_of(**drawn: list[bool]) -> pa.Table:
    """Return strata by name: one unit an entry, drawn or not."""
    rows = [
        {
            "unit_id": f"{name}{place}",
            "stratum": name,
            "inclusion_probability": sum(units) / len(units),
            "drawn": is_drawn,
        }
        for name, units in drawn.items()
        for place, is_drawn in enumerate(units)
    ]
    return pa.Table.from_pylist(rows)


def decided(strata: pa.Table, *gone: str) -> pa.Table:
    ids = [unit for unit in strata.column("unit_id").to_pylist() if unit not in gone]
    return pa.table({"unit_id": ids})


def test_where_nobody_left_nothing_changes():
    strata = strata_of(low=[True, False, False, False], sure=[True, True])
    assert without_departed(strata, decided(strata)) is strata
    assert departed_note(strata, strata) == ""


@pytest.mark.parametrize(
    ("gone", "expected"),
    # A drawn unit leaves: 1 of 3. One that was not drawn leaves: 2 of 3.
    [("low0", 1 / 3), ("low3", 2 / 3)],
)
def test_those_who_stay_are_a_sample_of_those_who_stay(gone, expected):
    strata = strata_of(low=[True, True, False, False], sure=[True, True])
    after = without_departed(strata, decided(strata, gone))
    assert gone not in after.column("unit_id").to_pylist()
    told = {
        row["unit_id"]: row["inclusion_probability"] for row in after.to_pylist() if row["drawn"]
    }
    assert all(p == expected for unit, p in told.items() if unit.startswith("low"))
    assert {p for unit, p in told.items() if unit.startswith("sure")} == {1.0}
    assert bool(departed_note(strata, after)) == (gone == "low0")


def test_a_release_goes_on_without_an_audited_unit_that_objected(
    store, audited, plan, exporters, tmp_path
):
    ((unit,),) = store.rows("SELECT min(unit_id) FROM audit_unit WHERE drawn")
    store.execute("DELETE FROM prediction WHERE unit_id = ?", [unit])
    report = produce_release(store, plan, directory=tmp_path / "r", exporters=exporters)
    assert report.done == 1
    assert any("no decision any more" in note for note in report.notes)
