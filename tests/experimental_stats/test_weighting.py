import csv
from pathlib import Path

import numpy as np
import pytest

from experimental_stats.audited_frame import Codes
from experimental_stats.weighting import (
    cell_loads,
    cell_rates,
    collapse_cells,
    smoothed_cell_rates,
)


def cells_of(names: list[str], respondents: list[int]):
    """A frame with one silent eligible unit and some respondents in every cell."""
    index = np.array([i for i, n in enumerate(respondents) for _ in range(n + 1)])
    responded = np.array([k > 0 for n in respondents for k in range(n + 1)])
    codes = Codes(names=tuple(names), index=index)
    return index, responded, collapse_cells(codes, np.ones(len(index), bool), responded)


with (Path(__file__).parent / "known_cells.csv").open(encoding="utf-8") as file:
    CASES = list(csv.DictReader(file))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_small_cells_are_joined_in_a_fixed_order(case):
    names = case["cells"].split()
    index, _, cells = cells_of(names, [int(n) for n in case["respondents"].split()])
    groups: dict[int, list[str]] = {}
    for place, name in enumerate(names):
        groups.setdefault(int(cells.index[index == place][0]), []).append(name)
    assert (
        " ".join("+".join(groups[number]) for number in sorted(groups)) == case["expected_groups"]
    )


def test_a_cells_rate_is_the_share_of_its_respondents_amount():
    _, responded, cells = cells_of(["a", "b"], [5, 5])
    amount = np.where(responded, 2.0, 0.0)
    expected = np.array([0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0], float)
    assert cell_rates(cells, amount, expected) == pytest.approx([0.4, 0.2])


def test_a_cell_without_amount_takes_the_overall_rate():
    _, _, cells = cells_of(["a", "b"], [5, 5])
    amount = np.r_[0.0, np.ones(5), np.zeros(6)]
    assert cell_rates(cells, amount, np.full(12, 0.5)) == pytest.approx([0.5, 0.5])
    assert cell_rates(cells, np.zeros(12), np.ones(12)) == pytest.approx([0.0, 0.0])


def test_smoothing_leaves_no_cell_at_zero_and_moves_large_cells_little():
    _, responded, cells = cells_of(["a", "b"], [400, 10])
    expected = np.zeros(len(responded))
    expected[1:41] = 1.0
    low, small = smoothed_cell_rates(cells, responded.astype(float), expected)
    assert low == pytest.approx(0.1, abs=0.001)
    assert 0.04 < small < 0.06
    assert smoothed_cell_rates(cells, responded.astype(float), 0 * expected).sum() == 0


def test_a_load_is_the_cells_missing_over_its_respondents():
    index, responded, cells = cells_of(["a|x", "a|y", "b"], [5, 10, 20])
    loads = cell_loads(cells, responded, ~responded)
    expected = np.where(responded, np.array([1 / 5, 1 / 10, 1 / 20])[index], 0.0)
    assert loads == pytest.approx(expected)


def test_families_are_what_stands_before_the_last_bar():
    _, _, cells = cells_of(["a|x", "a|y", "b|x", "c"], [5, 5, 5, 5])
    assert cells.family[cells.index[::6]].tolist() == [1, 1, 2, 0]
