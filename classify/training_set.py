"""From labels to what a model learns from: subjects with text and one answer each."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classify.label_shares import TEXT_KEY
from classify.labels import LabelTargets
from classify.leakage import LabelledText, find_leaks
from classify.units import read_text, read_websites
from storage.records.stage import Issue
from storage.tables.assessment import (
    load_assessable,
    load_drawn_units,
    load_known_units,
    load_labels,
    load_texts,
)
from storage.tables.frame import load_unit_websites

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from storage.database import Store
    from storage.records.assessment import Label, Passage


_COPY = 0.5  # Jaccard similarity from which two texts are parted by no fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a label speaks of: a unit's websites, one website, or a text.

    Attributes:
        key: The websites joined by a space, or ``text:<digest>``.
        websites: Empty for a text.
        text: Empty for websites.
    """

    key: str
    websites: tuple[str, ...] = ()
    text: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """Labelled subjects that have text.

    Attributes:
        answers: Subject -> active.
        groups: Subject's key -> group: subjects that share a website are of one group.
        unit_ids: Subject's key -> the units it stands for.
        issues: Labels that could not be used, by reason.
    """

    answers: dict[Subject, bool]
    groups: dict[str, str]
    unit_ids: dict[str, tuple[str, ...]]
    issues: tuple[Issue, ...]

    @property
    def n_positive(self) -> int:
        """Return the number of active subjects."""
        return sum(self.answers.values())

    @property
    def n_negative(self) -> int:
        """Return the number of inactive subjects."""
        return len(self.answers) - self.n_positive


