"""A unit as a scorer sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from storage.records.assessment import Passage


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UnitText:
    """A unit, a website or a labelled text, ready to be scored.

    Attributes:
        key: Of the unit or the labelled subject.
        passages: At least one, the most telling first.
        vectors: float64 (n_passages, dim), rows of unit norm.
        language: The one most of the passages are in.
    """

    key: str
    passages: tuple[Passage, ...]
    vectors: npt.NDArray[np.float64]
    language: str

    @property
    def text(self) -> str:
        """Return all passages as one text."""
        return "\n".join(passage.text for passage in self.passages)
