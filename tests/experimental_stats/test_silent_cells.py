"""Weighting cells in which nobody responded."""

import numpy as np
import pyarrow as pa
import pytest

from experimental_stats.audited_frame import Codes
from experimental_stats.estimation import estimate_totals
from experimental_stats.silent_cells import silent_variance


def cells_of(*sizes: int) -> Codes:
    """Cells ``0|0``, ``0|1`` … of one family, with so many units each."""
    return Codes(
        names=tuple(f"0|{place}" for place in range(len(sizes))),
        index=np.repeat(np.arange(len(sizes)), sizes),
    )


def parts(cell: Codes, rates: list[float], *, silent: int) -> dict[str, np.ndarray]:
    responded = (cell.index != silent).astype(float)
    return {
        "responded": responded,
        "expected": np.array(rates)[cell.index],
        "missing": 1.0 - responded,
    }


def test_where_every_cell_answers_nothing_is_added():
    cell = cells_of(40, 40)
    assert silent_variance(cell, **parts(cell, [0.1, 0.2], silent=9)) == 0.0


def test_the_variance_goes_by_the_square_of_what_a_silent_cell_holds():
    small, large = cells_of(200, 200, 20), cells_of(200, 200, 60)
    one = silent_variance(small, **parts(small, [0.1, 0.1, 0.0], silent=2))
    other = silent_variance(large, **parts(large, [0.1, 0.1, 0.0], silent=2))
    assert other == pytest.approx(9 * one)
    # Cells alike: of the variances thought possible the low ones are likeliest.
    held = 20 * 0.1
    assert 2 * 0.008 * held**2 < one < 2 * 0.4 * held**2


def test_the_more_cells_differ_the_less_a_neighbour_says():
    cell = cells_of(200, 200, 200, 50)
    alike = silent_variance(cell, **parts(cell, [0.1, 0.1, 0.1, 0.0], silent=3))
    unlike = silent_variance(cell, **parts(cell, [0.02, 0.25, 0.03, 0.0], silent=3))
    assert unlike > 3 * alike


def test_an_interval_is_wider_where_a_cell_is_silent_than_where_it_answers_in_part():
    rng = np.random.default_rng(4)
    cell = np.repeat(np.arange(6), 100)
    active = rng.random(600) < np.array([0.02, 0.3, 0.05, 0.25, 0.1, 0.15])[cell]

    def width(responded: np.ndarray) -> float:
        rows = np.flatnonzero(responded)
        units = pa.table(
            {
                "unit_id": [f"u{place:03d}" for place in range(600)],
                "eligible": [True] * 600,
                "responded": responded,
                "probability": pa.array(np.full(600, 0.5), mask=~responded),
                "weighting_cell": [f"0|{number}" for number in cell],
            }
        )
        audit = pa.table(
            {
                "unit_id": [f"u{place:03d}" for place in rows],
                "active": active[rows],
                "stratum": ["a"] * len(rows),
                "inclusion_probability": [1.0] * len(rows),
            }
        )
        (row,) = estimate_totals(units, audit).to_pylist()
        return row["ci_upper"] - row["ci_lower"]

    spread = rng.permutation(600) >= 100
    assert width(cell != 3) > 1.5 * width(spread)
