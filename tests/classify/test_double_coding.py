from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.double_coding import (
    MOST_CODERS,
    Coded,
    collect_coded,
    describe_agreement,
    label_warnings,
    list_disagreements,
)
from classify.training_set import collect_training_set
from storage.database import Store
from storage.records.assessment import Label
from storage.records.frame import UnitId
from storage.tables.assessment import insert_labels


def say(
    store: Store, coder: str, active: bool | None, subject: str = "drone-00", **more: Any
) -> None:
    named = {"url": subject} if "." in subject else {"unit_id": subject}
    label = Label(sector="drones", active=active, coder=coder, **named, **more)
    insert_labels(store, [label], "test")


@pytest.fixture
def coded(store: Store, economy: Any) -> Store:
    economy.fill(3, 3)
    say(store, "ada", True)
    say(store, "bob", False, "www.drone-00.example", note="sells toys")
    say(store, "ada", True, "drone-01")
    say(store, "bob", True, "drone-01")
    say(store, "ada", False, "other-00")
    say(store, "bob", False, "other-00")
    say(store, "ada", None, "other-01")
    return store


def test_a_unit_and_its_website_meet_in_one_disagreement(coded: Store, economy: Any) -> None:
    (one,) = list_disagreements(collect_coded(coded, economy.wave, sector="drones"))
    assert one.subject == "https://drone-00.example/"
    assert one.answers == {"ada": "active", "bob": "inactive"}
    assert (one.ruling, one.note) == ("", "sells toys")


def test_an_adjudicating_label_decides_what_trains(coded: Store, economy: Any) -> None:
    before = collect_training_set(coded, economy.wave, "drones")
    assert "https://drone-00.example/" not in before.groups
    say(coded, "eve", False, role="adjudicator", note="rule 2")
    after = collect_training_set(coded, economy.wave, "drones")
    said = {subject.key: active for subject, active in after.answers.items()}
    assert said["https://drone-00.example/"] is False
    assert "labels_contradictory" not in {issue.code for issue in after.issues}
    (one,) = list_disagreements(collect_coded(coded, economy.wave))
    assert (one.ruling, one.note) == ("inactive", "rule 2")
    say(coded, "adjudicated", True)  # the word that audits use; the last ruling counts
    again = collect_training_set(coded, economy.wave, "drones")
    assert {s.key: a for s, a in again.answers.items()}["https://drone-00.example/"] is True


def test_a_ruling_that_cannot_tell_keeps_the_subject_out(coded: Store, economy: Any) -> None:
    say(coded, "eve", None, "drone-01", role="adjudicator")
    found = collect_training_set(coded, economy.wave, "drones")
    assert "https://drone-01.example/" not in found.groups


def test_an_audited_unit_does_not_train_by_a_ruling_either(coded: Store, economy: Any) -> None:
    coded.execute(
        "INSERT INTO audit_unit VALUES (?, 'drones', 'drone-01', 's', true, 0.5)", [economy.wave]
    )
    say(coded, "eve", True, "drone-01", role="adjudicator")
    found = collect_training_set(coded, economy.wave, "drones")
    assert "https://drone-01.example/" not in found.groups


def test_agreement_counts_pairs_of_answers(coded: Store, economy: Any) -> None:
    told = describe_agreement(collect_coded(coded, economy.wave, sector="drones"))
    assert (told["n_subjects"], told["n_double_coded"], told["n_disputed"]) == (4, 3, 1)
    assert (told["n_open"], told["n_cannot_tell"]) == (1, 1)
    assert told["coders"] == {"ada": 4, "bob": 3}
    (pair,) = told["pairs"]
    assert (pair["n"], pair["both_active"], pair["both_inactive"]) == (3, 1, 1)
    # p_o = 2/3; ada active 2/3, bob 1/3: p_e = 4/9; kappa = (2/9) / (5/9)
    assert pair["cohen_kappa"]["value"] == pytest.approx(0.4)
    # pi = 1/2: p_e = 1/2; AC1 = (2/3 - 1/2) / (1/2)
    assert pair["gwet_ac1"]["value"] == pytest.approx(1 / 3)


