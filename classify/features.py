"""Passages to the features of a unit: encoder, definition and words (pure).

Encoder half, per unit: the mean of its passages' vectors, the mean of those most like the sector
and the mean of those of its start page, each passage centred by its language first; and six mean
similarities to the definition. The start page counts most: a firm puts first what it does.
Word half: TF-IDF of words (1-2) and of letters within words (3-5), also centred by language.

Centring takes off what a language's texts have in common. Without it TF-IDF learns "Polish" where
only the Polish texts it saw were of solar firms. The centre of a language with few texts is drawn
towards that of all texts: (sum + k · overall mean) / (n + k), k = 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.embedder import unit_rows
from classify.score import TOP_PASSAGES, best_passages

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from classify.score import Compass
    from classify.unit_text import UnitText

    Array = npt.NDArray[np.float64]

# Part of every model's digest: raise it when the same passages give other features.
FEATURE_RULE = "3"
WORD_SHARE = 3.0  # scale of the word half: less and texts lose, more and websites do
START_SHARE = 1.5  # scale of the start page's mean
POOLED_SHARE = 0.7  # scale of the means of all passages and of the best
_SIMILARITY_SCALE = 4.0  # cosines spread over about ±0.2; vectors' parts over about ±1
_SHRINKAGE = 10.0
_MOST_WORDS = 20_000
_MOST_LETTER_GROUPS = 40_000


@dataclass(frozen=True, slots=True, eq=False)
class Centres:
    """The middle of each language's texts.

    Attributes:
        overall: float64 (n_features,): for languages that were not seen.
        by_language: Language -> float64 (n_features,).
    """

    overall: Array
    by_language: dict[str, Array]

    def of(self, language: str) -> Array:
        """Return the centre for a text of that language."""
        return self.by_language.get(language, self.overall)


def find_centres(rows: Any, languages: Sequence[str]) -> Centres:
    """Return the centres of rows by language, drawn towards the overall one where rows are few.

    Args:
        rows: (n, n_features), dense or scipy sparse.
        languages: Of the rows.
    """
    overall = np.asarray(rows.mean(axis=0), dtype=np.float64).ravel()
    labels = np.array(languages)
    centres = {}
    for language in sorted(set(languages)):
        members = rows[np.flatnonzero(labels == language)]
        total = np.asarray(members.sum(axis=0), dtype=np.float64).ravel()
        centres[language] = (total + _SHRINKAGE * overall) / (members.shape[0] + _SHRINKAGE)
    return Centres(overall, centres)


@dataclass(frozen=True, slots=True, eq=False)
class EncoderFeatures:
    """The encoder half of a unit's features, kept apart by passage so that it can be explained.

    Attributes:
        shares: float64 (n_passages, 3 · dim + 6): what each passage adds; the sum over passages
            is the unit's feature row.
    """

    shares: Array

    @property
    def row(self) -> Array:
        """Return float64 (3 · dim + 6,): the unit's features."""
        return np.asarray(self.shares.sum(axis=0))


def encode_unit(unit: UnitText, centres: Centres, compass: Compass) -> EncoderFeatures:
    """Return the encoder half of one unit's features, by passage."""
    number = len(unit.passages)
    centred = unit_rows(unit.vectors - centres.of(unit.language)).astype(np.float64)
    towards, away = compass.towards(unit.vectors), compass.away(unit.vectors)
    everywhere = np.full(number, 1.0 / number)
    top = np.zeros(number)
    chosen = best_passages(towards, TOP_PASSAGES)
    top[chosen] = 1.0 / len(chosen)
    start = np.array([passage.url == unit.passages[0].url for passage in unit.passages], float)
    start /= start.sum()
    similarities = np.stack(
        [
            weights * similarity
            for weights in (top, everywhere, start)
            for similarity in (towards, away)
        ],
        axis=1,
    )
    return EncoderFeatures(
        np.concatenate(
            [
                POOLED_SHARE * _weighted(centred, everywhere),
                POOLED_SHARE * _weighted(centred, top),
                START_SHARE * _weighted(centred, start),
                _SIMILARITY_SCALE * similarities,
            ],
            axis=1,
        )
    )


def _weighted(centred: Array, weights: Array) -> Array:
    """Return the shares of a weighted mean that is brought to norm 1."""
    shares = centred * weights[:, None]
    norm = float(np.linalg.norm(shares.sum(axis=0)))
    return shares / norm if norm > 0 else shares


class Words:
    """TF-IDF over a fixed vocabulary.

    Args:
        words: Words and pairs of words, in the order of their columns.
        letter_groups: Groups of 3-5 letters, in the order of theirs.
        idf: float64 (n_words + n_letter_groups,).
    """

    def __init__(self, words: Sequence[str], letter_groups: Sequence[str], idf: Array) -> None:
        self.words = tuple(words)
        self.letter_groups = tuple(letter_groups)
        self.idf = idf
        self._halves = []
        for kind, terms, part in (
            ("word", self.words, idf[: len(words)]),
            ("char_wb", self.letter_groups, idf[len(words) :]),
        ):
            if terms:
                counter = _counter(kind, vocabulary={t: n for n, t in enumerate(terms)})
                counter.idf_ = part
                self._halves.append(counter)

    @classmethod
    def learn(cls, texts: Sequence[str]) -> Words:
        """Choose the vocabulary of `texts`; no label is looked at."""
        found: list[list[str]] = []
        idf: list[Array] = []
        for kind, most in (("word", _MOST_WORDS), ("char_wb", _MOST_LETTER_GROUPS)):
            counter = _counter(kind, max_features=most, min_df=2 if len(texts) >= 10 else 1)
            try:
                counter.fit(texts)
            except ValueError:
                # No term at all is in enough texts: this half stays empty.
                found.append([])
                continue
            found.append(counter.get_feature_names_out().tolist())
            idf.append(counter.idf_)
        return cls(found[0], found[1], np.concatenate(idf) if idf else np.zeros(0))

    def transform(self, texts: Sequence[str]) -> Any:
        """Return scipy sparse csr (n_texts, n_terms), each half of norm 1/√2 or 0."""
        import scipy.sparse

        if not self._halves:
            return scipy.sparse.csr_matrix((len(texts), 0))
        halves = [half.transform(texts) for half in self._halves]
        return (scipy.sparse.hstack(halves, format="csr") / np.sqrt(2.0)).tocsr()


def _counter(kind: str, **options: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    lengths = (1, 2) if kind == "word" else (3, 5)
    return TfidfVectorizer(analyzer=kind, ngram_range=lengths, sublinear_tf=True, **options)
