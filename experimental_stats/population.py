"""Who is estimated for, and what became of every unit of the frame (pure)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experimental_stats.audited_frame import TOTAL
from experimental_stats.disclosure.linked import ALL, Figures, hidden_domains_of, related_domains
from experimental_stats.disclosure.pattern import CannotProtect
from experimental_stats.disclosure.release_attack import ToldFigures, breaches, near_figures
from experimental_stats.outcome_cells import (
    NOTHING_BEFORE,
    OUTSIDE,
    SCORED,
    ToldBefore,
    attack_classes,
    cell_key,
    class_tables,
    domains_that_tell,
    hidden_classes,
    with_past,
)
from experimental_stats.plain_text import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from experimental_stats.disclosure.linked import Key

CROSSED = "*"  # between the columns of a crossing
NOT_STATED = "_U"  # code of units for which the register holds none


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallRow:
    """How many units of a domain ended in an outcome.

    Attributes:
        outcome: Code of `storage.accounting`; ``_T`` for all of a class, or all units.
        outcome_class: Its class; ``_T`` for all units.
        n_units: None where suppressed.
        disclosure: Empty, ``primary`` or ``secondary``.
    """

    domain_variable: str
    domain: str
    outcome: str
    outcome_class: str
    n_units: int | None
    disclosure: str = ""


def clean_domains(frame: pa.Table, domains: Sequence[str]) -> pa.Table:
    """Return the frame with domain codes fit to be shown: plain text, `NOT_STATED` for none."""
    for name in domains:
        encoded = frame.column(name).combine_chunks().dictionary_encode()
        codes = [_clean_code(code) for code in encoded.dictionary.to_pylist()]
        column = pa.array(codes, pa.string()).take(encoded.indices)
        frame = frame.set_column(frame.column_names.index(name), name, column)
    return frame


def cross_domains(frame: pa.Table, domains: Sequence[str]) -> pa.Table:
    """Add a column for every crossing among `domains`, e.g. ``region*size_class``.

    Its codes are the parts' codes with `CROSSED` between; a `CROSSED` within a part's code is
    written ``∗``, so that no two crossings can share a code.
    """
    for name in domains:
        parts = name.split(CROSSED)
        if len(parts) > 1:
            columns = [pc.replace_substring(frame.column(part), CROSSED, "∗") for part in parts]
            crossed = pc.binary_join_element_wise(*columns, f" {CROSSED} ")
            frame = frame.append_column(name, crossed)
    return frame


def eligible_amount(units: pa.Table, measure: str) -> float:
    """Return the sum of a measure over the target population (``eligible``)."""
    return float(pc.sum(units.column(measure).filter(units.column("eligible"))).as_py() or 0.0)


def impute_measure(frame: pa.Table, measure: str) -> tuple[pa.Table, float]:
    """Put the mean of a unit's size class where the register holds no usable number.

    Args:
        frame: With ``outcome_class``, ``size_class`` and the measure's column.
        measure: Its name.

    Returns:
        The frame, and the share (0–1) of units in the target population that were imputed.
    """
    values = frame.column(measure).fill_null(float("nan")).to_numpy()
    usable = np.isfinite(values) & (values >= 0)
    eligible = in_target_population(frame)
    share = float((eligible & ~usable).sum() / max(eligible.sum(), 1))
    encoded = frame.column("size_class").combine_chunks().dictionary_encode()
    place = encoded.indices.to_numpy()
    counts = np.bincount(place[usable], minlength=len(encoded.dictionary))
    sums = np.bincount(place[usable], weights=values[usable], minlength=len(encoded.dictionary))
    overall = sums.sum() / max(counts.sum(), 1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), overall)
    filled = np.where(usable, values, means[place])
    position = frame.column_names.index(measure)
    return frame.set_column(position, measure, pa.array(filled)), share


def in_target_population(frame: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return for every unit whether its outcome class is neither structural nor ineligible."""
    outside = pc.is_in(frame.column("outcome_class"), value_set=pa.array(OUTSIDE))
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]] = ~outside.to_numpy()
    return inside


def waiting_notes(frame: pa.Table) -> list[str]:
    """Return a sentence on units of the frame that still wait for a stage, if there are any."""
    waiting = sum(outcome == "pending" for outcome in frame.column("outcome").to_pylist())
    told = f"{waiting} units still waited for a stage when this release was made; they count as"
    return [f"{told} not reached."] if waiting else []


