"""The inputs of an estimate: read from Arrow tables, checked, and put into one fixed order (pure).

Everything downstream works on numpy arrays sorted by `unit_id`, so that neither the order of rows
nor the way a table was chunked can move a figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experimental_stats.arrow_tables import plain_table
from experimental_stats.guessed_strata import guess_strata
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TOTAL = "_T"
UNIT_COLUMNS = ("unit_id", "eligible", "responded", "probability", "weighting_cell")
# Amounts and scores beyond it, or below its inverse, are put into other units.
LARGEST_NUMBER = 2.0**250
OPTIONAL_COLUMNS = ("audit_stratum", "response_weight")
AUDIT_COLUMNS = ("unit_id", "active", "stratum", "inclusion_probability")


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """A column of strings as numbers.

    Attributes:
        names: The distinct strings, sorted.
        index: int64, one a row: position in `names`.
    """

    names: tuple[str, ...]
    index: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedFrame:
    """A frame with its audit, one entry a unit, sorted by `unit_id`.

    Attributes:
        eligible: bool, in the target population.
        responded: bool, has a score.
        score: float64, any scale; 0 where not responded.
        cell: Weighting cell of every unit.
        stratum: int64, audit stratum of every responded unit, -1 for the others; numbered in the
            order of `stratum_names`.
        stratum_names: Sorted.
        strata_known: False where `units` came without ``audit_stratum`` and the stratum of units
            outside the audit had to be taken from the nearest audited score.
        audited: bool, answered in the audit.
        active: bool, found active in the audit; False where not audited.
        inclusion: float64 per stratum, inclusion probability of its units (0–1]; NaN for a stratum
            without an answer.
        domains: Domain variable -> codes.
        measures: Measure -> float64 amounts ≥ 0, in units of `unit_of`.
        unit_of: Measure -> power of two that its amounts were divided by: 1 but for amounts whose
            squares a float cannot hold.
        load: float64, one a unit: for how many units without a score an eligible respondent
            stands, by the column ``response_weight``; None where cells decide.
    """

    eligible: NDArray[np.bool_]
    responded: NDArray[np.bool_]
    score: NDArray[np.float64]
    cell: Codes
    stratum: NDArray[np.int64]
    stratum_names: tuple[str, ...]
    strata_known: bool
    audited: NDArray[np.bool_]
    active: NDArray[np.bool_]
    inclusion: NDArray[np.float64]
    domains: dict[str, Codes]
    measures: dict[str, NDArray[np.float64]]
    unit_of: dict[str, float]
    load: NDArray[np.float64] | None = None


def read_audited_frame(
    units: pa.Table, audit: pa.Table, *, domains: Sequence[str], measures: Sequence[str]
) -> AuditedFrame:
    """Check both tables and return them as arrays in the order of `unit_id`.

    Args:
        units: As `estimation.estimate_totals` takes it.
        audit: As `estimation.estimate_totals` takes it; may be empty.
        domains: Names of string columns of `units`.
        measures: Names of float columns of `units`; ``enterprises`` is one each.

    Raises:
        InvalidInput: A column is missing, or holds what it must not; the title names the fault.
    """
    _demand_plain_names(domains, measures)
    texts = ("unit_id", "weighting_cell", "audit_stratum", *domains)
    units = plain_table(
        "units", units, texts=[name for name in texts if name not in ("eligible", "responded")]
    )
    audit = plain_table("audit", audit, texts=("unit_id", "stratum"))
    _demand_columns("units", units, (*UNIT_COLUMNS, *domains, *_amount_columns(measures)))
    _demand_columns("audit", audit, AUDIT_COLUMNS)
    wanted = {*UNIT_COLUMNS, *OPTIONAL_COLUMNS, *domains, *measures}
    units = units.select([name for name in units.column_names if name in wanted])
    audit = audit.select(AUDIT_COLUMNS)
    units = units.take(pc.sort_indices(units, sort_keys=[("unit_id", "ascending")]))
    audit = audit.take(pc.sort_indices(audit, sort_keys=[("unit_id", "ascending")]))
    _demand_unique("units", units)
    _demand_unique("audit", audit)
    responded = _flags("units", units, "responded")
    audit_rows = _audit_rows(units, audit, responded)
    strata = _read_strata(units, audit, responded=responded, audit_rows=audit_rows)
    audited = np.zeros(units.num_rows, dtype=bool)
    audited[audit_rows] = True
    active = np.zeros(units.num_rows, dtype=bool)
    active[audit_rows] = _flags("audit", audit, "active")
    eligible = _flags("units", units, "eligible")
    amounts = {name: _amounts(units, name, eligible) for name in measures}
    unit_of = {name: _unit(values) for name, values in amounts.items()}
    return AuditedFrame(
        eligible=eligible,
        responded=responded,
        score=_scores(units, responded),
        cell=code_column(units, "weighting_cell"),
        audited=audited,
        active=active,
        domains={name: _domain(units, name) for name in domains},
        measures={name: values / unit_of[name] for name, values in amounts.items()},
        unit_of=unit_of,
        load=_loads(units, responded & eligible),
        **strata,
    )


def _amount_columns(measures: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in measures if name != "enterprises")


def _demand_columns(table_name: str, table: pa.Table, names: Sequence[str]) -> None:
    missing = [name for name in dict.fromkeys(names) if name not in table.column_names]
    if missing:
        raise InvalidInput(
            f"{table_name} lacks the column {', '.join(missing)}",
            f"It holds {', '.join(table.column_names) or 'no column at all'}.",
        )


def _demand_plain_names(domains: Sequence[str], measures: Sequence[str]) -> None:
    for what, names in (("domains", domains), ("measures", measures)):
        if len(set(names)) < len(names):
            raise InvalidInput(f"{what} names a column twice: {', '.join(names)}")
    if not measures:
        raise InvalidInput("measures is empty: there is nothing to estimate")
    if TOTAL in domains:
        raise InvalidInput(f"{TOTAL} stands for the total and cannot name a domain variable")


def _demand_unique(table_name: str, table: pa.Table) -> None:
    ids = table.column("unit_id")
    without = ids.null_count + (pc.sum(pc.equal(ids, "")).as_py() or 0)
    if without:
        raise InvalidInput(f"{table_name} has {without} rows without unit_id")
    # Sorted, so equal ids are neighbours.
    plain = ids.combine_chunks()
    repeated = pc.equal(plain.slice(1), plain.slice(0, max(len(plain) - 1, 0)))
    if pc.any(repeated).as_py():
        names = pc.unique(plain.slice(1).filter(repeated)).to_pylist()
        raise InvalidInput(
            f"{table_name} has more than one row for {len(names)} units, e.g. {names[0]!r}",
            "Each unit may stand once; settle repeated or contradictory answers first.",
        )


def _numpy(table_name: str, table: pa.Table, name: str) -> NDArray[np.float64]:
    try:
        column = table.column(name).cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as fault:
        raise InvalidInput(f"{table_name}.{name} does not hold numbers: {fault}") from fault
    values: NDArray[np.float64] = column.fill_null(np.nan).to_numpy()
    return values


def _flags(table_name: str, table: pa.Table, name: str) -> NDArray[np.bool_]:
    column = table.column(name)
    if table.num_rows == 0:
        return np.zeros(0, dtype=bool)
    if not pa.types.is_boolean(column.type):
        raise InvalidInput(f"{table_name}.{name} is {column.type}, not bool")
    if column.null_count:
        raise InvalidInput(f"{table_name}.{name} is null in {column.null_count} rows")
    flags: NDArray[np.bool_] = column.to_numpy()
    return flags


def code_column(table: pa.Table, name: str, table_name: str = "units") -> Codes:
    """Return a column of strings as numbers; a null is refused."""
    column = table.column(name)
    if column.null_count:
        raise InvalidInput(f"{table_name}.{name} is null in {column.null_count} rows")
    if table.num_rows == 0:
        return Codes(names=(), index=np.zeros(0, dtype=np.int64))
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    names = encoded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    index: NDArray[np.int64] = rank[encoded.indices.to_numpy()]
    return Codes(names=tuple(names[place] for place in order), index=index)


def _domain(units: pa.Table, name: str) -> Codes:
    codes = code_column(units, name)
    if TOTAL in codes.names:
        raise InvalidInput(f"units.{name} holds the code {TOTAL}, which stands for the total")
    return codes


def _amounts(units: pa.Table, name: str, eligible: NDArray[np.bool_]) -> NDArray[np.float64]:
    if name == "enterprises":
        return np.ones(units.num_rows)
    # A unit outside the target population adds nothing, whatever the register says of its size.
    values = np.where(eligible, _numpy("units", units, name), 0.0)
    for fault, wrong in (
        ("missing or not finite", ~np.isfinite(values)),
        ("negative", np.nan_to_num(values) < 0),
    ):
        if wrong.any():
            raise InvalidInput(
                f"units.{name} is {fault} for {int(wrong.sum())} units",
                "Impute it before the estimate, and say so, or leave the measure out.",
            )
    with np.errstate(over="ignore"):
        if not np.isfinite(values.sum()):
            raise InvalidInput(
                f"units.{name} adds up to more than a number can hold",
                "State it in a larger unit, such as thousands.",
            )
    # What is nothing beside the largest is 0: ratios of amounts stay numbers.
    return np.where(values < values.max(initial=0.0) / LARGEST_NUMBER, 0.0, values)


def _unit(values: NDArray[np.float64]) -> float:
    """Return the power of two by which to divide numbers, so that their squares are numbers."""
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0.0 or 1.0 / LARGEST_NUMBER < largest < LARGEST_NUMBER:
        return 1.0
    return float(2.0 ** (np.frexp(largest)[1] - 1))


def _scores(units: pa.Table, responded: NDArray[np.bool_]) -> NDArray[np.float64]:
    values = _numpy("units", units, "probability")
    without = responded & ~np.isfinite(values)
    if without.any():
        raise InvalidInput(
            f"units.probability is missing or not finite for {int(without.sum())} responded units"
        )
    values = np.where(responded, values, 0.0)
    # Only order and distance of scores count: one that is nothing beside the largest is 0.
    largest = float(np.abs(values).max(initial=0.0))
    values = np.where(np.abs(values) < largest / LARGEST_NUMBER, 0.0, values)
    scaled: NDArray[np.float64] = values / _unit(values)
    return scaled


def _loads(units: pa.Table, respondents: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    if "response_weight" not in units.column_names:
        return None
    weights = _numpy("units", units, "response_weight")
    wrong = respondents & ~((weights >= 1.0 - 1e-9) & (weights <= LARGEST_NUMBER))
    if wrong.any():
        raise InvalidInput(
            f"units.response_weight is missing or below 1, or no number of units, for"
            f" {int(wrong.sum())} respondents",
            "Every respondent stands at least for itself: weigh again, or leave the column out.",
        )
    return np.where(respondents, np.maximum(weights - 1.0, 0.0), 0.0)


def _audit_rows(
    units: pa.Table, audit: pa.Table, responded: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the row in `units` of every audited unit."""
    if audit.num_rows == 0:
        return np.zeros(0, dtype=np.int64)
    # The few are looked up among the many: both stand in the order of their ids.
    named = pc.is_in(units.column("unit_id"), value_set=audit.column("unit_id").combine_chunks())
    found: NDArray[np.int64] = np.flatnonzero(named.to_numpy())
    if len(found) < audit.num_rows:
        there = pc.is_in(audit.column("unit_id"), value_set=units.column("unit_id"))
        unknown = audit.column("unit_id").filter(pc.invert(there)).to_pylist()
        raise InvalidInput(
            f"audit names {len(unknown)} units that are not in the frame, e.g. {unknown[0]!r}"
        )
    if not responded[found].all():
        outside = np.flatnonzero(~responded[found])
        raise InvalidInput(
            f"audit names {len(outside)} units that have not responded, e.g. "
            f"{audit.column('unit_id')[int(outside[0])].as_py()!r}",
            "The audit has to be a probability sample of the responded units.",
        )
    return found


