"""Texts to decisions: the stage `classify`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from classify.decide import Scorer, decide, give_evidence
from classify.explain import Explainer, explain_missing, make_explainer
from classify.one_thread import one_thread
from classify.prior_correction import correct_sector
from classify.scorers import choose_scorer
from classify.sector_versions import keep_wording
from classify.trained_model import TrainedModel
from classify.units import embed_units, in_batches, input_digest, read_websites
from storage.little_memory import within_little_memory
from storage.records.stage import Issue, StageReport, no_progress
from storage.tables.assessment import (
    delete_stale_predictions,
    load_assessable,
    load_input_digests,
    replace_predictions,
)
from storage.tables.prior_shift import load_shift

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.assessment import Evidence, Explanation, Passage, Prediction
    from storage.records.stage import ProgressListener

    Flags = npt.NDArray[np.bool_]
    Websites = tuple[tuple[str, str], ...]  # address and text digest of each

_MEGABYTES = 192  # of the work database, for one batch


@dataclass(slots=True)
class _Work:
    """What is to be done.

    Attributes:
        scorers: By sector.
        assessable: Unit -> its websites with the digests of their texts; of all units.
        due: By sector, bool (n,): whether it has to score each unit of `assessable`, in its order.
        units: Those that any sector has to score -> their places.
        explainers: By sector, of those that decide.
    """

    scorers: Mapping[str, Scorer]
    assessable: Mapping[str, Websites]
    due: Mapping[str, Flags]
    units: Mapping[str, int]
    explainers: dict[str, Explainer] = field(default_factory=dict)

    @property
    def sectors(self) -> list[str]:
        """Return the sectors that have to score any unit, by name."""
        return sorted(sector for sector, due in self.due.items() if due.any())

    def waits(self, unit_id: str, sector: str) -> bool:
        """Return whether a sector has to score a unit."""
        return bool(self.due[sector][self.units[unit_id]])

    def digest(self, unit_id: str, sector: str) -> str:
        """Return what the score of a unit is made from besides its model."""
        return _digest(self.assessable[unit_id], self.scorers[sector])


@one_thread
def assess_units(
    store: Store, wave: str, workbench: Workbench, *, progress: ProgressListener = no_progress
) -> StageReport:
    """Score every unit that has text on an accepted website, for every sector of the workbench.

    A sector is scored by its promoted model; else by the newest trained one; else by a first one
    trained now if labels suffice; else units are only ranked by the definition. What stands
    already for the same model and the same texts is not done again.

    Args:
        store: The work database.
        wave: The wave.
        workbench: Embedder, vectors, sectors and models.
        progress: Told of units as stage ``classify``, of new passages as stage ``embed``.

    Returns:
        Counted are units: taken = done + pending, pending only where interrupted.
    """
    stale = delete_stale_predictions(store, wave)
    assessable = load_assessable(store, wave)
    notes: list[str] = []
    issues: list[Issue] = []
    if stale:
        notes.append(f"{stale} units no longer have text that is theirs; their scores are gone.")
    scorers: dict[str, Scorer] = {}
    if assessable:
        for sector in sorted(workbench.sectors):
            issues += keep_wording(store, workbench.definition(sector))
            chosen = choose_scorer(store, wave, sector, workbench, progress)
            scorers[sector] = chosen.scorer
            notes += chosen.notes
            issues += chosen.issues
    work = _plan(store, wave, assessable, scorers)
    for sector in work.sectors:
        if scorers[sector].basis == "model":  # a rank decides nothing that could be explained
            work.explainers[sector] = make_explainer(
                store, wave, scorers[sector], sector, workbench
            )
    done, without_text, interrupted = _assess(store, wave, workbench, work, progress)
    changed = stale > 0
    if not interrupted:
        told, corrected = _correct_priors(store, wave, workbench, work)
        issues += told
        changed |= corrected
    if not work.units:
        notes.append("Nothing to do: every unit with text is assessed.")
    rejected = {"no_passage": without_text} if without_text else {}
    taken = len(work.units)
    return StageReport(
        stage="classify",
        of="units",
        taken=taken,
        done=done,
        rejected=rejected,
        pending=taken - done - without_text,
        interrupted=interrupted,
        notes=tuple(notes),
        issues=(*issues, *workbench.vectors.issues),
        changed=changed,
    )


def _correct_priors(
    store: Store, wave: str, workbench: Workbench, work: _Work
) -> tuple[list[Issue], bool]:
    """Correct probabilities where the share of active units shifted, and explain who is new.

    Returns:
        Warnings, and whether anything is kept otherwise than before.
    """
    issues: list[Issue] = []
    changed = False
    for _, scorer in sorted(work.scorers.items()):
        if not isinstance(scorer, TrainedModel):
            continue
        stood = load_shift(store, wave, scorer.sector)
        issues += correct_sector(
            store,
            wave,
            scorer,
            wanted=workbench.correct_prior,
            seed=workbench.seed,
        )
        changed |= explain_missing(store, wave, scorer, workbench) > 0
        changed |= load_shift(store, wave, scorer.sector) != stood
    return issues, changed


def _plan(
    store: Store, wave: str, assessable: Mapping[str, Websites], scorers: Mapping[str, Scorer]
) -> _Work:
    due: dict[str, Flags] = {}
    waiting = np.zeros(len(assessable), dtype=bool)
    for sector, scorer in scorers.items():
        standing = load_input_digests(store, wave, sector, scorer.model_id)
        due[sector] = np.array(
            [
                standing.get(unit_id) != _digest(websites, scorer)
                for unit_id, websites in assessable.items()
            ],
            dtype=bool,
        )
        waiting |= due[sector]
    units = {unit_id: place for place, unit_id in enumerate(assessable) if waiting[place]}
    return _Work(scorers, assessable, due, units)


def _digest(websites: Websites, scorer: Scorer) -> str:
    return input_digest("\x1f".join(f"{url} {digest}" for url, digest in websites), scorer.digest)


def _assess(
    store: Store, wave: str, workbench: Workbench, work: _Work, progress: ProgressListener
) -> tuple[int, int, bool]:
    """Return how many units were scored, how many had no passage, and whether it was broken off."""
    done = without_text = 0
    try:
        for batch in in_batches(list(work.units), len(work.scorers)):

            def assess(batch: list[str] = batch) -> int:
                websites = {unit: tuple(url for url, _ in work.assessable[unit]) for unit in batch}
                passages = read_websites(store, wave, websites)
                replace_predictions(store, wave, *_score(workbench, work, passages, progress))
                return len(passages)

            with_text = within_little_memory(store, assess, megabytes=_MEGABYTES)
            done += with_text
            without_text += len(batch) - with_text
            progress("classify", done + without_text, len(work.units))
    except KeyboardInterrupt:
        return done, without_text, True
    return done, without_text, False


def _score(
    workbench: Workbench,
    work: _Work,
    passages: Mapping[str, tuple[Passage, ...]],
    progress: ProgressListener,
) -> tuple[dict[Prediction, str], list[Evidence], list[Explanation]]:
    units = embed_units(passages, workbench, progress)
    predictions: dict[Prediction, str] = {}
    evidence: list[Evidence] = []
    explanations: list[Explanation] = []
    for sector, scorer in work.scorers.items():
        waiting = [unit for unit in units if work.waits(unit.key, sector)]
        for unit, judgement in zip(waiting, scorer.judge(waiting), strict=True):
            prediction = decide(unit, sector, scorer, judgement)
            predictions[prediction] = work.digest(unit.key, sector)
            evidence += give_evidence(unit, sector, judgement)
            if explainer := work.explainers.get(sector):
                explanations += explainer.explain_if_due(unit, judgement)
    return predictions, evidence, explanations
