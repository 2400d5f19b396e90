"""Promoting a model: who, why, and what the change does to the series."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from classify.admission import issues_of_doubt
from classify.bridge import CONFIDENCE, METHOD_VERSION, break_factor
from classify.one_thread import one_thread
from classify.registry import check_promotion, list_models, promote_model, refuse_other_embedder
from classify.units import embed_units, in_batches, read_websites
from storage.errors import SectorlensError
from storage.records.assessment import Bridge
from storage.records.stage import Issue, no_progress
from storage.tables.assessment import (
    insert_bridges,
    load_assessable,
    load_deciding_models,
    load_predictions,
    load_sizes,
)
from storage.tables.bridge_decision import replace_bridge_decisions
from storage.tables.stage import insert_issues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.stage import ProgressListener
    from storage.tables.assessment import StoredModel

    Decisions = dict[str, tuple[float, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """How a promotion ended.

    Attributes:
        former: The model that decided until now; empty where none did.
        bridges: By measure; empty where nothing changed or could be bridged.
        issues: Why there is no bridge though the model changed, and what is in doubt.
    """

    model_id: str
    reason: str
    promoted_by: str
    former: str
    bridges: tuple[Bridge, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bridged:
    """What bridging gave; `decisions` are the new model's."""

    bridges: tuple[Bridge, ...] = ()
    issues: tuple[Issue, ...] = ()
    decisions: Decisions = field(default_factory=dict)


@one_thread
def promote_with_bridge(
    store: Store,
    model_id: str,
    workbench: Workbench,
    *,
    decision: tuple[str, str],
    wave: str,
    progress: ProgressListener = no_progress,
) -> Promotion:
    """Make a model the one that decides its sector, and bridge from the one that did until now.

    Both models score all units of the wave that have text. Where the former one cannot be run (its
    files are gone, or it belongs to another embedder), its decisions that stand in the wave serve;
    where there are none, the promotion stands without a bridge and says so.

    Args:
        store: The work database.
        model_id: Of the new model.
        workbench: Embedder, vectors and models.
        decision: Why, and who says so.
        wave: On whose texts the two are compared; empty: none.
        progress: Told of units as stage ``bridge``.

    Raises:
        InvalidInput: There is no such model, reason or name is empty, or the model was trained on
            vectors of another embedder.
        NotReady: The model's files are gone.
    """
    reason, promoted_by = decision
    new = check_promotion(store, model_id, reason=reason, promoted_by=promoted_by)
    refuse_other_embedder(new, workbench.embedder.digest)
    workbench.load(model_id, new.card)  # it must be there before it decides
    former = find_former(store, new, wave)
    found = _Bridged()
    if former and wave:
        found = _bridge(store, wave, (former, new), workbench, progress)
    with store.transaction():
        promote_model(store, model_id, reason=reason, promoted_by=promoted_by)
        insert_bridges(store, found.bridges)
        insert_issues(store, wave, found.issues)
        if former and wave:  # else what stands of an earlier bridge to this model stays
            replace_bridge_decisions(
                store,
                sector=new.sector,
                wave=wave,
                model_id=model_id,
                decisions=found.decisions,
            )
    return Promotion(
        model_id=model_id,
        reason=reason.strip(),
        promoted_by=promoted_by.strip(),
        former=former.model_id if former else "",
        bridges=found.bridges,
        issues=found.issues + issues_of_doubt(new.card),
    )


def find_former(store: Store, new: StoredModel, wave: str) -> StoredModel | None:
    """Return the model that decides the sector so far: the promoted one, else the one in use."""
    models = {model.model_id: model for model in list_models(store, new.sector)}
    promoted = [model for model in models.values() if model.promoted]
    used = [models[m] for m in load_deciding_models(store, wave, new.sector) if m in models]
    former = next(iter(promoted or used), new)
    return None if former.model_id == new.model_id else former


