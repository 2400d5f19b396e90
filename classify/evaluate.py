"""How good a stored model is: on held-out labels where there are any, else cross-validated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.calibration import calibration_error, calibration_error_by_chance
from classify.held_out import tested_scores
from classify.label_shares import judging_labels, n_judging
from classify.language_report import measure_scores, report_languages
from classify.one_thread import one_thread
from classify.registry import refuse_other_embedder, show_model
from classify.training_data import describe_errors, training_leaks
from classify.training_set import collect_training_set, read_subjects
from classify.units import embed_units
from storage.records.stage import no_progress
from storage.tables.held_out import load_held_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from classify.trained_model import TrainedModel
    from classify.training_set import Subject
    from classify.unit_text import UnitText
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.assessment import HeldOutScore, Passage
    from storage.records.stage import ProgressListener

    Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Agreement of a model with labels.

    Attributes:
        basis: ``test`` (labels of purpose test that it never saw) or ``cross_validation``.
        n: Labelled websites, and texts where there are too few of these; n_active of them active.
        measures: Name -> value, lower, upper (95 % interval, as `validation` gives it).
        baseline: The same of TF-IDF + logistic regression; empty where `basis` is ``test``.
        calibration_error: Expected calibration error, 0-1.
        calibration_error_by_chance: What probabilities that are true would show of it on average,
            0-1; None for ``cross_validation`` where the card is of a version that did not tell.
        confusion: ``active_active`` and so on (label_decision) -> number; empty for
            ``cross_validation``.
        left_out: Held-out labels that are not measured on, by reason: those that share a website
            or a text with what the model learnt from, and (``labels_…``) those that cannot be used.
        texts: Of texts that stand alone beside enough websites: n, n_active and their measures;
            empty for ``cross_validation`` and where there are none of both answers.
        languages: As `report_languages` gives them, on the labels that `measures` rest on.
        errors_of_training_data: As `classify.training_data.describe_errors` gives them.
    """

    model_id: str
    sector: str
    basis: str
    n: int
    n_active: int
    measures: Mapping[str, Mapping[str, float]]
    baseline: Mapping[str, Mapping[str, float]]
    calibration_error: float
    calibration_error_by_chance: float | None
    confusion: Mapping[str, int]
    left_out: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, Any] = field(default_factory=dict)
    languages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    errors_of_training_data: Mapping[str, Any] = field(default_factory=dict)


@one_thread
def evaluate_model(
    store: Store,
    model_id: str,
    workbench: Workbench,
    *,
    wave: str,
    progress: ProgressListener = no_progress,
) -> Evaluation:
    """Measure a model on the labels of purpose test that have text in the wave.

    Subjects that share a website or (nearly) a text with what it learnt from are left out and
    counted. Where no held-out label is left, the card's cross-validation is given.

    Raises:
        InvalidInput: There is no such model, its files are damaged, or it belongs to another
            embedder.
    """
    stored = show_model(store, model_id)
    model = workbench.load(model_id, stored.card)
    refuse_other_embedder(stored, workbench.embedder.digest)
    answers, texts, left_out = held_out_subjects(store, wave, stored.sector)
    if texts:
        said = {subject.key: active for subject, active in answers.items() if subject.key in texts}
        found = _on_labels(model, embed_units(texts, workbench, progress), said, workbench.seed)
    else:
        found = _from_card(stored.sector, model.card)
        scores = load_held_out(store, model_id)
        tested = list(compress(scores, _judging(scores)))
        found = replace(found, languages=report_languages(tested, workbench.seed))
    definition = workbench.definition(stored.sector)
    errors = describe_errors(store, wave, definition, model_id)
    return replace(found, left_out=left_out, errors_of_training_data=errors)


def held_out_subjects(
    store: Store, wave: str, sector: str
) -> tuple[dict[Subject, bool], Mapping[str, tuple[Passage, ...]], dict[str, int]]:
    """Return what the sector's models can be tested on.

    Returns:
        The answers of purpose test; key -> passages of those that have text and share neither
        website nor text with a training label; how many labels are left out, by reason.
    """
    learnt = collect_training_set(store, wave, sector)
    held_out = collect_training_set(store, wave, sector, purpose="test")
    found = read_subjects(store, wave, list(held_out.answers))
    test = {subject: found[subject.key] for subject in held_out.answers if subject.key in found}
    leaks = training_leaks(store, wave, dict.fromkeys(learnt.answers, "training"), test)
    known = {subject.key for subject in learnt.answers}
    # The same subject can stand on both sides: then it is its own twin.
    leaked = {key: "same_website" for key in found if key in known}
    for leak in leaks:
        for key in (leak.first, leak.second):
            if key in found:
                leaked.setdefault(key, leak.kind)
    texts = {key: passages for key, passages in found.items() if key not in leaked}
    unused = {issue.code: issue.count for issue in held_out.issues}
    return held_out.answers, texts, unused | dict(sorted(Counter(leaked.values()).items()))


def _from_card(sector: str, card: Mapping[str, Any]) -> Evaluation:
    validation = card["validation"]
    n, n_active = n_judging(card["data"])
    return Evaluation(
        model_id=card["model_id"],
        sector=sector,
        basis="cross_validation",
        n=n,
        n_active=n_active,
        measures=validation["model"],
        baseline=validation["baseline"],
        calibration_error=validation["calibration_error"],
        calibration_error_by_chance=card.get("reliability", {}).get("if_true", {}).get("ece"),
        confusion={},
    )


def _on_labels(
    model: TrainedModel, units: Sequence[UnitText], said: Mapping[str, bool], seed: int
) -> Evaluation:
    scores = tested_scores(model, units, said)
    judging = _judging(scores)
    tested, beside = list(compress(scores, judging)), list(compress(scores, ~judging))
    probability = np.array([score.probability for score in tested])
    cells = Counter((score.active, score.decided) for score in tested)
    names = {True: "active", False: "inactive"}
    n_beside = {"n": len(beside), "n_active": sum(score.active for score in beside)}
    both = 0 < n_beside["n_active"] < n_beside["n"]
    return Evaluation(
        model_id=model.model_id,
        sector=model.sector,
        basis="test",
        n=len(tested),
        n_active=sum(score.active for score in tested),
        measures=measure_scores(tested, seed),
        baseline={},
        calibration_error=calibration_error(
            probability, np.array([score.active for score in tested], dtype=bool)
        ),
        calibration_error_by_chance=calibration_error_by_chance(probability),
        confusion={
            f"{names[label]}_{names[decision]}": cells[label, decision]
            for label in (True, False)
            for decision in (True, False)
        },
        languages=report_languages(tested, seed),
        texts=n_beside | {"measures": measure_scores(beside, seed)} if both else {},
    )


def _judging(scores: Sequence[HeldOutScore]) -> Flags:
    active = np.array([score.active for score in scores], dtype=bool)
    return judging_labels([score.subject for score in scores], active)