def test_the_latest_answer_of_a_coder_counts_and_the_change_is_told(
    store: Store, economy: Any
) -> None:
    economy.fill(1, 0)
    say(store, "ada", True, coded_at=datetime(2026, 2, 1, tzinfo=UTC))
    say(store, "ada", False, coded_at=datetime(2026, 1, 1, tzinfo=UTC))
    (one,) = collect_coded(store, economy.wave)
    assert one.answers == {"ada": True}
    assert one.contradicted == ("ada",)
    (shown,) = list_disagreements([one])
    assert shown.answers == {"ada": "inactive, then active"}
    assert describe_agreement([one])["n_contradicting_themselves"] == 1


def test_labels_of_unknown_units_and_texts_are_listed_too(store: Store) -> None:
    for coder, active in (("ada", True), ("bob", False)):
        say(store, coder, active, "nobody")
        say(store, coder, active, "http://nowhere.example/")
        text = Label(sector="drones", active=active, coder=coder, text="=drones for all")
        insert_labels(store, [text], "t")
    named = [one.subject for one in list_disagreements(collect_coded(store, ""))]
    assert len(named) == 3
    assert {"unit:nobody", "website:nowhere.example"} < set(named)
    assert any(name.endswith(": =drones for all") for name in named)
    assert describe_agreement([])["gwet_ac1"] is None


def test_odd_labels_are_told_when_they_come_in(coded: Store, economy: Any) -> None:
    labels = [
        Label(sector="drones", active=False, unit_id="drone-01", coder="eve"),
        Label(sector="drones", active=True, unit_id="nobody"),
        Label(sector="drones", active=True, url="nowhere.example"),
        Label(sector="drones", active=True, unit_id="drone-02"),
    ]
    insert_labels(coded, labels, "more")
    warnings = label_warnings(coded, economy.wave, labels)
    told = {issue.code: issue.count for issue in warnings}
    # drone-00 is disputed too, but by labels that came before.
    assert told == {
        "labels_contradictory": 1,
        "labels_of_unknown_units": 1,
        "labels_of_unknown_websites": 1,
    }
    details = " ".join(issue.detail for issue in warnings)
    assert "frame: nobody" in details
    assert "nowhere.example" in details
    assert label_warnings(coded, economy.wave, labels[3:]) == ()
    many = [Label(sector="drones", active=True, unit_id=f"lost {n}") for n in range(5)]
    (issue,) = label_warnings(coded, economy.wave, many)
    assert issue.detail.endswith("frame: lost 0, lost 1, lost 2, …")


def judged(subject: str, said: dict[str, bool]) -> Coded:
    labels = tuple(
        Label(sector="drones", active=active, unit_id=UnitId(subject), coder=coder)
        for coder, active in said.items()
    )
    return Coded(sector="drones", subject=subject, purpose="training", labels=labels)


def test_a_hundred_thousand_coders_are_compared_as_far_as_that_tells_something() -> None:
    crowd = [judged("all", {f"c{n}": n % 3 == 0 for n in range(99_998)})]
    crowd += [judged(f"u{n}", {"ada": n % 2 == 0, "bob": n % 5 == 0}) for n in range(40)]
    told = describe_agreement(crowd)
    assert len(told["coders"]) == 100_000
    assert told["n_coders_of_pairs"] == MOST_CODERS
    (pair,) = [pair for pair in told["pairs"] if "ada" in pair["coders"]]
    assert (pair["coders"], pair["n"], pair["both_active"]) == (["ada", "bob"], 40, 4)
    assert pair["both_inactive"] == 16
    assert len(told["pairs"]) == 1 + (MOST_CODERS - 2) * (MOST_CODERS - 3) / 2


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), st.booleans(), min_size=1), min_size=1, max_size=12
    )
)
def test_pairs_are_those_who_judged_a_subject_together(given_answers: list[Any]) -> None:
    told = describe_agreement([judged(f"u{n}", said) for n, said in enumerate(given_answers)])
    for pair in told["pairs"]:
        one, two = pair["coders"]
        both = [(said[one], said[two]) for said in given_answers if {one, two} <= said.keys()]
        assert pair["n"] == len(both) > 0
        assert pair["both_active"] == both.count((True, True))
        assert pair["both_inactive"] == both.count((False, False))
        assert pair["gwet_ac1"]["n_subjects"] == len(both)
    together = {pair for said in given_answers for pair in combinations(sorted(said), 2)}
    assert {tuple(pair["coders"]) for pair in told["pairs"]} == together
