"""Figures of nested domains made to add up: a crossing's cells to the domains they cross (pure).

Every breakdown is benchmarked to the total by itself, so that the cells of a crossing miss the
region or size class that they make up by a per cent or so. They are moved by the least that makes
all sums true, in the sense of raking (Deming and Stephan 1940; Deville and Särndal 1992, their
multiplicative distance): x' = x · exp(Aᵀ λ) with A x' = b, λ by Newton's steps. Nothing falls below
0; what is known for certain stays as it is, and so do zeros, unless no other figures add up.

Variables take their turn in the order of the plan, those that cross others last: a variable more
moves no figure of those before it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from experimental_stats.disclosure.linked import ALL, Key
from experimental_stats.figures import DECIMALS
from experimental_stats.population import CROSSED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from storage.records.release import Estimate

Sum = tuple[list[Key], float]  # keys of one variable, and what they have to add up to
STEPS = 60
SEED = 10.0**-DECIMALS  # the least figure: of zeros, where sums cannot be reached without them
LONGEST = 2.0  # most that a figure may change in one step, as a power of e


def reconcile(
    estimates: Sequence[Estimate],
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
    variables: Sequence[str],
) -> list[Estimate]:
    """Return estimates whose nested domains add up, as far as that can be done.

    Args:
        estimates: Of one sector: all measures, domains and estimators.
        nests: Domains that are made up of whole domains of another variable.
        variables: Domain variables in the order of the plan.

    Returns:
        The estimates in their order; those that had to move with their interval stretched to hold
        the new value. A variable for which no figures fit all sums stays as it is.
    """
    order = sorted(variables, key=lambda name: name.count(CROSSED))  # stable: the plan's otherwise
    layers: dict[tuple[str, bool], dict[Key, Estimate]] = defaultdict(dict)
    for row in estimates:
        layer = row.measure, row.is_headline
        layers[layer][row.domain_variable, row.domain] = row
    moved = {layer: _settled(rows, nests, order) for layer, rows in layers.items()}
    return [_at(row, moved[row.measure, row.is_headline]) for row in estimates]


def _settled(
    rows: Mapping[Key, Estimate],
    nests: Sequence[tuple[Key, tuple[Key, ...]]],
    order: Sequence[str],
) -> dict[Key, float]:
    """Return the figures of one measure and estimator after every variable had its turn."""
    settled = {ALL: rows[ALL].value or 0.0}
    for name in order:
        keys = [key for key in rows if key[0] == name]
        if not keys:
            continue
        wanted: list[Sum] = [(keys, settled[ALL])]
        for whole, parts in nests:
            if parts[0][0] == name and whole in settled and rows.keys() >= set(parts):
                wanted.append((list(parts), settled[whole]))
            elif whole[0] == name and whole in rows and settled.keys() >= set(parts):
                wanted.append(([whole], sum(settled[part] for part in parts)))
        values = np.array([rows[key].value or 0.0 for key in keys])
        certain = np.array([rows[key].standard_error == 0 for key in keys])
        found = _raked(values, certain, *_equations(keys, wanted))
        settled |= dict(zip(keys, found.tolist(), strict=True))
    return settled


def _equations(
    keys: Sequence[Key], wanted: Sequence[Sum]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return A and b of A x = b."""
    place = {key: number for number, key in enumerate(keys)}
    rows = np.zeros((len(wanted), len(keys)))
    for number, (parts, _) in enumerate(wanted):
        rows[number, [place[part] for part in parts]] = 1.0
    return rows, np.array([total for _, total in wanted])


def _raked(
    values: NDArray[np.float64],
    certain: NDArray[np.bool_],
    rows: NDArray[np.float64],
    wanted: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the values moved until all sums are true; as they are where that fails."""
    near = SEED * (1.0 + rows.sum(axis=1))  # figures are rounded, and so what they add up to
    if (np.abs(rows @ values - wanted) <= near).all():
        return values
    for held in (certain, np.zeros_like(certain)):
        free = rows[:, ~held]
        rest = wanted - rows[:, held] @ values[held]
        for start in (values[~held], np.maximum(values[~held], SEED)):
            found = _multiplied(start, free, rest, near)
            if found is not None:
                result = values.copy()
                result[~held] = found
                return result
    return values


def _multiplied(
    start: NDArray[np.float64],
    rows: NDArray[np.float64],
    wanted: NDArray[np.float64],
    near: NDArray[np.float64],
) -> NDArray[np.float64] | None:
    """Return start · exp(rowsᵀ λ) whose sums are as wanted; None where Newton finds no λ."""
    found, multipliers = start, np.zeros(len(wanted))
    for _ in range(STEPS):
        miss = wanted - rows @ found
        if (np.abs(miss) <= near).all():
            return found
        step = np.linalg.lstsq((rows * found) @ rows.T, miss, rcond=1e-12)[0]
        longest = float(np.abs(rows.T @ step).max(initial=0.0))
        multipliers += step * min(1.0, LONGEST / longest if longest else 1.0)
        found = start * np.exp(np.clip(rows.T @ multipliers, -700.0, 700.0))
    return None


def _at(row: Estimate, settled: Mapping[Key, float]) -> Estimate:
    """Return a row at its settled value."""
    value = round(settled.get((row.domain_variable, row.domain), row.value or 0.0), DECIMALS)
    if value == row.value:
        return row
    return replace(
        row,
        value=value,
        ci_lower=min(row.ci_lower or 0.0, value),
        ci_upper=max(row.ci_upper or 0.0, value),
    )
