"""Explaining decisions: all that are active or on the border, or one unit on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.decide import give_evidence
from classify.embedder import unit_rows
from classify.explanation import (
    Neighbourhood,
    Rules,
    explain_neighbours,
    explain_rules,
    explain_words,
    is_on_the_border,
    mean_direction,
)
from classify.label_shares import TEXT_KEY
from classify.one_thread import one_thread
from classify.passages import passage_of
from classify.prior_correction import corrected_probability
from classify.registry import pick_model
from classify.scorers import rank_by_definition
from classify.trained_model import TrainedModel
from classify.training_set import collect_training_set, read_subjects
from classify.units import embed_units, in_batches, read_websites
from storage.errors import InvalidInput, NotReady
from storage.records.stage import no_progress
from storage.tables.assessment import load_assessable
from storage.tables.explanation import (
    insert_explanations,
    load_archived_pages,
    load_names,
    load_standing,
    load_unexplained,
)

if TYPE_CHECKING:
    from classify.decide import Judgement, Scorer
    from classify.sector import SectorDefinition
    from classify.unit_text import UnitText
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.assessment import Evidence, Explanation
    from storage.records.stage import ProgressListener

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Explainer:
    """What the decisions of one sector are explained by.

    Attributes:
        model: Tells the words; None where units are only ranked by the definition.
        around: Labelled companies; None where there is no model.
    """

    sector: str
    rules: Rules
    model: TrainedModel | None = None
    around: Neighbourhood | None = None

    def explain(self, unit: UnitText) -> list[Explanation]:
        """Return the words, neighbours and rules of one unit."""
        found = explain_rules(unit, self.sector, self.rules)
        if self.model is not None:
            found += explain_words(unit, self.sector, self.model)
        if self.around is not None:
            found += explain_neighbours(unit, self.sector, self.around)
        return found

    def explain_if_due(self, unit: UnitText, judgement: Judgement) -> list[Explanation]:
        """Return the explanation of a unit that is active or on the border, else nothing."""
        if self.model is None:
            return []
        threshold, probability = self.model.threshold, judgement.probability
        due = probability >= threshold or is_on_the_border(probability, threshold)
        return self.explain(unit) if due else []


def make_explainer(
    store: Store, wave: str, scorer: Scorer, sector: str, workbench: Workbench
) -> Explainer:
    """Return what explains the decisions of a scorer.

    Args:
        store: The work database.
        wave: Whose texts the labelled companies are read from.
        scorer: A trained model, or the definition's.
        sector: The sector.
        workbench: Embedder and vectors; labelled texts were embedded when the model was trained.
    """
    rules = _rules(workbench.definition(sector), workbench)
    if not isinstance(scorer, TrainedModel):
        return Explainer(sector=sector, rules=rules)
    around = _neighbourhood(store, wave, scorer, workbench)
    return Explainer(sector=sector, rules=rules, model=scorer, around=around)


def explain_missing(store: Store, wave: str, model: TrainedModel, workbench: Workbench) -> int:
    """Explain every unit that is active or on the border and is not explained; return how many.

    Corrected probabilities can bring units over the threshold after they were scored.
    """
    waiting = [
        unit_id
        for unit_id, probability, threshold in load_unexplained(
            store, wave, model.sector, model.model_id
        )
        if probability >= threshold or is_on_the_border(probability, threshold)
    ]
    if not waiting:
        return 0
    assessable = load_assessable(store, wave)
    explainer = make_explainer(store, wave, model, model.sector, workbench)
    for batch in in_batches(waiting):
        websites = {unit_id: tuple(url for url, _ in assessable[unit_id]) for unit_id in batch}
        units = embed_units(read_websites(store, wave, websites), workbench, no_progress)
        found = [told for unit in units for told in explainer.explain(unit)]
        insert_explanations(store, wave, found)
    return len(waiting)


def _rules(definition: SectorDefinition, workbench: Workbench) -> Rules:
    stated = [
        *((text, "inclusion") for text in definition.includes),
        *((text, "exclusion") for text in definition.excludes),
        *((f"{edge.case} Ruling: {edge.ruling}", "edge_case") for edge in definition.edge_cases),
    ]
    passages = [passage_of(text, "", definition.language) for text, _ in stated]
    vectors = workbench.embed(passages)
    background = workbench.compass(definition.name).background
    points = np.stack([vectors[passage.text_digest] for passage in passages])
    return Rules(
        texts=tuple(text for text, _ in stated),
        kinds=tuple(kind for _, kind in stated),
        vectors=unit_rows(points - background).astype(np.float64),
        background=background,
    )


def _neighbourhood(
    store: Store, wave: str, model: TrainedModel, workbench: Workbench
) -> Neighbourhood:
    learnt = collect_training_set(store, wave, model.sector)
    said = {subject.key: active for subject, active in learnt.answers.items()}
    texts = read_subjects(store, wave, list(learnt.answers))
    units = embed_units(texts, workbench, no_progress)
    listed = {key: learnt.unit_ids[key] for key in texts}
    names = load_names(store, wave, {unit_id for ids in listed.values() for unit_id in ids})
    return Neighbourhood(
        names=tuple(_name(unit, listed[unit.key], names) for unit in units),
        active=tuple(said[unit.key] for unit in units),
        unit_ids=tuple(frozenset(listed[unit.key]) for unit in units),
        vectors=np.array([mean_direction(unit, model.centres) for unit in units]),
        centres=model.centres,
    )


def _name(unit: UnitText, unit_ids: tuple[str, ...], names: dict[str, str]) -> str:
    known = [names[unit_id] for unit_id in unit_ids if unit_id in names]
    told = " / ".join(known) or (unit.key if not unit.key.startswith(TEXT_KEY) else unit.text)
    return told[:_LONGEST_NAME]


@one_thread
def explain_unit(
    store: Store,
    unit_id: str,
    sector: str,
    workbench: Workbench,
    *,
    wave: str,
    progress: ProgressListener = no_progress,
) -> dict[str, Any]:
    """Return why one unit is decided as it is, as plain values.

    The promoted model explains, else the newest; where there is none, only the definition does.
    ``probability`` is corrected as the wave's are, ``standing`` the decision that is kept, which
    may still be another model's.

    Raises:
        InvalidInput: The unit is in no frame of the wave, or there is no such sector.
        NotReady: It has no accepted website with text.
    """
    unit = _read_unit(store, wave, unit_id, workbench, progress)
    stored = pick_model(store, sector, workbench.embedder.digest)
    scorer: Scorer = (
        rank_by_definition(sector, workbench)
        if stored is None
        else workbench.load(stored.model_id, stored.card)
    )
    [judgement] = scorer.judge([unit])
    probability = corrected_probability(store, wave, sector, scorer.model_id, judgement.probability)
    found = make_explainer(store, wave, scorer, sector, workbench).explain(unit)
    threshold = scorer.threshold
    return {
        "wave": wave,
        "unit_id": unit_id,
        "legal_name": load_names(store, wave, [unit_id])[unit_id],
        "sector": sector,
        "model_id": scorer.model_id,
        "basis": scorer.basis,
        "probability": probability,
        "raw_probability": judgement.probability,
        "threshold": threshold,
        "active": None if threshold is None else probability >= threshold,
        "on_the_border": threshold is not None and is_on_the_border(probability, threshold),
        "standing": load_standing(store, wave, sector, unit_id),
        "passages": _passages(store, wave, give_evidence(unit, sector, judgement)),
        "offer": scorer.best_offer(unit) if isinstance(scorer, TrainedModel) else None,
        "words": [{"word": e.text, "weight": e.weight} for e in found if e.kind == "word"],
        "neighbours": [
            {"name": e.text, "label": e.label, "similarity": e.weight}
            for e in found
            if e.kind == "neighbour"
        ],
        "rules": [
            {"kind": e.label, "rule": e.text, "similarity": e.weight}
            for e in found
            if e.kind == "rule"
        ],
    }


def _read_unit(
    store: Store, wave: str, unit_id: str, workbench: Workbench, progress: ProgressListener
) -> UnitText:
    if unit_id not in load_names(store, wave, [unit_id]):
        raise InvalidInput(
            f"There is no unit {unit_id!r} in the frame of wave {wave!r}",
            "Name a unit_id of the register; `sectorlens status` shows the waves.",
        )
    websites = [url for url, _ in load_assessable(store, wave).get(unit_id, ())]
    passages = read_websites(store, wave, {unit_id: websites})
    if not passages:
        raise NotReady(
            f"Unit {unit_id} has no website with text that is its own in wave {wave}",
            "Its outcome says why: table unit_outcome, or `sectorlens status --wave W`.",
        )
    [unit] = embed_units(passages, workbench, progress)
    return unit


def _passages(store: Store, wave: str, evidence: list[Evidence]) -> list[dict[str, Any]]:
    pages = load_archived_pages(store, wave, [one.url for one in evidence])
    return [
        {
            "rank": one.rank,
            "url": one.url,
            "passage": one.passage,
            "weight": one.weight,
            "fetched_at": page.fetched_at if (page := pages.get(one.url)) else None,
            "archive_file": page.archive_file if page else None,
            "archive_offset": page.archive_offset if page else None,
        }
        for one in evidence
    ]
