"""What labels bought: how a model does with the first batches of labels, and with each further one.

Each stage learns from the labels there were by then and is measured on all labelled companies there
are now, in the same folds: stages differ by their labels, not by the companies that are asked.
Where labelled websites are enough, measures rest on them (`label_shares`), and texts that stand
alone are told apart.
Where all labels came in one import, random fourths of them (drawn by company) stand for batches.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import compress, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.calibration import calibrate
from classify.labelling_advice import advise
from classify.measures import average_precision, find_threshold, precision_recall_f1, with_interval
from classify.one_thread import one_thread
from classify.training import prepare_lesson
from classify.training_set import (
    collect_training_set,
    join_near_copies,
    load_targets,
    subject_of,
)
from storage.records.stage import no_progress
from storage.tables.assessment import load_labels
from storage.tables.label_batch import load_label_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from classify.classifier import Classifier, Lesson
    from classify.measures import Measure
    from classify.sector import DecisionRule
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.stage import ProgressListener

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Places = npt.NDArray[np.intp]

MOST_STAGES = 6
_PARTS = 4  # of labels that all came in one import


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A model with the labels of some batches.

    Attributes:
        batch: What came last: the file's name, or ``part n``.
        added: Labelled companies that it brought; `added_active` of them active.
        added_texts: Of `added`, texts beside websites that decide alone.
        labelled: Companies learnt from; `labelled_active` of them active.
        average_precision: On all labelled companies, out of fold; None where labels were too few.
        f1: Of decisions by thresholds set on the labels of this stage in the other folds.
        found: Labelled active companies that are decided active.
        texts_average_precision: On labelled texts beside the websites, which are told apart.
        gain_average_precision: Over the stage before, paired; None without one.
        gain_f1: The same.
        gain_found: The same.
    """

    batch: str
    added: int
    added_active: int
    labelled: int
    labelled_active: int
    added_texts: int = 0
    average_precision: Measure | None = None
    f1: Measure | None = None
    found: Measure | None = None
    gain_average_precision: Measure | None = None
    gain_f1: Measure | None = None
    gain_found: Measure | None = None
    texts_average_precision: Measure | None = None
    gain_texts_average_precision: Measure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRecord:
    """The stages of a sector's labels.

    Attributes:
        basis: ``batches`` (imports, in their order) or ``random parts``.
        n: Labelled companies that every stage is measured on; `n_active` of them active.
        n_texts: Labelled texts beside them that are told apart; `n_texts_active` of them active.
        advice: Whether to go on labelling, by `advise`.
        reason: Why, in a sentence.
    """

    sector: str
    classifier: str
    basis: str
    n: int
    n_active: int
    n_texts: int
    n_texts_active: int
    folds: int
    stages: tuple[Stage, ...]
    advice: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """Out-of-fold scores and decisions of a stage."""

    scores: Array
    decided: Flags


@one_thread
def learning_record(
    store: Store,
    sector: str,
    workbench: Workbench,
    *,
    wave: str,
    progress: ProgressListener = no_progress,
) -> LearningRecord:
    """Train with ever more labels and measure each model on the same companies and folds.

    Args:
        store: The work database.
        sector: The sector.
        workbench: Embedder, vectors, classifier.
        wave: Whose crawl gives the texts.
        progress: Told of stages as stage ``learning``.

    Raises:
        NotReady: There is no label with text yet.
        InvalidInput: The labels hold one answer only.
    """
    lesson = prepare_lesson(store, wave, sector, workbench)
    came, names, basis = _batches(store, wave, sector, lesson, workbench.seed)
    ends = _ends(int(came.max()) + 1)
    classifier = workbench.chosen_classifier()
    rule = workbench.definition(sector).decision
    tried: list[_Tried | None] = []
    for number, end in enumerate(ends, start=1):
        tried.append(_try(classifier, lesson, came <= end, rule))
        progress("learning", number, len(ends))
    texts = {unit.key: unit.passages for unit in lesson.labelled}
    named = join_near_copies(collect_training_set(store, wave, sector).groups, texts)
    groups = [named[unit.key] for unit in lesson.labelled]
    stages = []
    for place, (end, now) in enumerate(zip(ends, tried, strict=True)):
        since = ends[place - 1] if place else -1
        before = tried[place - 1] if place else None
        new, known = (came > since) & (came <= end), came <= end
        stage = Stage(
            batch=", ".join(names[since + 1 : end + 1]),
            added=int(new.sum()),
            added_active=int(lesson.active[new].sum()),
            labelled=int(known.sum()),
            labelled_active=int(lesson.active[known].sum()),
            added_texts=int((new & ~lesson.judging).sum()),
        )
        stages.append(_measured(stage, (before, now), lesson, groups, workbench.seed))
    last = stages[-1]
    active, beside = lesson.active & lesson.judging, ~lesson.judging
    n_active = int(active.sum())
    advice, reason = advise(last.gain_average_precision, last.gain_f1, n_active=n_active)
    return LearningRecord(
        sector=sector,
        classifier=workbench.classifier,
        basis=basis,
        n=int(lesson.judging.sum()),
        n_active=n_active,
        n_texts=int(beside.sum()),
        n_texts_active=int((lesson.active & beside).sum()),
        folds=lesson.n_folds,
        stages=tuple(stages),
        advice=advice,
        reason=reason,
    )


