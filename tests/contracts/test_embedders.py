"""What holds for every file in classify/embedders/."""

from __future__ import annotations

import importlib
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classify.embedders import e5_small
from storage.errors import InvalidInput, NotReady

if TYPE_CHECKING:
    from classify.embedder import Embedder

PLUGINS = sorted(
    entry.name.removesuffix(".py")
    for entry in resources.files("classify.embedders").iterdir()
    if entry.name.endswith(".py") and entry.name != "__init__.py"
)
HEAVY = {"e5_small", "sentence_transformer"}
TEXTS = (
    "We build drones for farmers.",
    "",
    "Wir bauen Drohnen für Landwirte.",
    "=cmd|' /C calc'!A0 \u202e\x00 <script>alert(1)</script> \ud800",
    "word " * 3000,
)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.encoder] if name in HEAVY else []) for name in PLUGINS
    ],
)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    options: dict[str, object] = {}
    if request.param in HEAVY:
        pytest.importorskip("sentence_transformers", reason="sectorlens[embed] is not installed")
        options = {"max_tokens": 64}
    if request.param == "sentence_transformer":
        try:
            options["model"] = str(e5_small.prepare(e5_small.encoder_folder()))
        except NotReady as fault:
            pytest.skip(fault.title)
    plugin = importlib.import_module(f"classify.embedders.{request.param}")
    return plugin.build(options)


def test_rows_are_finite_unit_vectors_of_the_told_length(embedder: Embedder) -> None:
    vectors = embedder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dim)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_a_text_gets_the_same_vector_alone_and_in_company(embedder: Embedder) -> None:
    together = embedder.encode(TEXTS)
    alone = embedder.encode([TEXTS[2]])
    # As a cosine: in bfloat16 the numbers of a vector move in the fourth decimal with its company.
    assert 1 - float(together[2] @ alone[0]) < 1e-4


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, embedder.dim)


def test_the_digest_is_the_same_when_built_again(embedder: Embedder) -> None:
    assert embedder.digest == embedder.digest
    assert embedder.digest


@pytest.mark.parametrize("name", PLUGINS)
def test_unknown_options_are_refused_with_the_known_ones(name: str) -> None:
    plugin = importlib.import_module(f"classify.embedders.{name}")
    with pytest.raises(InvalidInput) as fault:
        plugin.build({"colour": "red", "max_token": 5})
    assert len(fault.value.details) == 2
    assert "known are" in fault.value.advice
