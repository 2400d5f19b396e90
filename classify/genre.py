"""Whether a text reads as a firm's offer, or as something written about things (pure).

An article on solar power, a lesson on drones and a travel guide use the words of the sector, and
to an encoder they lie near it. What sets them apart is no matter of the sector: a firm speaks to
its customers, an article speaks of things. That difference is a direction between sentences of
either kind in eight languages (`genres.toml`), and a text that lies on the far side of the middle
has its score lowered, whatever it is about.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from classify.embedder import unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classify.unit_text import UnitText

    Array = npt.NDArray[np.float64]

# Part of every model's digest: raise it when the same vectors give another discount.
GENRE_RULE = "1"
OFFER, ABOUT = "offer", "about"
# Log-odds that a text loses which lies as far on the other side as articles lie from offers.
DISCOUNT = 20.0
_LEAST_AGREEMENT = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class GenreSentence:
    """A sentence as it stands on pages of one genre."""

    genre: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Genre:
    """Where offers and writing about things lie in the space of vectors.

    Attributes:
        middle: float64 (dim,): mean of all sentences.
        direction: float64 (dim,): from writing about things to offers, so long that the two lie 1
            apart along it; zeros where the encoder cannot tell the two in a language that the
            direction was not made from.
    """

    middle: Array
    direction: Array

    def offers(self, vectors: Array) -> Array:
        """Return float64 (n,): how much more each passage is like an offer; below 0 less."""
        return np.asarray(unit_rows(vectors - self.middle).astype(np.float64) @ self.direction)

    def discount(self, unit: UnitText) -> float:
        """Return the log-odds (0 or more) that a unit loses for not reading as an offer."""
        return DISCOUNT * max(0.0, -float(self.offers(unit.vectors).mean()))


def make_genre(sentences: Sequence[GenreSentence], vectors: Array) -> Genre:
    """Return the genre of sentences.

    It is tried first: each language is judged by the direction of the others. Where fewer than nine
    in ten pairs of an offer and another sentence come out in the right order, the encoder does not
    know the difference, or not across languages, and there is no discount.

    Args:
        sentences: Of both genres, in two languages or more.
        vectors: float64 (n, dim), of the sentences.
    """
    offer = np.array([sentence.genre == OFFER for sentence in sentences])
    languages = np.array([sentence.language for sentence in sentences])
    right = []
    for language in np.unique(languages):
        here = languages == language
        judged = _direction(vectors[~here], offer[~here]).offers(vectors[here])
        right.append(judged[offer[here]][:, None] > judged[~offer[here]])
    found = _direction(vectors, offer)
    agreement = float(np.concatenate([pairs.ravel() for pairs in right]).mean())
    return found if agreement >= _LEAST_AGREEMENT else Genre(found.middle, 0.0 * found.direction)


def _direction(vectors: Array, offer: npt.NDArray[np.bool_]) -> Genre:
    middle = vectors.mean(axis=0)
    centred = unit_rows(vectors - middle).astype(np.float64)
    apart = centred[offer].mean(axis=0) - centred[~offer].mean(axis=0)
    return Genre(middle, apart / max(float(apart @ apart), 1e-12))


@cache
def genre_sentences() -> tuple[GenreSentence, ...]:
    """Return the shipped sentences, in the order of the file."""
    source = resources.files("classify") / "genres.toml"
    read = tomllib.loads(source.read_text(encoding="utf-8"))
    return tuple(
        GenreSentence(genre=genre, language=language, text=text)
        for language, genres in read.items()
        for genre, texts in genres.items()
        for text in texts
    )
