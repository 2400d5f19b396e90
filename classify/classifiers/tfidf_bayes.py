"""TF-IDF with complement naive Bayes (Rennie et al. 2003)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classify.embedder import read_options
from classify.row_classifier import Parts, RowClassifier

if TYPE_CHECKING:
    from collections.abc import Mapping


def build(options: Mapping[str, object]) -> RowClassifier:
    """Return the classifier; its one option is ``smoothing``, added to every count."""
    from sklearn.naive_bayes import ComplementNB

    given = read_options("tfidf_bayes", options, {"smoothing": 0.1}, kind="classifier")
    return RowClassifier(Parts(words=True), lambda: ComplementNB(alpha=given["smoothing"]), given)
