"""Models of another version of the software: told before a text is read, never run."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from kept_states import KeptStates

from classify.evaluate import evaluate_model
from classify.features import FEATURE_RULE
from classify.promotion import promote_with_bridge
from classify.registry import pick_model, promote_model
from classify.run import assess_units
from classify.training import train_model
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from classify.card import ModelCard
    from classify.workbench import Workbench
    from storage.database import Store


def age(store: Store, workbench: Workbench, model_id: str, **method: Any) -> None:
    """Rewrite a stored card as if another version of the software had trained the model."""
    place = workbench.model_directory / model_id / "card.json"
    card = json.loads(place.read_text())
    card["method"] |= method
    place.write_text(json.dumps(card))
    told = json.dumps(card, sort_keys=True)
    store.execute("UPDATE model SET card = ? WHERE model_id = ?", [told, model_id])


@pytest.fixture
def alone(workbench: Workbench) -> Workbench:
    return replace(workbench, sectors={"drones": workbench.sectors["drones"]})


@pytest.fixture
def card(store: Store, economy: Any, alone: Workbench, kept: KeptStates) -> ModelCard:
    """Train a model that nobody has promoted yet."""

    def train() -> ModelCard:
        economy.fill_and_label()
        return train_model(store, "drones", alone, wave=economy.wave)

    return deepcopy(kept.begin("model_rules", store, train, models=alone.model_directory))


def test_a_promoted_model_of_other_features_is_refused_with_advice(
    store: Store, economy: Any, alone: Workbench, card: ModelCard
) -> None:
    model_id = card.model_id
    promote_model(store, model_id, reason="first", promoted_by="ada")
    age(store, alone, model_id, features="2")
    with pytest.raises(InvalidInput, match=f"features of version 2, not {FEATURE_RULE}") as told:
        assess_units(store, economy.wave, alone)
    assert "model train --sector drones" in told.value.advice
    assert store.rows("SELECT count(*) FROM prediction") == [(0,)]
    with pytest.raises(InvalidInput, match="another version of sectorlens"):
        evaluate_model(store, model_id, alone, wave=economy.wave)


def test_a_classifier_of_another_version_is_refused(
    store: Store, alone: Workbench, card: ModelCard
) -> None:
    learnt_by = dict(card.content["method"]["classifier"])
    learnt_by["method"] = learnt_by["method"] | {"version": "pooled_and_words-0"}
    age(store, alone, card.model_id, classifier=learnt_by)
    with pytest.raises(InvalidInput, match="classifier pooled_and_words of version pooled_and"):
        alone.load(card.model_id)


def test_what_nobody_promoted_is_trained_anew_and_takes_over_from_what_cannot_run(
    store: Store, economy: Any, alone: Workbench, card: ModelCard
) -> None:
    model_id = card.model_id
    age(store, alone, model_id, features="2")
    assert pick_model(store, "drones", alone.embedder.digest) is None
    report = assess_units(store, economy.wave, alone)
    assert "a first model was trained" in report.notes[0]


def test_a_new_model_takes_over_from_one_that_cannot_run_any_more(
    store: Store, economy: Any, alone: Workbench, card: ModelCard
) -> None:
    old = card.model_id
    promote_model(store, old, reason="first", promoted_by="ada")
    assess_units(store, economy.wave, alone)
    age(store, alone, old, features="2")
    new = train_model(store, "drones", replace(alone, seed=1), wave=economy.wave).model_id
    done = promote_with_bridge(
        store, new, replace(alone, seed=1), decision=("anew", "ada"), wave=economy.wave
    )
    assert done.former == old
    assert done.bridges  # from the decisions that stand in the wave