def _read_strata(
    units: pa.Table,
    audit: pa.Table,
    *,
    responded: NDArray[np.bool_],
    audit_rows: NDArray[np.int64],
) -> dict[str, Any]:
    audit_codes = code_column(audit, "stratum", "audit")
    known = "audit_stratum" in units.column_names
    if known:
        column = units.column("audit_stratum").filter(pa.array(responded))
        responded_codes = code_column(pa.table({"audit_stratum": column}), "audit_stratum")
        names = tuple(sorted({*responded_codes.names, *audit_codes.names}))
        stratum = np.full(units.num_rows, -1, dtype=np.int64)
        stratum[responded] = _renumber(responded_codes, names)
        audit_index = _renumber(audit_codes, names)
        moved = stratum[audit_rows] != audit_index
        if moved.any():
            raise InvalidInput(
                f"audit and units name different strata for {int(moved.sum())} units, e.g. "
                f"{audit.column('unit_id')[int(np.argmax(moved))].as_py()!r}",
                "The stratum of the draw counts; do not draw strata anew after the audit.",
            )
    else:
        names, audit_index = audit_codes.names, audit_codes.index
        score = _scores(units, responded)
        stratum = np.full(units.num_rows, -1, dtype=np.int64)
        stratum[responded] = guess_strata(
            score[responded],
            scores=score[audit_rows],
            strata=audit_index,
            chances=_inclusion(audit, audit_index, names),
        )
        stratum[audit_rows] = audit_index
    return {
        "stratum": stratum,
        "stratum_names": names,
        "strata_known": known,
        "inclusion": _inclusion(audit, audit_index, names),
    }


