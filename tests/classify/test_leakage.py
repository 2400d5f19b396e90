from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.leakage import LabelledText, find_leaks, shingles

WORDS = [f"word{n}" for n in range(40)]


def text(key: str, side: str, words: str, *websites: str) -> LabelledText:
    return LabelledText(key=key, websites=websites or (f"https://{key}/",), text=words, side=side)


def test_each_kind_is_found_once_with_its_first_reason() -> None:
    long = " ".join(WORDS)
    changed = " ".join([*WORDS[:-1], "other"])
    leaks = find_leaks(
        [
            text("a", "training", long, "https://shared/"),
            text("b", "test", "quite another text of few words", "https://shared/"),
            text("c", "test", f"{long.upper()}!"),
            text("d", "test", changed),
            text("e", "test", "nothing in common with any of them at all"),
            text("f", "training", changed),
        ]
    )
    assert [(leak.kind, leak.first, leak.second) for leak in leaks] == [
        ("same_website", "a", "b"),
        ("same_text", "a", "c"),
        ("same_text", "d", "f"),
        ("near_duplicate", "a", "d"),
        ("near_duplicate", "c", "f"),
    ]
    # 40 words have 37 shingles; one changed word at the end costs one on either side: 36 / 38
    assert leaks[3].similarity == pytest.approx(36 / 38)


def test_what_is_on_one_side_together_is_no_leak() -> None:
    long = " ".join(WORDS)
    assert find_leaks([text("a", "fold 1", long), text("b", "fold 1", long)]) == []
    assert len(find_leaks([text("a", "fold 1", long), text("b", "fold 2", long)])) == 1
    assert find_leaks([]) == []
    assert find_leaks([text("a", "x", "…"), text("b", "y", "—")]) == []


def test_scripts_without_spaces_are_compared_by_letters() -> None:
    chinese = "我们公司专业从事无人机的研发生产和销售提供航拍测绘和农业植保服务欢迎来电咨询"
    changed = chinese[:-1] + "价"
    (leak,) = find_leaks([text("a", "x", chinese), text("b", "y", changed)])
    assert leak.kind == "near_duplicate"
    assert len(shingles(chinese)[0]) == 8
    assert find_leaks([text("a", "x", chinese), text("b", "y", chinese[::-1])]) == []


@given(
    st.lists(st.sampled_from(WORDS[:6]), min_size=4, max_size=20),
    st.lists(st.sampled_from(WORDS[:6]), min_size=4, max_size=20),
    st.floats(0.1, 1),
)
def test_near_duplicates_are_those_of_the_jaccard_similarity(
    one: list[str], other: list[str], near: float
) -> None:
    first, second = " ".join(one), " ".join(other)
    a, b = set(shingles(first)), set(shingles(second))
    expected = len(a & b) / len(a | b)
    leaks = find_leaks([text("a", "x", first), text("b", "y", second)], near=near)
    if first == second:
        assert [leak.kind for leak in leaks] == ["same_text"]
    else:
        assert [leak.similarity for leak in leaks] == ([expected] if expected >= near else [])
