"""Subjects that several coders judged: where they differ, who settled it, how far they agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from itertools import combinations, groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.agreement import agreement_of_two, gwet_ac1
from classify.training_set import load_targets, subject_of
from storage.records.stage import Issue
from storage.tables.assessment import load_labels
from storage.website_key import website_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from classify.labels import LabelTargets
    from storage.database import Store
    from storage.records.assessment import Label

UNNAMED = "(not named)"
MOST_CODERS = 50  # whose pairs are told
_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A subject on which coders differ.

    Attributes:
        subject: Its websites, else the unit, address or text that the labels name.
        purpose: Of the labels.
        answers: Coder -> ``active``, ``inactive`` or ``cannot tell``; where a coder gave several,
            in their order, as ``inactive, then active``: the last one counts.
        ruling: The adjudicator's answer; empty while it is open.
        note: Of the ruling where there is one, else the coders' notes.
    """

    sector: str
    subject: str
    purpose: str
    answers: Mapping[str, str]
    ruling: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """All labels of one subject, sector and purpose, in the order of import."""

    sector: str
    subject: str
    purpose: str
    labels: tuple[Label, ...]

    @property
    def answers(self) -> dict[str, bool | None]:
        """Return coder -> latest answer, adjudicating ones left out."""
        return {coder: answers[-1] for coder, answers in self.all_answers.items()}

    @property
    def all_answers(self) -> dict[str, list[bool | None]]:
        """Return coder -> answers from the first to the latest, adjudicating ones left out."""
        given = sorted(
            (label for label in self.labels if not label.adjudicates),
            key=lambda label: (label.coded_at is not None, label.coded_at or 0),
        )
        found: dict[str, list[bool | None]] = defaultdict(list)
        for label in given:
            found[label.coder or UNNAMED].append(label.active)
        return found

    @property
    def rulings(self) -> list[Label]:
        """Return the adjudicating labels; the last one counts."""
        return [label for label in self.labels if label.adjudicates]

    @property
    def contradicted(self) -> tuple[str, ...]:
        """Return the coders who gave two different answers themselves."""
        said = defaultdict(set)
        for label in self.labels:
            if not label.adjudicates:
                said[label.coder or UNNAMED].add(label.active)
        return tuple(sorted(coder for coder, answers in said.items() if len(answers) > 1))

    @property
    def disputed(self) -> bool:
        """Return whether any two answers differ; a coder who cannot tell differs from who can."""
        return len({label.active for label in self.labels if not label.adjudicates}) > 1


def collect_coded(
    store: Store,
    wave: str,
    *,
    sector: str | None = None,
    purpose: str = "",
    waiting: Sequence[Label] = (),
) -> list[Coded]:
    """Return the labels by what they speak of, whether they name it by unit, address or text.

    Args:
        store: The work database.
        wave: Whose frame says which unit has which website; empty: none.
        sector: One sector; by default all.
        purpose: One purpose; by default all.
        waiting: Labels that are to be imported, counted with those that stand.
    """
    targets = load_targets(store, wave)
    found: dict[tuple[str, str, str], list[Label]] = defaultdict(list)
    for label in dict.fromkeys((*load_labels(store, sector=sector, purpose=purpose), *waiting)):
        found[label.sector, _name(label, targets), label.purpose].append(label)
    return [
        Coded(sector=sector, subject=subject, purpose=purpose, labels=tuple(labels))
        for (sector, subject, purpose), labels in sorted(found.items())
    ]


def _name(label: Label, targets: LabelTargets) -> str:
    subject, _ = subject_of(label, targets)
    if subject.key:
        return subject.key
    return f"unit:{label.unit_id}" if label.unit_id else f"website:{website_key(label.url or '')}"


def list_disagreements(coded: Iterable[Coded]) -> list[Disagreement]:
    """Return the disputed subjects, the open ones first."""
    found = [
        Disagreement(
            sector=subject.sector,
            subject=_shown(subject),
            purpose=subject.purpose,
            answers={
                coder: ", then ".join(_told(said) for said, _ in groupby(answers))
                for coder, answers in sorted(subject.all_answers.items())
            },
            ruling=_told(subject.rulings[-1].active) if subject.rulings else "",
            note=_notes(subject),
        )
        for subject in coded
        if subject.disputed
    ]
    return sorted(found, key=lambda one: bool(one.ruling))


def _shown(coded: Coded) -> str:
    text = coded.labels[0].text
    return f"{coded.subject[:17]}: {text[:80]}" if text else coded.subject


def _told(active: bool | None) -> str:
    return {True: "active", False: "inactive", None: "cannot tell"}[active]


