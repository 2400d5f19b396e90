"""How a model does in each language: a model may be right in one and guess in the next (pure)."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.held_out import ranked_by
from classify.validation import measure_decisions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.records.assessment import HeldOutScore

ENGLISH, OTHERS = "en", "all but en"
# Of each answer, for measures: of four, fewer than one resample in forty holds none at all.
FEWEST = 4


def report_languages(scores: Sequence[HeldOutScore], seed: int) -> dict[str, dict[str, Any]]:
    """Return language -> n, n_active, n_decided and the measures with 95 % intervals.

    Languages come by number of labels, and after them all but English together where there are
    labels in English. Measures are left out where a language has fewer than `FEWEST` labels of
    either answer.

    Args:
        scores: Of labelled subjects, by fits that had not seen them.
        seed: Of the resampling.
    """
    languages = np.array([score.language for score in scores], dtype=object)
    counts = Counter(languages.tolist())
    parts = {
        name: languages == name for name, _ in sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    }
    if 0 < counts[ENGLISH] < len(scores):
        parts[OTHERS] = languages != ENGLISH
    return {name: _measured(list(compress(scores, part)), seed) for name, part in parts.items()}


def measure_scores(scores: Sequence[HeldOutScore], seed: int) -> dict[str, dict[str, float]]:
    """Return average precision, precision, recall and F1, each as value, lower and upper.

    Args:
        scores: At least one active subject.
        seed: Of the resampling.
    """
    found = measure_decisions(
        ranked_by(scores),
        np.array([score.decided for score in scores], dtype=bool),
        np.array([score.active for score in scores], dtype=bool),
        [score.group_name for score in scores],
        seed,
    )
    return {name: asdict(measure) for name, measure in found.items()}


def _measured(scores: Sequence[HeldOutScore], seed: int) -> dict[str, Any]:
    n_active = sum(score.active for score in scores)
    enough = FEWEST <= n_active <= len(scores) - FEWEST
    return {
        "n": len(scores),
        "n_active": n_active,
        "n_decided": sum(score.decided for score in scores),
        "measures": measure_scores(scores, seed) if enough else {},
    }
