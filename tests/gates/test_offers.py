"""How well offers of a sector are told from texts that lie near it, before anything is trained.

`tests/classify/confusables.toml` holds texts written for this test, each with the ruling on it:
news, lessons, users, suppliers and other trades, and companies of the sector beside them. What
models decide on them stands in docs/methods.md.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classify.embedders import e5_small
from classify.embedding import (
    SharedSentences,
    embed_offers,
    embed_passages,
    make_compass,
    matrix_of,
)
from classify.sector import load_sectors
from classify.unit_text import UnitText
from classify.units import read_text
from storage.errors import NotReady
from storage.vector_cache import VectorCache

TEXTS = Path(__file__).parents[1] / "classify" / "confusables.toml"
SECTORS = load_sectors()
# Of all pairs of a company of a sector and a text near it, the least share in the right order.
# Measured: AI .73, clean energy .97, drones 1, logistics .92, tourism .88; mean .90.
LEAST_IN_ORDER = 0.85


def texts() -> list[dict[str, str]]:
    with TEXTS.open("rb") as file:
        told: list[dict[str, str]] = tomllib.load(file)["text"]
    return told


def test_the_texts_cover_kinds_languages_and_sectors() -> None:
    kinds = Counter(told["kind"] for told in texts())
    assert set(kinds) == {"article", "demo", "legal", "neighbour", "offer", "supplier", "user"}
    assert sum(kinds.values()) - kinds["offer"] >= 40
    assert len({told["language"] for told in texts()}) >= 6
    assert len({told["text"] for told in texts()}) == len(texts())
    for sector in SECTORS:
        of_sector = [told["kind"] == "offer" for told in texts() if told["sector"] == sector]
        assert 4 <= sum(of_sector) < len(of_sector)


def evidence(sector: str, encoder: Any, cache: VectorCache) -> tuple[Any, Any]:
    """Return the evidence of each text of a sector, and which are companies of it."""
    definition = SECTORS[sector]
    shared = SharedSentences(encoder, cache)
    check = embed_offers(definition, make_compass(definition, shared), shared)
    assert check is not None
    told = [one for one in texts() if one["sector"] == sector]
    passages = [read_text(one["text"], one["language"]) for one in told]
    found = embed_passages((p for cut in passages for p in cut), encoder, cache)
    units = [
        UnitText(
            key=one["text"],
            passages=cut,
            vectors=matrix_of(cut, found),
            language=one["language"],
        )
        for one, cut in zip(told, passages, strict=True)
    ]
    return check.evidence(units), np.array([one["kind"] == "offer" for one in told])


@pytest.mark.encoder
def test_companies_of_a_sector_read_more_like_offers_of_it_than_texts_that_lie_near_it() -> None:
    pytest.importorskip("sentence_transformers", reason="sectorlens[embed] is not installed")
    encoder, cache = e5_small.build({"threads": 1}), VectorCache()
    try:
        encoder.encode(["is it there?"])
    except NotReady as fault:
        pytest.skip(fault.title)
    in_order = {}
    for sector in SECTORS:
        found, of_sector = evidence(sector, encoder, cache)
        in_order[sector] = (found[of_sector][:, None] > found[~of_sector]).mean()
    assert np.mean(list(in_order.values())) >= LEAST_IN_ORDER, in_order
