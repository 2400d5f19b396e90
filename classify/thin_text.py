"""How little text a decision would rest on, and text that is none (pure).

The vector of a phrase of five words lies farther out than that of a website, since nothing in it
speaks of anything else: "Software copyright consultancy" is nearer to the sentences of a software
house than most software houses are. So a phrase has to speak more plainly for the sector than a
website; by how much each model finds on titles of other activities (`decision_setting`). A unit of
which there is nothing but placeholder text (lorem ipsum) says nothing at all: it is not decided
active, though to an encoder it is somewhere.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from classify.passage_roles import Role, role_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classify.unit_text import UnitText

    Array = npt.NDArray[np.float64]

# Letters up to which a text is nothing but a phrase, and from which on it is told at some length:
# the longest title of an activity has about 150, two full sentences 300.
PHRASE = 150
TOLD = 300
SILENT = 20.0  # log-odds that a unit of placeholder text loses: more than any can have
_WIDE = 3  # letters that one of a script of syllables or words stands for


def thinness(units: Sequence[UnitText]) -> Array:
    """Return float64 (n,), 0-1: 1 for phrases, 0 for what is told at length, between them a ramp.

    Args:
        units: With their passages.
    """
    lengths = np.array([_length(unit) for unit in units], dtype=np.float64)
    return np.asarray(np.clip((TOLD - lengths) / (TOLD - PHRASE), 0.0, 1.0))


def silence(units: Sequence[UnitText]) -> Array:
    """Return float64 (n,): log-odds lost by units that are nothing but placeholder text, else 0."""
    return np.array([SILENT * _is_placeholder(unit) for unit in units], dtype=np.float64)


def _is_placeholder(unit: UnitText) -> bool:
    return all(role_of(passage.text) is Role.FILLER for passage in unit.passages)


def _length(unit: UnitText) -> int:
    length = 0
    for passage in unit.passages:
        length += len(passage.text)
        if length < TOLD and not passage.text.isascii():
            wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in passage.text)
            length += (_WIDE - 1) * wide
        if length >= TOLD:
            break
    return length
