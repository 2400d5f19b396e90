"""Every unit has one outcome, whatever the stages have written so far."""

from __future__ import annotations

import json
from typing import Any

import pytest

from storage.accounting import OUTCOMES, TRANSIENT, Outcome, OutcomeClass, outcome_class
from storage.database import Store
from storage.records.stage import Issue, StageReport
from storage.tables.stage import insert_stage_report, load_stage_states, load_waterfall

A, B = "https://a.example/", "https://b.example/"


def test_every_code_has_a_class_and_a_meaning() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert {outcome_class(code) for code in Outcome} == set(OutcomeClass)
    assert set(OUTCOMES) > TRANSIENT


def test_a_unit_without_website_is_structural(wave: Any) -> None:
    wave.unit("u")
    assert wave.outcome("u") == ("no_website", "structural", "")


def test_a_unit_waits_for_one_stage_after_the_other(wave: Any) -> None:
    wave.unit("u", A)
    assert wave.outcome("u") == ("pending", "other", "crawl")
    wave.visit(A, "reached")
    assert wave.outcome("u") == ("pending", "other", "extract")
    wave.text(A)
    assert wave.outcome("u") == ("pending", "other", "link")
    wave.link("u", A)
    assert wave.outcome("u") == ("pending", "other", "classify")
    wave.prediction("u")
    assert wave.outcome("u") == ("classified", "complete", "")


@pytest.mark.parametrize("outcome", ["timeout", "refused_robots", "parked", "failed"])
def test_what_the_visit_gave_stands_for_the_unit(wave: Any, outcome: str) -> None:
    wave.unit("u", A)
    wave.visit(A, outcome)
    assert wave.outcome("u") == (outcome, outcome_class(Outcome(outcome)), "told")


def test_what_reading_gave_overrules_that_it_was_reached(wave: Any) -> None:
    wave.unit("u", A)
    wave.visit(A, "reached")
    wave.text(A, "needs_browser")
    assert wave.outcome("u") == ("needs_browser", "other", "read")


def test_a_website_of_another_company_is_ineligible(wave: Any) -> None:
    wave.unit("u", A)
    wave.visit(A, "reached")
    wave.text(A)
    wave.link("u", A, accepted=False)
    assert wave.outcome("u")[:2] == ("not_the_units_website", "ineligible")


def test_the_best_of_several_websites_explains_the_unit(wave: Any) -> None:
    wave.unit("u", A, B)
    wave.visit(A, "parked")
    wave.visit(B, "timeout")
    assert wave.outcome("u")[0] == "timeout"
    wave.visit(B, "reached", number=2)
    wave.text(B)
    wave.link("u", B)
    wave.prediction("u")
    assert wave.outcome("u")[0] == "classified"


def test_an_open_website_keeps_its_unit_pending(wave: Any) -> None:
    wave.unit("u", A, B)
    wave.visit(A, "parked")
    assert wave.outcome("u") == ("pending", "other", "crawl")


def test_a_later_pass_counts_only_where_it_is_better(wave: Any, store: Store) -> None:
    wave.unit("u", A)
    wave.visit(A, "reached")
    wave.visit(A, "timeout", number=2)
    (row,) = store.rows("SELECT outcome, n_requests, n_passes FROM website")
    assert row == ("reached", 6, 2)


def test_the_waterfall_holds_every_unit_once(wave: Any, store: Store) -> None:
    wave.unit("u1")
    wave.unit("u2", A)
    wave.unit("u3", A, B)
    wave.visit(A, "timeout")
    rows = load_waterfall(store, "w1")
    assert {(outcome, n) for outcome, _, n, _ in rows} == {
        ("no_website", 1),
        ("timeout", 1),
        ("pending", 1),
    }
    assert {total for *_, total in rows} == {3}


def test_stage_states_add_up(wave: Any, store: Store) -> None:
    for number, outcome in enumerate(["reached", "reached", "timeout", "refused_robots"]):
        url = f"https://{number}.example/"
        wave.unit(f"u{number}", url)
        wave.visit(url, outcome)
    wave.unit("u9", "https://9.example/")
    wave.text("https://0.example/")
    wave.link("u0", "https://0.example/")
    states = {state["stage"]: state for state in load_stage_states(store, "w1")}
    for state in states.values():
        told = state["done"] + state["pending"]
        told += sum(state["rejected"].values()) + sum(state["failed"].values())
        assert told == state["taken"], state
    assert states["crawl"] == {
        "stage": "crawl",
        "of": "websites",
        "taken": 5,
        "done": 2,
        "pending": 1,
        "rejected": {"refused_robots": 1},
        "failed": {"timeout": 1},
    }
    assert (states["link"]["taken"], states["link"]["pending"]) == (2, 1)
    assert (states["classify"]["taken"], states["classify"]["pending"]) == (1, 1)


def test_a_report_that_does_not_add_up_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="took 3 pages but accounts for 2"):
        StageReport(stage="extract", of="pages", taken=3, done=1, rejected={"too_short": 1})


def test_a_report_and_its_warnings_are_kept(store: Store) -> None:
    issue = Issue(stage="classify", code="labels_of_unknown_units", detail="u7", count=2)
    report = StageReport(
        stage="classify", of="units", taken=2, done=1, failed={"x": 1}, issues=(issue,)
    )
    measured = {"wall_seconds": 1.5, "cpu_seconds": 1.0, "code_version": "1", "settings_digest": ""}
    insert_stage_report(store, "w1", report, **measured)
    ((failed, seconds),) = store.rows("SELECT failed, wall_seconds FROM stage_run")
    assert json.loads(failed) == {"x": 1}
    assert seconds == 1.5
    assert store.rows("SELECT code, count FROM issue") == [("labels_of_unknown_units", 2)]
