from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.label_errors import rank_suspects
from storage.records.assessment import HeldOutScore


def said(subject: str, active: bool, probability: float) -> HeldOutScore:
    return HeldOutScore(
        subject=subject,
        group_name=subject,
        fold=0,
        language="en",
        text_digest="sha256:0",
        active=active,
        probability=probability,
        decided=probability >= 0.5,
    )


def test_the_confident_joint_worked_by_hand() -> None:
    # active labels have .9, .7, .2: mean .6; inactive labels 1 - p = .9, .8, .1: mean .6
    scores = [
        said("a", True, 0.9),
        said("b", True, 0.7),
        said("c", True, 0.2),
        said("d", False, 0.1),
        said("e", False, 0.2),
        said("f", False, 0.9),
    ]
    ranked = rank_suspects(scores)
    assert [one.subject for one in ranked] == ["f", "c", "b", "e", "a", "d"]
    assert [one.self_confidence for one in ranked[:2]] == [pytest.approx(0.1), pytest.approx(0.2)]
    assert [one.subject for one in ranked if one.likely] == ["f", "c"]
    assert [one.rank for one in ranked] == [1, 2, 3, 4, 5, 6]


def test_planted_errors_come_first_though_the_class_is_rare() -> None:
    generator = np.random.default_rng(1)
    truth = generator.random(600) < 0.1
    probability = np.clip(np.where(truth, 0.75, 0.05) + generator.normal(0, 0.08, 600), 0.001, 0.99)
    wrong = set(generator.choice(600, 12, replace=False).tolist())
    scores = [
        said(f"s{n:03}", bool(truth[n]) != (n in wrong), float(probability[n])) for n in range(600)
    ]
    ranked = rank_suspects(scores)
    assert {int(one.subject[1:]) for one in ranked[:12]} == wrong
    likely = {int(one.subject[1:]) for one in ranked if one.likely}
    # The bar is the mean of the other answer's labels: it is careful, not complete.
    assert likely <= wrong
    assert len(likely) >= 6


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=30))
def test_every_label_is_ranked_once_and_the_order_of_rows_does_not_matter(
    rows: list[tuple[bool, float]],
) -> None:
    scores = [said(f"s{n:02}", active, p) for n, (active, p) in enumerate(rows)]
    ranked = rank_suspects(scores)
    assert ranked == rank_suspects(scores[::-1])
    assert sorted(one.subject for one in ranked) == [score.subject for score in scores]
    confidences = [one.self_confidence for one in ranked]
    assert confidences == sorted(confidences)


def test_labels_of_one_answer_only_hold_no_likely_error() -> None:
    assert not any(
        one.likely for one in rank_suspects([said("a", True, 0.1), said("b", True, 0.9)])
    )
