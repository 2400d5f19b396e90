"""Texts that stand on both sides of a test: same website, same text, near copies (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

METHOD_VERSION = "shingles-1"
NEAR = 0.8  # Jaccard similarity of shingles from which two texts are one text, slightly changed
_WORDS_A_SHINGLE = 4
_LETTERS_A_SHINGLE = 8
_ROWS_AT_ONCE = 512
_WORD = re.compile(r"\w+")
# Thai to Lao, Khmer, Japanese syllables, Chinese characters: scripts without spaces.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
KINDS = ("same_website", "same_text", "near_duplicate")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledText:
    """A labelled subject as the model reads it.

    Attributes:
        key: Of the subject.
        websites: It lies on; empty for a text of its own.
        text: All its passages.
        side: What it must not share a text with is what has another side: a fold, or test
            against training.
    """

    key: str
    websites: tuple[str, ...]
    text: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Two subjects of different sides that are the same in the end.

    Attributes:
        kind: One of `KINDS`; the first that holds.
        similarity: Jaccard similarity of their shingles, 0-1; 1 for the first two kinds.
    """

    kind: str
    first: str
    second: str
    similarity: float


def find_leaks(texts: Sequence[LabelledText], *, near: float = NEAR) -> list[Leak]:
    """Return the pairs of different sides that share a website or a text, or nearly a text.

    A text's shingles are its runs of four words (runs of eight letters in scripts
    without spaces), letter case and punctuation aside; the Jaccard similarity
    |A ∩ B| / |A ∪ B| (Broder 1997) is counted exactly, not sketched.

    Args:
        texts: Of all sides.
        near: Similarity from which a pair is a near duplicate, 0-1.

    Returns:
        By kind, then the most similar first.
    """
    found: dict[tuple[str, str], Leak] = {}
    for kind, one, other, similarity in (*_same(texts), *_near(texts, near)):
        first, second = sorted((one.key, other.key))
        if one.side != other.side and first != second:
            leak = Leak(kind=kind, first=first, second=second, similarity=similarity)
            found.setdefault((first, second), leak)
    return sorted(
        found.values(),
        key=lambda leak: (KINDS.index(leak.kind), -leak.similarity, leak.first, leak.second),
    )


_Pair = tuple[str, LabelledText, LabelledText, float]


def _same(texts: Sequence[LabelledText]) -> Iterator[_Pair]:
    for kind, marks in (
        ("same_website", [text.websites for text in texts]),
        ("same_text", [(" ".join(_words(text.text)),) for text in texts]),
    ):
        holders: dict[str, list[LabelledText]] = {}
        for text, names in zip(texts, marks, strict=True):
            for name in filter(None, names):
                holders.setdefault(name, []).append(text)
        for held in holders.values():
            for place, one in enumerate(held):
                yield from ((kind, one, other, 1.0) for other in held[:place])


def _near(texts: Sequence[LabelledText], near: float) -> Iterator[_Pair]:
    shingled = _shingle_matrix(text.text for text in texts)
    if shingled is None:
        return
    sizes = np.asarray(shingled.sum(axis=1)).ravel()
    turned = shingled.T.tocsc()
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        shared = (shingled[start : start + _ROWS_AT_ONCE] @ turned).tocoo()
        rows, columns = shared.row + start, shared.col
        union = sizes[rows] + sizes[columns] - shared.data
        similarity = shared.data / union
        kept = (rows < columns) & (similarity >= near)
        for row, column, value in zip(rows[kept], columns[kept], similarity[kept], strict=True):
            yield "near_duplicate", texts[row], texts[column], float(value)


def _shingle_matrix(texts: Iterable[str]) -> Any:
    """Return scipy sparse csr (n_texts, n_shingles) of 0 and 1; None where no text has any."""
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(analyzer=shingles, binary=True, dtype=np.float64)
    try:
        return counter.fit_transform(texts).tocsr()
    except ValueError:
        return None


def shingles(text: str) -> list[str]:
    """Return the distinct shingles of a text, in their order."""
    words = _words(text)
    joined = "".join(words)
    if len(_UNSPACED.findall(joined)) * 3 > len(joined):
        number, parts, glue = _LETTERS_A_SHINGLE, list(joined), ""
    else:
        number, parts, glue = _WORDS_A_SHINGLE, words, " "
    runs = (parts[place : place + number] for place in range(max(1, len(parts) - number + 1)))
    return list(dict.fromkeys(glue.join(run) for run in runs if run))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
