"""`model compare`: which held-out units two models share, and what they say on them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.comparison import METHOD_VERSION, compare_decisions, compare_pairs, pair_scores
from classify.evaluate import held_out_subjects
from classify.held_out import tested_scores
from classify.label_shares import TEXT_KEY, judging_labels
from classify.one_thread import one_thread
from classify.registry import show_model
from classify.units import embed_units
from storage.errors import InvalidInput
from storage.records.stage import no_progress
from storage.tables.held_out import load_held_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classify.comparison import PairedScores
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.stage import ProgressListener
    from storage.tables.assessment import StoredModel

FEWEST_UNITS = 10
FEWEST_OF_AN_ANSWER = 2


@one_thread
def compare_models(
    store: Store,
    first_id: str,
    second_id: str,
    workbench: Workbench,
    *,
    wave: str,
    progress: ProgressListener = no_progress,
) -> dict[str, Any]:
    """Test the paired difference of two models of one sector on the same held-out units.

    Units are those of labels of purpose test, where both models work on the embedder of the
    settings and enough such labels have text; else those that both were cross-validated on.
    Where websites are enough, texts that stand alone are told apart (``texts``): models decide on
    websites, and texts come by the thousand (`label_shares`).

    Raises:
        InvalidInput: A model is not there, they are of different sectors or the same, or there are
            too few units that both were tested on alike.
    """
    first, second = show_model(store, first_id), show_model(store, second_id)
    _refuse_unlike(first, second)
    pairs, basis = _on_test_labels(store, (first, second), workbench, wave, progress), "test"
    if pairs is None or _too_few(pairs):
        basis = "cross_validation"
        pairs = pair_scores(
            load_held_out(store, first_id),
            load_held_out(store, second_id),
            same_texts=first.card["data"]["wave"] == second.card["data"]["wave"],
        )
    if _too_few(pairs):
        raise _not_comparable(first, second, pairs)
    judging = judging_labels(pairs.subjects, pairs.active)
    beside, pairs = pairs.of(~judging), pairs.of(judging)
    if _too_few(pairs):
        raise _not_comparable(first, second, pairs)
    return {
        "first": first_id,
        "second": second_id,
        "sector": first.sector,
        "basis": basis,
        "method_version": METHOD_VERSION,
        "measured_on": _kinds(pairs.subjects),
        **_differences(pairs, workbench.seed),
        "texts": None if _too_few(beside) else _differences(beside, workbench.seed),
        "left_out": {
            "tested_on_by_one_only": pairs.only_one,
            "labelled_otherwise_since": pairs.relabelled,
            "another_text": pairs.other_text,
        },
        "same_definition": first.card["definition"] == second.card["definition"],
    }


def _kinds(subjects: Sequence[str]) -> str:
    texts = {subject.startswith(TEXT_KEY) for subject in subjects}
    return {frozenset({True}): "texts", frozenset({False}): "websites"}.get(
        frozenset(texts), "websites and texts"
    )


def _differences(pairs: PairedScores, seed: int) -> dict[str, Any]:
    return {
        "n": len(pairs.active),
        "n_active": int(pairs.active.sum()),
        "differences": {name: asdict(found) for name, found in compare_pairs(pairs, seed).items()},
        "decisions": asdict(compare_decisions(pairs)),
    }


def _refuse_unlike(first: StoredModel, second: StoredModel) -> None:
    if first.sector != second.sector:
        raise InvalidInput(
            f"{first.model_id} decides on {first.sector!r}, {second.model_id} on"
            f" {second.sector!r}: they cannot be compared",
            "Name two models of one sector; `sectorlens model list` shows them.",
        )
    if first.model_id == second.model_id:
        raise InvalidInput(
            f"{first.model_id} was named twice", "Name two models; `sectorlens model list`."
        )


def _on_test_labels(
    store: Store,
    models: tuple[StoredModel, StoredModel],
    workbench: Workbench,
    wave: str,
    progress: ProgressListener,
) -> PairedScores | None:
    embedders = {model.card["method"]["embedder"] for model in models}
    if embedders != {workbench.embedder.digest}:
        return None
    answers, texts, _ = held_out_subjects(store, wave, models[0].sector)
    if not texts:
        return None
    said = {subject.key: active for subject, active in answers.items() if subject.key in texts}
    units = embed_units(texts, workbench, progress)
    scores = [
        tested_scores(workbench.load(model.model_id, model.card), units, said) for model in models
    ]
    return pair_scores(*scores, same_texts=True)


def _too_few(pairs: PairedScores) -> bool:
    counts = np.bincount(pairs.active.astype(np.intp), minlength=2)
    return len(pairs.active) < FEWEST_UNITS or int(counts.min()) < FEWEST_OF_AN_ANSWER


def _not_comparable(first: StoredModel, second: StoredModel, pairs: PairedScores) -> InvalidInput:
    return InvalidInput(
        f"{first.model_id} and {second.model_id} were tested on {len(pairs.active)} units alike,"
        f" {int(pairs.active.sum())} of them active: too few to compare them",
        f"At least {FEWEST_UNITS} with {FEWEST_OF_AN_ANSWER} of each answer are needed: train both"
        " on the same labels and wave, or import labels of purpose test.",
        [
            f"{pairs.only_one} units were tested by one of them only",
            f"{pairs.relabelled} units are labelled otherwise in one of them",
            f"{pairs.other_text} units had another text in one of them",
        ],
    )
