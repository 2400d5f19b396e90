"""Files of trained models: damaged, lost, changed by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from classify.evaluate import evaluate_model
from classify.model_state import write_state
from classify.run import assess_units
from classify.trained_model import load_model
from classify.training import train_model
from storage.errors import InvalidInput, NotReady

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store


def test_damaged_or_lost_model_files_are_told(
    store: Store, labelled: Any, workbench: Workbench
) -> None:
    card = train_model(store, "drones", workbench, wave=labelled.wave)
    folder = workbench.model_directory / card.model_id
    whole = (folder / "model.skops").read_bytes()
    write_state({"head": {}}, folder / "model.skops")
    with pytest.raises(InvalidInput, match=r"model\.skops was changed after the model was trained"):
        load_model(folder)
    sealed = (folder / "card.json").read_bytes()
    unsealed = {k: v for k, v in json.loads(sealed).items() if k != "state_digest"}
    (folder / "card.json").write_text(json.dumps(unsealed))
    with pytest.raises(InvalidInput, match="another version of sectorlens"):
        load_model(folder)
    (folder / "card.json").write_bytes(sealed)
    (folder / "model.skops").write_bytes(whole)
    (folder / "model.skops").write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_model(folder)
    (folder / "card.json").unlink()
    with pytest.raises(NotReady, match="has no files"):
        load_model(folder)


def test_a_model_whose_card_or_weights_were_changed_by_hand_decides_nothing(
    store: Store, labelled: Any, workbench: Workbench
) -> None:
    model_id = train_model(store, "drones", workbench, wave=labelled.wave).model_id
    card = workbench.model_directory / model_id / "card.json"
    assess_units(store, labelled.wave, replace(workbench, sectors=one_sector(workbench)))
    said = json.loads(card.read_text())
    said["decision"]["threshold"] = 0.001
    card.write_text(json.dumps(said))
    with pytest.raises(InvalidInput, match=r"card\.json was changed after the model was trained"):
        assess_units(store, labelled.wave, replace(workbench, sectors=one_sector(workbench)))
    with pytest.raises(InvalidInput, match="was changed"):
        evaluate_model(store, model_id, workbench, wave=labelled.wave)


def one_sector(workbench: Workbench) -> dict[str, Any]:
    return {"drones": workbench.sectors["drones"]}