def waterfall(
    frame: pa.Table,
    codes: Mapping[str, str],
    *,
    domains: Sequence[str],
    minimum: int,
    before: ToldBefore = NOTHING_BEFORE,
) -> list[WaterfallRow]:
    """Count outcomes: every code for the whole frame, every class for each domain.

    Args:
        frame: One row a unit: outcome, outcome_class, domain columns.
        codes: Outcome -> class, in the order to show.
        domains: Domain columns.
        minimum: A domain with fewer units (but more than none) is suppressed, with what would
            give it away; so is a class with fewer units of a larger domain.
        before: What earlier releases of the wave told; `frame` holds its variables too.
    """
    counted = Counter(frame.column("outcome").to_pylist())
    rows = [
        WaterfallRow(
            domain_variable=TOTAL,
            domain=TOTAL,
            outcome=TOTAL,
            outcome_class=TOTAL,
            n_units=frame.num_rows,
        )
    ]
    rows += [
        WaterfallRow(
            domain_variable=TOTAL,
            domain=TOTAL,
            outcome=code,
            outcome_class=kind,
            n_units=counted[code],
        )
        for code, kind in codes.items()
        if counted[code]
    ]
    classes = list(dict.fromkeys(codes.values()))
    hidden = _hidden_beside(frame, domains, minimum, before)
    cells = hidden_classes(frame, domains=domains, minimum=minimum, hidden=hidden, before=before)
    for variable in domains:
        found = _by_domain(frame, variable, classes, hidden)
        rows += [_without_small_class(row, cells, minimum) for row in found]
    return rows


def _without_small_class(row: WaterfallRow, cells: Collection[Key], minimum: int) -> WaterfallRow:
    """Return a row without its number where its class is hidden and its domain is not."""
    key = cell_key((row.domain_variable, row.domain, row.outcome_class))
    if row.n_units is None or row.outcome_class == TOTAL or key not in cells:
        return row
    how = "primary" if 0 < row.n_units < minimum else "secondary"
    return replace(row, n_units=None, disclosure=how)


def unit_figures(frame: pa.Table, domains: Sequence[str], minimum: int) -> Figures:
    """Return the units of every domain, and how far outsiders must stay from the small numbers."""
    sizes: dict[tuple[str, str], float] = {ALL: float(frame.num_rows)}
    for variable in domains:
        for code, size in Counter(frame.column(variable).to_pylist()).items():
            sizes[variable, code] = float(size)
    small = {key: 1.0 for key, size in sizes.items() if key != ALL and 0 < size < minimum}
    return Figures(values=sizes, up=small, down=small)


def _hidden_beside(
    frame: pa.Table, domains: Sequence[str], minimum: int, before: ToldBefore
) -> dict[Key, str]:
    """Return the domains whose units are not told: domain -> primary or secondary."""
    every = [*domains, *before.variables]
    nests = related_domains(frame, every)
    figures = unit_figures(frame, every, minimum)
    while True:
        sizes = _beside_known(figures, before, nests)
        untold = {key for key in sizes.values if key[0] in before.variables} - {*sizes.told}
        hidden = _hidden(sizes, nests, untold)
        # What earlier releases give away, but did not tell, is not told either.
        hidden |= dict.fromkeys(figures.up.keys() - {*sizes.told}, "primary")
        if not before.numbers:
            return hidden
        more = domains_that_tell(
            frame, domains=domains, minimum=minimum, hidden=hidden, before=before
        )
        more -= figures.up.keys()
        if not more:
            return hidden
        one = dict.fromkeys(more, 1.0)
        figures = replace(figures, up={**figures.up, **one}, down={**figures.down, **one})


def _beside_known(
    figures: Figures, before: ToldBefore, nests: Sequence[tuple[Key, tuple[Key, ...]]]
) -> Figures:
    """Return the units of domains with nothing asked of what earlier releases gave away."""
    known = before.known(figures.values)
    if not known:
        return figures
    told = {key: n if key in known or key == ALL else None for key, n in figures.values.items()}
    seen = ToldFigures(name="", told=told, most={})
    given_away = known | near_figures(seen, figures, nests, to_the_end=False).keys()
    return replace(figures.asking_nothing_of(given_away), told=known)


