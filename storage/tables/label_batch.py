"""Which import each label came with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Store


def load_label_sources(store: Store, *, sector: str, purpose: str) -> list[str]:
    """Return the source of each label, in the order that `load_labels` gives them."""
    rows = store.rows(
        "SELECT source FROM label WHERE sector = ? AND purpose = ? ORDER BY label_id",
        [sector, purpose],
    )
    return [source for (source,) in rows]
