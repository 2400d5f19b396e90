from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.bridge import break_factor


def flags(text: str) -> np.ndarray:
    return np.array([float(sign) for sign in text])


def test_counts_worked_by_hand() -> None:
    # both 30, only old 10, only new 20 of 1000: R = 50 / 40
    old = np.zeros(1000)
    new = np.zeros(1000)
    old[:40] = 1
    new[10:60] = 1
    found = break_factor(old, new)
    assert (found.old_value, found.new_value, found.factor) == (40, 50, 1.25)
    # V(R) = 1000/999 (30 · .25² + 10 · 1.25² + 20) / 40² ; R √V(ln R) is the same root
    error = np.sqrt(1000 / 999 * (30 * 0.0625 + 10 * 1.5625 + 20)) / 40
    # the ratio of paired proportions: V(ln R) = (10 + 20) / (40 · 50)
    assert (error / 1.25) ** 2 == pytest.approx(1000 / 999 * 30 / 2000)
    assert found.lower == pytest.approx(1.25 / np.exp(1.959964 * error / 1.25), rel=1e-6)
    assert found.upper == pytest.approx(1.25 * np.exp(1.959964 * error / 1.25), rel=1e-6)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=2, max_size=30))
def test_the_way_back_is_the_inverse(rows: list[tuple[int, int]]) -> None:
    old, new = (np.array(side, dtype=float) for side in zip(*rows, strict=True))
    there, back = break_factor(old, new), break_factor(new, old)
    if not old.any() or not new.any():
        return
    assert there.factor is not None
    assert back.factor is not None
    assert there.factor * back.factor == pytest.approx(1)
    assert there.lower is not None
    assert back.upper is not None
    assert there.lower == pytest.approx(1 / back.upper, rel=1e-6)
    assert there.upper is not None
    assert there.lower <= there.factor <= there.upper


def test_models_that_agree_leave_no_break() -> None:
    found = break_factor(flags("1100"), flags("1100"))
    assert (found.factor, found.lower, found.upper) == (1, 1, 1)


def test_without_an_active_unit_there_is_no_factor_or_no_interval() -> None:
    assert break_factor(flags("000"), flags("100")).factor is None
    gone = break_factor(flags("100"), flags("000"))
    assert (gone.factor, gone.lower) == (0, None)


def test_the_interval_covers_the_ratio_of_the_population() -> None:
    generator = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        kinds = generator.multinomial(2000, [0.02, 0.01, 0.02, 0.95])
        old = np.repeat([1.0, 1.0, 0.0, 0.0], kinds)
        new = np.repeat([1.0, 0.0, 1.0, 0.0], kinds)
        found = break_factor(old, new)
        assert found.lower is not None
        assert found.upper is not None
        covered += found.lower <= 0.04 / 0.03 <= found.upper
    assert 0.92 <= covered / 400 <= 0.98
