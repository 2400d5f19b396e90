from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.share_intervals import share_measures, wilson
from classify.validation import measure_decisions

UNITS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


def test_the_interval_of_a_share_is_wilsons() -> None:
    # 2 of 10: (.2 + .19207) / 1.38415 ± 1.96 √(.016 + .0096036) / 1.38415, as in Newcombe (1998)
    assert wilson(0.2, 10) == (pytest.approx(0.0567, abs=5e-5), pytest.approx(0.5098, abs=5e-5))
    assert wilson(0.0, 5)[0] == 0
    assert wilson(1.0, 5) == (pytest.approx(5 / (5 + 1.96**2), abs=1e-4), 1.0)
    assert wilson(0.0, 0) == (0.0, 1.0)


def test_five_right_of_five_may_be_less_than_all() -> None:
    active = np.arange(20) < 5
    found = measure_decisions(active.astype(float), active, active, [str(n) for n in range(20)], 0)
    for name in ("average_precision", "precision", "recall", "f1"):
        assert found[name].value == found[name].upper == 1.0
        assert found[name].lower < 0.75


def test_units_of_one_website_count_once() -> None:
    active, decided = np.arange(40) % 4 == 0, np.arange(40) % 5 == 0
    alone = share_measures(decided, active, [str(n) for n in range(40)])
    together = share_measures(decided, active, [str(n // 20) for n in range(40)])
    for name, measure in alone.items():
        assert measure.value == together[name].value
        assert together[name].lower < measure.lower < measure.upper < together[name].upper


def test_where_nothing_is_decided_active_nothing_is_known_of_precision() -> None:
    none, some = np.zeros(4, dtype=bool), np.ones(4, dtype=bool)
    precision = share_measures(none, some, list("abcd"))["precision"]
    assert (precision.value, precision.lower, precision.upper) == (0.0, 0.0, 1.0)


@given(UNITS)
def test_intervals_hold_their_value_within_0_and_1(units: list[tuple[bool, bool]]) -> None:
    decided, active = (np.array(side) for side in zip(*units, strict=True))
    for measure in share_measures(decided, active, [str(n) for n in range(len(units))]).values():
        assert 0 <= measure.lower <= measure.value + 1e-12
        assert measure.value <= measure.upper + 1e-12 <= 1 + 1e-12
