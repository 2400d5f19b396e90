"""What the classifier asks of an encoder, and what encoders share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from storage.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt


class Embedder(Protocol):
    """Texts to points on the unit sphere; near points mean near meanings."""

    @property
    def digest(self) -> str:
        """Return what identifies the vectors: model, prefix, longest input and pooling.

        Vectors of different digests are never mixed. Reading it does not load the model where
        that can be avoided.
        """
        ...

    @property
    def dim(self) -> int:
        """Return the length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return float32 (n_texts, dim), rows of unit norm, in the order of `texts`."""
        ...


def read_options(
    plugin: str,
    options: Mapping[str, object],
    known: Mapping[str, Any],
    *,
    kind: str = "embedder",
) -> dict[str, Any]:
    """Lay a plug-in's options over its defaults.

    Args:
        plugin: The plug-in's name, for messages.
        options: As the settings give them.
        known: Name -> default; the default's type is the type asked for (None: an integer; where
            it is a float, an integer will do).
        kind: What the plug-in is, for messages.

    Raises:
        InvalidInput: An option that is not known, or of another type; all are told at once.
    """
    faults = [f"{name}: not an option of it" for name in sorted(set(options) - set(known))]
    for name in sorted(set(options) & set(known)):
        wanted = int if known[name] is None else type(known[name])
        value = options[name]
        fits = type(value) is wanted or (wanted is float and type(value) is int)
        if not fits and not (value is None and known[name] is None):
            faults.append(f"{name} = {value!r}: must be of type {wanted.__name__}")
    if faults:
        raise InvalidInput(
            f"The options of the {kind} {plugin!r} cannot be used",
            "Mend them under [classify] in the settings; known are:"
            f" {', '.join(sorted(known)) or 'none'}.",
            faults,
        )
    return {**known, **options}


def unit_rows(vectors: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the rows scaled to norm 1 as float32; a row of zeros stays what it is."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled = vectors / np.where(norms > 0, norms, 1.0)
    return np.ascontiguousarray(scaled, dtype=np.float32)
