"""From labels to a calibrated model with its card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.calibration import Calibration, calibrate
from classify.card import ModelCard
from classify.features import FEATURE_RULE, WORD_SHARE, Words, encode_unit, find_centres
from classify.fitting import (
    ACTIVITY_SHARE,
    BASELINE_PENALTY,
    PENALTY,
    STATEMENT_SHARE,
    Coordinates,
    Design,
    FoldFits,
    Prior,
    assign_folds,
    coordinates,
    fit_folds,
    fit_logistic,
)
from classify.held_out import held_out_scores
from classify.measures import find_threshold
from classify.passages import PASSAGE_RULE, passage_of
from classify.prior_texts import PRIOR_RULE, prior_texts
from classify.reliability import describe_reliability
from classify.score import SCORE_RULE
from classify.trained_model import TrainedModel, save_model
from classify.training_set import TrainingSet, collect_training_set, read_subjects
from classify.units import embed_units, read_websites
from classify.validation import Trial, validate
from storage.errors import InvalidInput, NotReady
from storage.records.stage import no_progress
from storage.tables.assessment import insert_model, load_assessable
from storage.tables.held_out import insert_held_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from classify.features import Centres
    from classify.prior_texts import PriorText
    from classify.score import Compass
    from classify.unit_text import UnitText
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.assessment import Passage
    from storage.records.stage import ProgressListener

    Array = npt.NDArray[np.float64]

# Raise it when the same features and labels give another model.
TRAINING_RULE = "2"
_BACKGROUND_UNITS = 300
_FEWEST_GROUPS = 2


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Material:
    """What a fit is made from: labelled units in a fixed order, and units without label."""

    found: TrainingSet
    labelled: list[UnitText]
    background: list[UnitText]
    prior: list[UnitText]
    known: tuple[PriorText, ...]
    active: npt.NDArray[np.bool_]
    groups: list[str]
    digest: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Space:
    """The feature space and the labelled units in it."""

    centres: Centres
    compass: Compass
    words: Words
    design: Design


def train_model(
    store: Store,
    sector: str,
    workbench: Workbench,
    *,
    wave: str,
    progress: ProgressListener = no_progress,
) -> ModelCard:
    """Train, validate, store and record a model on all labels of purpose training that have text.

    Vocabulary, idf and language centres are learnt on the texts of labelled and of some further
    units without looking at a label; weights, calibration and threshold never see the fold that
    they are measured on. The same labels, texts, definition, embedder and seed give the same
    model_id and the same bytes.

    Args:
        store: The work database.
        sector: The sector.
        workbench: Embedder, vectors, sectors and models.
        wave: Whose crawl gives the texts.
        progress: Told of new passages as stage ``embed``.

    Raises:
        NotReady: There is no label with text yet.
        InvalidInput: The labels hold one answer only.
    """
    definition = workbench.definition(sector)
    material = _gather(store, wave, sector, workbench, progress)
    space = _build_space(material, workbench, sector)
    folds = assign_folds(material.active, material.groups, workbench.seed)
    points = coordinates(space.design.gram())
    labelled, prior = _apart(points, material)
    fits = fit_folds(labelled, material.active, folds, PENALTY, prior)
    trial = Trial(
        active=material.active,
        folds=folds,
        groups=material.groups,
        rule=definition.decision,
        seed=workbench.seed,
    )
    calibration = calibrate(fits.scores, material.active)
    probability = calibration.probability(fits.scores)
    threshold = find_threshold(probability, material.active, definition.decision)
    held_out = held_out_scores(trial, material.labelled, fits.scores)
    card = _card(material, workbench, sector, wave) | {
        "reliability": describe_reliability(held_out),
        "validation": validate(trial, fits.scores, _baseline(space, trial)),
        "calibration": calibration.kind,
        "decision": {"rule": definition.decision.rule, "threshold": threshold},
    }
    model = _assemble(card, space, _dual_weights(points, fits, material), calibration)
    model = replace(model, fold_of=_fold_of(material, folds))
    save_model(model, workbench.model_directory)
    place = f"{workbench.model_directory.name}/{model.model_id}"
    insert_model(store, model.model_id, sector, place, json.dumps(card, sort_keys=True))
    insert_held_out(store, model.model_id, held_out)
    return ModelCard(model_id=model.model_id, sector=sector, content=card)


def _gather(
    store: Store, wave: str, sector: str, workbench: Workbench, progress: ProgressListener
) -> _Material:
    found = collect_training_set(store, wave, sector)
    texts = read_subjects(store, wave, list(found.answers))
    active = {subject.key: said for subject, said in found.answers.items() if subject.key in texts}
    groups = [found.groups[key] for key in sorted(active)]
    _refuse_one_answer(sector, active, found)
    background = _background(store, wave, set(" ".join(active).split()))
    digest = _digest(active, texts, background)
    ordered = {key: texts[key] for key in sorted(active)}
    known = prior_texts(workbench.definition(sector))
    stated = {prior.key: (passage_of(prior.text, "", prior.language),) for prior in known}
    return _Material(
        found=found,
        labelled=embed_units(ordered, workbench, progress),
        background=embed_units(background, workbench, progress),
        prior=embed_units(stated, workbench, progress),
        known=known,
        active=np.array([active[key] for key in sorted(active)], dtype=bool),
        groups=groups,
        digest=digest,
    )


def _refuse_one_answer(sector: str, active: Mapping[str, bool], found: TrainingSet) -> None:
    advice = "Import labels with `sectorlens label import`; the highest ranked units come first."
    told = [f"{issue.code}: {issue.count} {issue.detail}" for issue in found.issues]
    if not active:
        raise NotReady(f"No label of purpose training with text for {sector!r}", advice, told)
    for said, name in ((True, "active"), (False, "inactive")):
        groups = {found.groups[key] for key, answer in active.items() if answer == said}
        if len(groups) < _FEWEST_GROUPS:
            raise InvalidInput(
                f"The labels for {sector!r} hold {len(groups)} {name} websites or texts,"
                f" at least {_FEWEST_GROUPS} are needed to train and test a model",
                advice,
                told,
            )


def _background(store: Store, wave: str, labelled: set[str]) -> dict[str, tuple[Passage, ...]]:
    """Return passages of some units without label, the same ones for the same frame."""
    free = {
        unit_id: tuple(url for url, _ in websites)
        for unit_id, websites in load_assessable(store, wave).items()
        if labelled.isdisjoint(url for url, _ in websites)
    }
    by_chance = sorted(free, key=lambda unit_id: hashlib.sha256(unit_id.encode()).digest())
    drawn = sorted(by_chance[:_BACKGROUND_UNITS])
    return read_websites(store, wave, {unit_id: free[unit_id] for unit_id in drawn})


def _digest(
    active: Mapping[str, bool],
    texts: Mapping[str, tuple[Passage, ...]],
    background: Mapping[str, tuple[Passage, ...]],
) -> str:
    """Tell what was learnt from: answers and texts, in the order of the websites' addresses.

    The addresses themselves are left out: those of `sectorlens demo` hold a port of the machine.
    """
    digest = hashlib.sha256()
    for key in sorted(active):
        digest.update(f"{active[key]:d}".encode())
        digest.update("\x1f".join(p.text_digest + p.language for p in texts[key]).encode())
    for _, passages in sorted(background.items()):
        digest.update("\x1e".join(p.text_digest for p in passages).encode())
    return digest.hexdigest()


def _build_space(material: _Material, workbench: Workbench, sector: str) -> _Space:
    import scipy.sparse

    units = [*material.labelled, *material.background]
    compass = workbench.compass(sector)
    centres = find_centres(
        np.stack([unit.vectors.mean(axis=0) for unit in units]), [unit.language for unit in units]
    )
    words = Words.learn([unit.text for unit in units])
    counted = words.transform([unit.text for unit in units])
    learnt = [*material.labelled, *material.prior]
    stated = words.transform([unit.text for unit in material.prior])
    design = Design(
        encoder=np.stack([encode_unit(unit, centres, compass).row for unit in learnt]),
        words=scipy.sparse.vstack([counted[: len(material.labelled)], stated], format="csr"),
        centres=find_centres(counted, [unit.language for unit in units]),
        languages=tuple(unit.language for unit in learnt),
    )
    return _Space(centres=centres, compass=compass, words=words, design=design)


def _apart(points: Coordinates, material: _Material) -> tuple[Array, Prior]:
    """Return the labelled units' points, and what is known beforehand."""
    n_labelled = len(material.labelled)
    prior = Prior(
        points=points.points[n_labelled:],
        active=np.array([known.active for known in material.known], dtype=bool),
        stated=np.array([known.stated for known in material.known], dtype=bool),
    )
    return points.points[:n_labelled], prior


