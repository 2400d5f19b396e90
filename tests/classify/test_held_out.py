from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from classify.held_out import ranked_by
from classify.measures import average_precision
from classify.training import train_model
from classify.workbench import Workbench
from storage.database import Store
from storage.tables.held_out import insert_held_out, load_held_out


def test_training_keeps_what_the_folds_said_of_units_they_had_not_seen(
    store: Store, economy: Any, workbench: Workbench
) -> None:
    drones, others = economy.fill(8, 12)
    economy.label(drones, others)
    card = train_model(store, "drones", workbench, wave=economy.wave).content
    kept = load_held_out(store, card["model_id"])
    assert len(kept) == 20
    assert {one.fold for one in kept} == set(range(card["validation"]["folds"]))
    assert sum(one.active for one in kept) == 8
    probability = np.array([one.probability for one in kept])
    active = np.array([one.active for one in kept])
    assert probability.sum() == pytest.approx(card["validation"]["predicted_active"])
    assert ((probability > 0) & (probability < 1)).all()
    ranked = average_precision(ranked_by(kept), active)
    assert ranked == card["validation"]["model"]["average_precision"]["value"] > 0.9
    train_model(store, "drones", workbench, wave=economy.wave)
    assert load_held_out(store, card["model_id"]) == kept


def test_another_model_keeps_its_own(store: Store, economy: Any, workbench: Workbench) -> None:
    drones, others = economy.fill(6, 8)
    economy.label(drones, others)
    card = train_model(store, "drones", workbench, wave=economy.wave)
    kept = load_held_out(store, card.model_id)
    insert_held_out(store, "other", kept[:2])
    insert_held_out(store, "other", kept[:1])
    assert load_held_out(store, "other") == kept[:1]
    assert load_held_out(store, card.model_id) == kept
    assert load_held_out(store, "none") == []
