"""Labels, models, predictions and their evidence."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from storage.records.assessment import Bridge, Evidence, Explanation, Label, Prediction
from storage.records.text import Document
from storage.tables.held_out import insert_held_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from storage.database import Store
    from storage.records.assessment import HeldOutScore

_LABEL_FIELDS = [field.name for field in dataclasses.fields(Label)]
_LABEL_SCHEMA = pa.schema(
    [
        ("label_id", pa.int64()),
        ("sector", pa.string()),
        ("active", pa.bool_()),
        ("unit_id", pa.string()),
        ("url", pa.string()),
        ("text", pa.string()),
        ("coder", pa.string()),
        ("coded_at", pa.timestamp("us", tz="UTC")),
        ("language", pa.string()),
        ("note", pa.string()),
        ("purpose", pa.string()),
        ("wave", pa.string()),
        ("inclusion_probability", pa.float64()),
        ("guideline", pa.string()),
        ("page_digest", pa.string()),
        ("role", pa.string()),
        ("source", pa.string()),
    ]
)
_BRIDGE_SCHEMA = pa.schema(
    [
        ("sector", pa.string()),
        ("wave", pa.string()),
        ("old_model", pa.string()),
        ("new_model", pa.string()),
        ("measure", pa.string()),
        ("old_value", pa.float64()),
        ("new_value", pa.float64()),
        ("break_factor", pa.float64()),
        ("ci_lower", pa.float64()),
        ("ci_upper", pa.float64()),
        ("confidence_level", pa.float64()),
        ("n_units", pa.int64()),
        ("n_both", pa.int64()),
        ("n_only_old", pa.int64()),
        ("n_only_new", pa.int64()),
        ("method_version", pa.string()),
    ]
)
# Accepted link and text: what the stage `classify` takes up (tables/stage.py counts the same).
_ASSESSABLE = (
    "SELECT l.wave, l.unit_id, l.website_url, t.text_digest"
    " FROM website_link l JOIN website w USING (wave, website_url)"
    " JOIN website_text t USING (wave, website_url)"
    " WHERE l.wave = $wave AND l.accepted AND w.outcome = 'reached'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel:
    """A trained model as the database knows it.

    Attributes:
        sequence: Order of training, the highest is the newest.
        directory: Relative to the workspace.
        card: As in ``card.json``.
        promoted: True where it is the sector's promoted one.
    """

    model_id: str
    sector: str
    trained_at: datetime
    sequence: int
    directory: str
    card: dict[str, Any]
    promoted: bool


def insert_labels(store: Store, labels: Sequence[Label], source: str) -> int:
    """Append labels; one that stands already, word for word, is not doubled.

    Args:
        store: The work database.
        labels: In file order.
        source: Where they came from, e.g. the file's name.

    Returns:
        How many were new.
    """
    known = set(load_labels(store))
    fresh = [label for label in dict.fromkeys(labels) if label not in known]
    [(last,)] = store.rows("SELECT coalesce(max(label_id), 0) FROM label")
    columns: dict[str, list[Any]] = {
        name: [getattr(label, name) for label in fresh] for name in _LABEL_FIELDS
    }
    columns["label_id"] = list(range(last + 1, last + 1 + len(fresh)))
    columns["source"] = [source] * len(fresh)
    with store.transaction():
        store.insert("label", pa.table(columns, schema=_LABEL_SCHEMA))
    return len(fresh)


def load_labels(store: Store, *, sector: str | None = None, purpose: str = "") -> list[Label]:
    """Return labels in the order of import, of one sector and purpose where these are given."""
    return store.records(
        Label,
        f"SELECT {', '.join(_LABEL_FIELDS)} FROM label"  # noqa: S608 - field names of our record
        " WHERE ($sector IS NULL OR sector = $sector) AND ($purpose = '' OR purpose = $purpose)"
        " ORDER BY label_id",
        {"sector": sector, "purpose": purpose},
    )


def load_known_units(store: Store) -> set[str]:
    """Return the unit_id of every unit of every wave."""
    return {unit_id for (unit_id,) in store.rows("SELECT DISTINCT unit_id FROM unit")}


def load_assessable(store: Store, wave: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the units that can be assessed and what they are assessed on.

    Returns:
        unit_id -> (website_url, text_digest) of its accepted websites that hold text, by URL.
    """
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for _, unit_id, website_url, digest in store.rows(
        f"{_ASSESSABLE} ORDER BY unit_id, website_url", {"wave": wave}
    ):
        found[unit_id].append((website_url, digest))
    return {unit_id: tuple(websites) for unit_id, websites in found.items()}


def load_texts(store: Store, wave: str) -> dict[str, str]:
    """Return website_url -> text_digest of every website that holds text, linked or not."""
    rows = store.rows(
        "SELECT t.website_url, t.text_digest FROM website_text t JOIN website w"
        " USING (wave, website_url) WHERE t.wave = ? AND w.outcome = 'reached' ORDER BY 1",
        [wave],
    )
    return dict(rows)


