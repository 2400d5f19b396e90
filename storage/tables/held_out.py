"""What models said of labelled subjects that they had not seen."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from storage.records.assessment import HeldOutScore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Store

_FIELDS = ", ".join(field.name for field in dataclasses.fields(HeldOutScore))


def insert_held_out(store: Store, model_id: str, scores: Sequence[HeldOutScore]) -> None:
    """Keep the held-out scores of a model in place of those it had."""
    store.execute("DELETE FROM held_out_score WHERE model_id = ?", [model_id])
    store.insert_records("held_out_score", scores, model_id=model_id)


def load_held_out(store: Store, model_id: str) -> list[HeldOutScore]:
    """Return the held-out scores of a model by subject; empty for one trained before they were."""
    return store.records(
        HeldOutScore,
        f"SELECT {_FIELDS} FROM held_out_score WHERE model_id = ? ORDER BY subject",  # noqa: S608 - field names of our record
        [model_id],
    )
