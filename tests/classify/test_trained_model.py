"""Files of trained models: damaged, lost, changed by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from classify.evaluate import evaluate_model
from classify.model_state import write_state
from classify.offer import OfferBound, OfferCheck, Wordings
from classify.run import assess_units
from classify.trained_model import load_model, save_model
from classify.training import train_model
from classify.units import embed_units, read_text
from storage.errors import InvalidInput, NotReady
from storage.records.stage import no_progress

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store


def test_what_a_killed_training_had_begun_goes_and_an_equal_model_is_left_alone(
    store: Store, labelled: Any, workbench: Workbench
) -> None:
    card = train_model(store, "drones", workbench, wave=labelled.wave)
    folder = workbench.model_directory / card.model_id
    begun = workbench.model_directory / ".making-begun"
    begun.mkdir()
    (begun / "model.skops").write_bytes(b"half")
    place = folder.stat().st_ino
    train_model(store, "drones", workbench, wave=labelled.wave)
    assert [path.name for path in workbench.model_directory.iterdir()] == [card.model_id]
    assert folder.stat().st_ino == place
    whole = (folder / "model.skops").read_bytes()
    (folder / "model.skops").write_bytes(whole[:-1])
    train_model(store, "drones", workbench, wave=labelled.wave)
    assert (folder / "model.skops").read_bytes() == whole


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


def test_a_stored_model_holds_units_without_an_offer_as_it_did_before(
    store: Store, labelled: Any, workbench: Workbench
) -> None:
    card = train_model(store, "drones", workbench, wave=labelled.wave)
    assert card.content["decision"]["offer_level"] is None  # word counts know no trades
    model = load_model(workbench.model_directory / card.model_id)
    (unit,) = embed_units(
        {"firm": read_text("We survey land with drones. " * 20, "en")}, workbench, no_progress
    )
    away = Wordings(unit.vectors[:1].astype(np.float32), np.ones(1))
    offers = Wordings(-away.rows, np.ones(1))
    check = OfferCheck(background=np.zeros(len(away.rows[0])), offers=offers, others=[away])
    cut = model.calibration.score_at(model.threshold)
    bound = OfferBound(
        check=check, levels=np.zeros(1 + card.content["validation"]["folds"]), cut=cut
    )
    compass = replace(model.space.compass, background=check.background)
    held = replace(model, bound=bound, space=replace(model.space, compass=compass))
    before, after = (one.judge([unit])[0].probability for one in (model, held))
    assert before >= model.threshold > after
    told = held.best_offer(unit)
    assert told is not None
    assert not told["enough"]
    assert model.best_offer(unit) is None
    again = load_model(
        workbench.model_directory / save_model(held, workbench.model_directory).model_id
    )
    assert again.judge([unit])[0].probability == after


def one_sector(workbench: Workbench) -> dict[str, Any]:
    return {"drones": workbench.sectors["drones"]}
