"""Which cells are unsafe, and how far an outsider must stay from them (pure).

Sources: Hundepool et al., Handbook on Statistical Disclosure Control (2010), chapter 4.2 (primary
rules) and table 4.4 (the bounds an intruder's interval has to reach).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from experimental_stats.disclosure.cells import (
    TOLERANCE,
    read_numbers,
    refuse,
    require_columns,
    row_name,
)
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from experimental_stats.disclosure.cells import Layout

KNOWN_RULES = (
    "Rules are minimum_contributors, dominance, p_percent, protection_percent and singletons."
)
LARGEST = ("largest_1", "largest_2", "largest_3")
# Where rules ask for hardly any range, a cell must at least not be exact: this share of its value.
LEAST_RANGE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What makes a cell unsafe; 0 or nothing switches a rule off.

    Attributes:
        minimum_contributors: Fewer contributors (but more than none) are unsafe.
        dominance: (k, percent): unsafe where the k ≤ 3 largest make more than `percent` of the
            value.
        p_percent: Unsafe where the second largest can tell the largest closer than this.
        protection_percent: Of the value, to both sides, where only the threshold makes it unsafe.
        singletons: Whether the only contributor of a hidden cell may not work out another.
    """

    minimum_contributors: int = 0
    dominance: tuple[tuple[int, float], ...] = ()
    p_percent: float = 0.0
    protection_percent: float = 0.0
    singletons: bool = True


