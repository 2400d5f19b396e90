"""How far coders agree beyond chance: Cohen's kappa and Gwet's AC1, with intervals (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """A coefficient of agreement.

    Attributes:
        observed: Share of agreement, 0-1.
        expected: Share of agreement by chance, 0-1.
        value: (observed - expected) / (1 - expected), at most 1; None where chance alone already
            gives full agreement.
        standard_error: Over subjects; None where there is none.
        lower: Of the 95 % interval, not below -1; None where there is none.
        upper: Not above 1.
    """

    n_subjects: int
    observed: float
    expected: float
    value: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None


def cohen_kappa(table: Array) -> Coefficient | None:
    """Return Cohen's kappa of two coders.

    kappa = (p_o - p_e) / (1 - p_e), p_e = sum_k p_k. p_.k (Cohen 1960); its large-sample variance
    is that of Fleiss, Cohen & Everitt (1969), the interval normal.

    Args:
        table: float64 (q, q): number of subjects by answer of the first and of the second coder.

    Returns:
        None where no subject was coded by both.
    """
    total = float(table.sum())
    if total == 0:
        return None
    share = table / total
    first, second = share.sum(axis=1), share.sum(axis=0)
    observed, expected = float(np.trace(share)), float(first @ second)
    if expected >= 1:
        return _without_value(int(total), observed, expected)
    value = (observed - expected) / (1 - expected)
    if total < 2:  # the variance of one subject is 0, which tells of certainty
        return _without_interval(int(total), observed, expected, value)
    diagonal = np.diag(share) * (1 - (first + second) * (1 - value)) ** 2
    crossed = share * (second[:, None] + first[None, :]) ** 2
    off_diagonal = (1 - value) ** 2 * (crossed.sum() - np.trace(crossed))
    spread = diagonal.sum() + off_diagonal - (value - expected * (1 - value)) ** 2
    error = float(np.sqrt(max(spread, 0.0) / total) / (1 - expected))
    return _with_interval(int(total), observed, expected, value=value, error=error, normal=True)


def agreement_of_two(
    table: Sequence[Sequence[float]] | Array,
) -> tuple[Coefficient | None, Coefficient | None]:
    """Return kappa and AC1 of two coders from the number of subjects by what each said.

    Args:
        table: (2, 2): by the answer of the first coder and of the second.
    """
    number = np.asarray(table, dtype=np.float64)
    kinds = np.array([(2.0, 0.0), (1.0, 1.0), (0.0, 2.0)])  # both the one, they differ, the other
    subjects = np.array([number[0, 0], number[0, 1] + number[1, 0], number[1, 1]])
    return cohen_kappa(number), gwet_ac1(kinds, subjects)


def gwet_ac1(counts: Array, subjects: Array | None = None) -> Coefficient | None:
    """Return Gwet's AC1 of any number of coders; coders may have left subjects out.

    AC1 = (p_a - p_e) / (1 - p_e) with p_a the mean share of agreeing pairs over subjects of two
    or more answers and p_e = sum_k pi_k (1 - pi_k) / (q - 1), pi_k the mean share of answer k
    (Gwet 2008, Br. J. Math. Stat. Psychol. 61; variance over subjects and its treatment of missing
    answers as in Gwet 2014, Handbook of Inter-Rater Reliability, ch. 5; interval by Student's t).
    Unlike kappa it does not fall where one answer is rare.

    Args:
        counts: float64 (rows, q): how many coders gave each answer.
        subjects: float64 (rows,): how many subjects a row stands for; by default one.

    Returns:
        None where no subject has two answers.
    """
    answers = counts.sum(axis=1)
    weight = np.ones(len(counts)) if subjects is None else subjects
    told = (answers > 0) & (weight > 0)
    counts, answers, weight = counts[told], answers[told], weight[told]
    double = answers >= 2
    n, n_double = int(weight.sum()), int(weight[double].sum())
    if n_double == 0:
        return None
    pairs = np.where(double, answers * (answers - 1), 1.0)
    agreed = np.where(double, (counts * (counts - 1)).sum(axis=1) / pairs, 0.0)
    observed = float(weight @ agreed / n_double)
    prevalence = weight @ (counts / answers[:, None]) / n
    others = len(prevalence) - 1
    expected = float((prevalence * (1 - prevalence)).sum() / others)
    value = (observed - expected) / (1 - expected)
    own = np.where(double, n / n_double * (agreed - expected) / (1 - expected), 0.0)
    by_chance = (counts / answers[:, None]) @ (1 - prevalence) / others
    linear = own - 2 * (1 - value) * (by_chance - expected) / (1 - expected)
    if n < 2:
        return _without_interval(n_double, observed, expected, value)
    error = float(np.sqrt(weight @ (linear - value) ** 2 / (n * (n - 1))))
    found = _with_interval(n, observed, expected, value=value, error=error, normal=False)
    return Coefficient(
        n_subjects=n_double,
        observed=observed,
        expected=expected,
        value=value,
        standard_error=error,
        lower=found.lower,
        upper=found.upper,
    )


def _with_interval(
    n: int, observed: float, expected: float, *, value: float, error: float, normal: bool
) -> Coefficient:
    import scipy.stats

    tail = (1 + _CONFIDENCE) / 2
    reach = scipy.stats.norm.ppf(tail) if normal else scipy.stats.t.ppf(tail, n - 1)
    return Coefficient(
        n_subjects=n,
        observed=observed,
        expected=expected,
        value=value,
        standard_error=error,
        lower=max(-1.0, float(value - reach * error)),
        upper=min(1.0, float(value + reach * error)),
    )


def _without_value(n: int, observed: float, expected: float) -> Coefficient:
    return Coefficient(
        n_subjects=n,
        observed=observed,
        expected=expected,
        value=None,
        standard_error=None,
        lower=None,
        upper=None,
    )


def _without_interval(n: int, observed: float, expected: float, value: float) -> Coefficient:
    return Coefficient(
        n_subjects=n,
        observed=observed,
        expected=expected,
        value=value,
        standard_error=None,
        lower=None,
        upper=None,
    )
