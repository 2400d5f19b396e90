"""Labels as tasks with annotations, the JSON that Label Studio imports and exports.

A task holds `data` (what is judged) and `annotations` (what each coder said: a `choices` result of
the control ``active``). Format: https://labelstud.io/guide/task_format; `LABELING_CONFIG` is the
project set-up that shows these tasks.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from storage.records.assessment import Label

# Choice -> what stands in a label file's column `active`.
CHOICES = {"active": "1", "inactive": "0", "cannot tell": ""}
_CONTROL = "active"
_NOTE = "note"
_SUBJECT = ("unit_id", "url", "text", "sector", "language", "purpose")
_SEEN = ("wave", "inclusion_probability", "guideline", "page_digest")
_SHOWN = "content"  # what Label Studio shows: the text itself, else the address or the unit
LABELING_CONFIG = """\
<View>
  <Header value="$sector"/>
  <Text name="content" value="$content"/>
  <Choices name="active" toName="content" choice="single" required="true">
    <Choice value="active"/>
    <Choice value="inactive"/>
    <Choice value="cannot tell"/>
  </Choices>
  <TextArea name="note" toName="content" maxSubmissions="1" rows="2"/>
</View>
"""


def write_tasks(labels: Sequence[Label]) -> str:
    """Return labels as a JSON list of tasks, one a subject, sector and purpose, in given order.

    Several coders' labels of one subject are annotations of one task; an adjudicating one is its
    ``ground_truth``.
    """
    tasks: dict[str, dict[str, Any]] = {}
    for number, label in enumerate(labels, start=1):
        data = _data(label)
        key = json.dumps(data, sort_keys=True)
        task = tasks.setdefault(key, {"id": len(tasks) + 1, "data": data, "annotations": []})
        task["annotations"].append(_annotation(label, number))
    return json.dumps(list(tasks.values()), ensure_ascii=False, indent=1) + "\n"


def _data(label: Label) -> dict[str, Any]:
    named = {name: getattr(label, name) for name in (*_SUBJECT, *_SEEN)}
    kept = {name: value for name, value in named.items() if value not in (None, "")}
    return {**kept, _SHOWN: label.text or label.url or label.unit_id or ""}


def _annotation(label: Label, number: int) -> dict[str, Any]:
    answer = {True: "active", False: "inactive", None: "cannot tell"}[label.active]
    said = [_result(label, _CONTROL, "choices", {"choices": [answer]})]
    if label.note:
        said.append(_result(label, _NOTE, "textarea", {"text": [label.note]}))
    made: dict[str, Any] = {"id": number, "result": said, "was_cancelled": False}
    made["ground_truth"] = label.role == "adjudicator"
    if label.coder:
        made["completed_by"] = {"email": label.coder}
    if label.coded_at:
        made["created_at"] = label.coded_at.isoformat()
    return made


def _result(label: Label, name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    made_of = f"{label.unit_id}\x1f{label.url}\x1f{label.text}\x1f{label.coder}\x1f{name}"
    identity = hashlib.sha256(made_of.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return {"id": identity, "from_name": name, "to_name": _SHOWN, "type": kind, "value": value}


def read_tasks(path: Path) -> Iterator[tuple[str, dict[str, str] | str]]:
    """Return (place, row as of a label file) of every annotation that was not skipped.

    Where an annotation has no single answer, what is wrong stands in the place of the row. Tasks
    without annotation, annotations without result, skipped ones and predictions give no row.
    Both of Label Studio's forms are read, JSON and JSON-MIN (a flat object an annotation).

    Raises:
        ValueError: It is no list of tasks.
    """
    tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(tasks, list) or not all(isinstance(t, dict) for t in tasks):
        message = "it is no JSON list of tasks"
        raise ValueError(message)
    for number, task in enumerate(tasks, start=1):
        place = f"task {task.get('id', number)}"
        if "annotation_id" in task and "data" not in task:
            if row := flat_annotation({name: _text(value) for name, value in task.items()}):
                yield place, row
            continue
        data = task.get("data")
        said = task.get("annotations", task.get("completions", []))
        if not isinstance(data, dict) or not isinstance(said, list):
            message = f"{place} has no data, or annotations that are no list"
            raise ValueError(message)
        for nth, annotation in enumerate(said, start=1):
            if isinstance(annotation, dict) and _was_answered(annotation):
                yield f"{place}, annotation {annotation.get('id', nth)}", _row(data, annotation)


def flat_annotation(row: dict[str, str]) -> dict[str, str]:
    """Return a row of Label Studio's CSV or JSON-MIN as of a label file; empty where skipped."""
    if not row.get(_CONTROL):
        return {}
    named = {"coder": row.get("annotator", ""), "coded_at": row.get("created_at", "")}
    return {**row, **{name: row.get(name) or value for name, value in named.items()}}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("email") or value.get("id")
    return "" if value is None else str(value).strip()


def _was_answered(annotation: Mapping[str, Any]) -> bool:
    return bool(annotation.get("result")) and not annotation.get("was_cancelled")


def _row(data: Mapping[str, Any], annotation: Mapping[str, Any]) -> dict[str, str] | str:
    row = {name: str(data.get(name) or "").strip() for name in (*_SUBJECT, *_SEEN)}
    answers = _values(annotation, "choices", "choices")
    if len(answers) != 1 or answers[0] not in CHOICES:
        return f"its answer is {answers}, not one of {', '.join(CHOICES)}"
    notes = [note for note in _values(annotation, "textarea", "text") if note]
    row |= {
        "active": CHOICES[answers[0]],
        "coder": _text(annotation.get("completed_by", "")),
        "coded_at": str(annotation.get("created_at") or ""),
        "note": "\n".join(notes),
        "role": "adjudicator" if annotation.get("ground_truth") else "",
    }
    return row


def _values(annotation: Mapping[str, Any], kind: str, key: str) -> list[str]:
    """Return what an annotation says by controls of a kind; by our own alone where it has them."""
    of_kind = [
        result
        for result in annotation["result"]
        if isinstance(result, dict) and result.get("type") == kind
    ]
    own = [result for result in of_kind if result.get("from_name") in (_CONTROL, _NOTE)]
    found: list[str] = []
    for result in own or of_kind:
        value = result.get("value")
        given = value.get(key, []) if isinstance(value, dict) else []
        found += [str(v) for v in (given if isinstance(given, list) else [given])]
    return found
