"""The floor under the day-one ranking: each shipped definition finds its own activities.

NACE titles in four languages stand in for websites: those of the classes that a definition names in
its `nace_hints` should rank above the others. Drones and clean energy are small parts of the
classes they are registered in, so that their floors are low. The floors are pinned with the digest
of the titles; lowering one needs a line in the changelog under Figures.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classify.embedders import e5_small
from classify.embedding import SharedSentences, embed_passages, make_rank_compass, matrix_of
from classify.measures import average_precision
from classify.passages import passage_of
from classify.prior_texts import prior_texts
from classify.sector import load_sectors
from storage.errors import NotReady
from storage.vector_cache import VectorCache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classify.embedder import Embedder
    from classify.prior_texts import PriorText

pytestmark = pytest.mark.encoder
SECTORS = load_sectors()
TITLES = "03b9987855568c74"
# Measured: .717, .436, .178, .917 and .930.
FLOORS = {
    "ai_software": 0.68,
    "clean_energy": 0.34,
    "drones": 0.14,
    "logistics": 0.87,
    "tourism": 0.82,
}


def activities(sector: str) -> tuple[list[PriorText], list[bool]]:
    """Return all activities, and which of them the sector's hints name."""
    everything = prior_texts(replace(SECTORS[sector], nace_hints=()))
    foreign = {text.key for text in prior_texts(SECTORS[sector])}
    titles = [text for text in everything if not text.stated]
    return titles, [text.key not in foreign for text in titles]


@pytest.fixture(scope="module")
def encoder() -> Embedder:
    pytest.importorskip("sentence_transformers", reason="sectorlens[embed] is not installed")
    built = e5_small.build({})
    try:
        built.encode(["is it there?"])
    except NotReady as fault:
        pytest.skip(fault.title)
    return built


@pytest.fixture(scope="module")
def vectors() -> Iterator[VectorCache]:
    with VectorCache(None) as cache:
        yield cache


def test_the_titles_are_those_that_the_floors_were_measured_on() -> None:
    titles, _ = activities("drones")
    told = [(text.key, text.language, text.text) for text in titles]
    digest = hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()
    assert digest.startswith(TITLES)
    assert set(FLOORS) == set(SECTORS)


@pytest.mark.parametrize("sector", FLOORS)
def test_a_definition_ranks_its_own_activities_first(
    sector: str, encoder: Embedder, vectors: VectorCache
) -> None:
    titles, own = activities(sector)
    passages = [passage_of(text.text, "", text.language) for text in titles]
    matrix = matrix_of(passages, embed_passages(passages, encoder, vectors))
    near = make_rank_compass(SECTORS[sector], SharedSentences(encoder, vectors)).towards(matrix)
    assert average_precision(near, np.array(own)) >= FLOORS[sector]
