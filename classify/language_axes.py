"""In what directions vectors of texts differ by their language alone (pure).

Two texts in one language are nearer to each other than what they say makes them: a definition
written in German would rank German websites first, whatever they do. What a language adds to a
vector is told by ordinary trades, offered and written about, that say the same in eight languages
(`trades.toml`): the centre of its sentences less that of all. The part of a sector's direction
that lies in the space of these differences tells languages and no sector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

_NOTHING = 1e-9  # a direction in which languages differ by less is rounding


def language_axes(vectors: Array, languages: Sequence[str]) -> Array:
    """Return an orthonormal basis of what languages differ in.

    Args:
        vectors: float64 (n, dim): sentences that say the same in each language.
        languages: Of each.

    Returns:
        float64 (k, dim), k < number of languages.
    """
    said = np.array(languages)
    centres = np.array([vectors[said == one].mean(axis=0) for one in sorted({*languages})])
    _, spread, axes = np.linalg.svd(centres - centres.mean(axis=0), full_matrices=False)
    return np.asarray(axes[spread > _NOTHING])


def without_axes(direction: Array, axes: Array) -> Array:
    """Return float64 (dim,): the part of a direction that is orthogonal to the axes (k, dim)."""
    return np.asarray(direction - axes.T @ (axes @ direction))
