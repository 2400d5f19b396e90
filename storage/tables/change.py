"""Changes between waves, and vintages of published figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from storage.database import Store
    from storage.records.release import Estimate

_FIGURES = ("value", "standard_error", "ci_lower", "ci_upper", "disclosure", "noise_bound")
_Told = tuple[str, bool, tuple[str, str]]
_KEYS = ("measure", "domain_variable", "domain", "estimator")


class ToldEarlier(NamedTuple):
    """What releases of a sector told before.

    Attributes:
        vintages: For each vintage of the same wave (measure, whether headline, (domain variable,
            domain)) -> the least and the greatest estimate that may stand behind what was told
            (noise, rounding).
        recalled: Those of them whose release was taken back.
        hidden: (Measure, domain) of the headline that the last vintage of the wave before
            suppressed.
    """

    vintages: list[dict[_Told, tuple[float, float]]]
    recalled: list[dict[_Told, tuple[float, float]]]
    hidden: set[tuple[str, tuple[str, str]]]


def load_unit_texts(store: Store, wave: str) -> dict[str, str]:
    """Return unit_id -> digests of the texts on its accepted websites, joined in order."""
    rows = store.rows(
        "SELECT l.unit_id, string_agg(t.text_digest, ' ' ORDER BY l.website_url)"
        " FROM website_link l JOIN website_text t USING (wave, website_url)"
        " WHERE l.wave = ? AND l.accepted GROUP BY l.unit_id ORDER BY l.unit_id",
        [wave],
    )
    return dict(rows)


def load_units_with_website(store: Store, wave: str) -> set[str]:
    """Return the units of a wave that have a website in its frame."""
    rows = store.rows("SELECT DISTINCT unit_id FROM unit_website WHERE wave = ?", [wave])
    return {unit for (unit,) in rows}


def replace_change(
    store: Store,
    *,
    keys: Mapping[str, str],
    totals: Iterable[Mapping[str, Any]],
    components: Iterable[Mapping[str, Any]],
) -> None:
    """Keep the change of a sector between two waves in place of an earlier look at it.

    Args:
        store: The work database.
        keys: ``wave``, ``earlier_wave`` and ``sector``.
        totals: Rows of ``wave_change`` without those.
        components: Rows of ``wave_change_component`` without those, in order.
    """
    with store.transaction():
        for table, rows in (("wave_change", totals), ("wave_change_component", components)):
            store.execute(
                f"DELETE FROM {table} WHERE wave = $wave AND earlier_wave = $earlier_wave"  # noqa: S608 - two constants
                " AND sector = $sector",
                dict(keys),
            )
            store.insert(table, pa.Table.from_pylist([{**keys, **row} for row in rows]))


def load_break_factor(
    store: Store, sector: str, measure: str, *, old_model: str, new_model: str
) -> float | None:
    """Return the newest break factor between two models; None where no bridge was made."""
    rows = store.rows(
        "SELECT break_factor FROM bridge WHERE sector = ? AND measure = ? AND old_model = ?"
        " AND new_model = ? ORDER BY made_at DESC LIMIT 1",
        [sector, measure, old_model, new_model],
    )
    return rows[0][0] if rows else None


def add_vintage(
    store: Store,
    estimates: Sequence[Estimate],
    *,
    made_by: str,
    release_digest: str,
    cause_of: Any,
) -> bool:
    """Keep the published figures of one wave and sector where any differs from the last vintage.

    Args:
        store: The work database.
        estimates: Of one wave and sector, protected.
        made_by: Digest of method, model, definition and frame.
        release_digest: Of the release.
        cause_of: Last vintage's `made_by` (None where there is none) and the present one -> cause.

    Returns:
        Whether a vintage was added.
    """
    if not estimates:
        return False
    wave, sector = estimates[0].wave, estimates[0].sector
    last = store.fetch(
        f"SELECT vintage, made_by, {', '.join(_KEYS + _FIGURES)} FROM estimate_vintage"  # noqa: S608 - column names of this module
        " WHERE wave = ? AND sector = ?"
        " QUALIFY vintage = max(vintage) OVER ()",
        [wave, sector],
    ).to_pylist()
    told = {_key(row): tuple(row[name] for name in _FIGURES) for row in last}
    previous = last[0]["made_by"] if last else None
    fresh = {
        tuple(getattr(e, name) for name in _KEYS): tuple(getattr(e, name) for name in _FIGURES)
        for e in estimates
    }
    if fresh == told and previous == made_by and not _is_withdrawn(store, last[0], wave, sector):
        return False
    constants = {
        "vintage": (last[0]["vintage"] if last else 0) + 1,
        "cause": cause_of(previous, made_by),
        "made_by": made_by,
        "release_digest": release_digest,
    }
    rows = [
        {"wave": wave, "sector": sector, **constants}
        | dict(zip(_KEYS, key, strict=True))
        | dict(zip(_FIGURES, figures, strict=True))
        for key, figures in fresh.items()
    ]
    store.insert("estimate_vintage", pa.Table.from_pylist(rows, schema=_VINTAGE_SCHEMA))
    return True


def _is_withdrawn(store: Store, vintage: Mapping[str, Any], wave: str, sector: str) -> bool:
    """Return whether the release that told a vintage was taken back."""
    return bool(
        store.rows(
            "SELECT 1 FROM release_withdrawal WHERE wave = ? AND sector = ? AND vintage = ?",
            [wave, sector, vintage["vintage"]],
        )
    )


def load_vintages(store: Store, wave: str | None = None) -> list[dict[str, Any]]:
    """Return the totals of all vintages: wave, sector, measure, vintage, cause, value, withdrawn.

    Waves in the order of their import; of classify and count nothing is returned.
    """
    found: list[dict[str, Any]] = store.fetch(
        "SELECT v.wave, v.sector, v.measure, v.vintage, v.cause, v.value,"
        " EXISTS (FROM release_withdrawal g WHERE (g.wave, g.sector, g.vintage) ="
        " (v.wave, v.sector, v.vintage)) AS withdrawn FROM estimate_vintage v"
        " JOIN wave w USING (wave) WHERE v.domain_variable = '_T'"
        " AND v.estimator <> 'classify_and_count' AND ($wave IS NULL OR v.wave = $wave)"
        " ORDER BY v.sector, v.measure, w.position, v.vintage",
        {"wave": wave},
    ).to_pylist()
    return found


def load_hidden_totals(store: Store, wave: str, sector: str) -> list[str]:
    """Return the measures whose total the last release of a wave's sector hides."""
    rows = store.rows(
        "SELECT measure FROM (FROM estimate_vintage WHERE wave = ? AND sector = ?"
        " AND domain_variable = '_T' AND estimator <> 'classify_and_count'"
        " QUALIFY vintage = max(vintage) OVER ()) WHERE value IS NULL ORDER BY ALL",
        [wave, sector],
    )
    return [measure for (measure,) in rows]


