"""TF-IDF with a linear support vector machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classify.embedder import read_options
from classify.row_classifier import Parts, RowClassifier

if TYPE_CHECKING:
    from collections.abc import Mapping


def build(options: Mapping[str, object]) -> RowClassifier:
    """Return the classifier; its one option is ``penalty`` (scikit-learn's C)."""
    from sklearn.svm import LinearSVC

    given = read_options("tfidf_svm", options, {"penalty": 1.0}, kind="classifier")
    return RowClassifier(
        Parts(words=True),
        lambda: LinearSVC(C=given["penalty"], class_weight="balanced", random_state=0),
        given,
    )