def load_documents(
    store: Store, wave: str, website_urls: Iterable[str]
) -> dict[str, list[Document]]:
    """Return website_url -> its documents in their order; websites without any are absent."""
    names = ", ".join(field.name for field in dataclasses.fields(Document))
    documents = store.records(
        Document,
        f"SELECT {names} FROM document WHERE wave = ?"  # noqa: S608 - field names of our record
        " AND website_url IN (SELECT unnest(?::VARCHAR[])) ORDER BY website_url, position, url",
        [wave, sorted(set(website_urls))],
    )
    found: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        found[document.website_url].append(document)
    return dict(found)


def load_input_digests(store: Store, wave: str, sector: str, model_id: str) -> dict[str, str]:
    """Return unit_id -> input_digest of a model's predictions that stand."""
    rows = store.rows(
        "SELECT unit_id, input_digest FROM prediction"
        " WHERE wave = ? AND sector = ? AND model_id = ?",
        [wave, sector, model_id],
    )
    return dict(rows)


def replace_predictions(
    store: Store,
    wave: str,
    predictions: Mapping[Prediction, str],
    evidence: Sequence[Evidence],
    explanations: Sequence[Explanation] = (),
) -> None:
    """Write predictions with their evidence in place of those of the same unit and sector.

    What was found of the wave's share of active units in those sectors (`prior_shift`) goes.

    Args:
        store: The work database.
        wave: The wave.
        predictions: Prediction -> digest of what it was made from.
        evidence: Of those predictions.
        explanations: Of those that were explained.
    """
    keys = pa.table(
        {
            "unit_id": pa.array([p.unit_id for p in predictions], pa.string()),
            "sector": pa.array([p.sector for p in predictions], pa.string()),
        }
    )
    with store.transaction():
        _delete(store, wave, keys)
        columns = {
            field.name: [getattr(p, field.name) for p in predictions]
            for field in dataclasses.fields(Prediction)
        }
        columns |= {"wave": [wave] * len(predictions), "input_digest": list(predictions.values())}
        store.insert("prediction", pa.table(columns))
        store.insert_records("evidence", evidence, wave=wave)
        store.insert_records("explanation", explanations, wave=wave)


def delete_stale_predictions(store: Store, wave: str) -> int:
    """Delete predictions of units that can no longer be assessed; return how many units."""
    rows = store.rows(
        f"SELECT DISTINCT unit_id, sector FROM prediction WHERE wave = $wave"  # noqa: S608 - a constant of this module
        f" AND unit_id NOT IN (SELECT unit_id FROM ({_ASSESSABLE})) ORDER BY ALL",
        {"wave": wave},
    )
    keys = pa.table(
        {
            "unit_id": pa.array([unit_id for unit_id, _ in rows], pa.string()),
            "sector": pa.array([sector for _, sector in rows], pa.string()),
        }
    )
    with store.transaction():
        _delete(store, wave, keys)
    return len({unit_id for unit_id, _ in rows})


def _delete(store: Store, wave: str, keys: pa.Table) -> None:
    for table in ("prediction", "evidence", "explanation"):
        store.execute(
            f"DELETE FROM {table} WHERE wave = $wave AND (unit_id, sector) IN"  # noqa: S608 - two constants
            " (SELECT (unnest($units::VARCHAR[]), unnest($sectors::VARCHAR[])))",
            {
                "wave": wave,
                "units": keys["unit_id"].to_pylist(),
                "sectors": keys["sector"].to_pylist(),
            },
        )
    store.execute(
        "DELETE FROM prior_shift WHERE wave = ? AND sector IN (SELECT unnest(?::VARCHAR[]))",
        [wave, sorted(set(keys["sector"].to_pylist()))],
    )


def load_drawn_units(store: Store, sector: str) -> set[str]:
    """Return the units ever drawn into an audit of the sector: they never train it."""
    rows = store.rows(
        "SELECT DISTINCT unit_id FROM audit_unit WHERE sector = ? AND drawn", [sector]
    )
    return {unit_id for (unit_id,) in rows}


def insert_model(
    store: Store,
    model_id: str,
    sector: str,
    directory: str,
    card: str,
    *,
    held_out: Sequence[HeldOutScore] = (),
) -> None:
    """Record a trained model as the newest; one of the same id takes the new place.

    A model never stands without what it said of labelled subjects.

    Args:
        store: The work database.
        model_id: Of the model.
        sector: Its sector.
        directory: Relative to the workspace.
        card: JSON object.
        held_out: What it said of labelled subjects that it had not seen.
    """
    with store.transaction():
        insert_held_out(store, model_id, held_out)
        store.execute("DELETE FROM model WHERE model_id = ?", [model_id])
        store.execute(
            "INSERT INTO model SELECT ?, ?, now(), coalesce(max(sequence), 0) + 1, ?, ? FROM model",
            [model_id, sector, directory, card],
        )


