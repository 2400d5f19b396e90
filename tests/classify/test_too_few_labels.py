"""Who cannot train learns why, in which wave, and which command comes first."""

from __future__ import annotations

import pytest

from classify.too_few_labels import refuse_one_answer
from classify.training_set import Subject, TrainingSet
from storage.errors import InvalidInput, NotReady
from storage.records.stage import Issue


def found(*codes: str, **answers: bool) -> TrainingSet:
    return TrainingSet(
        answers={Subject(key=key): active for key, active in answers.items()},
        groups={key: key for key in answers},
        unit_ids={},
        issues=tuple(Issue(stage="classify", code=code, detail="", count=2) for code in codes),
    )


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("labels_audited", "label other units"),
        ("labels_contradictory", "label disagreements"),
        ("labels_of_unknown_websites", "frame import FILE"),
        ("labels_without_text", "name the wave to learn from with --wave"),
    ],
)
def test_each_reason_has_its_mend(code: str, mend: str) -> None:
    with pytest.raises(NotReady, match="for 'drones' in wave w2") as fault:
        refuse_one_answer("drones", "w2", {}, found(code))
    assert mend in fault.value.advice
    assert [told.split()[:2] for told in fault.value.details] == [[f"{code}:", "2"]]


def test_one_answer_alone_is_told_by_number() -> None:
    labels = found(a=True, b=True, c=False)
    active = {"a": True, "b": True, "c": False}
    with pytest.raises(InvalidInput, match="hold 1 inactive websites or texts, at least 2"):
        refuse_one_answer("drones", "", active, labels)
    refuse_one_answer("drones", "", active | {"d": False}, found(a=True, b=True, c=False, d=False))
