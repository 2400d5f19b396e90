"""What folds keep together, by websites and texts alone."""

from __future__ import annotations

from classify.passages import passage_of
from classify.training_set import Subject, group_subjects, groups_for_folds, join_near_copies


def test_subjects_that_share_a_website_at_one_remove_are_one_group() -> None:
    subjects = [
        Subject(key="a b", websites=("a", "b")),
        Subject(key="b c", websites=("b", "c")),
        Subject(key="c", websites=("c",)),
        Subject(key="d", websites=("d",)),
        Subject(key="text:1", text="t"),
    ]
    groups = group_subjects(subjects)
    assert groups == {"a b": "a", "b c": "a", "c": "a", "d": "d", "text:1": "text:1"}


def test_near_copies_of_websites_are_held_out_together() -> None:
    words = [f"word{number}" for number in range(200)]
    texts = {
        "a": " ".join(words),
        "b": " ".join([*words[:190], "another", "end"]),
        "c": " ".join(f"other{number}" for number in range(200)),
        "d": "short text of its own",
    }
    passages = {key: (passage_of(text, "", "en"),) for key, text in texts.items()}
    joined = join_near_copies({"a": "g1", "b": "g2", "c": "g3", "d": "g3"}, passages)
    assert joined == {"a": "g1", "b": "g1", "c": "g3", "d": "g3"}


def test_an_answer_that_is_one_text_over_and_over_is_counted_and_parted() -> None:
    words = " ".join(f"word{number}" for number in range(200))
    texts = {f"a{n}": f"{words} in town {n}" for n in range(4)}
    texts |= {f"b{n}": " ".join(f"other{n}x{k}" for k in range(200)) for n in range(3)}
    passages = {key: (passage_of(text, "", "en"),) for key, text in texts.items()}
    groups, active = {key: key for key in texts}, {key: key.startswith("a") for key in texts}
    assert groups_for_folds(groups, passages, active) == (list(texts), 4)
    several = {**active, "b0": True}
    joined, n_copies = groups_for_folds(groups, passages, several)
    assert n_copies == 0
    assert len(set(joined)) == 4