def _notes(coded: Coded) -> str:
    telling = coded.rulings[-1:] or coded.labels
    return " / ".join(dict.fromkeys(label.note for label in telling if label.note))


def label_warnings(store: Store, wave: str, labels: Sequence[Label]) -> tuple[Issue, ...]:
    """Return what is odd about labels that are imported; they are kept all the same.

    Args:
        store: The work database, the labels in it or not yet.
        wave: The newest; its frame says which unit has which website.
        labels: Those of the file.
    """
    targets = load_targets(store, wave)
    given = [(label, subject_of(label, targets)) for label in labels]
    reasons = Counter(reason for _, (_, reason) in given)
    new = {(label.sector, _name(label, targets)) for label in labels}
    disputed = sum(
        subject.disputed and not subject.rulings and (subject.sector, subject.subject) in new
        for subject in collect_coded(store, wave, waiting=labels)
    )
    told = {
        "labels_of_unknown_units": "labels name a unit_id that is in no wave's frame",
        "labels_of_unknown_websites": f"labels name a url that is no website of wave {wave}",
        "labels_contradictory": "subjects have labels that differ:"
        " `sectorlens label disagreements` lists them",
    }
    counts = {**reasons, "labels_contradictory": disputed}
    named = {
        code: sorted({label.unit_id or label.url or "" for label, (_, why) in given if why == code})
        for code in told
    }
    return tuple(
        Issue(stage="label", code=code, detail=detail + _examples(named[code]), count=counts[code])
        for code, detail in told.items()
        if counts.get(code)
    )


def _examples(named: Sequence[str]) -> str:
    """Return the first of those meant, so that they can be looked up in the file."""
    if not named:
        return ""
    shown = ", ".join(name[:60] for name in named[:_EXAMPLES])
    return f": {shown}{', …' if len(named) > _EXAMPLES else ''}"


def describe_agreement(coded: Sequence[Coded]) -> dict[str, Any]:
    """Return how far coders agree: all of them by AC1, each pair also by Cohen's kappa.

    Only answers of active and inactive enter the coefficients. Pairs are those among the
    `MOST_CODERS` who share most subjects with others: the number of all pairs grows with the square
    of the number of coders, and a pair with hardly a subject in common tells nothing.
    """
    rated = [
        {coder: said for coder, said in subject.answers.items() if said is not None}
        for subject in coded
    ]
    counts = np.array(
        [[sum(r.values()), len(r) - sum(r.values())] for r in rated], dtype=np.float64
    ).reshape(-1, 2)
    overall = gwet_ac1(counts)
    double = [r for r in rated if len(r) >= 2]
    disputed = [subject for subject in coded if subject.disputed]
    shared = Counter(coder for answers in double for coder in answers)
    return {
        "n_subjects": len(coded),
        "n_double_coded": len(double),
        "share_double_coded": len(double) / len(coded) if coded else 0.0,
        "n_disputed": len(disputed),
        "n_open": sum(not subject.rulings for subject in disputed),
        "n_cannot_tell": sum(None in subject.answers.values() for subject in coded),
        "n_contradicting_themselves": sum(bool(subject.contradicted) for subject in coded),
        "coders": dict(sorted(Counter(coder for s in coded for coder in s.answers).items())),
        "gwet_ac1": asdict(overall) if overall else None,
        "n_coders_of_pairs": min(len(shared), MOST_CODERS),
        "pairs": _pairs(double, sorted(sorted(shared), key=lambda c: -shared[c])[:MOST_CODERS]),
    }


def _pairs(double: Sequence[Mapping[str, bool]], coders: Sequence[str]) -> list[dict[str, Any]]:
    """Return how far each two of `coders` agree where they have a subject in common, by name."""
    names = sorted(coders)
    place = {coder: column for column, coder in enumerate(names)}
    # Counts of subjects stay exact in float32 up to 16 million.
    said = np.zeros((2, len(double), len(names)), dtype=np.float32)
    for row, answers in enumerate(double):
        for coder in answers.keys() & place.keys():
            said[int(not answers[coder]), row, place[coder]] = 1
    both = np.array([[said[one].T @ said[two] for two in (0, 1)] for one in (0, 1)])
    found = []
    for first, second in combinations(range(len(names)), 2):
        table = both[:, :, first, second].astype(np.float64)
        kappa, ac1 = agreement_of_two(table)
        if kappa is None:
            continue
        found.append(
            {
                "coders": [names[first], names[second]],
                "n": int(table.sum()),
                "both_active": int(table[0, 0]),
                "both_inactive": int(table[1, 1]),
                "cohen_kappa": asdict(kappa),
                "gwet_ac1": asdict(ac1) if ac1 else None,
            }
        )
    return found
