"""Which kinds of companies a sector holds (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_samples

from classify.embedder import unit_rows
from classify.keyness import NO_COMMON_WORDS, key_terms
from classify.one_thread import one_thread_in_loops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

MOST_CLUSTERS = 8
SMALLEST_CLUSTER = 4  # on average: there are as many kinds at most as give each so many
FEWEST_MEMBERS = 3  # of any kind: two companies are a pair
TITLE_TERMS = 5
MOST_MEASURED = 4000  # companies that a silhouette is measured on: its time grows with their square


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A kind of companies within a sector.

    Attributes:
        members: Places of its units, the most typical first.
        distances: Of the members to the centre: 1 - cosine, 0-2.
        title: Its most telling terms; after ``perhaps:`` those that it uses more, though not
            surely, where none surely is.
        silhouette: Mean of its units, -1 to 1.
    """

    members: tuple[int, ...]
    distances: tuple[float, ...]
    title: str
    silhouette: float


@one_thread_in_loops
def find_clusters(
    vectors: Array,
    texts: Sequence[str],
    languages: Sequence[str],
    *,
    seed: int,
    common: Mapping[str, frozenset[str]] = NO_COMMON_WORDS,
) -> list[Cluster]:
    """Part units into kinds, the largest kind first.

    k-means on vectors of unit norm, centred by language so that the kinds are not the languages;
    the number of kinds is the one with the largest mean silhouette (Rousseeuw 1987), measured on
    4 000 of the units by chance where there are more.

    Args:
        vectors: float64 (n, dim), a unit a row.
        texts: Of the units.
        languages: Of the units.
        seed: Of k-means.
        common: As of `key_terms`: words that name no kind.

    Returns:
        None where there are fewer than two kinds' worth of units, or they do not part into kinds
        of three and more.
    """
    spoken = np.array(languages)
    centred = vectors.copy()
    for name in np.unique(spoken):
        here = spoken == name
        centred[here] -= vectors[here].mean(axis=0) if here.sum() >= SMALLEST_CLUSTER else 0.0
    points = unit_rows(centred).astype(np.float64)
    if len(points) < 2 * SMALLEST_CLUSTER or len(np.unique(points, axis=0)) < 2:
        return []
    parted = _parting(points, seed)
    if parted is None:
        return []
    best, quality = parted
    found = []
    for number in np.unique(best):
        here = best == number
        centre = points[here].mean(axis=0)
        norm = float(np.linalg.norm(centre)) or 1.0
        distance = 1 - points @ (centre / norm)
        members = sorted(np.flatnonzero(here), key=lambda place: (distance[place], place))
        found.append(
            Cluster(
                members=tuple(int(place) for place in members),
                distances=tuple(float(distance[place]) for place in members),
                title=_title(texts, here, languages, common),
                silhouette=float(np.nanmean(quality[here])),
            )
        )
    return sorted(found, key=lambda cluster: (-len(cluster.members), cluster.members))


def _parting(points: Array, seed: int) -> tuple[npt.NDArray[np.intp], Array] | None:
    """Return the best parting and the units' silhouettes in it; None where there is none.

    Silhouettes that were not measured are not a number.
    """
    highest = min(MOST_CLUSTERS, len(points) // SMALLEST_CLUSTER, len(np.unique(points, axis=0)))
    tried = []
    drawn = np.sort(np.random.default_rng(seed).permutation(len(points))[:MOST_MEASURED])
    for number in range(2, max(highest, 2) + 1):
        fitted = KMeans(number, n_init=5, random_state=seed).fit_predict(points)
        sizes = np.unique(fitted, return_counts=True)[1]
        measured = np.unique(fitted[drawn])
        if len(sizes) > 1 and sizes.min() >= FEWEST_MEMBERS and len(measured) == len(sizes):
            quality = np.full(len(points), np.nan)
            quality[drawn] = silhouette_samples(points[drawn], fitted[drawn])
            tried.append((fitted, quality))
    return max(tried, key=lambda parted: float(np.nanmean(parted[1])), default=None)


def _title(
    texts: Sequence[str],
    here: npt.NDArray[np.bool_],
    languages: Sequence[str],
    common: Mapping[str, frozenset[str]],
) -> str:
    for surely in (True, False):
        words: list[str] = []
        for found in key_terms(texts, here, languages, most=40, surely=surely, common=common):
            if not any(set(found.term.split()) & set(known.split()) for known in words):
                words.append(found.term)
        if words:
            return ("" if surely else "perhaps: ") + ", ".join(words[:TITLE_TERMS])
    return "nothing that tells it from the others"