def _bridge(
    store: Store,
    wave: str,
    models: tuple[StoredModel, StoredModel],
    workbench: Workbench,
    progress: ProgressListener,
) -> _Bridged:
    former, new = models
    runnable, fault = _runnable(former, workbench)
    chosen = [former, new] if runnable else [new]
    *olds, decided = _decide_all(store, wave, chosen, workbench, progress)
    old = olds[0] if olds else load_predictions(store, wave, former.model_id)
    overlap = sorted(old.keys() & decided.keys())
    if not overlap:
        detail = (
            f"{new.model_id} takes over from {former.model_id} without a bridge on wave {wave}: "
            + (fault or "no unit has text")
        )
        issue = Issue(stage="classify", code="no_bridge", detail=detail)
        return _Bridged(issues=(issue,), decisions=decided)
    pairs = [(old[unit], decided[unit]) for unit in overlap]
    sizes = load_sizes(store, wave)
    figures = _figures(models, wave, pairs, [sizes[unit] for unit in overlap])
    return _Bridged(bridges=tuple(figures), decisions=decided)


def _runnable(model: StoredModel, workbench: Workbench) -> tuple[bool, str]:
    try:
        refuse_other_embedder(model, workbench.embedder.digest)
        workbench.load(model.model_id, model.card)
    except SectorlensError as fault:
        return False, f"{fault.title}, and no decisions of it stand there"
    return True, ""


def _decide_all(
    store: Store,
    wave: str,
    models: Sequence[StoredModel],
    workbench: Workbench,
    progress: ProgressListener,
) -> list[Decisions]:
    """Return for each model: unit_id -> probability and decision, of every unit with text."""
    loaded = [workbench.load(model.model_id, model.card) for model in models]
    found: list[Decisions] = [{} for _ in loaded]
    websites = {
        unit_id: tuple(url for url, _ in listed)
        for unit_id, listed in load_assessable(store, wave).items()
    }
    waiting = list(websites)
    done = 0
    for batch in in_batches(waiting):
        passages = read_websites(store, wave, {unit_id: websites[unit_id] for unit_id in batch})
        units = embed_units(passages, workbench, no_progress)
        for model, decisions in zip(loaded, found, strict=True):
            for unit, judgement in zip(units, model.judge(units), strict=True):
                probability = judgement.probability
                decisions[unit.key] = (probability, probability >= model.threshold)
        done += len(batch)
        progress("bridge", done, len(waiting))
    return found


def _figures(
    models: tuple[StoredModel, StoredModel],
    wave: str,
    pairs: Sequence[tuple[tuple[float, bool], tuple[float, bool]]],
    sizes: Sequence[tuple[float | None, float | None]],
) -> list[Bridge]:
    old = np.array([before[1] for before, _ in pairs], dtype=np.float64)
    new = np.array([after[1] for _, after in pairs], dtype=np.float64)
    expected = [np.array([pair[side][0] for pair in pairs]) for side in (0, 1)]
    values = {"enterprises": (old, new), "expected_enterprises": (expected[0], expected[1])}
    for place, measure in enumerate(("employees", "turnover")):
        size = np.array([row[place] or 0.0 for row in sizes])
        if size.any():
            values[measure] = (old * size, new * size)
    counts: Mapping[str, int] = {
        "n_units": len(pairs),
        "n_both": int((old * new).sum()),
        "n_only_old": int((old * (1 - new)).sum()),
        "n_only_new": int((new * (1 - old)).sum()),
    }
    return [
        Bridge(
            sector=models[1].sector,
            wave=wave,
            old_model=models[0].model_id,
            new_model=models[1].model_id,
            measure=measure,
            old_value=found.old_value,
            new_value=found.new_value,
            break_factor=found.factor,
            ci_lower=found.lower,
            ci_upper=found.upper,
            confidence_level=CONFIDENCE,
            method_version=METHOD_VERSION,
            **counts,
        )
        for measure, found in ((name, break_factor(*both)) for name, both in values.items())
    ]