def _baseline(space: _Space, trial: Trial) -> Array:
    """Return out-of-fold scores of TF-IDF + logistic regression: the permanent baseline."""
    words = space.design.words[: len(trial.active)]
    points = coordinates(np.asarray((words @ words.T).toarray()))
    return fit_folds(points.points, trial.active, trial.folds, BASELINE_PENALTY).scores


def _card(material: _Material, workbench: Workbench, sector: str, wave: str) -> dict[str, Any]:
    definition = workbench.definition(sector)
    method = {
        "embedder": workbench.embedder.digest,
        "features": FEATURE_RULE,
        "passages": PASSAGE_RULE,
        "prior_texts": PRIOR_RULE,
        "similarity": SCORE_RULE,
        "training": TRAINING_RULE,
        "seed": workbench.seed,
        "penalty": PENALTY,
        "word_share": WORD_SHARE,
        "statement_share": STATEMENT_SHARE,
        "activity_share": ACTIVITY_SHARE,
    }
    made_from = json.dumps([material.digest, definition.digest, method], sort_keys=True)
    short = hashlib.sha256(made_from.encode()).hexdigest()[:12]
    return {
        "model_id": f"{sector}-{short}",
        "sector": sector,
        "definition": {
            "title": definition.title,
            "version": definition.version,
            "digest": definition.digest,
        },
        "data": _describe(material, wave),
        "method": method,
    }


