import csv
from pathlib import Path

import numpy as np
import pytest

from experimental_stats.audited_frame import Codes
from experimental_stats.weighting import (
    cell_rates,
    collapse_cells,
    combined_loads,
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


def test_the_combined_ratio_by_hand():
    # Family "a": 2 missing for 6 respondents in a|x, 4 for 8 in a|y; amounts 1, but one of 9.
    index = np.repeat([0, 1], [8, 12])
    responded = np.r_[np.arange(8) < 6, np.arange(12) < 8]
    amount = np.where(np.arange(20) == 0, 9.0, 1.0)
    codes = Codes(names=("a|x", "a|y"), index=index)
    cells = collapse_cells(codes, np.ones(20, bool), responded)
    assert cells.n_families == 1
    loads = combined_loads(np.ones(20, bool), responded, cells, amount)
    # By count 1/3 and 1/2; they lead to 14/3 + 4 = 26/3 where 6 are missing.
    assert loads[:8] == pytest.approx(1 / 3 * 6 / (26 / 3))
    assert loads[8:] == pytest.approx(1 / 2 * 6 / (26 / 3))
    assert (loads * amount * responded).sum() == pytest.approx(6.0)


def test_for_enterprises_a_load_is_the_cells_missing_over_its_respondents():
    index, responded, cells = cells_of(["a|x", "a|y", "b"], [5, 10, 20])
    loads = combined_loads(np.ones(len(index), bool), responded, cells, np.ones(len(index)))
    assert loads == pytest.approx(np.array([1 / 5, 1 / 10, 1 / 20])[index])


def test_families_are_what_stands_before_the_last_bar():
    _, _, cells = cells_of(["a|x", "a|y", "b|x", "c"], [5, 5, 5, 5])
    assert cells.family[cells.index[::6]].tolist() == [1, 1, 2, 0]