RELEASE_RULES = Rules(
    minimum_contributors=3,
    p_percent=10.0,
    protection_percent=30.0,
    singletons=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributors:
    """What the rules look at; canonical order, float64 (n_cells,) each.

    Attributes:
        values: Of the cells. counts: of their contributors.
        largest: The three largest contributions, one column each; None for a count table.
    """

    values: NDArray[np.float64]
    counts: NDArray[np.float64]
    largest: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """What the rules ask for; (n_cells,) each.

    Attributes:
        unsafe: Whether the cell may not be told.
        up: Least distance from the value to the upper end of an outsider's interval; 0 if safe.
        down: Same to the lower end.
    """

    unsafe: NDArray[np.bool_]
    up: NDArray[np.float64]
    down: NDArray[np.float64]


def read_rules(rules: Mapping[str, Any]) -> Rules:
    """Read rules as `protect` takes them; a missing one is off, but for singletons.

    Raises:
        InvalidInput: A key is unknown or a value out of range.
    """
    if not isinstance(rules, Mapping):
        raise InvalidInput(f"rules are {type(rules).__name__}, not a mapping", KNOWN_RULES)
    if unknown := sorted(map(str, set(rules) - set(Rules.__slots__))):
        raise InvalidInput(f"There is no rule called {', '.join(unknown)}", KNOWN_RULES)
    pairs, faults = _dominance(rules.get("dominance", ()))
    faults += [
        f"{name} {rules[name]!r}: a finite number of at least 0"
        for name in ("minimum_contributors", "p_percent", "protection_percent")
        if not _is_number(rules.get(name, 0)) or not 0 <= rules.get(name, 0) < float("inf")
    ]
    least = rules.get("minimum_contributors", 0)
    if not faults and least != int(least):
        faults.append(f"minimum_contributors {least!r}: a whole number")
    if rules.get("singletons", True) not in (True, False):
        faults.append(f"singletons {rules['singletons']!r}: true or false")
    refuse("Rules that cannot be applied", faults, "Mend the rules.")
    return Rules(
        minimum_contributors=int(least),
        dominance=tuple((int(k), float(percent)) for k, percent in pairs if percent),
        p_percent=float(rules.get("p_percent", 0.0)),
        protection_percent=float(rules.get("protection_percent", 0.0)),
        singletons=bool(rules.get("singletons", True)),
    )


def _dominance(given: Any) -> tuple[list[tuple[Any, ...]], list[str]]:
    """Return the pairs of the dominance rule, and what is wrong with them."""
    if _is_number(given) and given == 0:
        return [], []
    if not isinstance(given, (list, tuple)) or any(
        not isinstance(pair, (list, tuple)) for pair in given
    ):
        return [], [f"dominance {given!r}: a list of pairs (k, percent)"]
    pairs = [tuple(pair) for pair in given]
    faults = [
        f"dominance {pair}: (k, percent) with k of 1, 2 or 3 and 0 ≤ percent ≤ 100"
        for pair in pairs
        if len(pair) != 2
        or not all(map(_is_number, pair))
        or pair[0] not in (1, 2, 3)
        or not 0 <= pair[1] <= 100
    ]
    return pairs, faults


def _is_number(given: Any) -> bool:
    return isinstance(given, Real) and not isinstance(given, bool)


def read_contributors(cells: pa.Table, layout: Layout) -> Contributors:
    """Read values and contributors, and refuse what no table can hold.

    Raises:
        InvalidInput: A column is missing or null; a value without contributors; contributions
            that are not in order or exceed the value. The rows are named.
    """
    magnitudes = LARGEST[0] in cells.column_names
    names = ("value", "n_contributors", *(LARGEST if magnitudes else ()))
    require_columns(cells, names)
    columns = {name: read_numbers(cells, layout, name) for name in names}
    for name, column in columns.items():
        _refuse_rows(layout, np.isnan(column), f"{name} is missing")
    values, counts = columns["value"], columns["n_contributors"]
    _refuse_rows(layout, (counts == 0) & (values > 0), "a value, but no contributors")
    _refuse_rows(layout, counts != np.floor(counts), "not a whole number of contributors")
    _refuse_rows(layout, _fewer_than_a_part(layout, counts), "fewer contributors than a part of it")
    largest = np.stack([columns[name] for name in LARGEST], axis=1) if magnitudes else None
    if largest is not None:
        _refuse_rows(layout, np.any(np.diff(largest, axis=1) > 0, axis=1), "largest_* not in order")
        excess = largest.sum(axis=1) - values > TOLERANCE * np.maximum(values, 1.0)
        _refuse_rows(layout, excess, "the largest contributions exceed the value")
        more = (largest > 0).sum(axis=1) > counts
        _refuse_rows(layout, more, "more contributions than contributors")
    return Contributors(values=values, counts=counts, largest=largest)


def assess(contributors: Contributors, rules: Rules) -> Safety:
    """Say which cells are unsafe, and how wide an outsider's interval around them must be.

    The upper bound that is asked for is 100/percent × (sum of the k largest) for dominance,
    value + p/100 · x1 − (value − x1 − x2) for p %, and value ± g where only the threshold hits.
    """
    values, counts = contributors.values, contributors.counts
    few = (counts > 0) & (counts < rules.minimum_contributors)
    reach = np.zeros_like(values)
    concentrated = np.zeros_like(few)
    if contributors.largest is not None:
        for k, percent in rules.dominance:
            top = contributors.largest[:, :k].sum(axis=1)
            # Nothing is more than all of it: what a float tells beyond is its rounding.
            hit = (top > percent / 100 * values) & (percent < 100)
            reach = np.where(hit, np.maximum(reach, 100 / percent * top - values), reach)
            concentrated |= hit
        first, second = contributors.largest[:, 0], contributors.largest[:, 1]
        rest = values - first - second
        # .1 + .2 leaves less than nothing of .3: a rule that is off must not see that.
        hit = (rest < rules.p_percent / 100 * first) & (rules.p_percent > 0)
        reach = np.where(hit, np.maximum(reach, rules.p_percent / 100 * first - rest), reach)
        concentrated |= hit
    unsafe = few | concentrated
    only_few = few & ~concentrated
    sliding = rules.protection_percent / 100 * values
    if contributors.largest is None:
        sliding = np.maximum(sliding, 1.0)
    least = LEAST_RANGE * np.where(values > 0, values, _smallest(values))
    up = np.maximum(np.where(only_few, sliding, reach), least)
    down = np.where(only_few, np.minimum(sliding, values), 0.0)
    return Safety(unsafe=unsafe, up=np.where(unsafe, up, 0.0), down=np.where(unsafe, down, 0.0))


def assess_sums(sums: Sequence[NDArray[np.float64]], rules: Rules) -> Safety:
    """Say the same of sums over companies, whose amounts ≥ 0 are given, one array a sum."""
    contributing = [np.sort(amounts[amounts > 0])[::-1] for amounts in sums]
    return assess(
        Contributors(
            values=np.array([amounts.sum() for amounts in contributing]),
            counts=np.array([float(len(amounts)) for amounts in contributing]),
            largest=np.array([[*amounts[:3], 0.0, 0.0, 0.0][:3] for amounts in contributing]),
        ),
        rules,
    )


def _fewer_than_a_part(layout: Layout, counts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which sums have fewer contributors than one of their parts, which no sum can."""
    fewer = np.zeros(layout.n_cells, dtype=bool)
    for parent, children in zip(layout.parents, layout.children, strict=True):
        fewer[parent] |= counts[children].max() > counts[parent]
    return fewer


def _smallest(values: NDArray[np.float64]) -> float:
    positive = values[values > 0]
    return float(positive.min()) if positive.size else 1.0


def _refuse_rows(layout: Layout, wrong: NDArray[np.bool_], what: str) -> None:
    rows = np.flatnonzero(wrong[layout.place])
    refuse("The table of cells cannot be right", (row_name(layout, int(row), what) for row in rows))
