from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.errors import told_together


def test_the_same_fault_is_told_once_with_its_first_places() -> None:
    faults = [(f"line {n}", "sector 'x' is not one of drones") for n in range(2, 5002)]
    faults[1:1] = [("line 2", "active 'maybe' is not 1, 0 or empty")]
    assert told_together(faults) == [
        "line 2, line 3, line 4, line 5, line 6 and 4995 more: sector 'x' is not one of drones",
        "line 2: active 'maybe' is not 1, 0 or empty",
    ]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["one", "two"])), max_size=30))
def test_every_kind_of_fault_is_told_in_the_order_found(faults: list[tuple[str, str]]) -> None:
    told = [line.rpartition(": ")[2] for line in told_together(faults)]
    assert told == list(dict.fromkeys(fault for _, fault in faults))
