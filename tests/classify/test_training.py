from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from kept_states import KeptStates

from classify.evaluate import evaluate_model
from classify.prior_texts import ordinary_texts
from classify.registry import list_models, pick_model, promote_model, show_model
from classify.sector import DecisionRule
from classify.trained_model import load_model
from classify.training import train_model
from classify.training_set import (
    collect_training_set,
    read_subjects,
)
from classify.units import embed_units, read_text
from storage.errors import InvalidInput, NotReady, RetriableError
from storage.records.assessment import Label
from storage.records.stage import no_progress
from storage.tables.assessment import insert_labels

if TYPE_CHECKING:
    from pathlib import Path

    from classify.card import ModelCard
    from classify.workbench import Workbench
    from storage.database import Store


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@dataclass(frozen=True)
class Trained:
    economy: Any
    card: ModelCard


@pytest.fixture
def trained(store: Store, economy: Any, workbench: Workbench, kept: KeptStates) -> Trained:
    """Train on what `labelled` holds."""

    def train() -> tuple[ModelCard, dict[str, str]]:
        economy.fill_and_label()
        card = train_model(store, "drones", workbench, wave=economy.wave)
        return card, dict(economy.texts)

    card, texts = kept.begin("trained", store, train, models=workbench.model_directory)
    economy.texts |= texts
    return Trained(economy, deepcopy(card))


def test_a_rerun_gives_the_same_id_and_the_same_bytes(
    store: Store, trained: Trained, workbench: Workbench
) -> None:
    first = trained.card
    folder = workbench.model_directory / first.model_id
    before = files(folder)
    again = train_model(store, "drones", workbench, wave=trained.economy.wave)
    assert again == first
    assert files(folder) == before
    assert sorted(before) == ["card.json", "card.md", "model.skops", "reliability.svg"]
    assert len(list_models(store)) == 1
    assert [path.name for path in workbench.model_directory.iterdir()] == [first.model_id]


def test_another_label_gives_another_model(
    store: Store, trained: Trained, workbench: Workbench
) -> None:
    first = trained.card
    trained.economy.label([], ["other-15"])
    second = train_model(store, "drones", workbench, wave=trained.economy.wave)
    assert second.model_id != first.model_id
    assert [m.model_id for m in list_models(store, "drones")] == [second.model_id, first.model_id]
    assert first.model_id.startswith("drones-")


def test_the_card_tells_measures_with_intervals_beside_the_baseline(
    store: Store, trained: Trained, workbench: Workbench
) -> None:
    card = trained.card.content
    assert (card["data"]["active"], card["data"]["inactive"]) == (7, 12)
    assert card["data"]["background"] == 9
    for side in ("model", "baseline"):
        for name in ("average_precision", "precision", "recall", "f1"):
            measure = card["validation"][side][name]
            assert 0 <= measure["lower"] <= measure["value"] <= measure["upper"] <= 1
    assert card["validation"]["model"]["average_precision"]["value"] > 0.9
    folder = workbench.model_directory / card["model_id"]
    assert json.loads((folder / "card.json").read_text()) == json.loads(json.dumps(card))
    told = (folder / "card.md").read_text()
    assert "| average precision |" in told
    assert "7 active, 12 inactive" in told


def test_a_model_read_back_scores_units_it_had_not_seen_as_in_its_validation(
    store: Store, trained: Trained, workbench: Workbench
) -> None:
    card = trained.card
    model = load_model(workbench.model_directory / card.model_id)
    found = collect_training_set(store, trained.economy.wave, "drones")
    units = embed_units(
        read_subjects(store, trained.economy.wave, list(found.answers)), workbench, no_progress
    )
    named = [
        unit.__class__(
            key=found.unit_ids[unit.key][0],
            passages=unit.passages,
            vectors=unit.vectors,
            language=unit.language,
        )
        for unit in units
    ]
    expected = card.content["validation"]["model"]["average_precision"]["value"]
    from classify.measures import average_precision

    probability = np.array([j.probability for j in model.judge(named)])
    answers = np.array([found.answers[s] for s in found.answers])
    assert average_precision(probability, answers) == pytest.approx(expected)
    assert model.judge([]) == []


