"""What newly promoted models decide on the waves they were bridged on, unit by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.database import Store


def replace_bridge_decisions(
    store: Store,
    *,
    sector: str,
    wave: str,
    model_id: str,
    decisions: Mapping[str, tuple[float, bool]],
) -> None:
    """Keep a model's decisions on a wave in place of those it had there.

    Args:
        store: The work database; call inside a transaction.
        sector: Of the model.
        wave: Whose texts were read.
        model_id: Of the model.
        decisions: unit_id -> (probability, active).
    """
    keys = [sector, wave, model_id]
    store.execute(
        "DELETE FROM bridge_decision WHERE sector = ? AND wave = ? AND model_id = ?", keys
    )
    n = len(decisions)
    columns = {
        "sector": pa.array([sector] * n, pa.string()),
        "wave": pa.array([wave] * n, pa.string()),
        "model_id": pa.array([model_id] * n, pa.string()),
        "unit_id": pa.array(list(decisions), pa.string()),
        "probability": pa.array([p for p, _ in decisions.values()], pa.float64()),
        "active": pa.array([active for _, active in decisions.values()], pa.bool_()),
    }
    store.insert("bridge_decision", pa.table(columns))


def load_bridge_decisions(
    store: Store, *, sector: str, wave: str, model_id: str
) -> dict[str, bool]:
    """Return unit_id -> what a model decides on a wave's texts; empty where it was not asked."""
    rows = store.rows(
        "SELECT unit_id, active FROM bridge_decision"
        " WHERE sector = ? AND wave = ? AND model_id = ? ORDER BY unit_id",
        [sector, wave, model_id],
    )
    return dict(rows)
