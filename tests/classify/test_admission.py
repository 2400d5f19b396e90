from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.admission import (
    CAREFUL,
    LEVEL,
    Admission,
    is_admitted,
    issues_of_doubt,
    judge_admission,
)
from classify.promotion import promote_with_bridge
from classify.registry import pick_model
from classify.run import assess_units
from classify.training import train_model
from storage.records.assessment import HeldOutScore
from storage.tables.decision_basis import load_decision_bases

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store


def held_out(active: list[bool], decided: list[bool], groups: list[str] | None = None) -> Any:
    names = groups or [str(n) for n in range(len(active))]
    return [
        HeldOutScore(
            subject=str(n),
            group_name=name,
            fold=0,
            language="en",
            text_digest="",
            active=a,
            probability=0.5,
            decided=d,
        )
        for n, (a, d, name) in enumerate(zip(active, decided, names, strict=True))
    ]


@pytest.mark.parametrize(
    ("n_active", "n", "hits", "decided", "p_value"),
    [(5, 15, 5, 5, 1 / 3003), (5, 15, 3, 4, 105 / 1365), (5, 15, 5, 15, 1.0), (5, 15, 0, 0, 1.0)],
)
def test_the_chance_is_that_of_drawing_so_many_hits_without_looking(
    n_active: int, n: int, hits: int, decided: int, p_value: float
) -> None:
    active = [place < n_active for place in range(n)]
    said = [place < hits or n_active <= place < n_active + decided - hits for place in range(n)]
    found = judge_admission(held_out(active, said))
    assert (found.n, found.n_active, found.decided, found.hits) == (n, n_active, decided, hits)
    assert found.p_value == pytest.approx(p_value)
    assert found.admitted == (p_value < LEVEL)


def test_copies_of_what_was_learnt_admit_nothing() -> None:
    active = [True] * 8 + [False] * 25
    assert judge_admission(held_out(active, active)).admitted
    found = judge_admission(held_out(active, active), n_copies=8)
    assert not found.admitted
    assert "all 8 labels of one answer are near copies of one text" in found.told


@pytest.mark.parametrize(
    ("rate", "size", "least", "most"),
    [(0.0, 100, 0.0, 0.0), (0.0, 40, 0.0, 0.0), (0.2, 200, 0.8, 1.0), (0.3, 100, 0.8, 1.0)],
)
def test_labels_turned_round_by_chance_are_doubted_and_good_ones_are_not(
    rate: float, size: int, least: float, most: float
) -> None:
    generator = np.random.default_rng(4)
    doubted = []
    for _ in range(40):
        truth = generator.random(size) < 0.3
        labels = truth ^ (generator.random(size) < rate)
        likeness = generator.normal(size=size) + 3 * truth
        scored = generator.normal(size=size) + 3 * truth
        known = held_out(labels.tolist(), (scored > 1.5).tolist())
        said = [replace(one, score=float(s)) for one, s in zip(known, scored, strict=True)]
        doubted.append(judge_admission(said, likeness=likeness.tolist()).has_doubtful_labels)
    assert least <= np.mean(doubted) <= most


def test_a_poor_definition_alone_raises_no_doubt_about_labels() -> None:
    active = [True] * 10 + [False] * 30
    said = [replace(one, score=float(one.active)) for one in held_out(active, active)]
    found = judge_admission(said, likeness=[-float(a) for a in active])
    assert (found.admitted, found.n_unlike, found.n_unlike_active) == (True, 15, 0)


def test_doubtful_labels_are_told_with_what_to_do() -> None:
    wrong = [place % 4 == 0 for place in range(40)]
    known = held_out([*wrong, *[True] * 20], [False] * 40 + [True] * 20)
    said = [replace(one, score=float(place)) for place, one in enumerate(known)]
    found = judge_admission(said, likeness=range(60))
    assert (found.admitted, found.has_doubtful_labels) == (False, True)
    card = {
        "model_id": "drones-1",
        "sector": "drones",
        "decision": {"threshold": 0.3, "admission": asdict(found)},
    }
    [issue] = issues_of_doubt(card)
    assert "of the 15 labelled companies least like the sector" in issue.detail
    assert "4 or more are labelled active" in issue.detail
    assert "`sectorlens label check --sector drones`" in issue.detail
    assert "better than chance" not in issue.detail