def attack_waterfall(
    rows: Sequence[WaterfallRow],
    frame: pa.Table,
    *,
    domains: Sequence[str],
    minimum: int,
    before: ToldBefore = NOTHING_BEFORE,
) -> list[str]:
    """Return what outsiders can infer of small numbers of units from the waterfall.

    Args:
        rows: As they go out.
        frame: As `waterfall` takes it.
        domains: Domain columns.
        minimum: See `waterfall`.
        before: What earlier releases of the wave told. What they gave away is not returned.
    """
    if frame.num_rows < minimum:
        return []  # the register itself is as small, and its number of units is told
    told = {
        (row.domain_variable, row.domain): None if row.n_units is None else float(row.n_units)
        for row in rows
        if row.outcome == row.outcome_class == TOTAL
    }
    every = [*domains, *before.variables]
    nests = related_domains(frame, every)
    figures = _beside_known(unit_figures(frame, every, minimum), before, nests)
    told |= {key: None for key in figures.values if key[0] in before.variables}
    told |= {key: figures.values[key] for key in figures.told}
    published = ToldFigures(name="waterfall", told=told, most={})
    found = breaches(published, figures, nests)
    classes = {
        cell_key((row.domain_variable, row.domain, row.outcome_class)): row.n_units
        for row in rows
        if TOTAL not in (row.domain_variable, row.outcome_class)
    }
    by_class = {
        row.domain_variable
        for row in rows
        if row.n_units is not None and row.outcome_class not in (TOTAL, SCORED)
    }
    tables = class_tables(
        frame,
        domains=with_past(frame, [name for name in domains if name in by_class], before),
        minimum=minimum,
        hidden={key for key, number in told.items() if number is None},
        before=before,
    )
    return found + [
        f"waterfall {key[0]} {key[1]}: between {least:.4g} and {most:.4g}"
        for key, (least, most) in sorted(attack_classes(classes, tables).items())
    ]


def told_rows(rows: Sequence[WaterfallRow]) -> list[tuple[str, str, str, int]]:
    """Return what a waterfall tells of domains: (variable, domain, class, units)."""
    return [
        (row.domain_variable, row.domain, row.outcome_class, row.n_units)
        for row in rows
        if row.domain_variable != TOTAL and row.n_units is not None
    ]


def told_before(past: Sequence[str], told: Sequence[tuple[str, str, str, int]]) -> ToldBefore:
    """Return what earlier releases told, of `told_rows`, with the variables told no longer."""
    return ToldBefore(
        variables=tuple(past),
        numbers=frozenset(
            ((variable, code) if kind == TOTAL else cell_key((variable, code, kind)), number)
            for variable, code, kind, number in told
        ),
    )


def hidden_domains(rows: Sequence[WaterfallRow]) -> dict[str, set[str]]:
    """Return domain variable -> codes that the waterfall does not tell."""
    hidden: dict[str, set[str]] = {}
    for row in rows:
        if row.disclosure and row.outcome_class == TOTAL:
            hidden.setdefault(row.domain_variable, set()).add(row.domain)
    return hidden


def _hidden(
    figures: Figures, nests: Sequence[tuple[Key, tuple[Key, ...]]], untold: set[Key]
) -> dict[Key, str]:
    """Return the domains whose units are not told: domain -> primary or secondary.

    Args:
        figures: Units of all domains.
        nests: Which domains make up which.
        untold: Of variables that are not told any more, and were not told before.
    """
    crossed = {key for key in figures.values if CROSSED in key[0]}
    plain = replace(figures, values={k: v for k, v in figures.values.items() if k not in crossed})
    try:
        hidden = hidden_domains_of(figures, nests, hidden=untold)
    except CannotProtect:
        try:  # the crossings go whole
            hidden = hidden_domains_of(plain, nests, hidden=untold - crossed) | crossed
        except CannotProtect:  # next to nobody is in the register: nothing but its size is told
            hidden = set(figures.values) - {ALL}
    return {key: "primary" if key in figures.up else "secondary" for key in hidden}


def _by_domain(
    frame: pa.Table, variable: str, classes: Sequence[str], hidden: Mapping[Key, str]
) -> list[WaterfallRow]:
    pairs = Counter(
        zip(
            frame.column(variable).to_pylist(),
            frame.column("outcome_class").to_pylist(),
            strict=True,
        )
    )
    sizes = Counter(frame.column(variable).to_pylist())
    rows = []
    for code in sorted(sizes):
        how = hidden.get((variable, code), "")
        for kind in (TOTAL, *classes):
            number = sizes[code] if kind == TOTAL else pairs[code, kind]
            rows.append(
                WaterfallRow(
                    domain_variable=variable,
                    domain=code,
                    outcome=TOTAL,
                    outcome_class=kind,
                    n_units=None if how else number,
                    disclosure=how,
                )
            )
    return rows


def _clean_code(code: str) -> str:
    shown = plain(code, longest=100)
    if not shown:
        return NOT_STATED
    return f"{shown} (register)" if shown in {TOTAL, NOT_STATED} else shown
