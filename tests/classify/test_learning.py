from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from classify.labelling_advice import advise
from classify.learning import learning_record
from classify.measures import Measure
from storage.errors import NotReady
from storage.records.assessment import Label
from storage.tables.assessment import insert_labels

if TYPE_CHECKING:
    from classify.workbench import Workbench
    from storage.database import Store


@pytest.fixture
def fast(workbench: Workbench) -> Workbench:
    return replace(workbench, classifier="encoder_mean")


def label(store: Store, active: list[str], inactive: list[str], batch: str) -> None:
    said = [(unit, True) for unit in active] + [(unit, False) for unit in inactive]
    labels = [Label(sector="drones", active=a, unit_id=unit) for unit, a in said]
    insert_labels(store, labels, batch)


def test_each_batch_is_told_with_what_it_bought_on_the_same_companies(
    store: Store, economy: Any, fast: Workbench
) -> None:
    drones, others = economy.fill(16, 24)
    label(store, drones[:6], others[:8], "first.csv")
    label(store, drones[6:9], others[8:16], "second.csv")
    label(store, drones[9:], others[16:], "third.csv")
    record = learning_record(store, "drones", fast, wave=economy.wave)
    assert (record.basis, record.n, record.n_active) == ("batches", 40, 16)
    assert [stage.batch for stage in record.stages] == ["first.csv", "second.csv", "third.csv"]
    assert [(stage.added, stage.added_active) for stage in record.stages] == [
        (14, 6), (11, 3), (15, 7),
    ]  # fmt: skip
    assert [stage.labelled for stage in record.stages] == [14, 25, 40]
    first, _, last = record.stages
    assert first.gain_average_precision is None
    assert last.average_precision is not None
    assert last.gain_f1 is not None
    assert last.found is not None
    assert 0 <= last.found.lower <= last.found.value <= 16
    for before, after in zip(record.stages, record.stages[1:], strict=False):
        for name in ("average_precision", "f1", "found"):
            old, new = getattr(before, name), getattr(after, name)
            gain = getattr(after, f"gain_{name}")
            assert gain.value == pytest.approx(new.value - old.value)
            assert gain.lower <= gain.value <= gain.upper
    assert record.reason.startswith(("the last batch bought", "no gain of the last batch"))
    assert learning_record(store, "drones", fast, wave=economy.wave) == record


def test_the_last_stage_is_the_model_that_training_gives(
    store: Store, economy: Any, fast: Workbench
) -> None:
    from classify.training import train_model

    drones, others = economy.fill(10, 14)
    label(store, drones[:5], others[:7], "a")
    label(store, drones[5:], others[7:], "b")
    record = learning_record(store, "drones", fast, wave=economy.wave)
    card = train_model(store, "drones", fast, wave=economy.wave).content
    expected = card["validation"]["model"]["average_precision"]["value"]
    assert record.stages[-1].average_precision is not None
    assert record.stages[-1].average_precision.value == pytest.approx(expected)


def test_labels_of_one_import_are_parted_at_random_by_company(
    store: Store, economy: Any, fast: Workbench
) -> None:
    drones, others = economy.fill(14, 18)
    label(store, drones, others, "all.csv")
    record = learning_record(store, "drones", fast, wave=economy.wave)
    assert record.basis == "random parts"
    assert [stage.labelled for stage in record.stages] == [8, 16, 24, 32]


def test_a_first_batch_of_one_answer_is_told_as_too_few(
    store: Store, economy: Any, fast: Workbench
) -> None:
    drones, others = economy.fill(8, 12)
    label(store, [], others[:2], "only-inactive.csv")
    label(store, drones, others[2:], "rest.csv")
    first, second = learning_record(store, "drones", fast, wave=economy.wave).stages
    assert (first.labelled, first.average_precision, first.found) == (2, None, None)
    assert second.average_precision is not None
    assert second.gain_average_precision is None


def test_many_batches_are_joined_to_six_stages_and_the_last_stands_alone(
    store: Store, economy: Any, fast: Workbench
) -> None:
    drones, others = economy.fill(20, 20)
    for n in range(10):
        label(store, drones[2 * n : 2 * n + 2], others[2 * n : 2 * n + 2], f"b{n}")
    stages = learning_record(store, "drones", fast, wave=economy.wave).stages
    assert len(stages) == 6
    assert stages[-1].batch == "b9"
    assert sum(stage.added for stage in stages) == 40


def test_without_labels_it_says_what_comes_first(
    store: Store, economy: Any, fast: Workbench
) -> None:
    economy.fill(2, 2)
    with pytest.raises(NotReady, match="No label"):
        learning_record(store, "drones", fast, wave=economy.wave)


@pytest.mark.parametrize(
    ("average_precision", "f1", "expected"),
    [
        ((0.03, 0.004, 0.06), (0.0, -0.1, 0.1), "label_more"),
        ((0.0, -0.002, 0.009), (0.0, -0.01, 0.019), "stop"),
        ((-0.02, -0.05, -0.01), (0.0, -0.01, 0.01), "stop"),
        ((0.0, -0.002, 0.009), (0.0, -0.1, 0.1), "cannot_tell"),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), "cannot_tell"),  # every resample of 15 says the same
    ],
)
def test_the_advice_follows_from_the_intervals_of_the_last_gains(
    average_precision: tuple[float, float, float], f1: tuple[float, float, float], expected: str
) -> None:
    gains = [
        Measure(value=value, lower=lower, upper=upper)
        for value, lower, upper in (average_precision, f1)
    ]
    advice, reason = advise(*gains, n_active=15)
    assert advice == expected
    assert f"{average_precision[0]:+.3f} ({average_precision[1]:+.3f} to" in reason
    if average_precision[1] == average_precision[2]:
        assert advise(*gains, n_active=400)[0] == "stop"


def test_without_a_gain_to_look_at_the_advice_is_to_go_on() -> None:
    assert advise(None, None, n_active=3)[0] == "label_more"
