"""Audits that say little, or two things at once."""

import csv

import pytest

from experimental_stats.run import (
    audit_sheet,
    draw_audit_sample,
    import_audit_answers,
    produce_release,
)
from storage.errors import InvalidInput, NotReady


def test_an_audit_that_finds_nobody_is_released_as_an_estimate_of_nothing(
    store, wave, plan, exporters, tmp_path
):
    draw_audit_sample(store, "w1", "drones", size=200, seed=1)
    answers = wave.answer(audit_sheet(store, "w1", "drones"), tmp_path / "answers.csv")
    answers.write_text(answers.read_text().replace(",1,kim", ",0,kim"))
    import_audit_answers(store, "w1", answers)
    produce_release(store, plan, directory=tmp_path / "release", exporters=exporters)
    with (tmp_path / "release/tables/drones_totals.csv").open(encoding="utf-8-sig") as file:
        totals = {row["measure"]: row for row in csv.DictReader(file)}
    assert float(totals["enterprises"]["value"]) == 0
    assert float(totals["enterprises"]["ci_upper"]) > 1


def test_coders_who_differ_are_told_apart_from_an_open_audit(
    store, wave, plan, exporters, tmp_path
):
    draw_audit_sample(store, "w1", "drones", size=60, seed=1)
    path = wave.answer(audit_sheet(store, "w1", "drones"), tmp_path / "answers.csv")
    head, first, *rest = path.read_text().splitlines()
    unit, sector, active, _ = first.split(",")
    other = f"{unit},{sector},{1 - int(active)},lee"
    path.write_text("\n".join([head, first, *rest, other]) + "\n")
    import_audit_answers(store, "w1", path)
    with pytest.raises(NotReady) as fault:
        produce_release(store, plan, directory=tmp_path / "release", exporters=exporters)
    assert "coders differ" in fault.value.details[0]
    path.write_text(f"{head}\n{unit},{sector},{active},adjudicated\n")
    import_audit_answers(store, "w1", path)
    produce_release(store, plan, directory=tmp_path / "release", exporters=exporters)


def test_answers_in_a_column_of_another_name_are_told_and_not_taken_for_cannot_tell_alone(
    store, wave, plan, exporters, tmp_path
):
    draw_audit_sample(store, "w1", "drones", size=20, seed=1)
    path = wave.answer(audit_sheet(store, "w1", "drones"), tmp_path / "answers.csv")
    filled_in = path.read_text()
    path.write_text(filled_in.replace("coder", "codre", 1))
    notes = import_audit_answers(store, "w1", path, dry_run=True).issues
    assert [(note.code, note.count) for note in notes] == [("columns_not_read", 1)]
    assert "'codre'" in notes[0].detail
    path.write_text(filled_in.replace("active", "Active", 1))
    with pytest.raises(InvalidInput) as fault:
        import_audit_answers(store, "w1", path)
    (told,) = fault.value.details
    assert "has no column `active`; its columns are 'unit_id', 'sector', 'Active'" in told
