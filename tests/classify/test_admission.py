from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.admission import LEVEL, Admission, judge_admission, may_decide
from classify.registry import pick_model, promote_model
from classify.run import assess_units
from classify.training import train_model
from storage.errors import QualityError
from storage.records.assessment import HeldOutScore

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


def test_a_card_from_before_the_question_may_decide() -> None:
    assert may_decide({"decision": {"rule": "f1", "threshold": 0.5}})
    refused = asdict(judge_admission(held_out([True, False], [True, True])))
    assert not may_decide({"decision": {"threshold": 0.5, "admission": refused}})
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
    [note] = [note for note in report.notes if note.startswith("drones")]
    assert "only ranked by its definition" in note
    assert "may not decide" in note
    assert "label suggest" in note
    assert "model_not_admitted" in {issue.code for issue in report.issues}
    said = store.rows("SELECT DISTINCT active, basis FROM prediction WHERE sector = 'drones'")
    assert said == [(None, "definition")]
    # The same labels are not trained on again, and the warning stays.
    again = assess_units(store, economy.wave, workbench)
    assert again.taken == 0
    assert note in again.notes


def test_a_model_that_may_not_decide_is_neither_picked_nor_promoted(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    five_in_five_languages(economy)
    card = train_model(store, "drones", workbench, wave=economy.wave)
    model = workbench.load(card.model_id)
    assert model.threshold is None
    assert not model.decide(np.array([0.2, 1.0])).any()
    told = (workbench.model_directory / card.model_id / "card.md").read_text()
    assert "may not decide; units are only ranked" in told
    assert pick_model(store, "drones", workbench.embedder.digest) is None
    with pytest.raises(QualityError, match="may not decide") as fault:
        promote_model(store, card.model_id, reason="good", promoted_by="ada")
    assert "label suggest" in fault.value.advice


def test_more_labels_bring_a_model_that_decides(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    five_in_five_languages(economy)
    assess_units(store, economy.wave, workbench)
    drones, others = economy.fill(14, 12)
    economy.label(drones, others)
    report = assess_units(store, economy.wave, workbench)
    assert any("a first model was trained" in note for note in report.notes)
    assert store.rows("SELECT count(*) FROM prediction WHERE sector = 'drones' AND active")[0][0]
