"""Whom the labels speak of, beside whom the frame holds (pure)."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A class of the frame of at least this share without one label is told by name.
NOTABLE_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassBalance:
    """One class of one variable: its place in the frame and among the labels.

    Attributes:
        share_frame: Of the frame's units, 0-1.
        share_labelled: Of the labelled subjects that belong to a unit, 0-1.
        n_active: Of the labelled ones.
    """

    code: str
    n_frame: int
    share_frame: float
    n_labelled: int
    share_labelled: float
    n_active: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableBalance:
    """How far the labels mirror the frame by one variable.

    Attributes:
        dissimilarity: Half the sum of absolute differences of shares, 0-1: the share of labels
            that would have to be of another class (Duncan & Duncan 1955).
        unlabelled: Classes of at least one in a hundred units without a label.
        without_active: Classes with labels of which none is active.
    """

    variable: str
    dissimilarity: float
    unlabelled: tuple[str, ...]
    without_active: tuple[str, ...]
    classes: tuple[ClassBalance, ...]


def compare_with_frame(
    variable: str, frame: Mapping[str, int], labelled: Sequence[tuple[str, bool]]
) -> VariableBalance:
    """Return the balance of one variable.

    Args:
        variable: Its name.
        frame: Class -> units of the frame.
        labelled: (class, active) of each labelled subject.
    """
    counts = Counter(code for code, _ in labelled)
    active = Counter(code for code, said in labelled if said)
    n_frame, n_labelled = sum(frame.values()), len(labelled)
    classes = tuple(
        ClassBalance(
            code=code,
            n_frame=frame.get(code, 0),
            share_frame=frame.get(code, 0) / n_frame if n_frame else 0.0,
            n_labelled=counts[code],
            share_labelled=counts[code] / n_labelled if n_labelled else 0.0,
            n_active=active[code],
        )
        for code in sorted({*frame, *counts})
    )
    apart = sum(abs(one.share_frame - one.share_labelled) for one in classes) / 2
    return VariableBalance(
        variable=variable,
        dissimilarity=apart if n_labelled and n_frame else 0.0,
        unlabelled=tuple(
            one.code for one in classes if one.share_frame >= NOTABLE_SHARE and not one.n_labelled
        ),
        without_active=tuple(one.code for one in classes if one.n_labelled and not one.n_active),
        classes=classes,
    )


def describe(balances: Sequence[VariableBalance]) -> list[dict[str, Any]]:
    """Return balances as plain values."""
    return [asdict(balance) for balance in balances]
