"""Which domain variables lie within which: found in the data, whatever the order of columns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from experimental_stats.audited_frame import Codes
from experimental_stats.domain_hierarchy import code_above, parents_of


def codes(*index: int) -> Codes:
    size = max(index, default=-1) + 1
    return Codes(names=tuple(f"{n:03d}" for n in range(size)), index=np.array(index, np.int64))


SECTION = codes(0, 0, 0, 0, 1, 1, 1, 1)
DIVISION = codes(0, 0, 1, 1, 2, 2, 3, 3)
GROUP = codes(0, 1, 2, 2, 3, 3, 4, 5)
REGION = codes(0, 1, 0, 1, 0, 1, 0, 1)


def test_each_variable_lies_in_the_nearest_wider_one():
    found = parents_of({"group": GROUP, "region": REGION, "section": SECTION, "division": DIVISION})
    assert {name: list(parents) for name, parents in found.items()} == {
        "region": [],
        "section": [],
        "division": ["section"],
        "group": ["division"],
    }
    assert found["division"]["section"].tolist() == [0, 0, 1, 1]
    assert found["group"]["division"].tolist() == [0, 0, 1, 2, 3, 3]


def test_wider_variables_come_first():
    assert list(parents_of({"g": GROUP, "d": DIVISION, "s": SECTION})) == ["s", "d", "g"]


def test_a_crossing_lies_in_both_of_its_parts():
    crossing = codes(0, 1, 0, 1, 2, 3, 2, 3)
    found = parents_of({"section*region": crossing, "section": SECTION, "region": REGION})
    assert list(found["section*region"]) == ["region", "section"]


def test_of_two_that_part_the_units_alike_one_stands():
    found = parents_of({"division": DIVISION, "b": SECTION, "a": SECTION})
    assert list(found["division"]) == ["a"]
    assert found["a"] == found["b"] == {}
    both = parents_of({"one": DIVISION, "two": DIVISION, "section": SECTION})
    assert [list(both[name]) for name in ("one", "two")] == [["section"], ["section"]]


def test_one_unit_elsewhere_is_no_nesting():
    assert code_above(codes(0, 0, 1, 1, 2, 2, 3, 0), SECTION) is None


def test_a_variable_of_one_code_tells_nothing():
    assert code_above(DIVISION, codes(*[0] * 8)) is None


def test_an_empty_frame_has_no_nesting():
    assert parents_of({"a": codes(), "b": codes()}) == {"a": {}, "b": {}}


@given(st.permutations(["group", "region", "section", "division"]))
def test_the_order_of_columns_does_not_matter(order):
    all_of_them = {"group": GROUP, "region": REGION, "section": SECTION, "division": DIVISION}
    found = parents_of({name: all_of_them[name] for name in order})
    assert list(found) == list(parents_of(all_of_them))
