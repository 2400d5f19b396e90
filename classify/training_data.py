"""Errors of training data: what is wrong with the labels that a model learnt from."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from classify.balance import compare_with_frame, describe
from classify.double_coding import collect_coded, describe_agreement, list_disagreements
from classify.label_errors import METHOD_VERSION, rank_suspects
from classify.leakage import KINDS, LabelledText, find_leaks
from classify.registry import show_model
from classify.training_set import (
    Subject,
    TrainingSet,
    collect_training_set,
    load_targets,
    read_subjects,
    subject_of,
)
from storage.errors import NotReady
from storage.tables.assessment import load_labels, load_models
from storage.tables.balance import (
    VARIABLES,
    load_frame_counts,
    load_page_digests,
    load_share_active,
    load_traits,
)
from storage.tables.held_out import load_held_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classify.leakage import Leak
    from classify.sector import SectorDefinition
    from storage.database import Store
    from storage.records.assessment import HeldOutScore, Passage

LISTED = 20  # cases listed in a report; `label check` and `label disagreements` list all


def describe_errors(
    store: Store, wave: str, definition: SectorDefinition, model_id: str
) -> dict[str, Any]:
    """Return what is wrong with a sector's labels, as plain values.

    Args:
        store: The work database.
        wave: Whose frame and texts the labels are held against.
        definition: Of the sector.
        model_id: Whose held-out scores say which labels are likely wrong.

    Returns:
        ``labels`` (numbers, guideline versions, pages changed since, unused ones by reason),
        ``agreement``, ``disagreements``, ``likely_label_errors``, ``leakage`` (between training
        and test labels, and between folds), ``balance``.
    """
    sector = definition.name
    learnt = collect_training_set(store, wave, sector)
    scores = load_held_out(store, model_id)
    coded = collect_coded(store, wave, sector=sector)
    disagreements = [asdict(one) for one in list_disagreements(coded)]
    suspects = rank_suspects(scores)
    likely = [suspect for suspect in suspects if suspect.likely]
    return {
        "labels": _describe_labels(store, wave, definition, learnt),
        "agreement": describe_agreement(coded),
        "disagreements": disagreements[:LISTED],
        "likely_label_errors": {
            "n_scored": len(suspects),
            "n_likely": len(likely),
            "share": len(likely) / len(suspects) if suspects else 0.0,
            "list": [asdict(suspect) for suspect in likely[:LISTED]],
        },
        "leakage": _describe_leaks(store, wave, sector, learnt, scores),
        "balance": _describe_balance(store, wave, sector, learnt),
    }


def list_suspects(
    store: Store, wave: str, sector: str, model_id: str | None = None
) -> dict[str, Any]:
    """Return every label that a model was tested on, the most doubtful first, with its coders.

    Args:
        store: The work database.
        wave: Whose frame says which unit has which website.
        sector: The sector.
        model_id: Whose held-out scores judge; by default the promoted model's, else the newest's.

    Raises:
        NotReady: No model of the sector keeps held-out scores.
        InvalidInput: There is no such model.
    """
    if model_id is None:
        models = load_models(store, sector)
        chosen = next((m for m in models if m.promoted), models[0] if models else None)
    else:
        chosen = show_model(store, model_id)
    suspects = rank_suspects(load_held_out(store, chosen.model_id)) if chosen else []
    if chosen is None or not suspects:
        raise NotReady(
            f"No model of {sector!r} keeps what it said of labels that it had not seen",
            f"Train one: `sectorlens model train --sector {sector}`.",
        )
    units = collect_training_set(store, wave, sector).unit_ids
    coded = collect_coded(store, wave, sector=sector, purpose="training")
    coders = {one.subject: sorted(one.answers) for one in coded}
    return {
        "model_id": chosen.model_id,
        "method_version": METHOD_VERSION,
        "n_scored": len(suspects),
        "n_likely": sum(suspect.likely for suspect in suspects),
        "suspects": [
            {
                **asdict(suspect),
                "units": list(units.get(suspect.subject, ())),
                "coders": coders.get(suspect.subject, []),
            }
            for suspect in suspects
        ],
    }


def _describe_labels(
    store: Store, wave: str, definition: SectorDefinition, learnt: TrainingSet
) -> dict[str, Any]:
    labels = load_labels(store, sector=definition.name)
    targets = load_targets(store, wave)
    seen = [(subject_of(label, targets)[0], label.page_digest) for label in labels]
    seen = [(subject, digest) for subject, digest in seen if digest and subject.websites]
    now = load_page_digests(store, wave, {url for subject, _ in seen for url in subject.websites})
    changed = [
        digest
        for subject, digest in seen
        if not any(digest in now.get(url, ()) for url in subject.websites)
    ]
    versions = Counter(label.guideline or "not stated" for label in labels)
    return {
        "n": len(labels),
        "by_purpose": dict(sorted(Counter(label.purpose for label in labels).items())),
        "guideline": definition.version,
        "by_guideline": dict(sorted(versions.items())),
        "n_of_another_guideline": sum(
            n for name, n in versions.items() if name not in (definition.version, "not stated")
        ),
        "n_with_page_digest": sum(bool(label.page_digest) for label in labels),
        "n_page_changed": len(changed),
        "unused": {issue.code: issue.count for issue in learnt.issues},
    }


def training_leaks(
    store: Store,
    wave: str,
    learnt: Mapping[Subject, str],
    test: Mapping[Subject, Sequence[Passage]],
) -> list[Leak]:
    """Return what training and test labels share.

    Args:
        store: The work database.
        wave: Whose texts are read.
        learnt: Training subjects; the value is their side.
        test: Test subjects with their passages.
    """
    texts = read_subjects(store, wave, list(learnt))
    return find_leaks(
        [
            *(_labelled(s, texts[s.key], side) for s, side in learnt.items() if s.key in texts),
            *(_labelled(s, passages, "test") for s, passages in test.items()),
        ]
    )


def _labelled(subject: Subject, passages: Sequence[Passage], side: str) -> LabelledText:
    text = "\n".join(passage.text for passage in passages)
    return LabelledText(key=subject.key, websites=subject.websites, text=text, side=side)


def _describe_leaks(
    store: Store, wave: str, sector: str, learnt: TrainingSet, scores: Sequence[HeldOutScore]
) -> dict[str, Any]:
    held_out = list(collect_training_set(store, wave, sector, purpose="test").answers)
    texts = read_subjects(store, wave, held_out)
    test = {subject: texts[subject.key] for subject in held_out if subject.key in texts}
    train_test = training_leaks(store, wave, dict.fromkeys(learnt.answers, "training"), test)
    fold_of = {score.subject: f"fold {score.fold}" for score in scores}
    sides = {s: fold_of[s.key] for s in learnt.answers if s.key in fold_of}
    across_folds = training_leaks(store, wave, sides, {})
    return {
        "train_and_test": _counted(train_test),
        "across_folds": _counted(across_folds),
    }


def _counted(leaks: Sequence[Leak]) -> dict[str, Any]:
    kinds = Counter(leak.kind for leak in leaks)
    return {**{kind: kinds[kind] for kind in KINDS}, "list": [asdict(x) for x in leaks[:LISTED]]}


def _describe_balance(store: Store, wave: str, sector: str, learnt: TrainingSet) -> dict[str, Any]:
    units = {key: ids[0] for key, ids in learnt.unit_ids.items() if ids}
    traits = load_traits(store, wave, units.values())
    labelled = [
        (traits[units[subject.key]], active)
        for subject, active in learnt.answers.items()
        if units.get(subject.key) in traits
    ]
    frame = load_frame_counts(store, wave)
    balances = [
        compare_with_frame(
            variable, frame[variable], [(found[variable], active) for found, active in labelled]
        )
        for variable in VARIABLES
    ]
    total = len(learnt.answers)
    return {
        "n_active": learnt.n_positive,
        "n_inactive": learnt.n_negative,
        "share_active": learnt.n_positive / total if total else 0.0,
        "share_decided_active_in_frame": load_share_active(store, wave, sector),
        "n_of_units": len(labelled),
        "variables": describe(balances),
    }
