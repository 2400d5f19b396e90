"""Words and word beginnings hashed into a vector: for tests of plumbing, knows no meaning."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np

from classify.embedder import read_options, unit_rows
from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from classify.embedder import Embedder

_WORD = re.compile(r"\w+")
_BEGINNING = 5  # characters: brings a word's inflections near each other


def build(options: Mapping[str, object]) -> Embedder:
    """Return the embedder; its one option is ``dim`` (default 256)."""
    given = read_options("hashed", options, {"dim": 256})
    if given["dim"] < 2:
        raise InvalidInput("The embedder 'hashed' needs dim of 2 or more", "Raise dim.")
    return HashedEmbedder(given["dim"])


class HashedEmbedder:
    """Signed feature hashing (Weinberger et al. 2009) of words and their first letters."""

    def __init__(self, dim: int) -> None:
        self._dim = dim

    @property
    def digest(self) -> str:
        """Return method version and length."""
        return f"hashed-1:{self._dim}"

    @property
    def dim(self) -> int:
        """Return the length of a vector."""
        return self._dim

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return float32 (n_texts, dim), rows of unit norm."""
        vectors = np.zeros((len(texts), self._dim))
        for row, text in enumerate(texts):
            for feature in _features(text):
                key = hashlib.blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=8)
                code = int.from_bytes(key.digest(), "little")
                vectors[row, (code >> 1) % self._dim] += 1.0 if code & 1 else -1.0
            if not vectors[row].any():
                vectors[row, 0] = 1.0
        return unit_rows(vectors)


def _features(text: str) -> Iterator[str]:
    for word in _WORD.findall(text.lower()):
        yield word
        yield word[:_BEGINNING] + "…"
