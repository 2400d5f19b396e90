from __future__ import annotations

import numpy as np
import pytest
import sklearn.cluster  # noqa: F401 - its loops are limited too
from threadpoolctl import threadpool_info, threadpool_limits

from classify.one_thread import one_thread, one_thread_in_loops


def threads(kind: str) -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == kind}


def sums() -> bytes:
    """Return bytes of products that threads share: vectors by the thousand against directions."""
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(2_456, 384))
    gram = rows[:500].T @ rows[:500] + np.eye(384)
    return bytes(
        (rows @ rng.normal(size=(384, 30))).tobytes()
        + np.linalg.solve(gram, rows[0]).tobytes()
        + np.dot(rows.ravel(), rows.ravel()).tobytes()
    )


def test_linear_algebra_has_one_thread_while_the_work_runs_and_its_own_again_after() -> None:
    with threadpool_limits(2, "blas"):
        assert one_thread(threads)("blas") == {1}
        assert threads("blas") == {2}


def test_loops_are_held_only_where_that_is_asked_for() -> None:
    with threadpool_limits(2):
        assert one_thread(threads)("openmp") == {2}
        assert one_thread_in_loops(threads)("openmp") == {1}
        assert one_thread_in_loops(threads)("blas") == {1}
        assert threads("openmp") == {2}


def test_the_limit_is_lifted_where_the_work_fails() -> None:
    @one_thread
    def fail() -> None:
        raise ValueError("so")

    with threadpool_limits(2, "blas"):
        with pytest.raises(ValueError, match="so"):
            fail()
        assert threads("blas") == {2}


def test_products_are_the_same_bytes_whatever_threads_there_are() -> None:
    found = set()
    for number in (1, 2, 3, 4):
        with threadpool_limits(number, "blas"):
            found.add(one_thread(sums)())
    assert len(found) == 1


def test_name_and_words_of_the_work_stay() -> None:
    assert one_thread(threads).__name__ == "threads"
