"""A figure as the estimators give it, and a table of them (pure)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from experimental_stats.audited_frame import AuditedFrame, Codes

DECIMALS = 6  # of published figures; what lies beyond is noise of the machine
FIGURE_SCHEMA = pa.schema(
    [
        ("measure", pa.string()),
        ("domain_variable", pa.string()),
        ("domain", pa.string()),
        ("estimator", pa.string()),
        ("value", pa.float64()),
        ("standard_error", pa.float64()),
        ("ci_lower", pa.float64()),
        ("ci_upper", pa.float64()),
        ("confidence_level", pa.float64()),
        ("n_frame", pa.int64()),
        ("n_classified", pa.int64()),
        ("n_audit", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One estimated figure; fields as in `storage.records.release.Estimate`."""

    measure: str
    domain_variable: str
    domain: str
    estimator: str
    value: float
    standard_error: float
    ci_lower: float
    ci_upper: float
    n_frame: int
    n_classified: int
    n_audit: int


def figure_table(figures: Sequence[Figure], confidence_level: float) -> pa.Table:
    """Return figures as an Arrow table in the order and with the types of `FIGURE_SCHEMA`."""
    names = [field.name for field in fields(Figure)]
    rows = map(attrgetter(*names), figures)
    columns: dict[str, Sequence[object]] = dict(zip(names, zip(*rows, strict=True), strict=True))
    columns["confidence_level"] = [confidence_level] * len(figures)
    return pa.table({name: columns[name] for name in FIGURE_SCHEMA.names}, schema=FIGURE_SCHEMA)


def in_units(figure: Figure, unit: float) -> Figure:
    """Return a figure that was estimated in multiples of `unit` in units of its measure."""
    return replace(
        figure,
        value=figure.value * unit,
        standard_error=figure.standard_error * unit,
        ci_lower=figure.ci_lower * unit,
        ci_upper=figure.ci_upper * unit,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCounts:
    """Counts of units behind the figures of every domain, int64 each."""

    n_frame: NDArray[np.int64]
    n_classified: NDArray[np.int64]
    n_audit: NDArray[np.int64]


def count_units(frame: AuditedFrame, codes: Codes) -> UnitCounts:
    """Count eligible, classified and audited units by code."""

    def count(rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(codes.index[rows], minlength=len(codes.names))

    return UnitCounts(
        n_frame=count(frame.eligible),
        n_classified=count(frame.eligible & frame.responded),
        n_audit=count(frame.eligible & frame.audited),
    )