def load_told(store: Store, wave: str, sector: str) -> ToldEarlier:
    """Return what earlier releases told of a sector, and what the wave before hid."""
    told: dict[int, dict[_Told, tuple[float, float]]] = {}
    for vintage, measure, headline, variable, domain, least, most in store.rows(
        "SELECT vintage, measure, estimator <> 'classify_and_count', domain_variable, domain,"
        " greatest(value - coalesce(noise_bound, 0), 0), value + coalesce(noise_bound, 0)"
        " FROM estimate_vintage WHERE wave = ? AND sector = ? AND value IS NOT NULL ORDER BY ALL",
        [wave, sector],
    ):
        told.setdefault(vintage, {})[measure, headline, (variable, domain)] = (least, most)
    hidden = store.rows(
        "SELECT v.measure, v.domain_variable, v.domain FROM estimate_vintage v"
        " JOIN wave w USING (wave)"
        " WHERE v.sector = ? AND w.position < (SELECT position FROM wave WHERE wave = ?)"
        " AND v.estimator <> 'classify_and_count'"
        " QUALIFY (w.position, v.vintage) = max((w.position, v.vintage)) OVER ()"
        " AND v.disclosure <> ''",
        [sector, wave],
    )
    withdrawn = store.rows(
        "SELECT DISTINCT vintage FROM release_withdrawal WHERE wave = ? AND sector = ?"
        " ORDER BY vintage",
        [wave, sector],
    )
    return ToldEarlier(
        vintages=list(told.values()),
        recalled=[told[vintage] for (vintage,) in withdrawn if vintage in told],
        hidden={(measure, (name, code)) for measure, name, code in hidden},
    )


def load_told_lower_ends(
    store: Store, wave: str, sector: str
) -> list[dict[tuple[str, tuple[str, str]], float]]:
    """Return where the headline's intervals began, as earlier releases of a wave told them.

    Returns:
        For each vintage (measure, (domain variable, domain)) -> lower end; those of moved figures
        and those at nothing, which tell nothing, are left out.
    """
    told: dict[int, dict[tuple[str, tuple[str, str]], float]] = {}
    for vintage, measure, variable, domain, lower in store.rows(
        "SELECT vintage, measure, domain_variable, domain, ci_lower FROM estimate_vintage"
        " WHERE wave = ? AND sector = ? AND ci_lower > 0 AND coalesce(noise_bound, 0) = 0"
        " AND estimator <> 'classify_and_count' ORDER BY ALL",
        [wave, sector],
    ):
        told.setdefault(vintage, {})[measure, (variable, domain)] = lower
    return list(told.values())


def told_variables(store: Store, wave: str) -> list[str]:
    """Return the variables that releases of a wave told figures or units by, in order of name."""
    rows = store.rows(
        "SELECT DISTINCT domain_variable FROM estimate_vintage WHERE wave = $wave"
        " AND value IS NOT NULL AND domain_variable <> '_T'"
        " UNION SELECT domain_variable FROM told_waterfall WHERE wave = $wave ORDER BY ALL",
        {"wave": wave},
    )
    return [name for (name,) in rows]


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEYS)


_VINTAGE_SCHEMA = pa.schema(
    [
        ("wave", pa.string()),
        ("sector", pa.string()),
        ("vintage", pa.int32()),
        ("cause", pa.string()),
        ("made_by", pa.string()),
        ("release_digest", pa.string()),
        *((name, pa.string()) for name in _KEYS),
        ("value", pa.float64()),
        ("standard_error", pa.float64()),
        ("ci_lower", pa.float64()),
        ("ci_upper", pa.float64()),
        ("disclosure", pa.string()),
        ("noise_bound", pa.float64()),
    ]
)
