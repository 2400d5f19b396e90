"""Audited units without a decision: they objected, or a later pass lost them (pure).

Who leaves after the draw leaves the responded units, not the target population: non-response is
weighted up as ever. The audit goes on among those who stay. In a stratum of N units of which n were
drawn, a drawn unit and one that was not leave alike, so that those drawn among those who stay are a
simple random sample of them: the inclusion probability is their share.
"""

from __future__ import annotations

from collections import Counter

import pyarrow as pa


def without_departed(strata: pa.Table, predictions: pa.Table) -> pa.Table:
    """Return the strata of an audit without the units that have no decision any more.

    Args:
        strata: unit_id, stratum, inclusion_probability (0-1), drawn, of all units that had
            responded at the draw.
        predictions: unit_id of all units that have a decision now.

    Returns:
        The same columns; strata that nobody left are unchanged.
    """
    decided = set(predictions.column("unit_id").to_pylist())
    rows = strata.to_pylist()
    stay = [row for row in rows if row["unit_id"] in decided]
    if len(stay) == len(rows):
        return strata
    left = {row["stratum"] for row in rows if row["unit_id"] not in decided}
    held = Counter(row["stratum"] for row in stay)
    drawn = Counter(row["stratum"] for row in stay if row["drawn"])
    for row in stay:
        if row["stratum"] in left and row["drawn"]:
            row["inclusion_probability"] = drawn[row["stratum"]] / held[row["stratum"]]
    return pa.Table.from_pylist(stay, schema=strata.schema)


def departed_note(before: pa.Table, after: pa.Table) -> str:
    """Return the sentence that readers must know; empty where no drawn unit left.

    Args:
        before: Strata as they were drawn.
        after: From `without_departed`.
    """
    gone = sum(before.column("drawn").to_pylist()) - sum(after.column("drawn").to_pylist())
    if not gone:
        return ""
    return (
        "Audited units that have no decision any more, since they objected or a later pass lost"
        f" them: {gone}. The audit goes on without them."
    )
