"""Suggested activities, and the register's codes they are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.database import Store


def load_register_codes(store: Store, wave: str) -> dict[str, str]:
    """Return unit_id -> activity code of the register, without dots; empty where it has none."""
    return dict(store.rows("SELECT unit_id, nace_code FROM unit WHERE wave = ?", [wave]))


def replace_suggestions(store: Store, wave: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put suggestions in the place of the wave's earlier ones.

    Args:
        store: The work database.
        wave: The wave.
        rows: Columns of ``nace_suggestion`` but for the wave.
    """
    with store.transaction():
        store.execute("DELETE FROM nace_suggestion WHERE wave = ?", [wave])
        if rows:
            store.insert(
                "nace_suggestion", pa.Table.from_pylist([{"wave": wave, **row} for row in rows])
            )
