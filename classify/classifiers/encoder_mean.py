"""Mean vector of all passages with logistic regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classify.embedder import read_options
from classify.row_classifier import Parts, RowClassifier

if TYPE_CHECKING:
    from collections.abc import Mapping


def build(options: Mapping[str, object]) -> RowClassifier:
    """Return the classifier; its one option is ``penalty`` (scikit-learn's C)."""
    from sklearn.linear_model import LogisticRegression

    given = read_options("encoder_mean", options, {"penalty": 10.0}, kind="classifier")
    return RowClassifier(
        Parts(mean=True),
        lambda: LogisticRegression(C=given["penalty"], class_weight="balanced", max_iter=1000),
        given,
    )
