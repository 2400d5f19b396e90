from __future__ import annotations

import csv
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
    assert sorted(map(repr, read_labels(path).labels)) == sorted(map(repr, labels))


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
    (label,) = read_labels(written(tmp_path, [task, {"id": 8, "data": {"text": "x"}}])).labels
    assert (label.unit_id, label.active, label.coder) == ("u1", True, "10")
    assert label.coded_at == datetime(2026, 3, 9, 22, 16, 8, 728353, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{}", "no JSON list"),
        ("not json", "cannot be read"),
        ([{"data": []}], "task 1 has no data"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_labels(written(tmp_path, content))


def test_faulty_annotations_are_told_all_at_once_by_task_and_number(tmp_path: Path) -> None:
    def annotation(**value: Any) -> dict[str, Any]:
        return {"id": 31, "result": [{"type": "choices", "from_name": "active", "value": value}]}

    subject = {"unit_id": "u", "sector": "drones"}
    tasks = [
        {"data": {"unit_id": "u"}, "annotations": [annotation(choices=["active"])]},
        {"id": 70, "data": subject, "annotations": [annotation(), annotation(choices=["maybe"])]},
    ]
    with pytest.raises(InvalidInput) as fault:
        read_labels(written(tmp_path, tasks), {"drones"})
    first, second, third = fault.value.details
    assert first.startswith("task 1, annotation 31: sector")
    assert second.startswith("task 70, annotation 31: its answer is []")
    assert "maybe" in third


def test_other_controls_of_a_project_are_not_taken_for_the_answer(tmp_path: Path) -> None:
    said = [
        {"type": "choices", "from_name": "clarity", "value": {"choices": ["clear"]}},
        {"type": "choices", "from_name": "active", "value": {"choices": ["inactive"]}},
        {"type": "textarea", "from_name": "remark", "value": {"text": ["seen on the start page"]}},
    ]
    guess = [{"result": [{"type": "choices", "value": {"choices": ["active"]}}], "score": 0.9}]
    task = {
        "data": {"url": "https://a.example/", "sector": "drones"},
        "annotations": [{"id": 1, "result": said}],
        "predictions": guess,
    }
    (label,) = read_labels(written(tmp_path, [task])).labels
    assert (label.active, label.note) == (False, "seen on the start page")


def test_the_flat_exports_of_label_studio_are_read_and_skipped_rows_left_out(
    tmp_path: Path,
) -> None:
    shared = {"id": 7, "unit_id": "u1", "sector": "drones", "content": "u1", "lead_time": 4.2}
    rows = [
        {**shared, "annotation_id": 1, "annotator": "ada", "active": "active"},
        {**shared, "annotation_id": 2, "annotator": {"id": 3}, "active": "cannot tell"},
        {**shared, "annotation_id": 4, "annotator": "bob"},
    ]
    for row in rows:
        row["created_at"] = "2026-03-09T22:16:08.728353Z"
    by_json = read_labels(written(tmp_path, rows)).labels
    assert [(label.coder, label.active) for label in by_json] == [("ada", True), ("3", None)]
    path = tmp_path / "tasks.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, [*rows[0]])
        table.writeheader()
        rows[1]["annotator"] = 3
        table.writerows(rows)
    assert read_labels(path).labels == by_json
