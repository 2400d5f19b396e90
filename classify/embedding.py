"""Vectors of passages, each text embedded once in its life."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from classify.embedder import unit_rows
from classify.genre import genre_sentences, make_genre
from classify.language_axes import language_axes, without_axes
from classify.offer import OfferCheck, knows_trades, weigh
from classify.offer_wordings import (
    OFFER,
    OfferSentence,
    compared_trades,
    sector_sentences,
    trade_sentences,
)
from classify.passages import passage_of
from classify.score import Compass
from classify.sector import shipped_sectors
from storage.records.stage import no_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from classify.embedder import Embedder
    from classify.genre import Genre
    from classify.sector import Example, SectorDefinition
    from storage.records.assessment import Passage
    from storage.records.stage import ProgressListener
    from storage.vector_cache import VectorCache

    Array = npt.NDArray[np.float64]

_NORM_TOLERANCE = 0.01  # of the squared norm: what a damaged number exceeds
_BATCH = 64  # texts between two writes to the cache: what a kill costs at most


def embed_passages(
    passages: Iterable[Passage],
    embedder: Embedder,
    vectors: VectorCache,
    progress: ProgressListener = no_progress,
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the vector of every passage, taken from the cache where it is there.

    Args:
        passages: In any number, repetitions allowed.
        embedder: Asked only for texts that are new to the cache.
        vectors: The cache; what is new is added batch by batch.
        progress: Told of the new texts as stage ``embed``.

    Returns:
        text digest -> float32 (dim,), of unit norm.
    """
    texts = {passage.text_digest: passage.text for passage in passages}
    found = vectors.known(list(texts), embedder.digest)
    found = {digest: vector for digest, vector in found.items() if _is_whole(vector, embedder.dim)}
    # Longest first: batches of like length, and what needs most memory fails at once.
    missing = sorted(texts.keys() - found.keys(), key=lambda d: (-len(texts[d]), d))
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        made = embedder.encode([texts[digest] for digest in batch])
        vectors.add(batch, made, embedder.digest)
        found |= dict(zip(batch, made, strict=True))
        progress("embed", start + len(batch), len(missing))
    return found


def _is_whole(vector: npt.NDArray[np.float32], dim: int) -> bool:
    """Return whether a cached vector can be what the embedder made: of its length, of unit norm."""
    return len(vector) == dim and bool(abs(vector @ vector - 1) < _NORM_TOLERANCE)


def matrix_of(passages: Sequence[Passage], found: Mapping[str, npt.NDArray[np.float32]]) -> Array:
    """Return float64 (n_passages, dim): the passages' vectors in their order."""
    return np.stack([found[passage.text_digest] for passage in passages]).astype(np.float64)


class SharedSentences:
    """The sentences that every sector is held against, looked up once for all sectors.

    Args:
        embedder: Makes their vectors.
        vectors: The cache.
    """

    def __init__(self, embedder: Embedder, vectors: VectorCache) -> None:
        self.embedder = embedder
        self.vectors = vectors

    def embed(self, examples: Iterable[Example | OfferSentence]) -> Array:
        """Return float64 (n, dim): the vectors of sentences in their order."""
        passages = [passage_of(example.text, "", example.language) for example in examples]
        return matrix_of(passages, embed_passages(passages, self.embedder, self.vectors))

    @cached_property
    def background(self) -> Array:
        """Return float64 (dim,): the mean of what all shipped definitions say."""
        shipped = shipped_sectors()
        return np.asarray(
            self.embed(example for d in shipped for example in (*d.inclusions, *d.exclusions)).mean(
                axis=0
            )
        )

    @cached_property
    def trades(self) -> Array:
        """Return float64 (n, dim): of `trade_sentences`, in their order."""
        return self.embed(trade_sentences())

    @cached_property
    def language_axes(self) -> Array:
        """Return float64 (k, dim): the directions that tell languages and nothing else."""
        return language_axes(self.trades, [one.language for one in trade_sentences()])


def make_compass(definition: SectorDefinition, shared: SharedSentences) -> Compass:
    """Return the compass of a sector; statements are embedded once and cached."""
    background = shared.background
    included = len(definition.inclusions)
    every = shared.embed((*definition.inclusions, *definition.exclusions))

    def direction(rows: Array) -> Array:
        if not len(rows):
            return np.zeros_like(background)
        return np.asarray(unit_rows(rows - background).astype(np.float64).mean(axis=0))

    return Compass(background, direction(every[:included]), direction(every[included:]))


def make_rank_compass(definition: SectorDefinition, shared: SharedSentences) -> Compass:
    """Return what units are ranked by before there is a label: a compass that tells no language."""
    compass = make_compass(definition, shared)
    return Compass(
        compass.background,
        without_axes(compass.inclusion, shared.language_axes),
        without_axes(compass.exclusion, shared.language_axes),
    )


def embed_genre(embedder: Embedder, vectors: VectorCache) -> Genre:
    """Return what tells offers from writing about things; embedded once and cached."""
    sentences = genre_sentences()
    passages = [passage_of(sentence.text, "", sentence.language) for sentence in sentences]
    found = matrix_of(passages, embed_passages(passages, embedder, vectors))
    return make_genre(sentences, found)


def embed_offers(
    definition: SectorDefinition, compass: Compass, shared: SharedSentences
) -> OfferCheck | None:
    """Return what offers of a sector are near to; None where the encoder knows no trades.

    Trades are embedded once for all sectors, as the rest is once for each, and cached.
    """
    told = trade_sentences()
    rows = unit_rows(shared.trades - compass.background)
    offered = [place for place, sentence in enumerate(told) if sentence.group == "trade"]
    known = knows_trades(
        rows[offered],
        [told[place].trade for place in offered],
        [told[place].language for place in offered],
    )
    if not known:
        return None
    own = sector_sentences(definition)
    compared = compared_trades(definition, told)
    listed = [*own, *(told[place] for place in compared)]
    own_rows = unit_rows(shared.embed(own) - compass.background)
    every = np.concatenate([own_rows, rows[compared]])
    kinds = {
        group: weigh(
            every[[place for place, one in enumerate(listed) if one.group == group]],
            [one.language for one in listed if one.group == group],
        )
        for group in sorted({one.group for one in listed})
    }
    return OfferCheck(
        background=compass.background, offers=kinds.pop(OFFER), others=list(kinds.values())
    )
