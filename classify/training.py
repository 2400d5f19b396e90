"""From labels to a calibrated model with its card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.admission import judge_admission
from classify.card import ModelCard
from classify.classifier import BASELINE_CLASSIFIER, FeatureSpace, Lesson, own_classifier
from classify.decision_setting import Scored, raised_by, set_decision
from classify.features import FEATURE_RULE, find_centres
from classify.fitting import assign_folds
from classify.genre import GENRE_RULE
from classify.held_out import held_out_scores, text_scores
from classify.label_shares import judging_labels
from classify.offer import OFFER_RULE, OfferBound, offer_levels
from classify.one_thread import one_thread
from classify.passages import PASSAGE_RULE, passage_of
from classify.prior_texts import (
    PRIOR_RULE,
    activity_titles,
    left_out_in,
    ordinary_texts,
    prior_texts,
)
from classify.reliability import describe_reliability
from classify.score import SCORE_RULE
from classify.sector_versions import keep_wording
from classify.thin_text import silence, thinness
from classify.too_few_labels import refuse_one_answer
from classify.trained_model import TrainedModel, save_model
from classify.training_set import (
    TrainingSet,
    collect_training_set,
    groups_for_folds,
    read_subjects,
)
from classify.units import embed_units, read_websites
from classify.validation import Trial, validate
from storage.records.stage import no_progress
from storage.tables.assessment import insert_model, load_assessable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from classify.classifier import Learnt
    from classify.decision_setting import Decision
    from classify.sector import DecisionRule
    from classify.unit_text import UnitText
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.assessment import Passage
    from storage.records.stage import ProgressListener

    Array = npt.NDArray[np.float64]

# Raise it when the same features and labels give another model.
TRAINING_RULE = "12"
_BACKGROUND_UNITS = 300


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Material:
    """What a fit is made from, and where it came from."""

    found: TrainingSet
    lesson: Lesson
    groups: list[str]
    n_copies: int
    digest: str


@one_thread
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
    they are measured on. Texts beside enough websites train with less weight and decide nothing
    (`label_shares`). The same labels, texts, definition, embedder and seed give the same model_id
    and the same bytes.

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
    classifier = workbench.chosen_classifier()
    material = _gather(store, wave, sector, workbench, progress)
    lesson = material.lesson
    learnt = classifier.learn(lesson)
    labelled = Scored(
        scores=learnt.held_out - silence(lesson.labelled), thin=thinness(lesson.labelled)
    )
    ordinary, activities = _ordinary_titles(learnt, lesson, workbench, sector, progress)
    judging, rule = lesson.judging, definition.decision
    decision = set_decision(
        labelled.of(judging),
        lesson.active[judging],
        rule,
        ordinary=ordinary,
        activities=activities,
    )
    trial = _trial(material, rule, workbench.seed, decision)
    bound = _bound_offers(workbench, sector, lesson, decision)
    scores = labelled.less(decision.thin_discount)
    if bound:
        scores = bound.hold(scores, lesson.labelled, 1 + lesson.folds)
    judges = list(compress(lesson.labelled, judging))
    held_out = held_out_scores(trial, judges, scores[judging])
    card = _card(material, workbench, sector, wave) | {
        "reliability": describe_reliability(held_out),
        "validation": validate(trial, scores[judging], _baseline(lesson)[judging]),
        "calibration": decision.calibration.kind,
        "decision": decision.describe(rule)
        | {
            "admission": asdict(
                judge_admission(
                    held_out,
                    n_copies=material.n_copies,
                    likeness=workbench.likeness(sector, judges),
                )
            ),
            "offer_level": float(bound.levels[0]) if bound else None,
            "raised_by": activity_titles(definition, raised_by(decision, ordinary, activities)),
        },
    }
    model = TrainedModel(
        card=card,
        space=lesson.space,
        head=learnt.head,
        calibration=decision.calibration,
        fold_of=_fold_of(material),
        bound=bound,
    )
    card = dict(save_model(model, workbench.model_directory).card)
    keep_wording(store, definition)
    place = f"{workbench.model_directory.name}/{model.model_id}"
    beside = text_scores(lesson, material.groups, scores, decision)
    insert_model(
        store,
        model.model_id,
        sector,
        place,
        json.dumps(card, sort_keys=True),
        held_out=[*held_out, *beside],
    )
    return ModelCard(model_id=model.model_id, sector=sector, content=card)


def _trial(material: _Material, rule: DecisionRule, seed: int, decision: Decision) -> Trial:
    """Return what the labels that decide are measured by."""
    lesson = material.lesson
    return Trial(
        active=lesson.active[lesson.judging],
        folds=lesson.folds[lesson.judging],
        groups=list(compress(material.groups, lesson.judging)),
        rule=rule,
        seed=seed,
        least_score=decision.least_score,
    )


def _bound_offers(
    workbench: Workbench, sector: str, lesson: Lesson, decision: Decision
) -> OfferBound | None:
    """Return how units without an offer are held below the threshold; None for not at all.

    Nothing is held where the definition bounds no false alarms, where active labels are too few to
    say what an offer looks like, and where no score stands for the threshold.
    """
    rule = workbench.definition(sector).decision
    cut = decision.calibration.score_at(decision.threshold)
    if rule.threshold is not None or rule.maximum_false_positive_rate >= 1 or np.isinf(cut):
        return None
    check = workbench.offers(sector)
    if check is None:
        return None
    active = lesson.active & lesson.judging
    levels = offer_levels(check.evidence(lesson.labelled), active, lesson.folds)
    return OfferBound(check=check, levels=levels, cut=cut) if np.isfinite(levels[0]) else None


def _ordinary_titles(
    learnt: Learnt, lesson: Lesson, workbench: Workbench, sector: str, progress: ProgressListener
) -> tuple[Scored, list[str]]:
    """Return what the model says of titles of other activities, and the activity of each.

    Each is judged by a fit that had not seen its activity.
    """
    texts = ordinary_texts(workbench.definition(sector))
    stated = {
        f"{text.key}:{text.language}": (passage_of(text.text, "", text.language),) for text in texts
    }
    if not stated:
        return Scored(scores=np.zeros(0), thin=np.zeros(0)), []
    units = embed_units(stated, workbench, progress)
    fits = 1 + np.array(left_out_in(texts, lesson.n_folds), dtype=np.intp)
    scores = learnt.head.judge(units, fits).scores
    return Scored(scores=scores, thin=thinness(units)), [text.key for text in texts]


def prepare_lesson(store: Store, wave: str, sector: str, workbench: Workbench) -> Lesson:
    """Return what a model of the sector would be trained on: for comparing classifiers.

    Raises:
        NotReady: There is no label with text yet.
        InvalidInput: The labels hold one answer only.
    """
    return _gather(store, wave, sector, workbench, no_progress).lesson


def _gather(
    store: Store, wave: str, sector: str, workbench: Workbench, progress: ProgressListener
) -> _Material:
    found = collect_training_set(store, wave, sector)
    texts = read_subjects(store, wave, list(found.answers))
    active = {subject.key: said for subject, said in found.answers.items() if subject.key in texts}
    ordered = {key: texts[key] for key in sorted(active)}
    refuse_one_answer(sector, wave, active, found)
    groups, n_copies = groups_for_folds(found.groups, ordered, active)
    background = _background(store, wave, set(" ".join(active).split()))
    digest = _digest(active, texts, background)
    known = prior_texts(workbench.definition(sector))
    stated = {prior.key: (passage_of(prior.text, "", prior.language),) for prior in known}
    labelled = embed_units(ordered, workbench, progress)
    around = embed_units(background, workbench, progress)
    answers = np.array([active[key] for key in ordered], dtype=bool)
    judging = judging_labels(list(ordered), answers)
    lesson = Lesson(
        labelled=labelled,
        active=answers,
        folds=assign_folds(answers, groups, workbench.seed, judging=judging),
        background=around,
        prior=embed_units(stated, workbench, progress),
        known=known,
        space=_find_space([*labelled, *around], workbench, sector),
    )
    return _Material(found=found, lesson=lesson, groups=groups, n_copies=n_copies, digest=digest)


def _find_space(units: list[UnitText], workbench: Workbench, sector: str) -> FeatureSpace:
    means = np.stack([unit.vectors.mean(axis=0) for unit in units])
    return FeatureSpace(
        centres=find_centres(means, [unit.language for unit in units]),
        compass=workbench.compass(sector),
        genre=workbench.genre(),
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


def _baseline(lesson: Lesson) -> Array:
    """Return out-of-fold scores of TF-IDF + logistic regression: the permanent baseline."""
    return own_classifier(BASELINE_CLASSIFIER, {}).learn(lesson).held_out


def _card(material: _Material, workbench: Workbench, sector: str, wave: str) -> dict[str, Any]:
    definition = workbench.definition(sector)
    method = {
        "embedder": workbench.embedder.digest,
        "features": FEATURE_RULE,
        "genre": GENRE_RULE,
        "offers": OFFER_RULE,
        "passages": PASSAGE_RULE,
        "prior_texts": PRIOR_RULE,
        "similarity": SCORE_RULE,
        "training": TRAINING_RULE,
        "seed": workbench.seed,
        "classifier": {
            "name": workbench.classifier,
            "options": dict(workbench.classifier_options),
            "method": dict(workbench.chosen_classifier().method),
        },
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
    lesson = material.lesson
    for unit, said in zip(lesson.labelled, lesson.active, strict=True):
        counts = languages.setdefault(unit.language, {"n": 0, "active": 0})
        counts["n"] += 1
        counts["active"] += int(said)
    return {
        "digest": f"sha256:{material.digest}",
        "wave": wave,
        "n": len(lesson.labelled),
        "active": int(lesson.active.sum()),
        "inactive": int((~lesson.active).sum()),
        "background": len(lesson.background),
        "judging": int(lesson.judging.sum()),
        "judging_active": int((lesson.active & lesson.judging).sum()),
        "languages": languages,
        "left_out": {issue.code: issue.count for issue in material.found.issues},
    }


def _fold_of(material: _Material) -> dict[str, int]:
    return {
        unit_id: int(fold)
        for unit, fold in zip(material.lesson.labelled, material.lesson.folds, strict=True)
        for unit_id in material.found.unit_ids[unit.key]
    }
