"""Audits, estimates and releases in the work database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from storage.sql_text import quoted_name, quoted_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from storage.database import Store
    from storage.records.release import Estimate

UNIT_COLUMNS = frozenset(
    {
        "unit_type",
        "nace_code",
        "nace_section",
        "size_class",
        "region",
        "postcode",
        "city",
        "country",
    }
)
NUMBER_COLUMNS = frozenset({"employees", "turnover"})

ANSWER_SCHEMA = pa.schema(
    [
        ("unit_id", pa.string()),
        ("sector", pa.string()),
        ("active", pa.bool_()),
        ("coder", pa.string()),
        ("coded_at", pa.timestamp("us", tz="UTC")),
        ("note", pa.string()),
        ("inclusion_probability", pa.float64()),
    ]
)

_DUCKDB_TYPES = {
    pa.string(): "VARCHAR",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
    pa.bool_(): "BOOLEAN",
}


# ---------------------------------------------------------------- audit


def load_scores(store: Store, wave: str, sector: str, *, texts: Sequence[str] = ()) -> pa.Table:
    """Return the scored units, by unit_id.

    Args:
        store: The work database.
        wave: The wave.
        sector: The sector.
        texts: Further columns of the frame, as strings; empty where the register holds nothing.

    Returns:
        unit_id, probability, active, employees, basis, then `texts`.
    """
    more = "".join(f", coalesce({_column(name)}, '') AS {quoted_name(name)}" for name in texts)
    return store.fetch(
        f"SELECT p.unit_id, p.probability, p.active, u.employees, p.basis{more}"  # noqa: S608 - names are quoted
        " FROM prediction p JOIN unit u USING (wave, unit_id)"
        " WHERE p.wave = ? AND p.sector = ? ORDER BY p.unit_id",
        [wave, sector],
    )


def load_draws(store: Store, wave: str | None = None) -> list[dict[str, Any]]:
    """Return the audits drawn, the newest first: wave, sector, draw_id, size, seed, design."""
    table = store.fetch(
        "SELECT wave, sector, draw_id, size, seed, design FROM audit_draw"
        " WHERE wave = coalesce($wave, wave) ORDER BY drawn_at DESC, wave, sector",
        {"wave": wave},
    )
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def replace_draw(store: Store, draw: Mapping[str, Any], units: pa.Table) -> None:
    """Keep a draw and the stratum of every responded unit; an earlier draw is forgotten.

    Args:
        store: The work database.
        draw: Columns of `audit_draw` but for ``drawn_at``.
        units: unit_id, stratum, inclusion_probability, drawn.
    """
    key = [draw["wave"], draw["sector"]]
    with store.transaction():
        store.execute("DELETE FROM audit_draw WHERE wave = ? AND sector = ?", key)
        store.execute("DELETE FROM audit_unit WHERE wave = ? AND sector = ?", key)
        store.insert("audit_draw", pa.table({name: [value] for name, value in draw.items()}))
        whose = {"wave": key[0], "sector": key[1]}
        for name, value in whose.items():
            units = units.append_column(name, pa.array([value] * units.num_rows, pa.string()))
        store.insert("audit_unit", units)


def load_drawn(store: Store, wave: str) -> pa.Table:
    """Return the drawn units of a wave: sector, unit_id, stratum, inclusion_probability."""
    return store.fetch(
        "SELECT sector, unit_id, stratum, inclusion_probability FROM audit_unit"
        " WHERE wave = ? AND drawn ORDER BY sector, unit_id",
        [wave],
    )


def load_strata(store: Store, wave: str, sector: str) -> pa.Table:
    """Return the stratum of every unit that had responded at the draw: unit_id, stratum, ...

    Further columns: inclusion_probability, drawn.
    """
    return store.fetch(
        "SELECT unit_id, stratum, inclusion_probability, drawn FROM audit_unit"
        " WHERE wave = ? AND sector = ? ORDER BY unit_id",
        [wave, sector],
    )


def load_audit_sheet(store: Store, wave: str, sector: str) -> list[dict[str, Any]]:
    """Return what a coder is shown of each drawn unit, by unit_id: no score, no stratum.

    Keys: unit_id, sector, legal_name, website_url, evidence_url, evidence.
    """
    table = store.fetch(
        "SELECT a.unit_id, a.sector, u.legal_name, coalesce(o.website_url, '') AS website_url,"
        " coalesce(e.url, '') AS evidence_url, coalesce(e.passage, '') AS evidence"
        " FROM audit_unit a JOIN unit u USING (wave, unit_id)"
        " LEFT JOIN unit_outcome o USING (wave, unit_id)"
        " LEFT JOIN (SELECT * FROM evidence WHERE rank = 1) e USING (wave, unit_id, sector)"
        " WHERE a.wave = ? AND a.sector = ? AND a.drawn ORDER BY a.unit_id",
        [wave, sector],
    )
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def load_answers(store: Store, wave: str) -> list[dict[str, Any]]:
    """Return the answers to the audits of a wave in the order of import.

    Keys: unit_id, sector, active, coder, coded_at, note.
    """
    table = store.fetch(
        "SELECT unit_id, sector, active, coder, coded_at, note FROM label"
        " WHERE purpose = 'audit' AND wave = ? AND unit_id IS NOT NULL ORDER BY label_id",
        [wave],
    )
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def insert_answers(
    store: Store, wave: str, answers: Sequence[Mapping[str, Any]], *, source: str
) -> None:
    """Keep answers to audits as labels of purpose ``audit``.

    Args:
        store: The work database.
        wave: The wave whose audits they answer.
        answers: Keys of `ANSWER_SCHEMA`.
        source: Name of the file they came from.
    """
    rows = pa.Table.from_pylist([dict(answer) for answer in answers], schema=ANSWER_SCHEMA)
    with store.transaction():
        ((last,),) = store.rows("SELECT coalesce(max(label_id), 0) FROM label")
        constants: dict[str, list[Any]] = {
            "label_id": list(range(last + 1, last + 1 + rows.num_rows)),
            "language": [""] * rows.num_rows,
            "purpose": ["audit"] * rows.num_rows,
            "wave": [wave] * rows.num_rows,
            "source": [source] * rows.num_rows,
        }
        for name, values in constants.items():
            rows = rows.append_column(name, pa.array(values))
        store.insert("label", rows)


# ---------------------------------------------------------------- release


def load_frame(
    store: Store, wave: str, *, texts: Sequence[str], numbers: Sequence[str]
) -> pa.Table:
    """Return every unit of a wave with its outcome, by unit_id.

    Args:
        store: The work database.
        wave: The wave.
        texts: Domain columns: of the frame, or any further column of the register; empty where the
            register holds nothing.
        numbers: Measure columns; null where the register holds no number.

    Returns:
        unit_id, outcome, outcome_class, nace_section, size_class, then `texts` (string) and
        `numbers` (float64).
    """
    columns = ["o.outcome", "o.outcome_class"]
    columns += [
        f"coalesce({_column(name)}, '') AS {quoted_name(name)}"
        for name in dict.fromkeys(("nace_section", "size_class", *texts))
    ]
    columns += [f"try_cast({_column(name)} AS DOUBLE) AS {quoted_name(name)}" for name in numbers]
    return store.fetch(
        f"SELECT u.unit_id, {', '.join(columns)}"  # noqa: S608 - names are quoted
        " FROM unit u JOIN unit_outcome o USING (wave, unit_id)"
        " WHERE u.wave = ? ORDER BY u.unit_id",
        [wave],
    )


def has_column(store: Store, wave: str, name: str) -> bool:
    """Return whether the frame of a wave holds a column of that name."""
    if name in UNIT_COLUMNS or name in NUMBER_COLUMNS:
        return True
    return bool(
        store.rows(
            "SELECT 1 FROM unit WHERE wave = ? AND list_contains(json_keys(other), ?) LIMIT 1",
            [wave, name],
        )
    )


def load_predictions(store: Store, wave: str, sector: str) -> pa.Table:
    """Return unit_id, probability, active, basis, model_id of one sector, by unit_id."""
    return store.fetch(
        "SELECT unit_id, probability, active, basis, model_id FROM prediction"
        " WHERE wave = ? AND sector = ? ORDER BY unit_id",
        [wave, sector],
    )


def load_model_cards(store: Store, wave: str) -> dict[str, str]:
    """Return the cards (JSON) of the models that the wave's predictions came from, by model_id.

    Empty text for a model that is none, as where units are only ranked by the definition.
    """
    rows = store.rows(
        "SELECT DISTINCT p.model_id, coalesce(m.card, '') FROM prediction p"
        " LEFT JOIN model m USING (model_id) WHERE p.wave = ? ORDER BY p.model_id",
        [wave],
    )
    return dict(rows)


def load_wave(store: Store, wave: str) -> dict[str, Any] | None:
    """Return source, digests, n_rows and n_rejected of a wave; None if it is unknown."""
    rows = store.fetch(
        "SELECT source, source_digest, mapping_digest, n_rows, n_rejected FROM wave WHERE wave = ?",
        [wave],
    ).to_pylist()
    return rows[0] if rows else None


def load_outcome_codes(store: Store) -> pa.Table:
    """Return outcome, outcome_class, meaning in the order of the code list."""
    return store.fetch(
        "SELECT outcome, outcome_class, meaning FROM outcome_code ORDER BY preference"
    )


def replace_estimates(store: Store, wave: str, estimates: Sequence[Estimate]) -> None:
    """Put the estimates of a release in the place of the wave's earlier ones."""
    with store.transaction():
        store.execute("DELETE FROM estimate WHERE wave = ?", [wave])
        store.insert_records("estimate", estimates)


