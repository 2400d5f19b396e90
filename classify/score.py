"""Similarity of passages to a sector's definition: arrays in, arrays out (pure).

Vectors of one encoder share a large common part, so that any two texts look alike. That part is
taken off by subtracting the mean over the statements of all shipped definitions: a fixed background
of five sectors and their neighbours in eight languages, the same in every wave.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classify.embedder import unit_rows

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

# Part of every prediction's digest: raise it when the same vectors give another score.
SCORE_RULE = "1"
# The same of a rank by the definition alone.
RANK_RULE = "2"
TOP_PASSAGES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Compass:
    """Where a sector lies in the space of vectors.

    Attributes:
        background: float64 (dim,): mean of all shipped statements.
        inclusion: float64 (dim,): mean of the sector's inclusion sentences, background taken off
            and each brought to norm 1 first.
        exclusion: The same of its exclusion sentences.
    """

    background: Array
    inclusion: Array
    exclusion: Array

    def towards(self, vectors: Array) -> Array:
        """Return float64 (n,): similarity of each passage to what the sector includes."""
        return np.asarray(self._centred(vectors) @ self.inclusion)

    def away(self, vectors: Array) -> Array:
        """Return float64 (n,): similarity of each passage to what the sector excludes."""
        return np.asarray(self._centred(vectors) @ self.exclusion)

    def _centred(self, vectors: Array) -> Array:
        return unit_rows(vectors - self.background).astype(np.float64)


def best_passages(similarity: Array, number: int = TOP_PASSAGES) -> npt.NDArray[np.intp]:
    """Return the places of the passages most like the sector, the best first; ties keep order."""
    return np.argsort(-similarity, kind="stable")[:number]


def rank_score(similarity: Array) -> float:
    """Return how near a unit is to the sector's definition, on a scale of 0-1.

    The mean cosine of its best passages, moved from [-1, 1] to [0, 1]: it puts units in an order
    and is no probability.
    """
    best = similarity[best_passages(similarity)]
    return float(np.clip((1.0 + best.mean()) / 2.0, 0.0, 1.0))