def _renumber(codes: Codes, names: tuple[str, ...]) -> NDArray[np.int64]:
    if not codes.names:
        return np.zeros(0, dtype=np.int64)
    place = {name: number for number, name in enumerate(names)}
    numbers = np.array([place[name] for name in codes.names], dtype=np.int64)
    renumbered: NDArray[np.int64] = numbers[codes.index]
    return renumbered


def _inclusion(
    audit: pa.Table, index: NDArray[np.int64], names: tuple[str, ...]
) -> NDArray[np.float64]:
    values = _numpy("audit", audit, "inclusion_probability")
    if not (np.isfinite(values) & (values > 0) & (values <= 1)).all():
        wrong = int((~(np.isfinite(values) & (values > 0) & (values <= 1))).sum())
        raise InvalidInput(
            f"audit.inclusion_probability is not above 0 and at most 1 in {wrong} rows",
            "The audit has to be a probability sample; take the answers of `audit draw`.",
        )
    low = np.full(len(names), np.inf)
    high = np.full(len(names), -np.inf)
    np.minimum.at(low, index, values)
    np.maximum.at(high, index, values)
    unequal = np.flatnonzero((high - low > 1e-9) & np.isfinite(high))
    if len(unequal):
        raise InvalidInput(
            "audit.inclusion_probability differs within the stratum "
            f"{', '.join(repr(names[number]) for number in unequal)}",
            "Within a stratum every unit has to have the same chance.",
        )
    return np.where(np.isfinite(high), high, np.nan)
