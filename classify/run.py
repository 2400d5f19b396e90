"""Texts to decisions: the stage `classify`."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from classify.decide import Scorer, decide, give_evidence
from classify.explain import Explainer, explain_missing, make_explainer
from classify.one_thread import one_thread
from classify.prior_correction import correct_sector
from classify.scorers import choose_scorer
from classify.sector_versions import keep_wording
from classify.trained_model import TrainedModel
from classify.units import embed_units, input_digest, read_websites
from storage.records.stage import Issue, StageReport, no_progress
from storage.tables.assessment import (
    delete_stale_predictions,
    load_assessable,
    load_prediction_keys,
    replace_predictions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.assessment import Evidence, Explanation, Passage, Prediction
    from storage.records.stage import ProgressListener

_BATCH = 32  # units between two transactions: what a kill costs at most


@dataclass(slots=True)
class _Work:
    """What is to be done: for each unit, the sectors it waits for and the digest of its texts."""

    scorers: dict[str, Scorer]
    explainers: dict[str, Explainer] = field(default_factory=dict)
    websites: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sectors: dict[str, dict[str, str]] = field(default_factory=dict)


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
    for sector in sorted({name for due in work.sectors.values() for name in due}):
        if scorers[sector].basis == "model":  # a rank decides nothing that could be explained
            work.explainers[sector] = make_explainer(
                store, wave, scorers[sector], sector, workbench
            )
    done, without_text, interrupted = _assess(store, wave, workbench, work, progress)
    if not interrupted:
        issues += _correct_priors(store, wave, workbench, work)
    if not work.sectors:
        notes.append("Nothing to do: every unit with text is assessed.")
    rejected = {"no_passage": without_text} if without_text else {}
    taken = len(work.sectors)
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
    )


def _correct_priors(store: Store, wave: str, workbench: Workbench, work: _Work) -> list[Issue]:
    """Correct probabilities where the share of active units shifted, and explain who is new."""
    due = {name for waiting in work.sectors.values() for name in waiting}
    issues: list[Issue] = []
    for sector, scorer in sorted(work.scorers.items()):
        if not isinstance(scorer, TrainedModel):
            continue
        issues += correct_sector(
            store,
            wave,
            scorer,
            wanted=workbench.correct_prior,
            seed=workbench.seed,
            changed=sector in due,
        )
        explain_missing(store, wave, scorer, workbench)
    return issues


def _plan(
    store: Store,
    wave: str,
    assessable: Mapping[str, tuple[tuple[str, str], ...]],
    scorers: dict[str, Scorer],
) -> _Work:
    work = _Work(scorers)
    standing = load_prediction_keys(store, wave)
    for unit_id, websites in assessable.items():
        texts = "\x1f".join(f"{url} {digest}" for url, digest in websites)
        for sector, scorer in scorers.items():
            digest = input_digest(texts, scorer.digest)
            if standing.get((unit_id, sector)) != (scorer.model_id, digest):
                work.sectors.setdefault(unit_id, {})[sector] = digest
                work.websites[unit_id] = tuple(url for url, _ in websites)
    return work


def _assess(
    store: Store, wave: str, workbench: Workbench, work: _Work, progress: ProgressListener
) -> tuple[int, int, bool]:
    """Return how many units were scored, how many had no passage, and whether it was broken off."""
    done = without_text = 0
    try:
        for batch in _batches(list(work.sectors)):
            websites = {unit_id: work.websites[unit_id] for unit_id in batch}
            passages = read_websites(store, wave, websites)
            predictions, evidence, explanations = _score(workbench, work, passages, progress)
            replace_predictions(store, wave, predictions, evidence, explanations)
            done += len(passages)
            without_text += len(batch) - len(passages)
            progress("classify", done + without_text, len(work.sectors))
    except KeyboardInterrupt:
        return done, without_text, True
    return done, without_text, False


def _batches(keys: Sequence[str]) -> Iterator[list[str]]:
    waiting = iter(keys)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


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
        waiting = [unit for unit in units if sector in work.sectors[unit.key]]
        for unit, judgement in zip(waiting, scorer.judge(waiting), strict=True):
            prediction = decide(unit, sector, scorer, judgement)
            predictions[prediction] = work.sectors[unit.key][sector]
            evidence += give_evidence(unit, sector, judgement)
            if explainer := work.explainers.get(sector):
                explanations += explainer.explain_if_due(unit, judgement)
    return predictions, evidence, explanations