def record_release(store: Store, wave: str, *, release_digest: str, directory: Path) -> None:
    """Note that a release was made, by the digest of its manifest."""
    store.execute(
        "INSERT INTO release (wave, release_digest, directory) VALUES (?, ?, ?)",
        [wave, release_digest, str(directory)],
    )


def write_release_database(store: Store, target: Path, tables: Mapping[str, pa.Table]) -> None:
    """Write a DuckDB file of its own that holds `tables` and nothing else.

    Args:
        store: The work database, for its connection; nothing of it is copied.
        target: The file to make; DuckDB 1.5 and 2.x can open it.
        tables: Name -> rows of string, float64, int64 and bool columns.
    """
    try:
        for name, rows in tables.items():
            columns = ", ".join(
                f"{quoted_name(field.name)} {_DUCKDB_TYPES[field.type]}" for field in rows.schema
            )
            store.execute(f"CREATE TEMP TABLE release_{name} ({columns})")
            store.insert(f"release_{name}", rows)
        store.publish_copy(
            target,
            [
                f"CREATE TABLE published.{name} AS SELECT * FROM temp.release_{name}"  # noqa: S608 - names are ours
                for name in tables
            ],
        )
    finally:
        for name in tables:
            store.execute(f"DROP TABLE IF EXISTS temp.release_{name}")


