"""Who stood behind the figures that earlier releases of a wave told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from storage.database import Store

_ROLES = ("found", "decided", "inside")
_SCHEMA = pa.schema(
    [
        ("wave", pa.string()),
        ("sector", pa.string()),
        ("vintage", pa.int32()),
        ("unit_id", pa.string()),
        *((role, pa.bool_()) for role in _ROLES),
    ]
)


def keep_companies(
    store: Store,
    of: tuple[str, str],
    companies: Mapping[str, Collection[str]],
    *,
    silent_digest: str,
) -> None:
    """Keep who stands behind the newest vintage of a wave's sector, unless that is kept.

    Args:
        store: The work database.
        of: Wave and sector; it has a vintage.
        companies: Role (found, decided, inside) -> unit_ids.
        silent_digest: Of the unit_ids without a decision.
    """
    wave, sector = of
    ((vintage,),) = store.rows(
        "SELECT max(vintage) FROM estimate_vintage WHERE wave = ? AND sector = ?", [wave, sector]
    )
    if store.rows(
        "SELECT 1 FROM vintage_response WHERE wave = ? AND sector = ? AND vintage = ?",
        [wave, sector, vintage],
    ):
        return
    rows = [
        {"wave": wave, "sector": sector, "vintage": vintage, "unit_id": unit}
        | {role: unit in companies[role] for role in _ROLES}
        for unit in sorted(set().union(*companies.values()))
    ]
    store.insert("vintage_company", pa.Table.from_pylist(rows, schema=_SCHEMA))
    store.execute(
        "INSERT INTO vintage_response VALUES (?, ?, ?, ?)", [wave, sector, vintage, silent_digest]
    )


def load_companies(store: Store, wave: str, sector: str) -> dict[int, dict[str, frozenset[str]]]:
    """Return vintage -> role -> unit_ids; vintages of which that was not kept are left out."""
    found: dict[int, dict[str, set[str]]] = {
        vintage: {role: set() for role in _ROLES}
        for (vintage,) in store.rows(
            "SELECT vintage FROM vintage_response WHERE wave = ? AND sector = ? ORDER BY vintage",
            [wave, sector],
        )
    }
    for vintage, unit, *roles in store.rows(
        "SELECT vintage, unit_id, found, decided, inside FROM vintage_company"
        " WHERE wave = ? AND sector = ? ORDER BY vintage, unit_id",
        [wave, sector],
    ):
        held = found[vintage]
        for role, has in zip(_ROLES, roles, strict=True):
            if has:
                held[role].add(unit)
    return {
        vintage: {role: frozenset(units) for role, units in held.items()}
        for vintage, held in found.items()
    }


def load_silent_digests(store: Store, wave: str, sector: str) -> dict[int, str]:
    """Return vintage -> digest of who had no decision when it was told."""
    return dict(
        store.rows(
            "SELECT vintage, silent_digest FROM vintage_response"
            " WHERE wave = ? AND sector = ? ORDER BY vintage",
            [wave, sector],
        )
    )


def load_told_amounts(
    store: Store, wave: str, sector: str
) -> dict[int, dict[tuple[str, str, tuple[str, str]], float]]:
    """Return vintage -> (measure, role, (domain variable, domain)) -> what was told of an amount.

    Behind the headline stand the companies inside, behind the comparison those decided for, behind
    the beginning of the headline's interval those found.
    """
    told: dict[int, dict[tuple[str, str, tuple[str, str]], float]] = {}
    for vintage, measure, role, variable, domain, value, lower in store.rows(
        "SELECT vintage, measure,"
        " CASE WHEN estimator = 'classify_and_count' THEN 'decided' ELSE 'inside' END,"
        " domain_variable, domain, value, ci_lower FROM estimate_vintage"
        " WHERE wave = ? AND sector = ? AND value IS NOT NULL AND measure <> 'enterprises'"
        " AND NOT ends_with(measure, '_share') ORDER BY ALL",
        [wave, sector],
    ):
        held = told.setdefault(vintage, {})
        held[measure, role, (variable, domain)] = value
        if role == "inside" and lower:
            held[measure, "found", (variable, domain)] = lower
    return told
