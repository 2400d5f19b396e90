from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

import pytest
from kept_states import KeptStates

from classify.compare import compare_models
from classify.embedders import hashed
from classify.promotion import promote_with_bridge
from classify.registry import show_model
from classify.run import assess_units
from classify.training import train_model
from classify.workbench import Workbench
from storage.database import Store
from storage.errors import InvalidInput
from storage.records.assessment import Label
from storage.tables.assessment import insert_labels, load_bridges
from storage.tables.bridge_decision import load_bridge_decisions

WHY = ("fewer false alarms", "ada")


@pytest.fixture
def models(store: Store, economy: Any, workbench: Workbench, kept: KeptStates) -> tuple[str, str]:
    """Train two models of one sector; the second knows two labels more."""

    def train() -> tuple[str, str, dict[str, str]]:
        drones, others = economy.fill(12, 18)
        economy.label(drones[:7], others[:12])
        first = train_model(store, "drones", workbench, wave=economy.wave).model_id
        economy.label([drones[7]], [others[12]])
        second = train_model(store, "drones", workbench, wave=economy.wave).model_id
        store.execute("UPDATE unit SET employees = 10")
        return first, second, dict(economy.texts)

    *trained, texts = kept.begin("promotion", store, train, models=workbench.model_directory)
    economy.texts |= texts
    return trained[0], trained[1]


def promote(store: Store, economy: Any, workbench: Workbench, model_id: str) -> Any:
    return promote_with_bridge(store, model_id, workbench, decision=WHY, wave=economy.wave)


def test_a_change_of_models_is_bridged_on_the_same_wave(
    store: Store, economy: Any, workbench: Workbench, models: tuple[str, str]
) -> None:
    first, second = models
    start = promote(store, economy, workbench, first)
    assert (start.former, start.bridges, start.issues) == ("", (), ())
    done = promote(store, economy, workbench, second)
    assert show_model(store, second).promoted
    assert (done.former, done.issues) == (first, ())
    by_measure = {bridge.measure: bridge for bridge in done.bridges}
    assert set(by_measure) == {"enterprises", "expected_enterprises", "employees"}
    counted = by_measure["enterprises"]
    assert (counted.old_model, counted.new_model, counted.n_units) == (first, second, 30)
    assert counted.old_value == counted.n_both + counted.n_only_old > 0
    assert counted.new_value == counted.n_both + counted.n_only_new
    assert counted.break_factor == counted.new_value / counted.old_value
    assert by_measure["employees"].new_value == 10 * counted.new_value
    assert load_bridges(store, sector="drones", wave=economy.wave) == sorted(
        done.bridges, key=lambda bridge: bridge.measure
    )
    assert load_bridges(store, sector="tourism") == []
    asked = load_bridge_decisions(store, sector="drones", wave=economy.wave, model_id=second)
    assert len(asked) == counted.n_units
    assert sum(asked.values()) == counted.new_value
    none = load_bridge_decisions(store, sector="drones", wave=economy.wave, model_id=first)
    assert none == {}
    again = promote(store, economy, workbench, second)
    assert (again.former, again.bridges) == ("", ())


def test_a_promotion_given_again_changes_nothing_that_stands(
    store: Store, economy: Any, workbench: Workbench, models: tuple[str, str]
) -> None:
    """As after a kill between the transaction and the publication."""

    def standing() -> list[Any]:
        bridged = load_bridge_decisions(store, sector="drones", wave=economy.wave, model_id=second)
        return [store.rows("FROM model_promotion"), load_bridges(store), bridged]

    first, second = models
    promote(store, economy, workbench, first)
    promote(store, economy, workbench, second)
    before = standing()
    assert before[2]
    again = promote(store, economy, workbench, second)
    assert (again.former, again.bridges) == ("", ())
    assert standing() == before
    promote_with_bridge(store, second, workbench, decision=("looked at", "eve"), wave=economy.wave)
    after = standing()
    assert len(after[0]) == len(before[0]) + 1
    assert after[1:] == before[1:]


def test_the_model_in_use_is_bridged_from_though_nobody_promoted_it(
    store: Store, economy: Any, workbench: Workbench, models: tuple[str, str]
) -> None:
    first, second = models
    assess_units(
        store, economy.wave, replace(workbench, sectors={"drones": workbench.sectors["drones"]})
    )
    done = promote(store, economy, workbench, first)
    assert done.former == second
    assert done.bridges