def load_models(store: Store, sector: str | None = None) -> list[StoredModel]:
    """Return models, the newest first, of one sector where it is given."""
    rows = store.rows(
        "WITH latest AS (SELECT sector, model_id FROM model_promotion"
        " QUALIFY row_number() OVER"
        " (PARTITION BY sector ORDER BY promoted_at DESC, rowid DESC) = 1)"
        " SELECT m.model_id, m.sector, m.trained_at, m.sequence, m.directory, m.card,"
        " l.model_id IS NOT NULL FROM model m LEFT JOIN latest l USING (sector, model_id)"
        " WHERE ($sector IS NULL OR m.sector = $sector) ORDER BY m.sequence DESC",
        {"sector": sector},
    )
    names = [field.name for field in dataclasses.fields(StoredModel)]
    return [
        StoredModel(**{**dict(zip(names, row, strict=True)), "card": json.loads(row[5])})
        for row in rows
    ]


def insert_promotion(store: Store, model: StoredModel, reason: str, promoted_by: str) -> None:
    """Record who promoted a model and why; the last promotion of a sector counts.

    One that is the last already, word for word, is not doubled: who was broken off says it again.
    """
    said = (model.model_id, reason, promoted_by)
    last = store.rows(
        "SELECT model_id, reason, promoted_by FROM model_promotion WHERE sector = ?"
        " ORDER BY promoted_at DESC, rowid DESC LIMIT 1",
        [model.sector],
    )
    if last != [said]:
        store.execute(
            "INSERT INTO model_promotion (sector, model_id, reason, promoted_by)"
            " VALUES (?, ?, ?, ?)",
            [model.sector, *said],
        )


def insert_bridges(store: Store, bridges: Sequence[Bridge]) -> None:
    """Keep what a change of models did to a wave, in place of the same change's earlier figures."""
    for bridge in bridges[:1]:
        store.execute(
            "DELETE FROM bridge WHERE sector = ? AND wave = ? AND old_model = ? AND new_model = ?",
            [bridge.sector, bridge.wave, bridge.old_model, bridge.new_model],
        )
    columns = {name: [getattr(one, name) for one in bridges] for name in _BRIDGE_SCHEMA.names}
    store.insert("bridge", pa.table(columns, schema=_BRIDGE_SCHEMA))


def load_bridges(
    store: Store, *, sector: str | None = None, wave: str | None = None
) -> list[Bridge]:
    """Return the bridges in the order they were made, of one sector and wave where given."""
    return store.records(
        Bridge,
        f"SELECT {', '.join(_BRIDGE_SCHEMA.names)} FROM bridge"  # noqa: S608 - field names of our record
        " WHERE ($sector IS NULL OR sector = $sector) AND ($wave IS NULL OR wave = $wave)"
        " ORDER BY made_at, sector, new_model, measure",
        {"sector": sector, "wave": wave},
    )


def load_predictions(store: Store, wave: str, model_id: str) -> dict[str, tuple[float, bool]]:
    """Return unit_id -> (probability, active) of what a model decided in a wave."""
    rows = store.rows(
        "SELECT unit_id, probability, active FROM prediction"
        " WHERE wave = ? AND model_id = ? AND basis = 'model' ORDER BY unit_id",
        [wave, model_id],
    )
    return {unit_id: (probability, active) for unit_id, probability, active in rows}


def load_scores(store: Store, wave: str, sector: str) -> dict[str, tuple[float, float | None]]:
    """Return unit_id -> (score, threshold) in a wave; no threshold where only ranked."""
    rows = store.rows(
        "SELECT unit_id, probability, threshold FROM prediction WHERE wave = ? AND sector = ?"
        " ORDER BY unit_id",
        [wave, sector],
    )
    return {unit_id: (probability, threshold) for unit_id, probability, threshold in rows}


def load_deciding_models(store: Store, wave: str, sector: str) -> list[str]:
    """Return the models whose decisions stand in a wave, the one with most units first."""
    rows = store.rows(
        "SELECT model_id FROM prediction WHERE wave = ? AND sector = ? AND basis = 'model'"
        " GROUP BY 1 ORDER BY count(*) DESC, 1",
        [wave, sector],
    )
    return [model_id for (model_id,) in rows]


def load_sizes(store: Store, wave: str) -> dict[str, tuple[float | None, float | None]]:
    """Return unit_id -> (employees in persons, turnover in the register's currency)."""
    rows = store.rows(
        "SELECT unit_id, employees, turnover FROM unit WHERE wave = ? ORDER BY unit_id", [wave]
    )
    return {unit_id: (employees, turnover) for unit_id, employees, turnover in rows}
