"""The methodologist's bench: models against each other, and one in place of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sectorlens import build

if TYPE_CHECKING:
    from classify.activity_run import Suggestion
    from classify.promotion import Promotion
    from sectorlens.session import Session
    from storage.database import Store


def compare(session: Session, store: Store, wave: str, models: tuple[str, str]) -> dict[str, Any]:
    """Test the paired difference of two models on the same held-out units."""
    from classify.compare import compare_models

    with build.workbench(session) as bench:
        return compare_models(store, *models, bench, wave=wave, progress=session.progress)


def promote(
    session: Session, store: Store, wave: str, model_id: str, decision: tuple[str, str]
) -> Promotion:
    """Decide with a model from now on, for a reason and in a name; bridge from the former one."""
    from classify.promotion import promote_with_bridge

    with build.workbench(session) as bench:
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

    build.sectors(session, [sector])
    with build.workbench(session) as bench:
        return explain_unit(store, unit_id, sector, bench, wave=wave, progress=session.progress)
