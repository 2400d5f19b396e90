from __future__ import annotations

from typing import Any

import pytest
from kept_states import KeptStates

from classify.evaluate import evaluate_model
from classify.training import train_model
from classify.training_data import describe_errors, list_suspects
from classify.workbench import Workbench
from storage.database import Store
from storage.errors import InvalidInput, NotReady
from storage.records.assessment import Label
from storage.tables.assessment import insert_labels


@pytest.fixture
def model_id(store: Store, economy: Any, workbench: Workbench, kept: KeptStates) -> str:
    """Train on twenty labels of which one is wrong; `drone-09` is labelled twice."""

    def train() -> tuple[str, dict[str, str]]:
        drones, others = economy.fill(10, 14)
        economy.label([*drones[:7], others[0]], others[1:12])
        said = [
            Label(sector="drones", active=True, unit_id="drone-00", coder="ada", guideline="0"),
            Label(sector="drones", active=True, unit_id="drone-01", page_digest="sha256:gone"),
            Label(sector="drones", active=True, unit_id="nobody"),
            Label(sector="drones", active=True, unit_id="drone-09", coder="ada"),
            Label(sector="drones", active=False, unit_id="drone-09", coder="bob"),
        ]
        insert_labels(store, said, "more")
        trained = train_model(store, "drones", workbench, wave=economy.wave)
        return trained.model_id, dict(economy.texts)

    trained, texts = kept.begin("suspects", store, train, models=workbench.model_directory)
    economy.texts |= texts
    return str(trained)


def test_the_wrong_label_is_the_first_suspect(store: Store, economy: Any, model_id: str) -> None:
    found = list_suspects(store, economy.wave, "drones")
    assert (found["model_id"], found["n_scored"]) == (model_id, 19)
    first = found["suspects"][0]
    assert (first["units"], first["active"], first["likely"]) == (["other-00"], True, True)
    assert list_suspects(store, economy.wave, "drones", model_id) == found


def test_without_a_model_the_check_says_what_comes_first(store: Store, economy: Any) -> None:
    with pytest.raises(NotReady) as fault:
        list_suspects(store, economy.wave, "drones")
    assert "model train --sector drones" in fault.value.advice
    with pytest.raises(InvalidInput, match="no model 'x'"):
        list_suspects(store, economy.wave, "drones", "x")


def test_the_report_tells_every_kind_of_error(
    store: Store, economy: Any, workbench: Workbench, model_id: str
) -> None:
    copy = economy.texts["https://drone-02.example/"]
    economy.add("copy", copy)
    tests = [
        Label(sector="drones", active=True, unit_id="copy", purpose="test"),
        Label(sector="drones", active=True, unit_id="drone-03", purpose="test"),
        Label(sector="drones", active=False, unit_id="other-13", purpose="test"),
    ]
    insert_labels(store, tests, "test")
    told = describe_errors(store, economy.wave, workbench.definition("drones"), model_id)
    labels = told["labels"]
    assert labels["n_of_another_guideline"] == 1
    assert (labels["n_with_page_digest"], labels["n_page_changed"]) == (1, 1)
    assert labels["unused"] == {"labels_contradictory": 1, "labels_of_unknown_units": 1}
    assert told["agreement"]["n_open"] == 1
    assert [one["subject"] for one in told["disagreements"]] == ["https://drone-09.example/"]
    assert told["likely_label_errors"]["n_likely"] >= 1
    leaks = told["leakage"]["train_and_test"]
    assert leaks["same_text"] + leaks["near_duplicate"] >= 1
    balance = told["balance"]
    assert (balance["n_active"], balance["n_inactive"]) == (8, 11)
    assert [one["variable"] for one in balance["variables"]] == [
        "language", "size_class", "region", "nace_section",
    ]  # fmt: skip
    assert balance["variables"][0]["classes"][0]["n_frame"] == 25


def test_test_labels_that_the_model_knows_are_not_measured_on(
    store: Store, economy: Any, workbench: Workbench, model_id: str
) -> None:
    economy.add("copy", economy.texts["https://drone-02.example/"])
    economy.add("new", "unmanned aircraft and drones for surveyors built by hand in our workshop")
    economy.add("shop", "we sell garden chairs umbrellas and lamps to hotels and private people")
    insert_labels(
        store,
        [
            Label(sector="drones", active=unit != "shop", unit_id=unit, purpose="test")
            for unit in ("copy", "drone-03", "new", "shop", "in no frame")
        ],
        "test",
    )
    found = evaluate_model(store, model_id, workbench, wave=economy.wave)
    assert (found.basis, found.n, found.n_active) == ("test", 2, 1)
    assert sum(found.left_out.values()) == 3
    assert found.left_out["same_website"] == 1
    assert found.left_out["labels_of_unknown_units"] == 1  # not without a word
    assert found.errors_of_training_data["labels"]["by_purpose"] == {"test": 5, "training": 24}