@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_calling_everybody_or_nobody_active_is_never_admitted(active: list[bool]) -> None:
    for said in (True, False):
        assert not judge_admission(held_out(active, [said] * len(active))).admitted


def test_copies_of_one_website_count_once() -> None:
    active, decided = [True] * 4 + [False] * 8, [True] * 4 + [False] * 8
    assert judge_admission(held_out(active, decided)).admitted
    copies = ["a"] * 4 + [str(n) for n in range(8)]
    found = judge_admission(held_out(active, decided, copies))
    assert (found.n, found.hits, found.admitted) == (9, 1, False)


def test_lots_are_admitted_no_more_often_than_the_level_says() -> None:
    generator = np.random.default_rng(3)
    passed = [
        judge_admission(
            held_out((generator.random(30) < 0.3).tolist(), (generator.random(30) < 0.3).tolist())
        ).admitted
        for _ in range(400)
    ]
    assert np.mean(passed) < LEVEL + 0.02


def test_a_card_from_before_the_question_is_admitted() -> None:
    assert is_admitted({"decision": {"rule": "f1", "threshold": 0.5}})
    refused = asdict(judge_admission(held_out([True, False], [True, True])))
    assert not is_admitted({"decision": {"threshold": 0.5, "admission": refused}})
    assert "p = 1, below 0.05" in Admission(**refused).told


LANGUAGES = ("en", "de", "pl", "fi", "el")


def five_in_five_languages(economy: Any) -> None:
    """Five positives among texts that share no word: the hashed encoder has nothing to learn."""
    generator = np.random.default_rng(5)

    def text() -> str:
        letters = generator.choice(list("abcdefghiklmnoprstuvwxyz"), size=(60, 7))
        return " ".join("".join(word) for word in letters) + "."

    # The names tell nothing either: a page's title holds its address.
    active = [f"u{number}-{number * 7919}" for number in range(5)]
    plain = [f"u{number}-{number * 7919}" for number in range(5, 20)]
    for number, unit_id in enumerate([*active, *plain]):
        economy.add(unit_id, text(), language=LANGUAGES[number % 5])
    economy.label(active, plain)


def test_five_positives_in_five_languages_do_not_call_everybody_active(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    five_in_five_languages(economy)
    report = assess_units(store, economy.wave, workbench)
    [issue] = [issue for issue in report.issues if issue.code == "model_not_admitted"]
    assert "not shown to be better than chance" in issue.detail
    assert "label suggest" in issue.detail
    said = store.rows("SELECT probability, active, basis FROM prediction WHERE sector = 'drones'")
    assert {basis for _, _, basis in said} == {"model"}
    assert all(active == (probability >= CAREFUL) for probability, active, _ in said)
    assert sum(active for _, active, _ in said) < 10, said
    admitted = {basis.sector: basis.admitted for basis in load_decision_bases(store, economy.wave)}
    assert admitted["drones"] is False
    # The warning stays as long as the model decides.
    assert assess_units(store, economy.wave, workbench).issues == report.issues


def test_a_model_in_doubt_says_so_on_its_card_and_when_it_is_promoted(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    five_in_five_languages(economy)
    card = train_model(store, "drones", workbench, wave=economy.wave)
    model = workbench.load(card.model_id)
    assert model.threshold == max(CAREFUL, card.content["decision"]["threshold"])
    told = (workbench.model_directory / card.model_id / "card.md").read_text()
    assert "Nothing shows its decisions to be better than chance" in told
    done = promote_with_bridge(
        store, card.model_id, workbench, decision=("for the pilot", "ada"), wave=economy.wave
    )
    assert "model_not_admitted" in {issue.code for issue in done.issues}
    picked = pick_model(store, "drones", workbench.embedder.digest)
    assert picked is not None
    assert picked.model_id == card.model_id


def test_more_labels_bring_a_model_that_is_admitted(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    five_in_five_languages(economy)
    drones, others = economy.fill(14, 12)
    economy.label(drones, others)
    report = assess_units(store, economy.wave, workbench)
    assert "model_not_admitted" not in {issue.code for issue in report.issues}
    assert store.rows("SELECT count(*) FROM prediction WHERE sector = 'drones' AND active")[0][0]
