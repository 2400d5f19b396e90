"""The waves around one, as far as their releases, beside the present one, tell who changed.

Mostly these are the waves before. But a wave may be released when the next one has been: what the
two tell together is the same, whichever came out first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from experimental_stats.departed_units import without_departed
from experimental_stats.disclosure.changed_companies import (
    EarlierRelease,
    margin_of,
    silent_companies,
)
from experimental_stats.disclosure.register_amounts import (
    NOTHING_UNSAFE,
    RegisterAmounts,
    without_decision,
)
from experimental_stats.population import CROSSED, clean_domains, cross_domains, impute_measure
from experimental_stats.sector_figures import scored_units
from storage.tables import release as tables
from storage.tables.frame import earlier_waves, later_waves
from storage.tables.vintage_company import (
    load_companies,
    load_silent_digests,
    load_told_amounts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from experimental_stats.disclosure.rules import Rules
    from storage.database import Store

MOST_WAVES = 4  # back, and on: a year of quarters


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierWaves:
    """The last waves before one and the next after it, read when a sector was released in them.

    Attributes:
        store: The work database.
        wave: The present wave.
        domains: Domain variables, of this release and of earlier ones of the wave.
        measures: Amounts.
        frames: Wave -> its frame, once it was read.
        silent: Sector of this release -> bool, one a unit: in the target population, no decision.
    """

    store: Store
    wave: str
    domains: Sequence[str]
    measures: Sequence[str]
    frames: dict[str, pa.Table] = field(default_factory=dict)
    silent: dict[str, NDArray[np.bool_]] = field(default_factory=dict)

    def released(self, sector: str) -> list[tuple[str, pa.Table]]:
        """Return the waves around this one in which a sector was released, each with its units.

        Returns:
            (wave, the columns of `sector_figures.scored_units`).
        """
        waves = earlier_waves(self.store, self.wave)[-MOST_WAVES:]
        waves += later_waves(self.store, self.wave)[:MOST_WAVES]
        return [
            (wave, self._units(wave, sector))
            for wave in waves
            if load_silent_digests(self.store, wave, sector)
        ]

    def _units(self, wave: str, sector: str) -> pa.Table:
        predictions = tables.load_predictions(self.store, wave, sector)
        strata = without_departed(tables.load_strata(self.store, wave, sector), predictions)
        frame = self._frame(wave)
        return scored_units(
            frame,
            predictions,
            strata,
            domains=[name for name in self.domains if name in frame.column_names],
            amounts=[name for name in self.measures if name in frame.column_names],
        )

    def _frame(self, wave: str) -> pa.Table:
        if wave not in self.frames:
            columns = self._held(wave, sorted({p for d in self.domains for p in d.split(CROSSED)}))
            amounts = self._held(wave, self.measures)
            domains = [d for d in self.domains if set(d.split(CROSSED)) <= set(columns)]
            frame = tables.load_frame(self.store, wave, texts=columns, numbers=amounts)
            frame = cross_domains(clean_domains(frame, columns), domains)
            for name in amounts:
                frame, _ = impute_measure(frame, name)
            self.frames[wave] = frame
        return self.frames[wave]

    def _held(self, wave: str, names: Sequence[str]) -> list[str]:
        return [name for name in names if tables.has_column(self.store, wave, name)]


def earlier_releases(
    store: Store, sector: str, before: Sequence[tuple[str, pa.Table]]
) -> list[EarlierRelease]:
    """Return the releases of a sector in the waves around.

    Args:
        store: The work database.
        sector: The sector.
        before: From `EarlierWaves.released`.
    """
    found = []
    for wave, units in before:
        told = load_told_amounts(store, wave, sector)
        companies = load_companies(store, wave, sector)
        found += [
            EarlierRelease(companies=who, told=told.get(vintage, {}), units=units)
            for vintage, who in companies.items()
        ]
    return found


def changed_register(
    store: Store,
    sector: str,
    before: Sequence[tuple[str, pa.Table]],
    units: pa.Table,
    *,
    measures: Sequence[str],
    rules: Rules,
) -> RegisterAmounts:
    """Return the amounts of the register of which differences to waves before tell too much.

    Args:
        store: The work database.
        sector: The sector.
        before: From `EarlierWaves.released`.
        units: unit_id, eligible, responded and the measures.
        measures: Amounts.
        rules: What makes a figure unsafe.
    """
    found = NOTHING_UNSAFE
    for wave, then in before:
        held = [name for name in measures if name in then.column_names]
        ids = (table.column("unit_id") for table in (then, units))
        place = pc.fill_null(pc.index_in(next(ids), value_set=next(ids)), -1).to_numpy()
        digests = set(load_silent_digests(store, wave, sector).values())
        known = digests == {silent_companies(then)}  # who was silent then is silent there now
        found = found.joined(
            RegisterAmounts(
                population=frozenset(
                    name for name in held if _unsafe(units, then, place, name, rules, silent=False)
                ),
                silent=frozenset(
                    name
                    for name in held
                    if not known or _unsafe(units, then, place, name, rules, silent=True)
                ),
            )
        )
    return found


def apart_from_other_sectors(
    waves: EarlierWaves, sector: str, units: pa.Table, rules: Rules
) -> RegisterAmounts:
    """Return the amounts of which other assumptions, beside another sector's, tell too much.

    A sector whose audit was drawn before others answered has other companies without a decision:
    what lies between its assumptions is more by these alone.

    Args:
        waves: Takes who is silent in this sector.
        sector: The sector.
        units: eligible, responded and the measures, in the order of the frame.
        rules: What makes a figure unsafe.
    """
    mine = without_decision(units)
    waves.silent[sector] = mine
    unsafe = frozenset(
        name
        for name in waves.measures
        for other in waves.silent.values()
        if margin_of(units.column(name).to_numpy()[mine ^ other], rules) > 0
    )
    return RegisterAmounts(population=frozenset(), silent=unsafe)


def _unsafe(
    now: pa.Table,
    then: pa.Table,
    place: NDArray[np.int64],
    measure: str,
    rules: Rules,
    *,
    silent: bool,
) -> bool:
    """Return whether few companies make most of what an amount of the register changed by.

    Args:
        now: Units of this wave.
        then: Units of an earlier wave.
        place: Of each of these, its row among those of this wave; -1 where it is gone.
        measure: The amount.
        rules: What makes a figure unsafe.
        silent: Whether of those without a decision alone.
    """
    changes, before = (_amounts(table, measure, silent=silent) for table in (now, then))
    stayed = place >= 0
    changes[place[stayed]] -= before[stayed]
    return margin_of(np.concatenate([changes, before[~stayed]]), rules) > 0


def _amounts(units: pa.Table, measure: str, *, silent: bool) -> NDArray[np.float64]:
    """Return every unit's amount; 0 outside the target population, or of those with a decision."""
    inside = without_decision(units) if silent else units.column("eligible").to_numpy()
    amounts: NDArray[np.float64] = np.where(inside, units.column(measure).to_numpy(), 0.0)
    return amounts
