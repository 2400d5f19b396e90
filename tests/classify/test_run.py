from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from classify.registry import list_models, promote_model
from classify.run import assess_units
from classify.trained_model import load_model
from storage.errors import InvalidInput
from storage.records.assessment import Label
from storage.tables.assessment import insert_labels
from storage.tables.prior_shift import load_shift

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store


def predictions(store: Store, sector: str) -> dict[str, dict[str, Any]]:
    rows = store.fetch("SELECT * FROM prediction WHERE sector = ? ORDER BY unit_id", [sector])
    return {row["unit_id"]: row for row in rows.to_pylist()}


def test_without_labels_units_are_ranked_by_the_definition_and_nothing_is_decided(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    drones, others = economy.fill(4, 8)
    report = assess_units(store, economy.wave, workbench)
    assert (report.of, report.taken, report.done) == ("units", 12, 12)
    assert all("may not be published" in note for note in report.notes)
    found = predictions(store, "drones")
    assert {row["basis"] for row in found.values()} == {"definition"}
    assert {row["model_id"] for row in found.values()} == {"definition:drones@1"}
    assert {row["active"] for row in found.values()} == {None}
    assert min(found[u]["probability"] for u in drones) > max(
        found[u]["probability"] for u in others
    )
    assert all(0 <= row["probability"] <= 1 for row in found.values())


def test_every_scored_unit_has_evidence_with_an_address(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.fill(2, 3)
    assess_units(store, economy.wave, workbench)
    rows = store.rows("SELECT unit_id, sector, rank, url, passage, weight FROM evidence")
    assert {(unit, sector) for unit, sector, *_ in rows} == {
        (f"{kind}-{n:02}", sector)
        for kind, number in (("drone", 2), ("other", 3))
        for n in range(number)
        for sector in ("drones", "tourism")
    }
    for unit, _, rank, url, passage, _ in rows:
        assert url == f"https://{unit}.example/"
        assert passage
        assert 1 <= rank <= 3


def test_a_first_model_is_trained_where_labels_suffice(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    drones, others = economy.fill(12, 20)
    economy.label(drones[:6], others[:12])
    report = assess_units(store, economy.wave, workbench)
    assert any("a first model was trained" in note for note in report.notes)
    found = predictions(store, "drones")
    assert {row["basis"] for row in found.values()} == {"model"}
    assert all(found[unit]["active"] for unit in drones)
    assert not any(found[unit]["active"] for unit in others)
    assert {row["basis"] for row in predictions(store, "tourism").values()} == {"definition"}


def test_a_second_run_does_no_work_and_says_so(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    drones, others = economy.fill(8, 12)
    economy.label(drones[:6], others[:10])
    assess_units(store, economy.wave, workbench)
    before = store.rows("SELECT * FROM prediction ORDER BY ALL")
    report = assess_units(store, economy.wave, workbench)
    assert (report.taken, report.done) == (0, 0)
    assert any("Nothing to do" in note for note in report.notes)
    assert any("not promoted" in note for note in report.notes)
    assert store.rows("SELECT * FROM prediction ORDER BY ALL") == before
    assert len(list_models(store)) == 1


def test_only_the_unit_whose_text_changed_is_scored_again(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.fill(2, 3)
    assess_units(store, economy.wave, workbench)
    store.execute(
        "UPDATE website_text SET text_digest = 'sha256:new' WHERE website_url LIKE '%drone-01%'"
    )
    assert assess_units(store, economy.wave, workbench).taken == 1


def test_broken_off_and_resumed_gives_what_one_run_gives(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.fill(20, 30)

    def break_off(stage: str, done: int, total: int) -> None:
        if stage == "classify":
            raise KeyboardInterrupt

    report = assess_units(store, economy.wave, workbench, progress=break_off)
    assert report.interrupted
    assert report.pending == report.taken - report.done == 18
    resumed = assess_units(store, economy.wave, workbench)
    assert (resumed.taken, resumed.done) == (18, 18)
    broken = store.rows("SELECT unit_id, sector, probability FROM prediction ORDER BY ALL")
    store.execute("DELETE FROM prediction")
    assess_units(store, economy.wave, workbench)
    whole = store.rows("SELECT unit_id, sector, probability FROM prediction ORDER BY ALL")
    assert whole == broken


def test_what_a_killed_run_scored_is_looked_at_by_the_next(
    store: Store, labelled: Any, workbench: Workbench
) -> None:
    def looked_at() -> int:
        shift = load_shift(store, labelled.wave, "drones")
        return shift["n_units"] if shift else 0

    def die(stage: str, done: int, total: int) -> None:
        if stage == "classify" and done == total:
            raise MemoryError

    assess_units(store, labelled.wave, workbench)
    assert looked_at() == 28
    labelled.add_drone_firm(11)
    with pytest.raises(MemoryError):  # after the last score was written
        assess_units(store, labelled.wave, workbench, progress=die)
    assert looked_at() == 0
    assert assess_units(store, labelled.wave, workbench).taken == 0
    assert looked_at() == 29
    store.execute("UPDATE website_link SET accepted = false WHERE unit_id = 'drone-11'")
    assess_units(store, labelled.wave, workbench)
    assert looked_at() == 28


def test_units_without_an_accepted_website_are_not_taken(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.fill(1, 1)
    economy.add("alien", "drone pilots and drone flights " * 20, accepted=False)
    report = assess_units(store, economy.wave, workbench)
    assert report.taken == 2
    assert "alien" not in predictions(store, "drones")


def test_the_score_of_a_unit_that_lost_its_website_goes(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.fill(1, 1)
    assess_units(store, economy.wave, workbench)
    store.execute("UPDATE website_link SET accepted = false WHERE unit_id = 'other-00'")
    report = assess_units(store, economy.wave, workbench)
    assert "no longer have text" in report.notes[0]
    assert set(predictions(store, "drones")) == {"drone-00"}
    assert store.rows("SELECT count(*) FROM evidence WHERE unit_id = 'other-00'") == [(0,)]


def test_units_of_one_website_get_the_same_score(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.fill(1, 2)
    economy.add("sister", "", url="https://drone-00.example/")
    assess_units(store, economy.wave, workbench)
    found = predictions(store, "drones")
    assert found["sister"]["probability"] == found["drone-00"]["probability"]


def test_the_promoted_model_decides_also_where_a_newer_one_stands(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    drones, others = economy.fill(12, 20)
    economy.label(drones[:6], others[:12])
    assess_units(store, economy.wave, workbench)
    [first] = list_models(store, "drones")
    promote_model(store, first.model_id, reason="first of all", promoted_by="ada")
    report = assess_units(store, economy.wave, workbench)
    assert report.taken == 0
    assert not any("not promoted" in note or "learnt from" in note for note in report.notes)
    economy.label(drones[6:9], others[12:14])
    report = assess_units(store, economy.wave, workbench)
    assert any("learnt from 18 labels, 23 with text are there" in note for note in report.notes)


def test_a_promoted_model_of_another_embedder_is_refused(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    from classify.embedders import hashed

    drones, others = economy.fill(8, 12)
    economy.label(drones[:6], others[:10])
    assess_units(store, economy.wave, workbench)
    [model] = list_models(store, "drones")
    promote_model(store, model.model_id, reason="good", promoted_by="ada")
    other = replace(workbench, embedder=hashed.build({"dim": 64}))
    with pytest.raises(InvalidInput, match="another embedder"):
        assess_units(store, economy.wave, other)


def test_an_unpromoted_model_of_another_embedder_is_passed_over(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    from classify.embedders import hashed

    drones, others = economy.fill(8, 12)
    economy.label(drones[:6], others[:10])
    assess_units(store, economy.wave, workbench)
    other = replace(workbench, embedder=hashed.build({"dim": 64}))
    report = assess_units(store, economy.wave, other)
    assert any("a first model was trained" in note for note in report.notes)
    assert report.done == 20


def test_units_the_model_learnt_from_are_scored_by_a_fit_that_had_not_seen_them(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    drones, others = economy.fill(8, 14)
    # A wrong label: the fit that saw it believes it, the one that did not see it does not.
    economy.label(drones[:6], [*others[:12], drones[7]])
    assess_units(store, economy.wave, workbench)
    [stored] = list_models(store, "drones")
    model = load_model(workbench.model_directory / stored.model_id)
    assert set(model.fold_of) == {*drones[:6], *others[:12], drones[7]}
    assert predictions(store, "drones")[drones[7]]["active"]


def test_labels_that_cannot_be_used_are_warned_of(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    drones, others = economy.fill(8, 12)
    economy.label(drones[:6], others[:10])
    economy.label(["nobody"], [drones[0]])
    insert_labels(store, [Label(sector="drones", active=None, unit_id=others[0])], "test")
    report = assess_units(store, economy.wave, workbench)
    assert {issue.code: issue.count for issue in report.issues} == {
        "labels_of_unknown_units": 1,
        "labels_contradictory": 1,
        "labels_undecided": 1,
    }


def test_a_definition_worded_anew_is_warned_of(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    drones, others = economy.fill(8, 12)
    economy.label(drones[:6], others[:10])
    assess_units(store, economy.wave, workbench)
    sectors = dict(workbench.sectors)
    sectors["drones"] = replace(sectors["drones"], digest="sha256:other")
    report = assess_units(store, economy.wave, replace(workbench, sectors=sectors))
    assert [issue.code for issue in report.issues] == ["model_of_another_definition"]


def test_no_units_at_all_is_no_fault(store: Store, workbench: Workbench) -> None:
    report = assess_units(store, "empty", workbench)
    assert (report.taken, report.done, report.issues) == (0, 0, ())


def test_hostile_text_is_scored_and_its_evidence_holds_no_control_characters(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.add("evil", "\u202e=cmd|' /C calc'!A0\x07 <script>alert('drone')</script> " * 40)
    assert assess_units(store, economy.wave, workbench).done == 1
    for (passage,) in store.rows("SELECT passage FROM evidence"):
        assert not set(passage) & {"\u202e", "\x07", "\n"}


def test_a_unit_whose_text_holds_nothing_to_read_is_accounted_for(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.fill(1, 1)
    economy.add("blank", "\u200b\u202e")
    store.execute("UPDATE document SET title = '' WHERE website_url = 'https://blank.example/'")
    report = assess_units(store, economy.wave, workbench)
    assert (report.taken, report.done, report.rejected) == (3, 2, {"no_passage": 1})
