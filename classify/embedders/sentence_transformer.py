"""Any model that sentence-transformers can load, by id or by path."""

from __future__ import annotations

import hashlib
import logging
import os
import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.embedder import read_options, unit_rows
from storage.errors import InvalidInput, NotReady

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from classify.embedder import Embedder

_DEFAULTS: dict[str, Any] = {
    "model": "",
    "prefix": "",
    "max_tokens": 256,
    "batch_size": 16,
    "threads": None,
    "offline": True,
    "precision": "auto",
}
# Processors with these compute in bfloat16 two to three times as fast as in single precision; the
# vectors' cosine with single precision's is .99998 on average (docs/decisions/0004).
_FAST_BFLOAT16 = frozenset({"amx_bf16", "avx512_bf16"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderOptions:
    """How texts are handed to the model.

    Attributes:
        prefix: Put before every text, e.g. ``"query: "`` for the e5 family.
        max_tokens: Texts are cut there.
        batch_size: Texts a forward pass.
        threads: Of torch; None leaves torch's own choice.
        offline: True where nothing may be asked of the hub.
        precision: ``float32``, ``bfloat16``, or ``auto``: bfloat16 where the processor is made
            for it.
    """

    prefix: str = ""
    max_tokens: int = 256
    batch_size: int = 16
    threads: int | None = None
    offline: bool = True
    precision: str = "auto"

    def __post_init__(self) -> None:
        """Refuse an unknown precision.

        Raises:
            InvalidInput: It is none of those above.
        """
        if self.precision not in {"auto", "float32", "bfloat16"}:
            raise InvalidInput(
                f"The embedder's precision {self.precision!r} is not known",
                "Set embedder_options.precision to auto, float32 or bfloat16.",
            )

    @property
    def in_bfloat16(self) -> bool:
        """Return whether the model computes in bfloat16 on this machine."""
        return self.precision == "bfloat16" or (
            self.precision == "auto" and bool(_FAST_BFLOAT16 & _processor_flags())
        )


def build(options: Mapping[str, object]) -> Embedder:
    """Return the embedder of ``model`` (id or path).

    Further options: ``prefix``, ``max_tokens`` (256), ``batch_size`` (16), ``threads``,
    ``offline`` (true: nothing is downloaded), ``precision`` (auto, float32 or bfloat16).

    Raises:
        InvalidInput: No model is named, or an option is unknown.
    """
    given = read_options("sentence_transformer", options, _DEFAULTS)
    model = given.pop("model")
    if not model:
        raise InvalidInput(
            "The embedder 'sentence_transformer' was named without a model",
            "Give model = a sentence-transformers id or the path of a folder.",
        )
    return SentenceTransformerEmbedder(lambda: model, EncoderOptions(**given))


class SentenceTransformerEmbedder:
    """A sentence-transformers model, loaded when the first text comes.

    Args:
        locate: Gives the model's id or path, making the folder first where it has to.
        options: How texts are handed over.
        identity: What identifies the model's weights; None: a digest of the weights themselves.
        dim: Length of a vector where known beforehand.
    """

    def __init__(
        self,
        locate: Callable[[], str | Path],
        options: EncoderOptions,
        *,
        identity: str | None = None,
        dim: int | None = None,
    ) -> None:
        self._locate = locate
        self._options = options
        self._identity = identity
        self._dim = dim

    @cached_property
    def digest(self) -> str:
        """Return model, prefix, longest input, pooling and precision as one string."""
        identity = self._identity or _digest_weights(self._model)
        chosen = self._options
        precision = "bfloat16" if chosen.in_bfloat16 else "float32"
        return f"{identity}|{chosen.prefix}|{chosen.max_tokens}|own pooling|{precision}"

    @property
    def dim(self) -> int:
        """Return the length of a vector."""
        if self._dim is None:
            self._dim = len(self.encode(["dimension"])[0])
        return self._dim

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return float32 (n_texts, dim), rows of unit norm.

        The library sorts by length, so that little is padded, and gives the texts' order back.
        """
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        prefixed = [self._options.prefix + encodable(text) for text in texts]
        model = self._model
        import torch

        with torch.autocast("cpu", torch.bfloat16, enabled=self._options.in_bfloat16):
            vectors = model.encode(
                prefixed,
                batch_size=self._options.batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
        return unit_rows(np.asarray(vectors, dtype=np.float64))

    @cached_property
    def _model(self) -> Any:
        model = load_quietly(str(self._locate()), offline=self._options.offline)
        model.max_seq_length = min(self._options.max_tokens, model.max_seq_length or 10**9)
        if self._options.threads:
            import torch

            torch.set_num_threads(self._options.threads)
        return model


@cache
def _processor_flags() -> frozenset[str]:
    """Return what the processor can do, as Linux tells it; nothing where it does not."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    return frozenset(word for line in lines if line.startswith("flags") for word in line.split())


def encodable(text: str) -> str:
    """Return the text without half surrogate pairs, which no tokenizer takes."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def load_quietly(model: str, *, offline: bool) -> Any:
    """Load a sentence-transformers model on the CPU in single precision, without chatter.

    Args:
        model: Id or path.
        offline: Nothing may be asked of the hub.

    Raises:
        NotReady: sentence-transformers is not installed, or the model is not there.
    """
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if offline:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging
    except ImportError as fault:
        raise NotReady(
            f"The encoder needs a package that is not installed: {fault.name}",
            "Install sectorlens[embed] (README, Quick start).",
        ) from fault
    # These libraries warn of an untrained pooling layer that is not used here, and draw bars
    # of their own over ours.
    chatter: Any = transformers_logging
    chatter.set_verbosity_error()
    chatter.disable_progress_bar()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return SentenceTransformer(
                model,
                device="cpu",
                local_files_only=offline,
                model_kwargs={"dtype": "float32"},
            )
    except (OSError, ValueError) as fault:
        raise NotReady(
            f"The encoder {model!r} cannot be loaded: {str(fault).splitlines()[0]}",
            "Give the path of a sentence-transformers folder, or set offline = false once.",
        ) from fault


def _digest_weights(model: Any) -> str:
    digest = hashlib.sha256()
    for name, values in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(values.float().contiguous().numpy().tobytes())
    return f"sha256:{digest.hexdigest()}"
