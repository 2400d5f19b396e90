from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.label_studio import CHOICES, LABELING_CONFIG, write_tasks
from classify.labels import read_labels
from storage.errors import InvalidInput
from storage.records.assessment import Label

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).map(
    lambda text: text.strip() or "x"
)
LABELS = st.builds(
    Label,
    sector=st.sampled_from(["drones", "tourism"]),
    active=st.sampled_from([True, False, None]),
    text=TEXT,
    coder=st.sampled_from(["", "ada", "bob@office.example"]),
    coded_at=st.sampled_from([None, NOON]),
    language=st.sampled_from(["", "pl"]),
    note=st.sampled_from(["", "=formula", "two\nlines"]),
    purpose=st.sampled_from(["training", "test"]),
    wave=st.sampled_from(["", "2026"]),
    inclusion_probability=st.sampled_from([None, 0.1, 1 / 3]),
    guideline=st.sampled_from(["", "2"]),
    page_digest=st.sampled_from(["", "sha256:00"]),
    role=st.sampled_from(["", "adjudicator"]),
)


def written(place: Path, content: Any) -> Path:
    path = place / "tasks.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@given(st.lists(LABELS, max_size=6))
def test_labels_written_as_tasks_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, labels: list[Label]
) -> None:
    path = written(tmp_path_factory.mktemp("tasks"), write_tasks(labels))
    assert sorted(map(repr, read_labels(path))) == sorted(map(repr, labels))


def test_two_coders_of_one_subject_are_two_annotations_of_one_task() -> None:
    labels = [
        Label(sector="drones", active=True, unit_id="u1", coder="ada", coded_at=NOON),
        Label(sector="drones", active=False, unit_id="u1", coder="bob", note="only a hobby"),
        Label(sector="drones", active=False, unit_id="u1", coder="eve", role="adjudicator"),
        Label(sector="drones", active=False, url="https://b.example/"),
    ]
    first, second = json.loads(write_tasks(labels))
    assert [len(task["annotations"]) for task in (first, second)] == [3, 1]
    assert first["data"]["content"] == "u1"
    assert second["data"]["content"] == "https://b.example/"
    assert [a["ground_truth"] for a in first["annotations"]] == [False, False, True]
    assert first["annotations"][1]["result"][1]["value"] == {"text": ["only a hobby"]}


def test_the_project_set_up_shows_what_tasks_hold_and_offers_the_choices_read() -> None:
    view = ElementTree.fromstring(LABELING_CONFIG)  # noqa: S314 - our own constant
    assert [choice.get("value") for choice in view.iter("Choice")] == list(CHOICES)
    task = json.loads(write_tasks([Label(sector="drones", active=True, text="t", note="n")]))[0]
    fields = {node.get("value", "")[1:] for node in view if node.get("value", "").startswith("$")}
    assert fields <= set(task["data"])
    controls = {node.get("name"): node.get("toName") for node in view if node.get("toName")}
    for result in task["annotations"][0]["result"]:
        assert controls[result["from_name"]] == result["to_name"]


def test_a_project_export_of_label_studio_is_read(tmp_path: Path) -> None:
    answer = {
        "id": "Dx_aB91ISN",
        "from_name": "active",
        "to_name": "content",
        "type": "choices",
        "origin": "manual",
        "value": {"choices": ["active"]},
    }
    task = {
        "id": 7,
        "project": 83,
        "data": {"unit_id": "u1", "sector": "drones", "content": "u1"},
        "annotations": [
            {
                "id": 1001,
                "completed_by": 10,
                "result": [answer],
                "was_cancelled": False,
                "ground_truth": False,
                "created_at": "2026-03-09T22:16:08.728353Z",
                "lead_time": 4.288,
            },
            {"id": 1002, "result": [], "was_cancelled": True},
        ],
        "predictions": [],
    }
    (label,) = read_labels(written(tmp_path, [task, {"id": 8, "data": {"text": "x"}}]))
    assert (label.unit_id, label.active, label.coder) == ("u1", True, "10")
    assert label.coded_at == datetime(2026, 3, 9, 22, 16, 8, 728353, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{}", "no JSON list"),
        ("not json", "cannot be read"),
        ([{"data": []}], "task 1 has no data"),
        (
            [{"data": {}, "annotations": [{"result": [{"type": "choices", "value": {}}]}]}],
            "whose answer is",
        ),
        (
            [
                {
                    "data": {},
                    "annotations": [
                        {"result": [{"type": "choices", "value": {"choices": ["maybe"]}}]}
                    ],
                }
            ],
            "maybe",
        ),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_labels(written(tmp_path, content))


def test_a_faulty_annotation_is_told_by_its_number(tmp_path: Path) -> None:
    said = [{"type": "choices", "value": {"choices": ["active"]}}]
    tasks = [{"data": {"unit_id": "u"}, "annotations": [{"result": said}]}]
    with pytest.raises(InvalidInput) as fault:
        read_labels(written(tmp_path, tasks), {"drones"})
    assert fault.value.details[0].startswith("annotation 1: sector")