def _column(name: str) -> str:
    if name in UNIT_COLUMNS or name in NUMBER_COLUMNS:
        return f"u.{name}"
    path = '$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"json_extract_string(u.other, {quoted_text(path)})"


def load_headlines(store: Store, wave: str) -> list[tuple[Any, ...]]:
    """Return the total of enterprises by sector, beside what counting the decisions gives.

    Returns:
        (sector, value, ci_lower, ci_upper, classify and count), in the order of the sectors.
    """
    return store.rows(
        """
        SELECT h.sector, h.value, h.ci_lower, h.ci_upper, c.value
        FROM estimate h
        LEFT JOIN estimate c ON c.wave = h.wave AND c.sector = h.sector
            AND c.measure = h.measure AND c.domain_variable = '_T'
            AND c.estimator = 'classify_and_count'
        WHERE h.wave = ? AND h.measure = 'enterprises' AND h.domain_variable = '_T'
            AND h.estimator <> 'classify_and_count'
        ORDER BY h.sector
        """,
        [wave],
    )


def load_units_by_class(store: Store, wave: str, *, outside: Sequence[str]) -> list[str]:
    """Return the units whose outcome class is none of `outside`, by unit_id."""
    found = store.rows(
        "SELECT unit_id FROM unit_outcome"
        " WHERE wave = ? AND NOT list_contains(?, outcome_class) ORDER BY unit_id",
        [wave, list(outside)],
    )
    return [unit_id for (unit_id,) in found]
