from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.balance import compare_with_frame

CODES = st.sampled_from(["A", "B", "C", ""])


def test_shares_of_a_small_frame_worked_by_hand() -> None:
    frame = {"small": 70, "medium": 29, "large": 1}
    labelled = [("small", True)] * 2 + [("small", False)] * 2 + [("huge", False)]
    found = compare_with_frame("size_class", frame, labelled)
    # |.7 - .8| + |.29 - 0| + |.01 - 0| + |0 - .2|, halved
    assert found.dissimilarity == pytest.approx(0.3)
    assert found.unlabelled == ("large", "medium")
    assert found.without_active == ("huge",)
    small = next(one for one in found.classes if one.code == "small")
    assert (small.n_frame, small.n_labelled, small.n_active) == (70, 4, 2)
    assert (small.share_frame, small.share_labelled) == (0.7, 0.8)


def test_without_labels_or_frame_nothing_is_said() -> None:
    assert compare_with_frame("region", {"N": 3}, []).dissimilarity == 0
    assert compare_with_frame("region", {}, [("N", True)]).dissimilarity == 0
    assert compare_with_frame("region", {"N": 3}, []).unlabelled == ("N",)


@given(st.dictionaries(CODES, st.integers(1, 50)), st.lists(st.tuples(CODES, st.booleans())))
def test_counts_add_up_and_the_dissimilarity_is_a_share(
    frame: dict[str, int], labelled: list[tuple[str, bool]]
) -> None:
    found = compare_with_frame("x", frame, labelled)
    assert sum(one.n_labelled for one in found.classes) == len(labelled)
    assert sum(one.n_frame for one in found.classes) == sum(frame.values())
    assert 0 <= found.dissimilarity <= 1 + 1e-12


@given(st.dictionaries(CODES, st.integers(1, 9), min_size=1))
def test_labels_that_mirror_the_frame_are_not_apart(frame: dict[str, int]) -> None:
    labelled = [(code, True) for code, n in frame.items() for _ in range(n)]
    assert compare_with_frame("x", frame, labelled).dissimilarity == pytest.approx(0)
