from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from classify.e5_conversion import convert, dequantise, read_tensors
from classify.embedder import read_options, unit_rows
from classify.embedders import e5_small, hashed, sentence_transformer
from classify.embedding import embed_passages
from classify.passages import passage_of
from storage.errors import InvalidInput, NotReady
from storage.vector_cache import VectorCache


def encoder_parts() -> tuple[Path, Path]:
    try:
        return (
            e5_small.checked_file(*e5_small.WEIGHTS),
            e5_small.checked_file(*e5_small.TOKENIZER),
        )
    except NotReady as fault:
        pytest.skip(fault.title)


def test_options_of_a_wrong_type_are_told_all_at_once() -> None:
    with pytest.raises(InvalidInput) as fault:
        read_options(
            "e5_small", {"max_tokens": "many", "threads": 1.5}, {"max_tokens": 256, "threads": None}
        )
    assert [line.split()[0] for line in fault.value.details] == ["max_tokens", "threads"]


def test_unit_rows_leaves_a_row_of_zeros() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert rows == pytest.approx(np.array([[0.6, 0.8], [0.0, 0.0]]))
    assert rows.dtype == np.float32


def test_hashed_brings_texts_of_the_same_words_near_each_other() -> None:
    embedder = hashed.build({"dim": 512})
    drone, drones, bakery = embedder.encode(["a drone pilot", "drones and pilots", "fresh bread"])
    assert drone @ drones > drone @ bakery


def test_a_cached_vector_that_cannot_be_the_embedders_is_made_anew() -> None:
    embedder, passage = hashed.build({"dim": 64}), passage_of("drone flights", "", "en")
    (good,) = embedder.encode([passage.text])
    with VectorCache(None) as cache:
        for damaged in (2 * good, np.zeros_like(good), good[:32]):
            cache.add([passage.text_digest], damaged[None], embedder.digest)
            found = embed_passages([passage], embedder, cache)
            assert found[passage.text_digest].tolist() == good.tolist()


def test_hashed_refuses_a_vector_of_one_number() -> None:
    with pytest.raises(InvalidInput, match="dim"):
        hashed.build({"dim": 1})


def test_a_sentence_transformer_needs_a_model() -> None:
    with pytest.raises(InvalidInput, match="without a model"):
        sentence_transformer.build({})


@pytest.mark.encoder
def test_a_model_that_is_not_there_is_told_with_the_mend(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="sectorlens[embed] is not installed")
    embedder = sentence_transformer.build({"model": str(tmp_path / "absent")})
    with pytest.raises(NotReady, match="cannot be loaded"):
        embedder.encode(["text"])


def test_a_missing_package_is_told_with_the_mend() -> None:
    with pytest.raises(NotReady, match="not installed") as fault:
        e5_small.checked_file("no-such-package-of-weights", "weights.bin", "00")
    assert "embed" in fault.value.advice


def test_a_package_file_with_other_bytes_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not the file expected"):
        e5_small.checked_file("numpy", "METADATA", "00")


def test_a_package_without_the_file_is_told() -> None:
    with pytest.raises(NotReady, match="is gone"):
        e5_small.checked_file("numpy", "weights.bin", "00")


