"""Arithmetic that gives the same bytes whatever number of threads the machine offers.

A matrix product that two threads share adds up in another order than one thread does, and the last
bit of a weight then hangs on ``OMP_NUM_THREADS`` or on the number of cores.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def one_thread(work: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Return `work` with linear algebra (BLAS) held to one thread while it runs.

    Encoders keep their threads: what they do for one passage is not summed over threads of BLAS.
    """
    return _limited(work, "blas")


def one_thread_in_loops(work: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Return `work` with scikit-learn's own parallel loops (OpenMP) held to one thread as well.

    k-means adds the parts of its threads in the order in which they end.
    """
    return _limited(_limited(work, "openmp"), "blas")


def _limited(work: Callable[_Given, _Result], kind: str) -> Callable[_Given, _Result]:
    @wraps(work)
    def run(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        # Only libraries that are loaded can be limited: numpy and scipy bring one BLAS each.
        import scipy.linalg  # noqa: F401 - loaded for its BLAS, which scikit-learn uses too
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1, user_api=kind):
            return work(*args, **kwargs)

    return run
