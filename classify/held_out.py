"""What a model said of labelled subjects while it had not seen them (pure)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from classify.calibration import calibrate_across
from storage.records.assessment import HeldOutScore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from classify.classifier import Lesson
    from classify.decision_setting import Decision
    from classify.trained_model import TrainedModel
    from classify.unit_text import UnitText
    from classify.validation import Trial

    Array = npt.NDArray[np.float64]


def held_out_scores(trial: Trial, units: Sequence[UnitText], scores: Array) -> list[HeldOutScore]:
    """Return each labelled unit's probability and decision, learnt on the other folds only.

    Args:
        trial: Answers, folds and groups of the units.
        units: Labelled, in the trial's order.
        scores: float64 (n,), out of fold, of any scale.
    """
    probability = calibrate_across(scores, trial.active, trial.folds)
    decided = trial.decide(scores, probability)
    return [
        _said(
            unit,
            (trial.groups[place], int(trial.folds[place]), bool(trial.active[place])),
            (float(scores[place]), float(probability[place])),
            decided=bool(decided[place]),
        )
        for place, unit in enumerate(units)
    ]


def tested_scores(
    model: TrainedModel, units: Sequence[UnitText], said: Mapping[str, bool]
) -> list[HeldOutScore]:
    """Return what a model says of labelled subjects that it never learnt from, in their order.

    Args:
        model: The model.
        units: The subjects.
        said: Their keys -> their labels.
    """
    return [
        _said(
            unit,
            (unit.key, -1, said[unit.key]),
            (None, judgement.probability),
            decided=judgement.probability >= model.threshold,
        )
        for unit, judgement in zip(units, model.judge(units), strict=True)
    ]


def text_scores(
    lesson: Lesson, groups: Sequence[str], scores: Array, decision: Decision
) -> list[HeldOutScore]:
    """Return the same of labelled texts that decide nothing: by the calibration of the websites.

    Args:
        lesson: What was learnt from.
        groups: Of its labelled units.
        scores: float64 (n,), of all of them, out of fold.
        decision: Set without the texts.
    """
    probability = decision.calibration.probability(scores)
    return [
        _said(
            unit,
            (groups[place], int(lesson.folds[place]), bool(lesson.active[place])),
            (float(scores[place]), float(probability[place])),
            decided=bool(probability[place] >= decision.threshold),
        )
        for place, unit in enumerate(lesson.labelled)
        if not lesson.judging[place]
    ]


def ranked_by(scores: Sequence[HeldOutScore]) -> Array:
    """Return float64 (n,): what subjects are ranked by, as the card's average precision does it.

    That is the score where all have one. The probability of a fold's own calibration ranks its
    subjects well among themselves only.
    """
    known = [said.score for said in scores if said.score is not None]
    return np.array(known if len(known) == len(scores) else [said.probability for said in scores])


def _said(
    unit: UnitText,
    known: tuple[str, int, bool],
    said: tuple[float | None, float],
    *,
    decided: bool,
) -> HeldOutScore:
    (group, fold, active), (score, probability) = known, said
    return HeldOutScore(
        subject=unit.key,
        group_name=group,
        fold=fold,
        language=unit.language,
        text_digest=text_digest(unit),
        active=active,
        probability=probability,
        decided=decided,
        score=score,
    )


def text_digest(unit: UnitText) -> str:
    """Return ``sha256:<hex>`` of the passages that a unit is judged by, in their order."""
    joined = "\x1f".join(passage.text_digest for passage in unit.passages)
    return f"sha256:{hashlib.sha256(joined.encode()).hexdigest()}"
