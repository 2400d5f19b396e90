"""The primary rules and their ranges against cells worked out by hand."""

import pyarrow as pa
import pytest

from experimental_stats.disclosure.cells import read_layout
from experimental_stats.disclosure.rules import assess, read_contributors, read_rules

OFF = {"minimum_contributors": 0, "dominance": [], "p_percent": 0.0, "protection_percent": 30.0}


def judged(rules: dict, value: float, count: int, *largest: float) -> tuple[bool, float, float]:
    """Assess one cell, made the total of a table."""
    columns = {"v": ["_T", "a"], "value": [value] * 2, "n_contributors": [count] * 2}
    for k, amount in enumerate(largest):
        columns[f"largest_{k + 1}"] = [float(amount)] * 2
    layout = read_layout(pa.table(columns), {"v": {"a": "_T"}}, {"v": "_T"})
    safety = assess(read_contributors(pa.table(columns), layout), read_rules(OFF | rules))
    return bool(safety.unsafe[0]), float(safety.up[0]), float(safety.down[0])


@pytest.mark.parametrize(
    ("rules", "cell", "expected"),
    [
        # threshold: 0 < n < minimum; a count's range is at least 1
        ({"minimum_contributors": 3}, (2.0, 2), (True, 1.0, 1.0)),
        ({"minimum_contributors": 3}, (3.0, 3), (False, 0.0, 0.0)),
        ({"minimum_contributors": 3}, (0.0, 0), (False, 0.0, 0.0)),
        ({"minimum_contributors": 9}, (8.0, 8), (True, 2.4, 2.4)),
        ({"minimum_contributors": 3}, (50.0, 2, 30, 20, 0), (True, 15.0, 15.0)),
        # dominance: 76 > 75 % of 100; up to 76 / .75 = 101.33; exactly 75 % is safe
        ({"dominance": [[1, 75.0]]}, (100.0, 9, 76, 5, 4), (True, 76 / 0.75 - 100, 0.0)),
        ({"dominance": [[1, 75.0]]}, (100.0, 9, 75, 5, 4), (False, 0.0, 0.0)),
        ({"dominance": [[2, 90.0]]}, (100.0, 9, 50, 41, 4), (True, 91 / 0.9 - 100, 0.0)),
        # the larger of two rules that hit: 98 / .75 = 130.67 and 99 / .9 = 110
        (
            {"dominance": [[1, 75.0], [2, 90.0]]},
            (100.0, 9, 98, 1, 1),
            (True, 98 / 0.75 - 100, 0.0),
        ),
        # p %: 100 - 60 - 36 = 4 < 10 % of 60; up to 100 + 6 - 4 = 102
        ({"p_percent": 10.0}, (100.0, 9, 60, 36, 1), (True, 2.0, 0.0)),
        ({"p_percent": 10.0}, (100.0, 9, 60, 34, 1), (False, 0.0, 0.0)),
        # threshold and dominance: the range of the dominance
        (
            {"minimum_contributors": 3, "dominance": [[1, 75.0]]},
            (60.0, 1, 60, 0, 0),
            (True, 20.0, 0.0),
        ),
    ],
)
def test_cells_are_judged_as_by_hand(rules, cell, expected):
    assert judged(rules, *cell) == (expected[0], pytest.approx(expected[1]), expected[2])


def test_a_range_of_nothing_still_asks_that_a_cell_is_not_exact():
    unsafe, up, _ = judged({"minimum_contributors": 3, "protection_percent": 0}, 50.0, 2, 30, 20, 0)
    assert unsafe
    assert up > 0


def test_a_range_of_nearly_nothing_is_widened_until_a_cell_is_not_exact():
    """75 % and a billionth: by the rule alone, up to 100.000000133."""
    rules = {"dominance": [[1, 75.0]]}
    assert judged(rules, 100.0, 9, 75.0000001, 5, 4) == (True, pytest.approx(0.1), 0.0)


@pytest.mark.parametrize(("one", "other"), [(0.2, 0.1), (0.6, 0.3), (0.7, 0.1), (1.1, 0.1)])
def test_rounding_of_the_machine_hits_no_rule_that_is_off(one, other):
    """0.3 - 0.2 - 0.1 is less than 0 for a machine."""
    for value in (one + other, round(one + other, 1)):
        cell = (value, 2, one, other, 0)
        assert judged({"dominance": [[2, 100.0]]}, *cell) == (False, 0.0, 0.0)
        share = pytest.approx(0.3 * value)
        assert judged({"minimum_contributors": 3}, *cell) == (True, share, share)


def test_a_count_table_knows_no_dominance():
    assert judged({"dominance": [[1, 75.0]], "p_percent": 10.0}, 4.0, 4)[0] is False