def test_labelled_texts_train_beside_units(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.fill(0, 3)
    labels = [
        Label(sector="drones", active=a, text=f"{t} number {n}", language="en")
        for a, t in ((True, "drone pilots and aerial drone flights"), (False, "bread and cakes"))
        for n in range(6)
    ]
    insert_labels(store, labels, "texts")
    card = train_model(store, "drones", workbench, wave=economy.wave).content
    assert (card["data"]["n"], card["data"]["background"]) == (12, 3)


def test_no_label_at_all_says_what_comes_first(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    economy.fill(2, 2)
    with pytest.raises(NotReady, match="No label") as fault:
        train_model(store, "drones", workbench, wave=economy.wave)
    assert "label import" in fault.value.advice


@pytest.mark.parametrize(
    ("n_active", "n_inactive", "told"), [(0, 4, "0 active"), (4, 1, "1 inactive")]
)
def test_labels_of_one_answer_are_refused(
    store: Store, economy: Any, workbench: Workbench, n_active: int, n_inactive: int, told: str
) -> None:
    drones, others = economy.fill(5, 5)
    economy.label(drones[:n_active], others[:n_inactive])
    with pytest.raises(InvalidInput, match=told):
        train_model(store, "drones", workbench, wave=economy.wave)


def test_a_sector_that_is_not_there_is_told_with_the_known_ones(
    store: Store, workbench: Workbench
) -> None:
    with pytest.raises(InvalidInput, match="no sector 'fusion'") as fault:
        train_model(store, "fusion", workbench, wave="2026")
    assert "drones, tourism" in fault.value.advice


def test_a_disk_that_refuses_is_told(store: Store, labelled: Any, workbench: Workbench) -> None:
    workbench.model_directory.parent.mkdir(exist_ok=True)
    workbench.model_directory.write_text("a file where the folder should be")
    with pytest.raises(RetriableError, match="cannot be written"):
        train_model(store, "drones", workbench, wave=labelled.wave)
    assert list_models(store) == []


def test_audited_units_never_train(store: Store, labelled: Any) -> None:
    store.execute(
        "INSERT INTO audit_unit VALUES ('2026', 'drones', 'drone-00', 's', true, 0.5),"
        " ('2026', 'drones', 'drone-01', 's', false, 0.5),"
        " ('2026', 'tourism', 'drone-02', 's', true, 1)"
    )
    insert_labels(
        store, [Label(sector="drones", active=True, url="https://www.drone-00.example")], "again"
    )
    found = collect_training_set(store, labelled.wave, "drones")
    keys = {subject.key for subject in found.answers}
    assert "https://drone-00.example/" not in keys
    assert {"https://drone-01.example/", "https://drone-02.example/"} <= keys
    assert {issue.code: issue.count for issue in found.issues} == {"labels_audited": 2}


def test_labels_of_other_purposes_do_not_train(store: Store, labelled: Any) -> None:
    insert_labels(
        store,
        [
            Label(sector="drones", active=True, unit_id="drone-08", purpose="audit"),
            Label(sector="drones", active=True, unit_id="drone-09", purpose="test"),
        ],
        "other",
    )
    found = collect_training_set(store, labelled.wave, "drones")
    assert len(found.answers) == 19
    test = collect_training_set(store, labelled.wave, "drones", purpose="test")
    assert [subject.key for subject in test.answers] == ["https://drone-09.example/"]


def test_a_unit_and_its_website_are_one_subject(store: Store, labelled: Any) -> None:
    insert_labels(
        store,
        [
            Label(sector="drones", active=True, url="drone-00.example"),
            Label(sector="drones", active=False, url="http://www.drone-01.example/"),
            Label(sector="drones", active=True, url="nowhere.example"),
        ],
        "urls",
    )
    found = collect_training_set(store, labelled.wave, "drones")
    assert len(found.answers) == 18
    assert {issue.code: issue.count for issue in found.issues} == {
        "labels_contradictory": 1,
        "labels_of_unknown_websites": 1,
    }


def test_labels_of_units_without_text_are_counted(store: Store, economy: Any) -> None:
    economy.fill(1, 1)
    economy.add("alien", "text " * 30, accepted=False)
    economy.label(["alien"], ["other-00"])
    found = collect_training_set(store, economy.wave, "drones")
    assert [issue.code for issue in found.issues] == ["labels_without_text"]


def test_promoting_needs_a_reason_and_a_name_and_the_last_one_counts(
    store: Store, trained: Trained, workbench: Workbench
) -> None:
    first = trained.card
    trained.economy.label([], ["other-15"])
    second = train_model(store, "drones", workbench, wave=trained.economy.wave)
    with pytest.raises(InvalidInput, match="needs a reason"):
        promote_model(store, first.model_id, reason=" ", promoted_by="ada")
    with pytest.raises(InvalidInput, match="needs a name"):
        promote_model(store, first.model_id, reason="good", promoted_by="")
    with pytest.raises(InvalidInput, match="no model 'drones-0'"):
        promote_model(store, "drones-0", reason="good", promoted_by="ada")
    digest = workbench.embedder.digest
    newest = pick_model(store, "drones", digest)
    assert newest is not None
    assert (newest.model_id, newest.promoted) == (second.model_id, False)
    for model_id in (second.model_id, first.model_id):
        assert promote_model(store, model_id, reason="good", promoted_by="ada").promoted
    picked = pick_model(store, "drones", digest)
    assert picked is not None
    assert picked.model_id == first.model_id
    assert not show_model(store, second.model_id).promoted
    assert pick_model(store, "tourism", digest) is None


def test_evaluating_uses_held_out_labels_where_there_are_any(
    store: Store, trained: Trained, workbench: Workbench
) -> None:
    card = trained.card
    own = evaluate_model(store, card.model_id, workbench, wave=trained.economy.wave)
    assert (own.basis, own.n, own.n_active) == ("cross_validation", 19, 7)
    assert 0 < (own.calibration_error_by_chance or 0) < 0.5
    assert own.baseline
    labels = [
        Label(sector="drones", active=unit.startswith("drone"), unit_id=unit, purpose="test")
        for unit in ("drone-08", "drone-09", "other-14", "other-15", "drone-00")
    ]
    insert_labels(store, labels, "test")
    held_out = evaluate_model(store, card.model_id, workbench, wave=trained.economy.wave)
    # drone-00 trained the model and is left out.
    assert (held_out.basis, held_out.n, held_out.n_active) == ("test", 4, 2)
    assert 0 <= (held_out.calibration_error_by_chance or 0) < 0.5
    assert sum(held_out.confusion.values()) == 4
    assert held_out.confusion["active_active"] == 2


def test_evaluating_with_another_embedder_is_refused(
    store: Store, trained: Trained, workbench: Workbench
) -> None:
    from dataclasses import replace

    from classify.embedders import hashed

    card = trained.card
    other = replace(workbench, embedder=hashed.build({"dim": 32}))
    with pytest.raises(InvalidInput, match="another embedder"):
        evaluate_model(store, card.model_id, other, wave=trained.economy.wave)


def test_the_card_tells_how_often_ordinary_activities_are_called_active(
    store: Store, trained: Trained, workbench: Workbench
) -> None:
    card = trained.card
    told = card.content["decision"]
    alarms = told["false_alarms"]
    assert alarms["n"] == len(ordinary_texts(workbench.definition("drones"))) > 2000
    assert alarms["maximum"] == 0.002
    assert alarms["within"]
    assert 0 <= alarms["rate"] <= alarms["upper"] <= 0.002
    assert told["threshold"] >= told["threshold_by_rule"]
    page = (workbench.model_directory / card.model_id / "card.md").read_text()
    assert f"Of {alarms['n']} titles of other activities" in page


def with_rule(workbench: Workbench, rule: DecisionRule) -> Workbench:
    definition = replace(workbench.sectors["drones"], decision=rule)
    return replace(workbench, sectors={**workbench.sectors, "drones": definition})


def test_the_rule_of_the_definition_sets_the_threshold_and_one_by_hand_is_left_alone(
    store: Store, labelled: Any, workbench: Workbench
) -> None:
    # How a bound moves it is shown in test_decision_setting, without training.
    for rule in (DecisionRule(maximum_false_positive_rate=1.0), DecisionRule(threshold=0.01)):
        bench = with_rule(workbench, rule)
        told = train_model(store, "drones", bench, wave=labelled.wave).content["decision"]
        assert told["threshold"] == told["threshold_by_rule"]
        assert told["thin_discount"] == 0.0
    assert told["threshold"] == 0.01


def test_a_phrase_loses_what_the_card_says_and_a_told_text_nothing(
    store: Store, trained: Trained, workbench: Workbench
) -> None:
    card = trained.card
    model = load_model(workbench.model_directory / card.model_id)
    said = "We survey land with drones. "
    phrase, told = embed_units(
        {"phrase": read_text(said, "en"), "told": read_text(said * 20, "en")},
        workbench,
        no_progress,
    )

    def losing(discount: float) -> list[float]:
        decision = {**model.card["decision"], "thin_discount": discount}
        asked = replace(model, card={**model.card, "decision": decision})
        return [judged.probability for judged in asked.judge([phrase, told])]

    without, with_it = losing(0.0), losing(2.0)
    assert with_it[0] < without[0]
    assert with_it[1] == without[1]
    filler = read_text("Drones. Lorem ipsum dolor sit amet, consectetur adipiscing elit.", "en")
    (nothing,) = embed_units({"filler": filler}, workbench, no_progress)
    assert model.judge([nothing])[0].probability < 0.01


def test_labels_that_an_audit_has_taken_are_named_as_the_reason(
    store: Store, labelled: Any, workbench: Workbench
) -> None:
    store.execute(
        "INSERT INTO audit_unit SELECT wave, 'drones', unit_id, 's', true, 0.5 FROM unit"
        " WHERE unit_id LIKE 'drone%'"
    )
    with pytest.raises(InvalidInput, match="hold 0 active") as told:
        train_model(store, "drones", workbench, wave=labelled.wave)
    assert any(detail.startswith("labels_audited: ") for detail in told.value.details)
    assert "What an audit has drawn" in told.value.advice
