"""Rates of activity in cells of an audit: what the finds of each cell say (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experimental_stats.audited_frame import AuditedFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Rates of activity in cells of the audit.

    Attributes:
        index: int64, cell of every eligible responded unit, -1 for the others.
        found: float64 per cell, active among the answers, ≥ 0.
        not_found: float64 per cell, not active among the answers, ≥ 0; found + not_found > 0.
        spread: float64, one a unit: weight of an eligible responded unit outside the audit, 0 for
            all others. Mean 1 where strata are known; within a stratum it rises with the score.
        shape: float64, one a unit: the part of `spread` that rises with the score, and of amounts
            with the size, audited or not.
        curve: float64, one a unit: chance by its score alone, 0–1; of units with a score.
        relative_variance: Of the amount that all rates together lead to expect outside the audit,
            beyond what the finds tell: by what is unknown of the trend in size.
    """

    index: NDArray[np.int64]
    found: NDArray[np.float64]
    not_found: NDArray[np.float64]
    spread: NDArray[np.float64]
    shape: NDArray[np.float64]
    curve: NDArray[np.float64]
    relative_variance: float = 0.0

    @property
    def rate(self) -> NDArray[np.float64]:
        """Return found / (found + not_found), shape (n_cells,), 0–1."""
        rate: NDArray[np.float64] = self.found / (self.found + self.not_found)
        return rate

    def expected(self, frame: AuditedFrame) -> NDArray[np.float64]:
        """Return for every unit its answer, or its expected activity; 0 without a score."""
        rate = np.append(self.rate, 0.0)[self.index]
        answer = frame.active & frame.eligible
        return np.where(frame.audited, answer, self.spread * rate)
