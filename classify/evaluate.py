"""How good a stored model is: on held-out labels where there are any, else cross-validated."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.calibration import calibration_error
from classify.registry import show_model
from classify.trained_model import load_model
from classify.training_set import collect_training_set, read_subjects
from classify.units import embed_units
from classify.validation import measure_decisions
from storage.errors import InvalidInput
from storage.records.stage import no_progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classify.trained_model import TrainedModel
    from classify.unit_text import UnitText
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.stage import ProgressListener


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Agreement of a model with labels.

    Attributes:
        basis: ``test`` (labels of purpose test that it never saw) or ``cross_validation``.
        n: Labelled websites and texts; n_active of them active.
        measures: Name -> value, lower, upper (95 % bootstrap interval over websites).
        baseline: The same of TF-IDF + logistic regression; empty where `basis` is ``test``.
        calibration_error: Expected calibration error, 0-1.
        confusion: ``active_active`` and so on (label_decision) -> number; empty for
            ``cross_validation``.
    """

    model_id: str
    sector: str
    basis: str
    n: int
    n_active: int
    measures: Mapping[str, Mapping[str, float]]
    baseline: Mapping[str, Mapping[str, float]]
    calibration_error: float
    confusion: Mapping[str, int]


def evaluate_model(
    store: Store,
    model_id: str,
    workbench: Workbench,
    *,
    wave: str,
    progress: ProgressListener = no_progress,
) -> Evaluation:
    """Measure a model on the labels of purpose test that have text in the wave.

    Subjects that share a website with what it learnt from are left out. Where no held-out label is
    left, the card's cross-validation is given.

    Raises:
        InvalidInput: There is no such model, its files are damaged, or it belongs to another
            embedder.
    """
    stored = show_model(store, model_id)
    model = load_model(workbench.model_directory / model_id)
    if model.card["method"]["embedder"] != workbench.embedder.digest:
        raise InvalidInput(
            f"The model {model_id} was trained on vectors of another embedder",
            f"Name the embedder {model.card['method']['embedder']} in the settings.",
        )
    learnt = collect_training_set(store, wave, stored.sector)
    seen = {url for subject in learnt.answers for url in (*subject.websites, subject.key)}
    held_out = collect_training_set(store, wave, stored.sector, purpose="test")
    answers = {
        subject: active
        for subject, active in held_out.answers.items()
        if seen.isdisjoint((*subject.websites, subject.key))
    }
    texts = read_subjects(store, wave, list(answers))
    if not texts:
        return _from_card(stored.sector, model.card)
    said = {subject.key: active for subject, active in answers.items() if subject.key in texts}
    units = embed_units(texts, workbench, progress)
    return _on_labels(model, units, said, workbench.seed)


def _from_card(sector: str, card: Mapping[str, Any]) -> Evaluation:
    validation = card["validation"]
    return Evaluation(
        model_id=card["model_id"],
        sector=sector,
        basis="cross_validation",
        n=card["data"]["n"],
        n_active=card["data"]["active"],
        measures=validation["model"],
        baseline=validation["baseline"],
        calibration_error=validation["calibration_error"],
        confusion={},
    )


def _on_labels(
    model: TrainedModel, units: Sequence[UnitText], said: Mapping[str, bool], seed: int
) -> Evaluation:
    active = np.array([said[unit.key] for unit in units], dtype=bool)
    probability = np.array([judgement.probability for judgement in model.judge(units)])
    decided = probability >= model.threshold
    keys = [unit.key for unit in units]
    measured = measure_decisions(probability, decided, active, keys, seed)
    names = {True: "active", False: "inactive"}
    return Evaluation(
        model_id=model.model_id,
        sector=model.sector,
        basis="test",
        n=len(units),
        n_active=int(active.sum()),
        measures={name: asdict(measure) for name, measure in measured.items()},
        baseline={},
        calibration_error=calibration_error(probability, active),
        confusion={
            f"{names[label]}_{names[decision]}": int(
                ((active == label) & (decided == decision)).sum()
            )
            for label in (True, False)
            for decision in (True, False)
        },
    )
