"""The methodologist's bench: models made, measured, compared, promoted, explained."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sectorlens import build
from storage.errors import NotReady

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classify.activity_run import Suggestion
    from classify.card import ModelCard
    from classify.discovery import Discovery
    from classify.drift import DriftReport
    from classify.evaluate import Evaluation
    from classify.learning import LearningRecord
    from classify.promotion import Promotion
    from classify.suggestion import Candidate
    from classify.workbench import Workbench
    from sectorlens.session import Session
    from storage.database import Store


def train(
    session: Session, store: Store, wave: str, sector: str, *, classifier: str = ""
) -> ModelCard:
    """Train a model for one sector from all training labels that have text."""
    from classify.training import train_model

    with _watched(session, [sector], classifier=classifier) as bench:
        return train_model(store, sector, bench, wave=wave, progress=session.progress)


def evaluate(session: Session, store: Store, wave: str, model_id: str) -> Evaluation:
    """Tell how a model does on labels that it did not learn from."""
    from classify.evaluate import evaluate_model
    from classify.registry import show_model

    with _watched(session, [show_model(store, model_id).sector]) as bench:
        return evaluate_model(store, model_id, bench, wave=wave, progress=session.progress)


def monitor(
    session: Session, store: Store, wave: str, *, against: str | None = None
) -> list[DriftReport]:
    """Look for drift in the sectors asked for; by default in all that have a model.

    Raises:
        NotReady: No sector has a model, or there is no earlier wave.
    """
    from classify.monitoring import monitor_drift
    from classify.registry import list_models

    trained = {model.sector for model in list_models(store)}
    wanted = [name for name in build.sectors(session) if session.sectors or name in trained]
    if not wanted:
        raise NotReady(
            "No sector has a trained model: there is nothing that could drift",
            "Run `sectorlens model train --sector S` once there are labels.",
        )
    with build.workbench(session) as bench:
        return [
            monitor_drift(
                store, wave, name, bench, reference_wave=against, progress=session.progress
            )
            for name in wanted
        ]


def discover(session: Session, store: Store, wave: str) -> list[Discovery]:
    """Find terms and kinds of companies of the sectors asked for."""
    from classify.discovery import discover as find

    with build.workbench(session) as bench:
        return [find(store, wave, name, bench, progress=session.progress) for name in bench.sectors]


def compare(session: Session, store: Store, wave: str, models: tuple[str, str]) -> dict[str, Any]:
    """Test the paired difference of two models on the same held-out units."""
    from classify.compare import compare_models

    with _watched(session) as bench:
        return compare_models(store, *models, bench, wave=wave, progress=session.progress)


def promote(
    session: Session, store: Store, wave: str, model_id: str, decision: tuple[str, str]
) -> Promotion:
    """Decide with a model from now on, for a reason and in a name; bridge from the former one."""
    from classify.promotion import promote_with_bridge

    with _watched(session) as bench:
        return promote_with_bridge(
            store, model_id, bench, decision=decision, wave=wave, progress=session.progress
        )


def suggest_activities(session: Session, store: Store, wave: str) -> list[Suggestion]:
    """Suggest NACE divisions for the units of a wave, in the register's own classification."""
    from classify.activity_run import suggest_activities as suggest

    with build.workbench(session) as bench:
        return suggest(
            store,
            wave,
            bench,
            classification=session.settings.frame.classification,
            progress=session.progress,
        )


def explain(session: Session, store: Store, wave: str, unit_id: str, sector: str) -> dict[str, Any]:
    """Tell why one unit is decided as it is."""
    from classify.explain import explain_unit

    with _watched(session, [sector]) as bench:
        return explain_unit(store, unit_id, sector, bench, wave=wave, progress=session.progress)


def suggest_labels(
    session: Session, store: Store, wave: str, sector: str, size: int
) -> list[Candidate]:
    """Propose units to label next for a sector."""
    from classify.suggestion import suggest_labels as suggest

    with _watched(session, [sector]) as bench:
        return suggest(store, wave, sector, bench, size=size, progress=session.progress)


def learning(session: Session, store: Store, wave: str, sector: str) -> LearningRecord:
    """Tell what each batch of labels bought."""
    from classify.learning import learning_record

    with _watched(session, [sector]) as bench:
        return learning_record(store, sector, bench, wave=wave, progress=session.progress)


@contextmanager
def _watched(
    session: Session, names: Sequence[str] = (), *, classifier: str = ""
) -> Iterator[Workbench]:
    """Give a workbench, and tell the operator afterwards what its cache of vectors met with."""
    with build.workbench(session, names, classifier=classifier) as bench:
        yield bench
        for issue in bench.vectors.issues:
            sys.stderr.write(f"warning ({issue.code}): {issue.detail}\n")