def _describe(material: _Material, wave: str) -> dict[str, Any]:
    languages: dict[str, dict[str, int]] = {}
    for unit, said in zip(material.labelled, material.active, strict=True):
        counts = languages.setdefault(unit.language, {"n": 0, "active": 0})
        counts["n"] += 1
        counts["active"] += int(said)
    return {
        "digest": f"sha256:{material.digest}",
        "wave": wave,
        "n": len(material.labelled),
        "active": int(material.active.sum()),
        "inactive": int((~material.active).sum()),
        "background": len(material.background),
        "languages": languages,
        "left_out": {issue.code: issue.count for issue in material.found.issues},
    }


def _dual_weights(points: Coordinates, fits: FoldFits, material: _Material) -> tuple[Array, Array]:
    """Return coefficients, (1 + n_folds, n_labelled + n_prior), and intercepts: all units first."""
    labelled, prior = _apart(points, material)
    weights, intercept = fit_logistic(labelled, material.active, PENALTY, prior)
    stacked = np.vstack([weights, fits.weights])
    return stacked @ points.back.T, np.concatenate([[intercept], fits.intercepts])


def _assemble(
    card: dict[str, Any], space: _Space, fitted: tuple[Array, Array], calibration: Calibration
) -> TrainedModel:
    dual, intercepts = fitted
    carried = [space.design.weights(row) for row in dual]
    word_weights = np.stack([words for _, words in carried])
    term_centres = space.design.centres
    listed = [term_centres.by_language[name] for name in sorted(term_centres.by_language)]
    return TrainedModel(
        card=card,
        centres=space.centres,
        compass=space.compass,
        words=space.words,
        encoder_weights=np.stack([encoder for encoder, _ in carried]),
        word_weights=word_weights,
        word_offsets=word_weights @ np.stack([*listed, term_centres.overall]).T,
        intercepts=intercepts,
        calibration=calibration,
        fold_of={},
    )


def _fold_of(material: _Material, folds: npt.NDArray[np.intp]) -> dict[str, int]:
    return {
        unit_id: int(fold)
        for unit, fold in zip(material.labelled, folds, strict=True)
        for unit_id in material.found.unit_ids[unit.key]
    }
