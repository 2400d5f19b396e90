"""What scores mean, by the answers to an earlier audit (pure).

A model's scores sort units; whether 0.3 means three in ten, nobody has looked. Neyman's sizes hang
on it: scores that are too high among the many likely negatives draw nearly all answers there. An
earlier audit of the sector has looked. Its answers give a line on the log odds (Platt 1999)::

    logit p = a + b · logit(score)

fitted with weights 1/π and a prior that holds scores for right (a 0, b 1) where answers are few.
Only the sizes of the next draw hang on it, no figure: the estimate knows every unit's chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_ANSWERS, LEAST_OF_A_KIND = 50, 5  # answers in all, and of each kind, that are worth a line
LOWEST = 1e-6  # and 1 − LOWEST: scores beyond have log odds that would decide the line alone
PRIOR_PRECISION = (0.01, 0.25)  # of a and b, in answers' worth of information
STEPS, LONGEST_STEP, TOLERANCE = 50, 2.0, 1e-8


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLevel:
    """A line from score to rate on the log odds scale.

    Attributes:
        intercept, slope: Of the line.
        n_answers: It was fitted to.
    """

    intercept: float
    slope: float
    n_answers: int

    def rate(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the anticipated share of active units at every score, 0–1."""
        rate: NDArray[np.float64] = 1.0 / (
            1.0 + np.exp(-(self.intercept + self.slope * _logit(score)))
        )
        return rate


def fit_level(
    score: NDArray[np.float64], active: NDArray[np.bool_], inclusion: NDArray[np.float64]
) -> ScoreLevel | None:
    """Return the line through the answers of an audit, None where there are too few.

    Args:
        score: float64 0–1, of every answered unit.
        active: bool, its answer.
        inclusion: float64 (0–1], its inclusion probability.
    """
    n, n_active = len(score), int(active.sum())
    if n < LEAST_ANSWERS or min(n_active, n - n_active) < LEAST_OF_A_KIND:
        return None
    columns = np.column_stack([np.ones(n), _logit(score)])
    weight = (1.0 / inclusion) / (1.0 / inclusion).mean()
    expected, precision = np.array([0.0, 1.0]), np.diag(PRIOR_PRECISION)
    line = expected.copy()
    for _ in range(STEPS):
        fitted = 1.0 / (1.0 + np.exp(-np.clip(columns @ line, -700.0, 700.0)))
        rise = columns.T @ (weight * (active - fitted)) - precision @ (line - expected)
        bent = (columns * (weight * fitted * (1.0 - fitted))[:, None]).T @ columns + precision
        step = np.clip(np.linalg.solve(bent, rise), -LONGEST_STEP, LONGEST_STEP)
        line = line + step
        if float(np.abs(step).max()) < TOLERANCE:
            break
    return ScoreLevel(intercept=float(line[0]), slope=float(line[1]), n_answers=n)


def _logit(score: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.clip(score, LOWEST, 1.0 - LOWEST)
    odds: NDArray[np.float64] = np.log(kept / (1.0 - kept))
    return odds
