"""What a model said of labelled subjects while it had not seen them (pure)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from classify.calibration import calibrate_across
from storage.records.assessment import HeldOutScore

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from classify.unit_text import UnitText
    from classify.validation import Trial


def held_out_scores(
    trial: Trial, units: Sequence[UnitText], scores: npt.NDArray[np.float64]
) -> list[HeldOutScore]:
    """Return each labelled unit's probability and decision, learnt on the other folds only.

    Args:
        trial: Answers, folds and groups of the units.
        units: Labelled, in the trial's order.
        scores: float64 (n,), out of fold, of any scale.
    """
    probability = calibrate_across(scores, trial.active, trial.folds)
    decided = trial.decide(scores, probability)
    return [
        HeldOutScore(
            subject=unit.key,
            group_name=trial.groups[place],
            fold=int(trial.folds[place]),
            language=unit.language,
            text_digest=text_digest(unit),
            active=bool(trial.active[place]),
            probability=float(probability[place]),
            decided=bool(decided[place]),
        )
        for place, unit in enumerate(units)
    ]


def text_digest(unit: UnitText) -> str:
    """Return ``sha256:<hex>`` of the passages that a unit is judged by, in their order."""
    joined = "\x1f".join(passage.text_digest for passage in unit.passages)
    return f"sha256:{hashlib.sha256(joined.encode()).hexdigest()}"
