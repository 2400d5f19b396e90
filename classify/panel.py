"""Labelled companies that were crawled in two waves: the fixed panel of drift monitoring (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Panel:
    """Labelled units that have text in both waves, scored by one model.

    Attributes:
        labelled_active: bool (n,), what people said.
        before: float64 (n,): probability in the earlier wave.
        after: float64 (n,): probability in the wave in question.
        threshold: Of the model.
        subjects: Of the units: their websites, joined by a space; empty where nobody asks.
        text_kept: float64 (n,), 0-1: share of the later passages that the earlier wave had too.
    """

    labelled_active: Flags
    before: Array
    after: Array
    threshold: float
    subjects: tuple[str, ...] = ()
    text_kept: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedCase:
    """A labelled unit that was decided as labelled in the earlier wave and is not any more.

    Attributes:
        subject: Its websites, joined by a space.
        labelled_active: What people said.
        before: Probability in the earlier wave, 0-1.
        after: In the wave in question.
        text_kept: Share of its passages that are as they were, 0-1.
    """

    subject: str
    labelled_active: bool
    before: float
    after: float
    text_kept: float


def turned_cases(panel: Panel) -> tuple[TurnedCase, ...]:
    """Return the units of a panel that turned against their label, those that moved most first.

    They are all that a fall of the panel's F1 rests on. Either the model fails on them or they do
    something else now and the label is out of date: only a person can tell.
    """
    said = panel.labelled_active
    right = (panel.before >= panel.threshold) == said
    wrong = (panel.after >= panel.threshold) != said
    found = [
        TurnedCase(
            subject=panel.subjects[place],
            labelled_active=bool(said[place]),
            before=float(panel.before[place]),
            after=float(panel.after[place]),
            text_kept=panel.text_kept[place],
        )
        for place in np.flatnonzero(right & wrong)
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.after - one.before), one.subject)))
