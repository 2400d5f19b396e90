from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from storage.database import Store
from storage.records.assessment import Evidence, HeldOutScore, Label, Prediction
from storage.records.frame import UnitId
from storage.tables.assessment import (
    delete_stale_predictions,
    insert_labels,
    insert_model,
    insert_promotion,
    load_assessable,
    load_documents,
    load_drawn_units,
    load_input_digests,
    load_labels,
    load_models,
    replace_predictions,
)
from storage.tables.held_out import load_held_out

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        yield opened


def prediction(unit: str, sector: str = "drones", probability: float = 0.5) -> Prediction:
    return Prediction(
        unit_id=UnitId(unit),
        sector=sector,
        probability=probability,
        active=None,
        threshold=None,
        basis="definition",
        model_id="m",
    )


def evidence(unit: str, rank: int) -> Evidence:
    return Evidence(
        unit_id=UnitId(unit), sector="drones", rank=rank, url="u", passage="p", weight=0.1
    )


def test_labels_come_back_as_they_were_in_order(store: Store) -> None:
    labels = [
        Label(sector="drones", active=None, text="Ünïcode \u202e", coder="ada"),
        Label(
            sector="tourism",
            active=True,
            unit_id=UnitId("u1"),
            coded_at=datetime(2026, 11, 22, 10, tzinfo=UTC),
            purpose="audit",
            wave="2026",
            inclusion_probability=0.25,
        ),
        Label(sector="drones", active=False, url="https://a.example/"),
    ]
    assert insert_labels(store, labels, "labels.csv") == 3
    assert load_labels(store) == labels
    assert load_labels(store, sector="drones") == [labels[0], labels[2]]
    assert load_labels(store, sector="tourism", purpose="training") == []


def test_a_label_given_twice_stands_once(store: Store) -> None:
    label = Label(sector="drones", active=True, unit_id=UnitId("u1"))
    assert insert_labels(store, [label, label], "a") == 1
    assert insert_labels(store, [label], "b") == 0
    other = Label(sector="drones", active=True, unit_id=UnitId("u1"), coder="bob")
    assert insert_labels(store, [label, other], "c") == 1
    assert insert_labels(store, [], "d") == 0


def test_predictions_replace_those_of_the_same_unit_and_sector_only(store: Store) -> None:
    first = {prediction("a"): "d1", prediction("b"): "d1", prediction("a", "tourism"): "d1"}
    replace_predictions(store, "w", first, [evidence("a", 1), evidence("a", 2), evidence("b", 1)])
    replace_predictions(store, "w", {prediction("a", probability=0.9): "d2"}, [evidence("a", 1)])
    assert load_input_digests(store, "w", "drones", "m") == {"a": "d2", "b": "d1"}
    assert load_input_digests(store, "w", "tourism", "m") == {"a": "d1"}
    assert load_input_digests(store, "w", "drones", "another") == {}
    found = store.rows("SELECT unit_id, rank FROM evidence ORDER BY ALL")
    assert found == [("a", 1), ("b", 1)]
    assert load_input_digests(store, "other wave", "drones", "m") == {}


def test_nothing_to_write_is_no_fault(store: Store) -> None:
    replace_predictions(store, "w", {}, [])
    assert delete_stale_predictions(store, "w") == 0


def test_only_accepted_websites_with_text_can_be_assessed(store: Store) -> None:
    for unit, url, accepted, outcome in (
        ("a", "https://a.example/", "true", "reached"),
        ("a", "https://b.example/", "false", "reached"),
        ("b", "https://c.example/", "true", "parked"),
    ):
        store.execute(
            "INSERT INTO website_visit VALUES"
            " ('w', 'r', ?, 1, '', 'reached', '', 1, 1, 1, now(), now())",
            [url],
        )
        store.execute(
            "INSERT INTO website_text VALUES ('w', ?, ?, '', 1, 1, 'en', 'x', 'sha256:1')",
            [url, outcome],
        )
        store.execute(
            f"INSERT INTO website_link VALUES ('w', ?, ?, 0.5, '{{}}', {accepted}, '1', 'x')",  # noqa: S608 - a literal of this test
            [unit, url],
        )
    assert load_assessable(store, "w") == {"a": (("https://a.example/", "sha256:1"),)}
    replace_predictions(store, "w", {prediction("a"): "d", prediction("b"): "d"}, [])
    assert delete_stale_predictions(store, "w") == 1
    assert set(load_input_digests(store, "w", "drones", "m")) == {"a"}


def test_documents_come_by_website_in_their_order(store: Store) -> None:
    for url, position in (("y", 1), ("x", 0)):
        store.execute(
            "INSERT INTO document VALUES ('w', 's', ?, '', '', 'en', 't', 1, 'e', 'b', 'd', ?)",
            [url, position],
        )
    found = load_documents(store, "w", ["s", "absent"])
    assert [document.url for document in found["s"]] == ["x", "y"]
    assert load_documents(store, "w", []) == {}


def test_drawn_units_are_those_of_the_sector_that_were_drawn(store: Store) -> None:
    store.execute(
        "INSERT INTO audit_unit VALUES ('w', 'drones', 'a', 's', true, 1),"
        " ('w', 'drones', 'b', 's', false, 1), ('w', 'tourism', 'c', 's', true, 1)"
    )
    assert load_drawn_units(store, "drones") == {"a"}


def test_a_model_recorded_again_becomes_the_newest_and_stays_promoted(store: Store) -> None:
    for model_id in ("one", "two"):
        insert_model(store, model_id, "drones", f"models/{model_id}", '{"a": 1}')
    [two, one] = load_models(store, "drones")
    assert (two.model_id, one.model_id, one.card) == ("two", "one", {"a": 1})
    insert_promotion(store, one, "good", "ada")
    insert_model(store, "one", "drones", "models/one", '{"a": 1}')
    assert [(m.model_id, m.promoted) for m in load_models(store)] == [("one", True), ("two", False)]
    insert_promotion(store, two, "better", "ada")
    assert [m.model_id for m in load_models(store) if m.promoted] == ["two"]
    assert load_models(store, "tourism") == []


def test_a_model_stands_with_what_it_said_or_not_at_all(store: Store) -> None:
    said = HeldOutScore(
        subject="https://a.example/",
        group_name="a",
        fold=0,
        language="en",
        text_digest="sha256:1",
        active=True,
        probability=0.5,
        decided=False,
        score=0.1,
    )
    insert_model(store, "one", "drones", "models/one", "{}", held_out=[said])
    assert load_held_out(store, "one") == [said]
    with pytest.raises(Exception, match=r"(?i)constraint"):
        insert_model(store, "two", "drones", "models/two", "{}", held_out=[said, said])
    assert [model.model_id for model in load_models(store)] == ["one"]
