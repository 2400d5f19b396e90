"""A BERT encoder with mean pooling as an OpenVINO graph, built from a folder's own weights.

The layers are written down as Devlin et al. (2019) define them; the weights are read from
``model.safetensors`` under the names that transformers gives them. OpenVINO's converter is not
used: it would need torch, keep a second copy of the weights, and report its use to its maker.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt


def read_graph(folder: Path) -> Any:
    """Return the openvino.Model of the encoder in `folder`.

    Inputs are piece numbers and mask, int64 (n_texts, n_pieces) each; the output is the mean of
    the pieces' vectors, float32 (n_texts, dim).
    """
    import openvino
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    network = _Network(load_file(folder / "model.safetensors"), config)
    pieces, mask, pooled = network.build()
    return openvino.Model([pooled], [pieces, mask], "encoder")


class _Network:
    """The graph under construction: each method adds a layer and returns its output."""

    def __init__(self, weights: Mapping[str, npt.NDArray[Any]], config: Mapping[str, Any]) -> None:
        from openvino import opset13

        self._ops = opset13
        self._weights = weights
        self._heads = int(config["num_attention_heads"])
        self._layers = int(config["num_hidden_layers"])
        self._dim = int(config["hidden_size"])
        self._epsilon = float(config["layer_norm_eps"])

    def build(self) -> tuple[Any, Any, Any]:
        ops = self._ops
        pieces = ops.parameter([-1, -1], np.int64, name="pieces")
        mask = ops.parameter([-1, -1], np.int64, name="mask")
        counted = ops.convert(mask, "f32")
        hidden = self._embed(pieces)
        shut = ops.multiply(ops.subtract(self._number(1.0), counted), self._number(-1e9))
        shut = ops.unsqueeze(shut, self._whole([1, 2]))
        for number in range(self._layers):
            hidden = self._layer(f"encoder.layer.{number}", hidden, shut)
        counted = ops.unsqueeze(counted, self._whole([2]))
        total = ops.reduce_sum(ops.multiply(hidden, counted), self._whole([1]))
        return pieces, mask, ops.divide(total, ops.reduce_sum(counted, self._whole([1])))

    def _embed(self, pieces: Any) -> Any:
        ops = self._ops
        length = ops.gather(ops.shape_of(pieces), self._whole(1), self._whole(0))
        places = ops.range(self._whole(0), length, self._whole(1), "i64")
        by_piece = ops.gather(self._tensor("embeddings.word_embeddings"), pieces, self._whole(0))
        by_place = ops.gather(
            self._tensor("embeddings.position_embeddings"), places, self._whole(0)
        )
        kind = ops.gather(
            self._tensor("embeddings.token_type_embeddings"), self._whole(0), self._whole(0)
        )
        summed = ops.add(ops.add(by_piece, by_place), kind)
        return self._norm("embeddings.LayerNorm", summed)

    def _layer(self, name: str, hidden: Any, shut: Any) -> Any:
        ops = self._ops
        query, key, value = (
            self._split(self._dense(f"{name}.attention.self.{part}", hidden))
            for part in ("query", "key", "value")
        )
        seen = ops.scaled_dot_product_attention(query, key, value, shut)
        joined = ops.reshape(
            ops.transpose(seen, self._whole([0, 2, 1, 3])), self._whole([0, 0, self._dim]), True
        )
        attended = ops.add(hidden, self._dense(f"{name}.attention.output.dense", joined))
        hidden = self._norm(f"{name}.attention.output.LayerNorm", attended)
        wide = ops.gelu(self._dense(f"{name}.intermediate.dense", hidden), "erf")
        narrow = ops.add(hidden, self._dense(f"{name}.output.dense", wide))
        return self._norm(f"{name}.output.LayerNorm", narrow)

    def _split(self, hidden: Any) -> Any:
        """Return (n, heads, pieces, dim / heads)."""
        ops = self._ops
        shape = self._whole([0, 0, self._heads, self._dim // self._heads])
        return ops.transpose(ops.reshape(hidden, shape, True), self._whole([0, 2, 1, 3]))

    def _dense(self, name: str, hidden: Any) -> Any:
        ops = self._ops
        product = ops.matmul(hidden, self._tensor(name), False, True)
        return ops.add(product, self._tensor(name, "bias"))

    def _norm(self, name: str, hidden: Any) -> Any:
        ops = self._ops
        even = ops.mvn(hidden, self._whole([-1]), True, self._epsilon, "inside_sqrt")
        scaled = ops.multiply(even, self._tensor(name))
        return ops.add(scaled, self._tensor(name, "bias"))

    def _tensor(self, name: str, part: str = "weight") -> Any:
        """Return the weights, kept in half precision and widened where they are used."""
        ops = self._ops
        return ops.convert(ops.constant(self._weights[f"{name}.{part}"]), "f32")

    def _whole(self, value: int | list[int]) -> Any:
        return self._ops.constant(np.array(value, dtype=np.int64))

    def _number(self, value: float) -> Any:
        return self._ops.constant(np.array(value, dtype=np.float32))