def test_the_encoder_lies_in_the_cache_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert e5_small.encoder_folder(str(tmp_path)).parent == tmp_path / "encoders"
    monkeypatch.delenv("SECTORLENS_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert e5_small.encoder_folder().parent == tmp_path / "sectorlens" / "encoders"
    monkeypatch.setenv("SECTORLENS_CACHE", str(tmp_path / "own"))
    assert e5_small.encoder_folder().parent == tmp_path / "own" / "encoders"


def test_four_bit_blocks_are_scale_times_nibble_less_eight() -> None:
    scale = np.array([0.5], dtype="<f2").view(np.uint8)
    nibbles = np.arange(16, dtype=np.uint8) | (np.uint8(15) << 4)
    values = dequantise(np.concatenate([scale, nibbles]), 32)
    assert values[:16].tolist() == [(n - 8) * 0.5 for n in range(16)]
    assert values[16:].tolist() == [3.5] * 16


@pytest.mark.parametrize("content", [b"", b"GGUF" + b"\x00" * 100, b"E5S1" + b"\xff" * 100])
def test_a_file_of_another_layout_is_refused(tmp_path: Path, content: bytes) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(content)
    with pytest.raises(InvalidInput, match="does not have the layout"):
        read_tensors(weights)


@pytest.mark.encoder
def test_converting_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("safetensors", reason="sectorlens[embed] is not installed")
    parts = encoder_parts()
    convert(*parts, tmp_path / "first")
    convert(*parts, tmp_path / "second")
    names = sorted(p.relative_to(tmp_path / "first") for p in (tmp_path / "first").rglob("*.*"))
    assert Path("model.safetensors") in names
    for name in names:
        first, second = tmp_path / "first" / name, tmp_path / "second" / name
        assert first.is_dir() or first.read_bytes() == second.read_bytes(), name
    convert(*parts, tmp_path / "first")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["first", "second"]


@pytest.mark.encoder
def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    pytest.importorskip("safetensors", reason="sectorlens[embed] is not installed")
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(NotReady, match="cannot be written"):
        convert(*encoder_parts(), tmp_path / "file" / "encoder")


@pytest.mark.encoder
def test_translations_are_nearest_neighbours() -> None:
    pytest.importorskip("sentence_transformers", reason="sectorlens[embed] is not installed")
    encoder_parts()
    groups = [
        [
            "We inspect wind turbines with drones.",
            "Wir inspizieren Windräder mit Drohnen.",
            "Nous inspectons des éoliennes avec des drones.",
            "Kontrolujemy turbiny wiatrowe za pomocą dronów.",
        ],
        [
            "Our family bakery sells fresh bread every morning.",
            "Unsere Familienbäckerei verkauft jeden Morgen frisches Brot.",
            "Notre boulangerie familiale vend du pain frais chaque matin.",
            "Nasza rodzinna piekarnia codziennie rano sprzedaje świeży chleb.",
        ],
        [
            "Tax advice for small companies.",
            "Steuerberatung für kleine Unternehmen.",
            "Conseil fiscal pour les petites entreprises.",
            "Doradztwo podatkowe dla małych firm.",
        ],
    ]
    vectors = e5_small.build({}).encode([text for group in groups for text in group])
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -1.0)
    nearest = similarity.argmax(axis=1)
    assert [row // 4 for row in range(12)] == [int(other) // 4 for other in nearest]


@pytest.mark.encoder
def test_two_processes_may_convert_at_once(tmp_path: Path) -> None:
    pytest.importorskip("safetensors", reason="sectorlens[embed] is not installed")
    parts = encoder_parts()
    program = (
        "import sys, pathlib; from classify.e5_conversion import convert;"
        "convert(*map(pathlib.Path, sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, *map(str, parts), str(tmp_path / "encoder")]
    running = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(timeout=300) for process in running] == [0, 0]
    assert [path.name for path in tmp_path.iterdir()] == ["encoder"]
    assert (tmp_path / "encoder" / "model.safetensors").stat().st_size > 200_000_000


def test_openvino_is_refused_where_it_is_no_gain() -> None:
    with pytest.raises(InvalidInput, match="openvino"):
        e5_small.build({"runtime": "openvino", "precision": "float32"})
    with pytest.raises(InvalidInput, match="cuda"):
        e5_small.build({"runtime": "cuda"})
    assert not isinstance(e5_small.build({"precision": "float32"}), e5_small.OpenVinoE5)


@pytest.mark.encoder
def test_openvino_gives_the_vectors_of_torch_under_a_digest_of_its_own() -> None:
    pytest.importorskip("sentence_transformers", reason="sectorlens[embed] is not installed")
    pytest.importorskip("openvino", reason="openvino is not installed")
    encoder_parts()
    texts = ["We inspect roofs with drones. " * n for n in (1, 3, 9, 40)] + ["", "ß" * 3000]
    fast = e5_small.build({"runtime": "openvino", "precision": "bfloat16"})
    exact = e5_small.build({"runtime": "torch", "precision": "float32"})
    assert fast.digest != exact.digest
    cosines = (fast.encode(texts) * exact.encode(texts)).sum(axis=1)
    assert cosines.min() > 0.999
    alone = np.concatenate([fast.encode([text]) for text in texts])
    assert np.abs(alone - fast.encode(texts)).max() < 1e-5  # whatever a text is embedded beside
