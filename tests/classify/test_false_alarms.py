from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from classify.false_alarms import (
    count_false_alarms,
    least_threshold,
    most_hits,
    upper_bound,
)

SCORES = st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0]), min_size=1, max_size=400)


@given(hits=st.integers(0, 20), more=st.integers(1, 5000))
def test_at_the_upper_bound_so_few_alarms_would_be_seen_one_time_in_twenty(
    hits: int, more: int
) -> None:
    bound = upper_bound(hits, hits + more)
    assert binom.cdf(hits, hits + more, bound) == pytest.approx(0.05, rel=1e-4)


def test_no_alarm_among_few_texts_shows_little() -> None:
    assert upper_bound(0, 150) == pytest.approx(0.0198, abs=1e-3)
    assert upper_bound(0, 2500) < 0.002 < upper_bound(0, 1000)
    assert upper_bound(0, 0) == 1.0


@given(SCORES, st.sampled_from([0.01, 0.05, 0.2, 0.6, 1.0]))
def test_the_least_threshold_keeps_the_bound_and_the_next_lower_one_breaks_it(
    listed: list[float], maximum: float
) -> None:
    scores = np.array(listed)
    cut = least_threshold(scores, maximum)
    shown = count_false_alarms(scores, cut)
    if upper_bound(0, len(scores)) <= maximum:
        assert shown.upper <= maximum
    else:
        assert shown.hits == 0 or maximum >= 1.0
    lower = scores[scores < cut]
    if len(lower):
        assert count_false_alarms(scores, float(lower.max())).upper > min(maximum, 0.9999)


def test_more_alarms_are_allowed_among_more_texts() -> None:
    assert [most_hits(n, 0.002) for n in (1000, 1500, 2500, 5000)] == [-1, 0, 1, 4]
    assert most_hits(7, 1.0) == 7


def test_without_a_text_or_a_maximum_every_threshold_will_do() -> None:
    assert least_threshold(np.zeros(0), 0.002) == -np.inf
    assert least_threshold(np.array([5.0, 6.0]), 1.0) == -np.inf


def test_alarms_are_counted_from_the_threshold_on() -> None:
    found = count_false_alarms(np.array([0.1, 0.5, 0.7]), 0.5)
    assert (found.n, found.hits) == (3, 2)
    assert found.rate == pytest.approx(2 / 3)
