"""Which units a person checks, and with what probability (pure).

A stratified random sample of the responded units (docs/methods.md): strata by score, cut where the
accumulated √(p(1 − p)) is equal on both sides (Dalenius and Hodges 1959, for the anticipated
standard deviation of a yes/no answer), sizes by Neyman, n_h ∝ N_h √(p_h(1 − p_h)), with a floor in
every stratum and a higher one in the largest, so that a wrong score costs precision but no
stratum goes unseen. Scores that are no probabilities would still draw nearly all answers to the
many likely negatives, so half of the answers go by another opinion: by the model's decisions, of
which half are taken to be right. What an earlier audit found levels the scores (`score_levels`).
Units of small published domains can be drawn with a higher chance, as strata of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from experimental_stats.score_levels import ScoreLevel

DESIGN_VERSION = "score_strata/3"
# Below so many answers strata would hold one or two each: the draw is simple random then.
LEAST_STRATIFIED = 20
UNITS_A_STRATUM = 25  # answers for which one more stratum is worth having
MOST_NEGATIVE_STRATA, MOST_ACTIVE_STRATA = 4, 3
# A score of 0.0 or 1.0 is never quite certain: the least anticipated rate of the other answer.
LEAST_RATE = 0.002
FLOOR = 10  # answers in every stratum
# Share of the answers that goes by decisions, not by scores; the anticipated rate of the decided
# active; and how many others are active, as a share of these, alike in every other stratum.
BY_DECISION, DECIDED_RATE, MISSED_SHARE = 0.5, 0.5, 0.1
LARGEST_STRATUM_SHARE = 0.15  # of all answers, at least, in the stratum with most units
# A domain that would get fewer answers than this from likely active units is a small one; its units
# are drawn so many times as often, from audits of this size on.
FEW_ANSWERS, BOOST, BOOST_FROM = 10.0, 2.0, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditStratum:
    """One stratum of a draw.

    Attributes:
        name: Sorts by anticipated rate: ``a1`` … among units not predicted active, ``b1`` …
            predicted active, ``c`` taken for certain by size; ``census`` where all are taken; a
            ``+`` behind it for units of small domains.
        n_units: Responded units in it. n_drawn: how many of them are in the sample.
        lowest, highest: Scores in it, 0–1.
    """

    name: str
    n_units: int
    n_drawn: int
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditDesign:
    """A drawn audit.

    Attributes:
        units: One row a responded unit, sorted by unit_id: unit_id string, stratum string,
            inclusion_probability float64 (0–1], drawn bool.
        strata: In the order of their names.
    """

    units: pa.Table
    strata: tuple[AuditStratum, ...]


def draw_audit(
    scores: pa.Table,
    *,
    size: int,
    seed: int,
    certain_employees: float | None = None,
    domains: Sequence[str] = (),
    level: ScoreLevel | None = None,
) -> AuditDesign:
    """Draw an audit of `size` units; the same for the same units and seed, in any row order.

    Args:
        scores: One row a responded unit: ``unit_id`` string, ``probability`` float64 0–1,
            ``active`` bool or null where nothing was decided, optional ``employees`` float64.
        size: Units to draw; with as many as responded or more, all are taken.
        seed: ≥ 0.
        certain_employees: Units predicted active with at least so many employees are all taken,
            up to a third of `size`; None for no such stratum.
        domains: String columns of `scores`; units of domains too small to get answers of their own
            are drawn more often.
        level: What scores mean, by an earlier audit; None takes them for probabilities.

    Raises:
        InvalidInput: No unit, a size below 2, or a score that is no number.
    """
    if size < 2:
        raise InvalidInput(f"An audit of {size} units cannot carry an estimate", "Draw hundreds.")
    if scores.num_rows == 0:
        raise InvalidInput("No unit has a score: there is nothing to draw from")
    scores = scores.take(pc.sort_indices(scores, sort_keys=[("unit_id", "ascending")]))
    probability = scores.column("probability").cast(pa.float64()).fill_null(np.nan).to_numpy()
    if not np.isfinite(probability).all():
        raise InvalidInput(f"{int((~np.isfinite(probability)).sum())} units have no score")
    likely = np.clip(
        level.rate(probability) if level else probability, LEAST_RATE, 1.0 - LEAST_RATE
    )
    if size >= scores.num_rows:
        stratum = np.full(scores.num_rows, "census", dtype=object)
    elif size < LEAST_STRATIFIED:
        stratum = np.full(scores.num_rows, "a1", dtype=object)
    else:
        active = scores.column("active").cast(pa.bool_()).fill_null(False).to_numpy()
        certain = _certain(scores, active, size=size, bound=certain_employees)
        stratum = _name_strata(likely, active, certain, size=size)
        if size >= BOOST_FROM:
            small = _in_small_domain(scores, likely, domains, size=size)
            small &= ~np.isin(stratum, ("a1", "c"))
            stratum[small] = stratum[small] + "+"
    names, place = np.unique(stratum.astype(str), return_inverse=True)
    n_drawn = _sizes(names, place, likely, size=min(size, len(place)))
    taken = dict(zip(names.tolist(), n_drawn.tolist(), strict=True))
    return _draw(scores, probability, names[place], taken, seed=seed)


def _certain(
    scores: pa.Table, active: NDArray[np.bool_], *, size: int, bound: float | None
) -> NDArray[np.bool_]:
    if bound is None or "employees" not in scores.column_names:
        return np.zeros(len(active), dtype=bool)
    employees = scores.column("employees").cast(pa.float64()).fill_null(0.0).to_numpy()
    large = np.flatnonzero(active & (employees >= bound))
    # The largest first; equal ones by unit_id, which is the order of rows here.
    chosen = large[np.argsort(-employees[large], kind="stable")][: size // 3]
    certain = np.zeros(len(active), dtype=bool)
    certain[chosen] = True
    return certain


def _name_strata(
    likely: NDArray[np.float64],
    active: NDArray[np.bool_],
    certain: NDArray[np.bool_],
    *,
    size: int,
) -> NDArray[np.object_]:
    affordable = max(size // UNITS_A_STRATUM, 2)
    stratum = np.full(len(likely), "c", dtype=object)
    for letter, rows, most in (
        ("a", np.flatnonzero(~active & ~certain), MOST_NEGATIVE_STRATA),
        ("b", np.flatnonzero(active & ~certain), MOST_ACTIVE_STRATA),
    ):
        part = _cut(likely[rows], min(most, max(affordable // 2, 1)))
        stratum[rows] = [f"{letter}{number + 1}" for number in part]
    return stratum


def _in_small_domain(
    scores: pa.Table, likely: NDArray[np.float64], domains: Sequence[str], *, size: int
) -> NDArray[np.bool_]:
    """Return for every unit whether one of its domains would get few likely active answers."""
    small = np.zeros(len(likely), dtype=bool)
    for name in domains:
        place = scores.column(name).combine_chunks().dictionary_encode().indices.to_numpy()
        small |= (size * np.bincount(place, weights=likely) / likely.sum() < FEW_ANSWERS)[place]
    return small


def _cut(likely: NDArray[np.float64], n_parts: int) -> NDArray[np.int64]:
    """Return the part of every unit, 0 the lowest; equal ones are never parted."""
    values, place, counts = np.unique(likely, return_inverse=True, return_counts=True)
    deviation = np.sqrt(values * (1.0 - values))
    reached = np.cumsum(counts * deviation)
    # A value belongs to the part in which the middle of its mass lies.
    middle = (reached - counts * deviation / 2.0) / reached[-1] if len(values) else reached
    part = np.minimum((middle * n_parts).astype(np.int64), n_parts - 1)
    _, dense = np.unique(part, return_inverse=True)
    parts: NDArray[np.int64] = dense[place]
    return parts


def _sizes(
    names: NDArray[np.str_], place: NDArray[np.int64], likely: NDArray[np.float64], *, size: int
) -> NDArray[np.int64]:
    """Return how many units to draw in every stratum: half by scores, half by decisions."""
    n_units = np.bincount(place)
    mean = np.bincount(place, weights=likely) / n_units
    boost = np.where(np.char.endswith(names, "+"), BOOST, 1.0)
    by_score = boost * n_units * np.sqrt(mean * (1.0 - mean))
    decided = np.char.startswith(names, "b")
    certain = np.isin(names, ("c", "census"))
    others = ~decided & ~certain
    missed = MISSED_SHARE * n_units[decided].sum() / max(int(others.sum()), 1)
    rate = np.where(decided, DECIDED_RATE, np.minimum(missed / n_units, DECIDED_RATE))
    by_decision = boost * n_units * np.sqrt(rate * (1.0 - rate)) * ~certain
    wish = (1.0 - BY_DECISION) * by_score / by_score[~certain].sum() if (~certain).any() else mean
    if by_decision.any():
        wish = wish + BY_DECISION * by_decision / by_decision.sum()
    return _allocate(n_units, wish, certain, size=size)


def _draw(
    scores: pa.Table,
    probability: NDArray[np.float64],
    stratum: NDArray[np.str_],
    n_drawn: dict[str, int],
    *,
    seed: int,
) -> AuditDesign:
    generator = np.random.default_rng(seed)
    drawn, inclusion = np.zeros(len(stratum), dtype=bool), np.zeros(len(stratum))
    strata = []
    for name, number in n_drawn.items():
        rows = np.flatnonzero(stratum == name)
        drawn[generator.choice(rows, size=number, replace=False)] = True
        inclusion[rows] = number / len(rows)
        strata.append(
            AuditStratum(
                name=str(name),
                n_units=len(rows),
                n_drawn=int(number),
                lowest=float(probability[rows].min()),
                highest=float(probability[rows].max()),
            )
        )
    units = pa.table(
        {
            "unit_id": scores.column("unit_id"),
            "stratum": pa.array(stratum.tolist(), pa.string()),
            "inclusion_probability": inclusion,
            "drawn": drawn,
        }
    )
    return AuditDesign(units=units, strata=tuple(strata))


def _allocate(
    n_units: NDArray[np.int64],
    wish: NDArray[np.float64],
    certain: NDArray[np.bool_],
    *,
    size: int,
) -> NDArray[np.int64]:
    """Return how many to draw in every stratum: floors first, then Neyman, never above N_h.

    Floors add up to less than `size`: a third for certain units, a quarter spread over all strata,
    LARGEST_STRATUM_SHARE for the largest.
    """
    floor = np.minimum(n_units, max(min(FLOOR, size // (4 * len(n_units))), 1))
    largest = int(np.argmax(n_units))
    floor[largest] = min(n_units[largest], max(floor[largest], int(LARGEST_STRATUM_SHARE * size)))
    floor = np.where(certain, n_units, floor)
    take = floor.astype(np.float64)
    free = ~certain
    for _ in range(len(n_units)):
        share = wish * free
        left = size - take[~free].sum()
        wanted = np.where(free, left * share / max(share.sum(), 1e-300), take)
        # Strata whose wish lies outside their bounds are settled there, the rest share again.
        high, low = free & (wanted >= n_units), free & (wanted <= floor)
        settled = high if high.any() else low
        if not settled.any():
            take = wanted
            break
        take = np.where(high & settled, n_units, np.where(low & settled, floor, take))
        free &= ~settled
    return _whole_numbers(take, floor, n_units, size=size)


def _whole_numbers(
    take: NDArray[np.float64],
    floor: NDArray[np.int64],
    n_units: NDArray[np.int64],
    *,
    size: int,
) -> NDArray[np.int64]:
    """Round to whole numbers that add up to `size` (largest remainders), within the bounds."""
    whole = np.clip(np.floor(take + 1e-9).astype(np.int64), floor, n_units)
    by_remainder = np.argsort(-(take - whole), kind="stable")
    while whole.sum() != size:
        step = 1 if whole.sum() < size else -1
        for number in by_remainder if step > 0 else by_remainder[::-1]:
            bound = n_units[number] if step > 0 else floor[number]
            if whole.sum() != size and whole[number] != bound:
                whole[number] += step
    return whole
