"""Labels that are likely wrong, by what models that had not seen them say (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records.assessment import HeldOutScore

METHOD_VERSION = "self-confidence-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A labelled subject and how far the model doubts its label.

    Attributes:
        rank: 1 is the most doubtful.
        active: The label.
        probability: Of being active, 0-1, out of fold.
        self_confidence: Probability of the label given, 0-1; low is doubtful.
        likely: True where the model is as sure of the other answer as it is of that answer's own
            labels on average.
    """

    rank: int
    subject: str
    active: bool
    probability: float
    self_confidence: float
    likely: bool


def rank_suspects(scores: Sequence[HeldOutScore]) -> list[Suspect]:
    """Return all labelled subjects, the most doubtful label first.

    Ranked by self-confidence p(label | text), out of fold. A label counts as a likely error by
    the confident joint (Northcutt, Jiang & Chuang 2021, J. Artif. Intell. Res. 70): the subject's
    probability of the other answer reaches the mean probability that this answer's own labels get,
    and is the larger of the two where both answers reach theirs.

    Args:
        scores: Of one model; ties in the order of subjects.
    """
    if not scores:
        return []
    active = np.array([score.active for score in scores], dtype=bool)
    probability = np.array([score.probability for score in scores])
    chances = np.stack([1 - probability, probability], axis=1)  # columns: inactive, active
    usual = [_mean(chances[active == bool(answer), answer]) for answer in (0, 1)]
    sure = np.where(chances >= np.array(usual), chances, -1.0)
    says_active = sure[:, 1] > sure[:, 0]
    likely = (sure.max(axis=1) >= 0) & (says_active != active)
    own = np.where(active, probability, 1 - probability)
    order = sorted(range(len(scores)), key=lambda place: (own[place], scores[place].subject))
    return [
        Suspect(
            rank=rank,
            subject=scores[place].subject,
            active=bool(active[place]),
            probability=float(probability[place]),
            self_confidence=float(own[place]),
            likely=bool(likely[place]),
        )
        for rank, place in enumerate(order, start=1)
    ]


def _mean(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Return the mean; 2 without values, which no probability reaches."""
    return float(values.mean()) if len(values) else 2.0
