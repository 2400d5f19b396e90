"""Which scorer a sector gets in a run, and what the operator has to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classify.admission import issues_of_doubt
from classify.decide import DefinitionScorer, Scorer, definition_model_id
from classify.label_shares import FEWEST_ACTIVE, FEWEST_INACTIVE
from classify.registry import pick_model
from classify.score import RANK_RULE
from classify.sector import shipped_sectors
from classify.training import train_model
from classify.training_set import collect_training_set
from classify.units import input_digest
from storage.records.stage import Issue

if TYPE_CHECKING:
    from classify.trained_model import TrainedModel
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.stage import ProgressListener

# Fewer give a model whose own cross-validation says nothing.
FEWEST_POSITIVE = FEWEST_ACTIVE
FEWEST_NEGATIVE = FEWEST_INACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenScorer:
    """A sector's scorer with what is to be told of the choice."""

    scorer: Scorer
    notes: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()


def choose_scorer(
    store: Store, wave: str, sector: str, workbench: Workbench, progress: ProgressListener
) -> ChosenScorer:
    """Return the promoted model, else the newest, else one trained now, else the definition.

    Raises:
        InvalidInput: The promoted model belongs to another embedder, or its files are damaged.
        NotReady: Its files are gone.
    """
    stored = pick_model(store, sector, workbench.embedder.digest)
    if stored is None:
        return _first(store, wave, sector, workbench, progress)
    model = workbench.load(stored.model_id, stored.card)
    issues = _older_definition(model, workbench) + issues_of_doubt(model.card)
    notes = _labels_since(store, wave, model)
    if stored.promoted:
        return ChosenScorer(scorer=model, notes=notes, issues=issues)
    note = f"{sector}: the newest model {stored.model_id} is used; it is not promoted."
    return ChosenScorer(scorer=model, notes=(note, *notes), issues=issues)


def _labels_since(store: Store, wave: str, model: TrainedModel) -> tuple[str, ...]:
    """Return that there are more labels than a model learnt from; nothing where there are not."""
    found = collect_training_set(store, wave, model.sector)
    here, learnt = found.n_positive + found.n_negative, int(model.card["data"]["n"])
    if here <= learnt:
        return ()
    return (
        f"{model.sector}: {model.model_id} learnt from {learnt} labels, {here} with text are there:"
        f" `sectorlens model train --sector {model.sector}` learns from all of them.",
    )


def _older_definition(model: TrainedModel, workbench: Workbench) -> tuple[Issue, ...]:
    definition = workbench.definition(model.sector)
    if model.definition_digest == definition.digest:
        return ()
    detail = f"{model.model_id} was trained by another wording of the sector's definition"
    return (Issue(stage="classify", code="model_of_another_definition", detail=detail),)


def _first(
    store: Store, wave: str, sector: str, workbench: Workbench, progress: ProgressListener
) -> ChosenScorer:
    found = collect_training_set(store, wave, sector)
    if found.n_positive >= FEWEST_POSITIVE and found.n_negative >= FEWEST_NEGATIVE:
        card = train_model(store, sector, workbench, wave=wave, progress=progress)
        model = workbench.load(card.model_id, card.content)
        note = (
            f"{sector}: a first model was trained, {card.model_id}"
            f" ({found.n_positive} active, {found.n_negative} inactive); it is not promoted."
        )
        issues = (*found.issues, *issues_of_doubt(model.card))
        return ChosenScorer(scorer=model, notes=(note,), issues=issues)
    note = (
        f"{sector}: only ranked by its definition, which may not be published:"
        f" {found.n_positive} active and {found.n_negative} inactive labels with text,"
        f" {FEWEST_POSITIVE} and {FEWEST_NEGATIVE} are needed to train;"
        f" `sectorlens label suggest --sector {sector} --size 20 --to FILE` proposes what to label."
    )
    return ChosenScorer(
        scorer=rank_by_definition(sector, workbench), notes=(note,), issues=found.issues
    )


def rank_by_definition(sector: str, workbench: Workbench) -> DefinitionScorer:
    """Return the scorer that needs no label."""
    definition = workbench.definition(sector)
    shipped = (shipped.digest for shipped in shipped_sectors())
    return DefinitionScorer(
        definition=definition,
        compass=workbench.rank_compass(sector),
        digest=input_digest(
            RANK_RULE,
            definition_model_id(definition),
            definition.digest,
            workbench.embedder.digest,
            *shipped,
        ),
    )
