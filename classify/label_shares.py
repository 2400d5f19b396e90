"""Labelled texts beside labelled websites: what they weigh, and whose labels decide (pure).

A model decides on websites. Texts that stand alone (company profiles, a list of start-ups) teach
what a sector is in other words, and come by the thousand. Weighing the same each, they would make a
model of such texts out of fifteen labelled websites; and a threshold that is right for two hundred
words on a firm is not for its website. So where there are enough labelled websites for a model of
their own, the texts of an answer weigh together at most `TEXT_SHARE` of what its websites do, and
calibration, threshold, the level of offers and all measures rest on websites alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

TEXT_SHARE = 0.3  # found on websites and start-ups' texts (docs/methods.md)
# Labelled websites from which on a model is theirs, as many as `classify run` trains a first by.
FEWEST_ACTIVE, FEWEST_INACTIVE = 5, 10
TEXT_KEY = "text:"  # begins the key of a text that stands alone


def judging_labels(keys: Sequence[str], active: Flags) -> Flags:
    """Return bool (n,): the labels that decide; websites where there are enough, else all.

    Args:
        keys: Of the labelled subjects.
        active: bool (n,): their answers.
    """
    websites = np.array([not key.startswith(TEXT_KEY) for key in keys], dtype=bool)
    enough = (websites & active).sum() >= FEWEST_ACTIVE
    enough &= (websites & ~active).sum() >= FEWEST_INACTIVE
    return websites if enough else np.ones(len(active), dtype=bool)


def n_judging(data: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many labels decide, and how many of them are active, as a card has it.

    Args:
        data: Of a card. Those from before texts were told apart know one number: all decide.
    """
    return data.get("judging", data["n"]), data.get("judging_active", data["active"])


def label_shares(judging: Flags, active: Flags) -> Array:
    """Return float64 (n,), above 0 and at most 1: what each label weighs.

    Args:
        judging: bool (n,), of `judging_labels`.
        active: bool (n,): the answers.
    """
    shares = np.ones(len(active))
    for answer in (active, ~active):
        beside = answer & ~judging
        if beside.any():
            most = TEXT_SHARE * int((answer & judging).sum())
            shares[beside] = min(1.0, most / int(beside.sum()))
    return shares
