"""How long explaining takes, beside what deciding takes: CPU seconds for 1,000 units."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from classify.explain import make_explainer
from classify.training import prepare_lesson, train_model
from classify.units import embed_units, read_websites
from storage.records.stage import no_progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from classify.workbench import Workbench
    from storage.database import Store

ROUNDS = 5  # the fastest counts: other programs share the machine


def measure_explaining(
    store: Store, wave: str, workbench: Workbench, sectors: list[str]
) -> dict[str, Any]:
    """Explain every labelled website in every sector, as `classify run` explains one that is due.

    Passages and vectors are there, as they are when a unit has just been decided; words, labelled
    neighbours and rules are found for each. `due` tells how many are active or on the border.
    """
    return {sector: _of_sector(store, wave, workbench, sector) for sector in sectors}


def _of_sector(store: Store, wave: str, workbench: Workbench, sector: str) -> dict[str, Any]:
    card = train_model(store, sector, workbench, wave=wave)
    model = workbench.load(card.model_id, card.content)
    keys = [unit.key for unit in prepare_lesson(store, wave, sector, workbench).labelled]
    passages = read_websites(store, wave, {key: key.split() for key in keys})
    units = embed_units(passages, workbench, no_progress)
    started = time.process_time()
    explainer = make_explainer(store, wave, model, sector, workbench)
    making = time.process_time() - started
    judged = zip(units, model.judge(units), strict=True)
    due = sum(bool(explainer.explain_if_due(unit, said)) for unit, said in judged)
    deciding = min(_seconds(lambda: model.judge(units)) for _ in range(ROUNDS))
    explaining = min(_seconds(lambda: list(map(explainer.explain, units))) for _ in range(ROUNDS))
    return {
        "units": len(units),
        "due": due,
        "once_for_all_units": round(making, 2),
        "deciding_1000_units": round(1000 * deciding / len(units), 2),
        "explaining_1000_units": round(1000 * explaining / len(units), 2),
    }


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
