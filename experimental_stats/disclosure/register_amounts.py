"""What figures tell of the register itself: amounts of companies, in the sector or not (pure).

An estimate of the employees in a sector is no figure of the register. But three things beside it
are: the amount of the target population, which is the figure over its share; the amount of the
companies without a decision, which lies between two assumptions about them; and the amount of all
companies of a domain, where an interval ends because there is no more. Where one company makes most
of such an amount, its own can be read off, though nobody says that it is in the sector.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from experimental_stats.disclosure.linked import ALL, Key
from experimental_stats.disclosure.rules import Rules, assess_sums

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from storage.records.release import Estimate

AT_THE_END = 1e-6  # relative and absolute: how near an interval ends to all that there is
STEPS = (1.0, 2.0, 5.0, 10.0)  # upper ends told instead, times a power of ten


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAmounts:
    """Measures of which the register holds what may not be told; ``enterprises`` is none.

    Attributes:
        population: Over the target population: shares would tell it.
        silent: Over its companies without a decision: other assumptions would tell it.
    """

    population: frozenset[str]
    silent: frozenset[str]

    def joined(self, other: RegisterAmounts) -> RegisterAmounts:
        """Return the measures of either."""
        return RegisterAmounts(
            population=self.population | other.population, silent=self.silent | other.silent
        )


NOTHING_UNSAFE = RegisterAmounts(population=frozenset(), silent=frozenset())


def unsafe_register_amounts(
    units: pa.Table, measures: Sequence[str], rules: Rules
) -> RegisterAmounts:
    """Return the measures whose amounts in the register give a company away.

    Args:
        units: eligible, responded and the measures.
        measures: Amounts.
        rules: What makes a figure unsafe.
    """

    def unsafe(inside: NDArray[np.bool_]) -> frozenset[str]:
        return frozenset(
            name
            for name in measures
            if bool(assess_sums([units.column(name).to_numpy()[inside]], rules).unsafe[0])
        )

    return RegisterAmounts(
        population=unsafe(units.column("eligible").to_numpy()),
        silent=unsafe(without_decision(units)),
    )


def without_decision(units: pa.Table) -> NDArray[np.bool_]:
    """Return which units of the target population have no decision: eligible, not responded."""
    silent: NDArray[np.bool_] = (
        units.column("eligible").to_numpy() & ~units.column("responded").to_numpy()
    )
    return silent


def without_register_ends(
    estimates: Sequence[Estimate], units: pa.Table, rules: Rules
) -> list[Estimate]:
    """Return estimates none of whose intervals ends at the amount of all companies of its domain.

    Such an end moves up to the next 1, 2 or 5 times a power of ten, beyond the range that the rules
    ask for around the amount. The interval holds as before.

    Args:
        estimates: Of one sector, before anything is hidden.
        units: eligible, the domain columns and the measures.
        rules: What makes a figure unsafe.
    """
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, row in enumerate(estimates):
        if row.measure in units.column_names and row.ci_upper is not None:
            rows[row.measure, row.domain_variable].append(place)
    told = list(estimates)
    for (measure, variable), places in rows.items():
        whole, reach = _amounts(units, measure, variable, rules)
        for place in places:
            row = told[place]
            key = row.domain_variable, row.domain
            amount = whole.get(key, 0.0)
            if amount > 0 and _is_amount(row.ci_upper or 0.0, amount):
                end = _next_step(amount + reach[key])
                told[place] = replace(row, ci_upper=max(end, row.ci_upper or 0.0))
    return told


def register_breaches(
    rows: Sequence[Estimate],
    assumptions: Sequence[tuple[str, str, float]],
    units: pa.Table,
    rules: Rules,
) -> list[str]:
    """Return what rows as they go out tell of amounts of the register, a sentence each.

    Args:
        rows: Of one sector: figures and shares, headline and comparison.
        assumptions: (measure, assumption, value) of the table of other assumptions.
        units: eligible, responded, the domain columns and the measures.
        rules: What makes a figure unsafe.
    """
    told = {(row.measure, row.domain_variable, row.domain): row for row in rows}
    measures = sorted({row.measure for row in rows} & set(units.column_names))
    unsafe = unsafe_register_amounts(units, measures, rules)
    found = []
    held = {
        (measure, variable): _amounts(units, measure, variable, rules)
        for measure, variable in sorted({key[:2] for key in told if key[0] in measures})
    }
    for (measure, variable, code), row in told.items():
        if measure not in measures or row.ci_upper is None:
            continue
        whole, reach = held[measure, variable]
        amount = whole.get((variable, code), 0.0)
        if reach.get((variable, code)) and _is_amount(row.ci_upper, amount):
            name = f"{row.sector} {measure} {variable} {code}"
            found.append(f"{name}: its interval ends at what all companies of the domain hold")
    for measure in sorted(unsafe.population):
        both = [told.get((name, *ALL)) for name in (measure, f"{measure}_share")]
        if all(row is not None and row.value for row in both):
            found.append(f"{measure}: figure and share tell what the target population holds")
    silent = without_decision(units)
    for measure in sorted(unsafe.silent):
        amount = float(units.column(measure).to_numpy()[silent].sum())
        values = [value for name, _, value in assumptions if name == measure]
        if any(_is_amount(one - other, amount) for one in values for other in values):
            found.append(f"{measure}: two assumptions tell what those without a decision hold")
    return found


def _amounts(
    units: pa.Table, measure: str, variable: str, rules: Rules
) -> tuple[dict[Key, float], Mapping[Key, float]]:
    """Return domain -> amount of all its companies, and how far above it a guess must reach."""
    inside = units.filter(units.column("eligible"))
    values = inside.column(measure).to_numpy()
    if variable == ALL[0]:
        keys, members = [ALL], [values]
    else:
        codes = pc.fill_null(inside.column(variable), "")
        encoded = codes.combine_chunks().dictionary_encode()
        index = encoded.indices.to_numpy()
        order = np.argsort(index, kind="stable")
        names = encoded.dictionary.to_pylist()
        ends = np.searchsorted(index[order], np.arange(1, len(names)))
        keys = [(variable, name) for name in names]
        members = np.split(values[order], ends)
    safety = assess_sums(members, rules)
    return (
        {key: float(held.sum()) for key, held in zip(keys, members, strict=True)},
        dict(zip(keys, safety.up.tolist(), strict=True)),
    )


def _is_amount(told: float, amount: float) -> bool:
    """Return whether a figure is an amount of the register, or as good as that."""
    return abs(told - amount) <= AT_THE_END * max(amount, 1.0)


def _next_step(amount: float) -> float:
    """Return the least 1, 2 or 5 times a power of ten that is greater than `amount`."""
    power = 10.0 ** math.floor(math.log10(amount))
    return next(power * step for step in STEPS if power * step > amount)
