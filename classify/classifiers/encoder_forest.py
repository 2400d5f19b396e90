"""Mean vector and similarity to the definition with a random forest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classify.embedder import read_options
from classify.row_classifier import Parts, RowClassifier

if TYPE_CHECKING:
    from collections.abc import Mapping


def build(options: Mapping[str, object]) -> RowClassifier:
    """Return the classifier; its one option is the number of ``trees``."""
    from sklearn.ensemble import RandomForestClassifier

    given = read_options("encoder_forest", options, {"trees": 200}, kind="classifier")
    return RowClassifier(
        Parts(mean=True, definition=True),
        lambda: RandomForestClassifier(
            given["trees"], class_weight="balanced_subsample", random_state=0
        ),
        given,
    )
