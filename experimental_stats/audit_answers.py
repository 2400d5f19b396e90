"""From rows that coders filled in to one answer a unit (pure)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

ADJUDICATED = "adjudicated"  # the coder whose word settles a disagreement
YES, NO = frozenset({"1", "true", "1.0"}), frozenset({"0", "false", "0.0"})


class AnswerState(StrEnum):
    """Where a drawn unit stands."""

    ANSWERED = "answered"
    CANNOT_TELL = "cannot_tell"  # every coder left it empty
    DISAGREED = "disagreed"  # coders differ and nobody has adjudicated
    OPEN = "open"  # no row yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One row of a coder.

    Attributes:
        line: Line in the file, the header being 1; 0 for an answer that is already stored.
        active: None for "cannot tell".
        coder: Empty where the file names none.
    """

    line: int
    unit_id: str
    sector: str
    active: bool | None
    coder: str = ""
    coded_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the answers of one unit come to."""

    state: AnswerState
    active: bool | None


def read_active(cell: object) -> bool | None:
    """Read a cell of the column ``active``: 1, 0, or empty for "cannot tell".

    Raises:
        ValueError: It is none of these.
    """
    if cell is None or isinstance(cell, bool):
        return cell
    word = str(cell).strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    if word in {"", "nan"}:
        return None
    message = f"active is {str(cell)[:40]!r}; it has to be 1, 0 or empty"
    raise ValueError(message)


def contradictions(answers: Iterable[Answer], stored: Iterable[Answer]) -> list[tuple[str, str]]:
    """Return (place, what is wrong) for each answer that contradicts another of the same coder.

    A row with neither answer nor coder contradicts nothing: sheets come with it, and those that are
    taken back half filled in are completed later.
    """
    before: dict[tuple[str, str, str], Answer] = {}
    for answer in stored:
        if not _is_blank(answer):
            before[answer.sector, answer.unit_id, answer.coder] = answer
    faults = []
    for answer in answers:
        if _is_blank(answer):
            continue
        key = (answer.sector, answer.unit_id, answer.coder)
        first = before.setdefault(key, answer)
        if first.active != answer.active:
            where = f"line {first.line}" if first.line else "an earlier import"
            coder = repr(answer.coder[:40]) if answer.coder else "the unnamed coder"
            what = f"{coder} contradicts {where} on unit {answer.unit_id!r} for {answer.sector}"
            faults.append((f"line {answer.line}", what))
    return faults


def unknown_answers(answers: Iterable[Answer], stored: Iterable[Answer]) -> list[Answer]:
    """Return the answers that are not stored yet, each once; none contradicts another.

    A row with neither answer nor coder is kept only where the unit has no row without a coder.
    """
    said: dict[tuple[str, str, str], set[bool | None]] = defaultdict(set)
    for answer in stored:
        said[answer.sector, answer.unit_id, answer.coder].add(answer.active)
    fresh = []
    for answer in answers:
        known = said[answer.sector, answer.unit_id, answer.coder]
        if answer.active not in known and not (known and _is_blank(answer)):
            fresh.append(answer)
        known.add(answer.active)
    return fresh


def _is_blank(answer: Answer) -> bool:
    return answer.active is None and not answer.coder


def settle(answers: Sequence[Answer]) -> Settled:
    """Return what the answers of one unit in one sector come to.

    An adjudicated answer wins. Otherwise coders who could tell have to agree; a unit on which
    they differ stays unsettled until somebody adjudicates it.
    """
    for answer in answers:
        if answer.coder.strip().lower() == ADJUDICATED:
            state = AnswerState.CANNOT_TELL if answer.active is None else AnswerState.ANSWERED
            return Settled(state=state, active=answer.active)
    said = {answer.active for answer in answers if answer.active is not None}
    if len(said) == 1:
        return Settled(state=AnswerState.ANSWERED, active=said.pop())
    if said:
        return Settled(state=AnswerState.DISAGREED, active=None)
    return Settled(state=AnswerState.CANNOT_TELL if answers else AnswerState.OPEN, active=None)


def by_unit(answers: Iterable[Answer]) -> Mapping[str, list[Answer]]:
    """Return the answers of one sector by unit, in the order given."""
    grouped: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        grouped[answer.unit_id].append(answer)
    return grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleCoding:
    """What two coders said of the units that both could tell.

    Attributes:
        double_coded: Units. agreed: of these, units on which both said the same.
        answers_of_two: Units by what the first and the second said, yes before no: from it
            follow Cohen's kappa and Gwet's AC1.
    """

    double_coded: int
    agreed: int
    answers_of_two: tuple[tuple[int, int], tuple[int, int]]


def double_coding(grouped: Mapping[str, Sequence[Answer]]) -> DoubleCoding:
    """Return what the first two coders of each unit said; coders count by name."""
    said = Counter((two[0].active, two[1].active) for two in _double_coded(grouped).values())
    return DoubleCoding(
        double_coded=said.total(),
        agreed=said[True, True] + said[False, False],
        answers_of_two=(
            (said[True, True], said[True, False]),
            (said[False, True], said[False, False]),
        ),
    )


def disagreements(grouped: Mapping[str, Sequence[Answer]]) -> dict[str, dict[str, bool | None]]:
    """Return unit -> coder -> answer for the units on which coders differ, adjudicated or not."""
    return {
        unit: {answer.coder: answer.active for answer in grouped[unit]}
        for unit, said in sorted(_double_coded(grouped).items())
        if len({answer.active for answer in said}) > 1
    }


def _double_coded(grouped: Mapping[str, Sequence[Answer]]) -> dict[str, list[Answer]]:
    """Return for every unit that two coders could tell their answers, by name of the coder."""
    told = {
        unit: sorted(
            (a for a in rows if a.active is not None and a.coder.strip().lower() != ADJUDICATED),
            key=lambda answer: answer.coder,
        )
        for unit, rows in grouped.items()
    }
    return {unit: said for unit, said in told.items() if len({a.coder for a in said}) > 1}