@dataclass(slots=True)
class _Sorting:
    """Labels on their way to subjects, with a count of those left out by reason."""

    answers: dict[Subject, set[bool]] = field(default_factory=lambda: defaultdict(set))
    rulings: dict[Subject, set[bool]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


FEWEST_GROUPS = 2  # of an answer, to train and to test
_REASONS = {
    "labels_of_unknown_units": "labels name a unit_id that is in no wave's frame",
    "labels_of_unknown_websites": "labels name a url that is no website of this wave's frame",
    "labels_without_text": "labels are of units or websites without text in this wave",
    "labels_undecided": "labels say that the coder could not tell",
    "labels_contradictory": "subjects are labelled both active and inactive; they do not train",
    "labels_audited": "labels are of units drawn into an audit of the sector; they do not train",
}


def collect_training_set(
    store: Store,
    wave: str,
    sector: str,
    *,
    purpose: str = "training",
    audited: bool = False,
) -> TrainingSet:
    """Return the labelled subjects of a sector that have text in the wave or of their own.

    Units that were drawn into an audit of the sector are left out, and so are websites of theirs:
    a label that judges the model must not have made it.

    Args:
        store: The work database.
        wave: Whose crawl gives the texts.
        sector: The sector.
        purpose: ``training``, or ``test`` for held-out labels.
        audited: Keep units that an audit drew too: for measuring, where nothing learns.
    """
    labels = load_labels(store, sector=sector, purpose=purpose)
    if not labels:  # and nothing of the wave has to be read, which may be large
        return TrainingSet(answers={}, groups={}, unit_ids={}, issues=())
    targets = load_targets(store, wave)
    drawn = set() if audited else load_drawn_units(store, sector)
    barred = {url for unit_id, url in targets.unit_websites if unit_id in drawn}
    sorting = _Sorting()
    for label in labels:
        _place(label, targets, drawn, barred, sorting)
    answers = {}
    for subject, said in (sorting.answers | sorting.rulings).items():
        if len(said) == 1:
            answers[subject] = next(iter(said))
        elif said:
            sorting.left_out["labels_contradictory"] += 1
    return _finish(answers, targets, sorting, sector)


def labels_lost_to_audit(found: TrainingSet, drawn: Collection[str]) -> tuple[Issue, ...]:
    """Return what a draw of these units costs a training set, as a warning; empty for nothing.

    Args:
        found: What trains without the draw.
        drawn: The unit_ids.
    """
    lost = [
        active
        for subject, active in found.answers.items()
        if not set(drawn).isdisjoint(found.unit_ids[subject.key])
    ]
    if not lost:
        return ()
    n_active, n_inactive = sum(lost), len(lost) - sum(lost)
    detail = (
        f"labels stop training, since their units are drawn: {n_active} of {found.n_positive}"
        f" active and {n_inactive} of {found.n_negative} inactive ones; the next model learns from"
        " the others and from what `sectorlens label suggest` proposes"
    )
    return (Issue(stage="audit", code="labels_audited", detail=detail, count=len(lost)),)


def load_targets(store: Store, wave: str) -> LabelTargets:
    """Return what labels can speak of in a wave."""
    return LabelTargets(
        known_units=frozenset(load_known_units(store)),
        unit_websites=load_unit_websites(store, wave),
        accepted={
            unit_id: tuple(url for url, _ in websites)
            for unit_id, websites in load_assessable(store, wave).items()
        },
        with_text=frozenset(load_texts(store, wave)),
    )


def _place(
    label: Label, targets: LabelTargets, drawn: set[str], barred: set[str], sorting: _Sorting
) -> None:
    """Put a label with its subject, or count why it cannot be used.

    The last adjudicating label of a subject counts alone; where it cannot tell, the subject does
    not train.
    """
    subject, reason = subject_of(label, targets)
    if not reason and (label.unit_id in drawn or barred.intersection(subject.websites)):
        reason = "labels_audited"
    elif not reason and label.adjudicates:
        sorting.rulings[subject] = set() if label.active is None else {label.active}
    if label.active is None:
        reason = "labels_undecided"
    if reason:
        sorting.left_out[reason] += 1
    else:
        sorting.answers[subject].add(bool(label.active))


def subject_of(label: Label, targets: LabelTargets) -> tuple[Subject, str]:
    """Return what a label speaks of, and why it cannot be used (empty where it can)."""
    nothing = Subject(key="")
    if label.text:
        digest = hashlib.sha256(label.text.encode("utf-8", "surrogatepass")).hexdigest()
        return Subject(key=f"{TEXT_KEY}{digest}", text=label.text, language=label.language), ""
    if label.unit_id:
        if label.unit_id not in targets.known_units:
            return nothing, "labels_of_unknown_units"
        websites = targets.accepted.get(label.unit_id, ())
    else:
        website = targets.website_of(label.url or "")
        if not website:
            return nothing, "labels_of_unknown_websites"
        websites = (website,) if website in targets.with_text else ()
    if not websites:
        return nothing, "labels_without_text"
    return Subject(key=" ".join(websites), websites=websites), ""


def _finish(
    answers: dict[Subject, bool], targets: LabelTargets, sorting: _Sorting, sector: str
) -> TrainingSet:
    issues = tuple(
        Issue(stage="classify", code=code, detail=f"{sector}: {_REASONS[code]}", count=count)
        for code, count in sorted(sorting.left_out.items())
    )
    units = defaultdict(list)
    for unit_id, websites in targets.accepted.items():
        for url in websites:
            units[url].append(unit_id)
    return TrainingSet(
        answers=answers,
        groups=group_subjects(answers),
        unit_ids={
            subject.key: tuple(sorted({u for url in subject.websites for u in units[url]}))
            for subject in answers
        },
        issues=issues,
    )


def group_subjects(subjects: Iterable[Subject]) -> dict[str, str]:
    """Return key -> group, so that subjects that share a website, even at one remove, go together.

    The group's name is its first website (or the text's key).
    """
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    listed = list(subjects)
    for subject in listed:
        members = subject.websites or (subject.key,)
        for other in members[1:]:
            first, second = sorted((find(members[0]), find(other)))
            leader[second] = first
    return {subject.key: find((subject.websites or (subject.key,))[0]) for subject in listed}


def join_near_copies(
    groups: Mapping[str, str], texts: Mapping[str, tuple[Passage, ...]]
) -> dict[str, str]:
    """Return key -> group, groups that hold nearly the same text made one.

    A model that learnt from one copy has seen the other.

    Args:
        groups: Subject's key -> group.
        texts: Subject's key -> passages, of the same subjects.
    """
    labelled = [
        LabelledText(
            key=key, websites=(), text="\n".join(p.text for p in passages), side=groups[key]
        )
        for key, passages in texts.items()
    ]
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for leak in find_leaks(labelled, near=_COPY):
        first, second = sorted((find(groups[leak.first]), find(groups[leak.second])))
        leader[second] = first
    return {key: find(groups[key]) for key in texts}


def groups_for_folds(
    groups: Mapping[str, str],
    texts: Mapping[str, tuple[Passage, ...]],
    active: Mapping[str, bool],
) -> tuple[list[str], int]:
    """Return what folds keep together, and how many labels of an answer are copies of one text.

    Websites and near copies are kept together. Where an answer is one text over and over there is
    nothing to test it on; then its copies are parted, so that a model can be fitted, and counted,
    since nothing measured shows how that model does.

    Args:
        groups: Subject's key -> group.
        texts: Subject's key -> passages; those that train, in their order.
        active: Subject's key -> answer.
    """
    joined = join_near_copies(groups, texts)
    for said in (True, False):
        of_answer = [key for key in texts if active[key] == said]
        if len({joined[key] for key in of_answer}) < FEWEST_GROUPS:
            return [groups[key] for key in texts], len(of_answer)
    return [joined[key] for key in texts], 0


def read_subjects(
    store: Store, wave: str, subjects: Sequence[Subject]
) -> Mapping[str, tuple[Passage, ...]]:
    """Return subject key -> passages, in the order of `subjects`; without any are absent."""
    on_websites = read_websites(store, wave, {s.key: s.websites for s in subjects if s.websites})
    found = {
        s.key: on_websites.get(s.key, ()) if s.websites else read_text(s.text, s.language)
        for s in subjects
    }
    return {key: passages for key, passages in found.items() if passages}