def _batches(
    store: Store, wave: str, sector: str, lesson: Lesson, seed: int
) -> tuple[Places, list[str], str]:
    """Return the batch of each labelled company, from 0 on, the batches' names and the basis."""
    targets = load_targets(store, wave)
    sources = load_label_sources(store, sector=sector, purpose="training")
    labels = load_labels(store, sector=sector, purpose="training")
    turns = np.cumsum([0, *(one != other for one, other in pairwise(sources))])
    first: dict[str, int] = {}
    for label, turn in zip(labels, turns, strict=False):
        subject, reason = subject_of(label, targets)
        if not reason and label.active is not None:
            first.setdefault(subject.key, int(turn))
    came = np.array([first[unit.key] for unit in lesson.labelled])
    kept, numbered = np.unique(came, return_inverse=True)
    if len(kept) > 1:
        names = {int(turn): source for source, turn in zip(sources, turns, strict=False)}
        return numbered.astype(np.intp), [names[int(turn)] for turn in kept], "batches"
    order = np.random.default_rng(seed).permutation(len(came))
    parts = np.zeros(len(came), dtype=np.intp)
    for part, members in enumerate(np.array_split(order, _PARTS)):
        parts[members] = part
    return parts, [f"part {part + 1}" for part in range(_PARTS)], "random parts"


def _ends(n_batches: int) -> list[int]:
    """Return the last batch of each stage: all batches, or some spread evenly and the last two."""
    if n_batches <= MOST_STAGES:
        return list(range(n_batches))
    spread = np.linspace(0, n_batches - 2, MOST_STAGES - 1).round().astype(int)
    return sorted({*spread.tolist(), n_batches - 1})


def _try(classifier: Classifier, lesson: Lesson, known: Flags, rule: DecisionRule) -> _Tried | None:
    """Learn from some of the labels; None where a fold would leave one answer only."""
    if int(lesson.folds[known].max()) + 1 < lesson.n_folds:
        return None
    if len(set(lesson.active[known].tolist())) < 2:
        return None
    places = np.flatnonzero(known).tolist()
    part = replace(
        lesson,
        labelled=[lesson.labelled[place] for place in places],
        active=lesson.active[places],
        folds=lesson.folds[places],
    )
    judging = np.zeros(len(known), dtype=bool)  # what a model of these labels alone is set by
    judging[places] = part.judging
    outside = [judging & (lesson.folds != fold) for fold in range(lesson.n_folds)]
    if any(len(set(lesson.active[rest].tolist())) < 2 for rest in outside):
        return None
    scores = classifier.learn(part).head.judge(lesson.labelled, 1 + lesson.folds).scores
    decided = np.zeros(len(scores), dtype=bool)
    for fold, rest in enumerate(outside):
        here = lesson.folds == fold
        calibration = calibrate(scores[rest], lesson.active[rest])
        cut = find_threshold(calibration.probability(scores[rest]), lesson.active[rest], rule)
        decided[here] = calibration.probability(scores[here]) >= cut
    return _Tried(scores, decided)


def _measured(
    stage: Stage,
    tried: tuple[_Tried | None, _Tried | None],
    lesson: Lesson,
    groups: Sequence[str],
    seed: int,
) -> Stage:
    before, now = tried
    if now is None:
        return stage
    active, texts = lesson.active, ~lesson.judging

    def ap(one: _Tried, at: Places) -> float:
        return average_precision(one.scores[at], active[at])

    def f1(one: _Tried, at: Places) -> float:
        return precision_recall_f1(one.decided[at], active[at])[2]

    def found(one: _Tried, at: Places) -> float:
        return float((one.decided[at] & active[at]).sum())

    told: dict[str, Any] = {}
    figures = [("average_precision", ap), ("f1", f1), ("found", found)]
    wanted = [(name, figure, lesson.judging) for name, figure in figures]
    if 0 < (active & texts).sum() < texts.sum():
        wanted.append(("texts_average_precision", ap, texts))
    for name, figure, part in wanted:
        places = np.flatnonzero(part)
        drawn_together = list(compress(groups, part))
        on = partial(_on, figure, places)
        told[name] = with_interval(partial(on, now), drawn_together, seed)
        if before is not None:
            gain = partial(_gain, on, before, now)
            told[f"gain_{name}"] = with_interval(gain, drawn_together, seed)
    return replace(stage, **told)


def _on(
    figure: Callable[[_Tried, Places], float], places: Places, tried: _Tried, at: Places
) -> float:
    return figure(tried, places[at])


def _gain(
    figure: Callable[[_Tried, Places], float], before: _Tried, now: _Tried, at: Places
) -> float:
    return figure(now, at) - figure(before, at)
