"""What the totals would be if units without a score were not like the others (pure).

Response at random within cells cannot be tested with the data at hand, and where it fails no
weighting mends it. So the headline is shown beside what follows from other assumptions, and
between bounds that hold whatever the missing units are (Manski 2003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from experimental_stats.audited_frame import read_audited_frame
from experimental_stats.stratified_audit import StratifiedAudit

if TYPE_CHECKING:
    from collections.abc import Sequence

# Assumption -> what it says of units without a score.
ASSUMPTIONS = {
    "as_respondents": "they are like the respondents of their weighting cell: the headline",
    "half_as_active": "they are active half as often as the respondents of their cell",
    "twice_as_active": "they are active twice as often as the respondents of their cell",
    "none_active": "none of them is active: no total can be lower, but for chance in the audit",
    "all_active": "all of them are active: no total can be higher, but for chance in the audit",
}
CERTAIN = {
    "seen_active": "only what coders found: certainly not fewer, whatever the audit missed",
    "not_ruled_out": "all but what coders turned down: certainly not more",
}
SENSITIVITY_SCHEMA = pa.schema(
    [("measure", pa.string()), ("assumption", pa.string()), ("value", pa.float64())]
)


def missing_sensitivity(units: pa.Table, audit: pa.Table, *, measures: Sequence[str]) -> pa.Table:
    """Return the total of every measure under each of `ASSUMPTIONS`.

    `CERTAIN` bounds are given for enterprises alone: of amounts they would tell the sum of a
    handful of units that somebody knows.

    Args:
        units: As `estimation.estimate_totals` takes it.
        audit: The same.
        measures: The same.

    Returns:
        Columns of `SENSITIVITY_SCHEMA`, in the order of the assumptions.

    Raises:
        InvalidInput: As `estimation.estimate_totals`.
    """
    frame = read_audited_frame(units, audit, domains=(), measures=measures)
    estimator = StratifiedAudit(frame, 0.95)
    rows: list[dict[str, object]] = []
    for measure in measures:
        parts = estimator.parts(measure)
        whole = parts.domain_parts(None)
        seen, most = float(whole.seen[0]), float(whole.most[0])
        held = seen + float(whole.unaudited[0] @ parts.rates.rate)
        all_missing = float(parts.without_score.sum())
        missing = float(whole.missing[0]) if parts.found_anything else 0.0
        values = {
            "as_respondents": held + missing,
            "half_as_active": held + missing / 2.0,
            "twice_as_active": held + min(2.0 * missing, all_missing),
            "none_active": held,
            "all_active": held + all_missing,
        }
        if measure == "enterprises":
            turned_down = frame.eligible & frame.audited & ~frame.active
            values["seen_active"] = seen
            values["not_ruled_out"] = most - float(turned_down.sum())
        rows += [
            {"measure": measure, "assumption": name, "value": min(value, most)}
            for name, value in values.items()
        ]
    return pa.Table.from_pylist(rows, schema=SENSITIVITY_SCHEMA)
