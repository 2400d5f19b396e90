"""Which words of a text moved the word half of a score, and by how much (pure)."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from classify.features import Words

    Array = npt.NDArray[np.float64]

_WORD = re.compile(r"\w\w+")
_LENGTHS = (3, 4, 5)  # of letter groups, as `features.Words` counts them


class WordWeights:
    """Shares out what terms add to a score among the words of the text that hold them.

    A pair of words is shared by the two, a group of letters by the words it occurs in, so that the
    weights of all words add up to the word half of the score (before the centre of the language
    is taken off).

    Args:
        words: The model's vocabulary.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        start = len(words.words)
        self._groups = {group: start + n for n, group in enumerate(words.letter_groups)}

    def of_text(self, text: str, weights: Array) -> dict[str, float]:
        """Return word -> what it adds to the score, in log-odds before calibration.

        Args:
            text: Of the unit.
            weights: float64 (n_terms,), of the fit that scores it.
        """
        row = self._words.transform([text]).tocoo()
        added = dict(zip(row.col.tolist(), (row.data * weights[row.col]).tolist(), strict=True))
        found: dict[str, float] = defaultdict(float)
        n_words = len(self._words.words)
        for column, value in added.items():
            if column < n_words:
                parts = self._words.words[column].split(" ")
                for part in parts:
                    found[part] += value / len(parts)
        for word, value in self._by_letters(text, added).items():
            found[word] += value
        return dict(found)

    def _by_letters(self, text: str, added: dict[int, float]) -> dict[str, float]:
        holders: dict[int, list[str]] = defaultdict(list)
        for token in dict.fromkeys(text.lower().split()):
            read = _WORD.search(token)
            word = read.group() if read else token
            groups = _letter_groups(token) & self._groups.keys()
            for column in sorted(self._groups[group] for group in groups):  # sums hang on the order
                holders[column].append(word)
        found: dict[str, float] = defaultdict(float)
        for column, words in holders.items():
            for word in words:
                found[word] += added.get(column, 0.0) / len(words)
        return found


def _letter_groups(token: str) -> set[str]:
    padded = f" {token} "
    return {
        padded[place : place + length]
        for length in _LENGTHS
        for place in range(max(1, len(padded) - length + 1))
    }


def strongest(weights: dict[str, float], number: int) -> list[tuple[str, float]]:
    """Return the words that moved the score most, either way; ties by the word itself."""
    return sorted(weights.items(), key=lambda pair: (-abs(pair[1]), pair[0]))[:number]
