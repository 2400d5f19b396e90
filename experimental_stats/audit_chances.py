"""Is an audit the probability sample that it says it is? What its answers look like, told (pure).

Within a stratum every unit has the same chance, so the answers are a random part of it: as many as
the inclusion probability says, of scores, sizes and domains like the others'. Who picked the best
scores, the largest companies or one region and put n/N beside them has no such sample, and every
figure from it is wrong. What chance would not do once in a million audits is told.

How unlikely a sum of n draws without replacement is that lies t off what is expected, each draw
within m of its mean, all with variance v together, is bounded by 2 exp(−t² / (2 v + 2 m t / 3))
(Bernstein's inequality; Hoeffding 1963, section 6, for draws without replacement). It holds for
few draws and for ties of any kind, where a normal approximation would accuse honest audits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.out_of_reach import stood_for
from experimental_stats.weighting import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audited_frame import AuditedFrame

# An audit's answers may be off by so much, and by so many standard errors of independent draws.
DOUBTFUL_SHARE, DOUBTFUL_ERRORS = 0.2, 3.0
NEVER_BY_CHANCE = 1e-6  # probability below which what is seen is told, over all domains asked for
ASKED_BACK = "is it a probability sample?"


def doubtful_chances(frame: AuditedFrame) -> list[str]:
    """Return sentences on strata whose answers are not what their inclusion probability says.

    A stratum of N units with probability π has Nπ answers, a few less where coders could not tell.
    """
    if not frame.strata_known:
        told = stood_for(frame)
        there = int(frame.responded.sum())
        if abs(told / there - 1.0) <= DOUBTFUL_SHARE:
            return []
        return [
            f"By its inclusion probabilities the audit stands for {told:.0f} units, and {there}"
            " have responded: is it a probability sample of them?"
        ]
    size = len(frame.stratum_names)
    answers = np.bincount(frame.stratum[frame.audited], minlength=size)
    units = np.bincount(frame.stratum[frame.responded], minlength=size)
    expected = units * np.nan_to_num(frame.inclusion)
    chance = np.sqrt(expected * (1.0 - np.nan_to_num(frame.inclusion)))
    off = (answers > 0) & (
        np.abs(answers - expected) > DOUBTFUL_SHARE * expected + DOUBTFUL_ERRORS * chance + 1.0
    )
    return [
        f"Stratum {frame.stratum_names[place]!r} holds {answers[place]} answers where its inclusion"
        f" probability leads to expect {expected[place]:.0f}: {ASKED_BACK}"
        for place in np.flatnonzero(off)
    ]


def unlike_the_others(frame: AuditedFrame) -> list[str]:
    """Return sentences on answers that are no random part of their strata.

    By score, by every amount asked for, and by the domains asked for. Where strata had to be
    guessed from the answers nothing can be said, but for a single one.
    """
    if not frame.strata_known and len(frame.stratum_names) > 1:
        return []
    rows = np.flatnonzero(frame.responded)
    if not len(rows) or not frame.audited.any():
        return []
    stratum, audited = frame.stratum[rows], frame.audited[rows]
    amounts = {name: x[rows] for name, x in frame.measures.items() if name != "enterprises"}
    said = []
    for name, values in ({"score": frame.score[rows]} | amounts).items():
        off = _off_by_rank(values, stratum, audited)
        if off:
            side = "higher" if off > 0 else "lower"
            said.append(
                f"Audited units rank {side} by {name} than the others of their strata, as chance"
                f" would not have it: {ASKED_BACK}"
            )
    for name, codes in frame.domains.items():
        said += _off_by_domain(name, codes.names, codes.index[rows], stratum, audited=audited)
    return said


def _off_by_rank(
    values: NDArray[np.float64], stratum: NDArray[np.int64], audited: NDArray[np.bool_]
) -> float:
    """Return by how many whole strata the answers rank higher than chance lets them, or 0."""
    order = np.lexsort((values, stratum))
    sorted_stratum, sorted_values = stratum[order], values[order]
    size = int(stratum.max()) + 1
    units = np.bincount(stratum, minlength=size)
    first = np.concatenate(([0], np.cumsum(units)[:-1]))
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (np.diff(sorted_values) != 0) | (np.diff(sorted_stratum) != 0)
    tie = np.cumsum(begins) - 1
    start = np.flatnonzero(begins)
    end = np.append(start[1:], len(order))
    middle = (start + end - 1)[tie] / 2.0 - first[sorted_stratum]
    # Distance of the mid-rank from the stratum's mean one, in sizes of the stratum: −½ to ½.
    distance = (middle - (units[sorted_stratum] - 1) / 2.0) / units[sorted_stratum]
    asked = audited[order]
    answers = np.bincount(sorted_stratum[asked], minlength=size)
    # Those who were not asked lie on the other side by as much: the fewer of both count as draws.
    draws = np.minimum(answers, units - answers)
    spread = sum_by(sorted_stratum, distance**2, size) / np.maximum(units, 1)
    off = float(distance[asked].sum())
    part = draws[sorted_stratum] > 0
    most = float(np.abs(distance[part]).max(initial=0.0))
    bound = _at_most(np.array([off]), np.array([float((draws * spread).sum())]), most)
    return off if bound[0] < NEVER_BY_CHANCE else 0.0


def _off_by_domain(
    variable: str,
    names: tuple[str, ...],
    domain: NDArray[np.int64],
    stratum: NDArray[np.int64],
    *,
    audited: NDArray[np.bool_],
) -> list[str]:
    """Return sentences on domains with many more, or fewer, answers than their strata lead to."""
    size = int(stratum.max()) + 1
    units = np.bincount(stratum, minlength=size)
    answers = np.bincount(stratum[audited], minlength=size)
    chance = (answers / np.maximum(units, 1))[stratum]
    expected = sum_by(domain, chance, len(names))
    found = np.bincount(domain[audited], minlength=len(names))
    spread = sum_by(domain, chance * (1.0 - chance), len(names))
    # No more variance than if each unit were asked or not by itself: (1 − p) N / (N − 1) ≤ 1 times
    # that, where the domain holds a share p ≥ 1/N of the stratum.
    bound = _at_most(found - expected, spread, 1.0)
    return [
        f"Domain {names[place]!r} of {variable} holds {found[place]} answers where its strata lead"
        f" to expect {expected[place]:.0f}: {ASKED_BACK}"
        for place in np.flatnonzero(bound < NEVER_BY_CHANCE / len(names))
    ]


def _at_most(
    off: NDArray[np.float64], variance: NDArray[np.float64], most: float
) -> NDArray[np.float64]:
    """Return Bernstein's bound on the probability of sums so far off."""
    below = 2.0 * variance + 2.0 * most * np.abs(off) / 3.0
    bound: NDArray[np.float64] = 2.0 * np.exp(
        -np.divide(off**2, below, out=np.zeros(len(off)), where=below > 0)
    )
    return bound