def test_decisions_that_stand_serve_where_the_former_model_cannot_be_run(
    store: Store, economy: Any, workbench: Workbench, models: tuple[str, str]
) -> None:
    first, second = models
    promote(store, economy, workbench, first)
    assess_units(
        store, economy.wave, replace(workbench, sectors={"drones": workbench.sectors["drones"]})
    )
    backup = workbench.model_directory.parent / "backup"
    (workbench.model_directory / first).rename(backup)
    done = promote(store, economy, workbench, second)
    assert done.bridges[0].n_units == 30
    store.execute("DELETE FROM prediction")
    shutil.copytree(workbench.model_directory / second, workbench.model_directory / first)
    with pytest.raises(InvalidInput, match="was changed after the model was trained"):
        promote(store, economy, workbench, first)
    shutil.rmtree(workbench.model_directory / first)
    backup.rename(workbench.model_directory / first)
    shutil.rmtree(workbench.model_directory / second)
    gone = promote(store, economy, workbench, first)
    assert show_model(store, first).promoted
    assert [issue.code for issue in gone.issues] == ["no_bridge"]
    assert store.rows("SELECT code FROM issue") == [("no_bridge",)]


def test_a_model_of_another_embedder_is_not_promoted(
    store: Store, economy: Any, workbench: Workbench, models: tuple[str, str]
) -> None:
    other = replace(workbench, embedder=hashed.build({"dim": 32}))
    with pytest.raises(InvalidInput, match="another embedder"):
        promote(store, economy, other, models[0])
    assert not show_model(store, models[0]).promoted
    with pytest.raises(InvalidInput, match="needs a name"):
        promote_with_bridge(store, models[0], workbench, decision=("good", " "), wave=economy.wave)


def test_models_are_compared_on_what_both_were_cross_validated_on(
    store: Store, economy: Any, workbench: Workbench, models: tuple[str, str]
) -> None:
    found = compare_models(store, *models, workbench, wave=economy.wave)
    assert (found["basis"], found["n"], found["n_active"]) == ("cross_validation", 19, 7)
    assert found["left_out"]["tested_on_by_one_only"] == 2
    assert set(found["differences"]) == {"average_precision", "f1", "brier_score"}
    assert sum(found["decisions"][k] for k in ("both_right", "both_wrong")) <= 19


def test_held_out_labels_come_before_cross_validation(
    store: Store, economy: Any, workbench: Workbench, models: tuple[str, str]
) -> None:
    for n in range(8):
        economy.add(f"new-d{n}", f"drones and unmanned aircraft {n} {'abcdefgh'[n] * 5} " * 4)
        economy.add(f"new-o{n}", f"bread and cakes {n} {'stuvwxyz'[n] * 5} for everybody " * 4)
    insert_labels(
        store,
        [
            Label(sector="drones", active=kind == "d", unit_id=f"new-{kind}{n}", purpose="test")
            for kind in "do"
            for n in range(8)
        ],
        "test",
    )
    found = compare_models(store, *models, workbench, wave=economy.wave)
    assert (found["basis"], found["n"], found["n_active"]) == ("test", 16, 8)


def test_models_that_cannot_be_compared_are_refused(
    store: Store, economy: Any, workbench: Workbench, models: tuple[str, str]
) -> None:
    first, second = models
    with pytest.raises(InvalidInput, match="named twice"):
        compare_models(store, first, first, workbench, wave=economy.wave)
    economy.label([f"drone-{n:02}" for n in range(4)], ["other-00", "other-01"], "tourism")
    other = train_model(store, "tourism", workbench, wave=economy.wave).model_id
    with pytest.raises(InvalidInput, match="cannot be compared"):
        compare_models(store, first, other, workbench, wave=economy.wave)
    store.execute("DELETE FROM held_out_score WHERE model_id = ?", [second])
    with pytest.raises(InvalidInput, match="tested on 0 units alike") as fault:
        compare_models(store, first, second, workbench, wave=economy.wave)
    assert "19 units were tested by one of them only" in fault.value.details
