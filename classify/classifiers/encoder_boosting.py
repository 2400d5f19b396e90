"""Mean vector and similarity to the definition with gradient boosting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classify.embedder import read_options
from classify.row_classifier import Parts, RowClassifier

if TYPE_CHECKING:
    from collections.abc import Mapping


def build(options: Mapping[str, object]) -> RowClassifier:
    """Return the classifier; its one option is the number of ``trees``."""
    from sklearn.ensemble import GradientBoostingClassifier

    given = read_options("encoder_boosting", options, {"trees": 100}, kind="classifier")
    return RowClassifier(
        Parts(mean=True, definition=True),
        lambda: GradientBoostingClassifier(
            n_estimators=given["trees"], max_features="sqrt", random_state=0
        ),
        given,
    )
