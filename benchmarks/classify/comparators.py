"""The other ways to decide, one file each in classifiers/, and what they are given."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from classify.score import Compass

Array = npt.NDArray[np.float64]
FOLDER = Path(__file__).parent / "classifiers"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sample:
    """Units as a comparator sees them.

    Attributes:
        texts: All passages of a unit as one text.
        means: float64 (n, dim): mean vector of its passages.
        vectors: Of its passages, float64 (n_passages, dim) each.
    """

    texts: list[str]
    means: Array
    vectors: list[Array]

    def part(self, places: Any) -> Sample:
        """Return some of the units."""
        return Sample(
            texts=[self.texts[n] for n in places],
            means=self.means[places],
            vectors=[self.vectors[n] for n in places],
        )


class Comparator(Protocol):
    """Learns from labelled units and scores others; higher is more likely active."""

    def scores(
        self, learnt: Sample, active: npt.NDArray[np.bool_], asked: Sample, compass: Compass
    ) -> Array: ...


def load_comparators() -> dict[str, Comparator]:
    """Return name -> comparator for every file in classifiers/."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"comparator_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found[path.stem] = module.build({})
    return found


def count_words(learnt: list[str], asked: list[str]) -> tuple[Any, Any]:
    """Return TF-IDF rows of words (1-2), idf learnt on the first texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    counter = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=50_000
    ).fit(learnt)
    return counter.transform(learnt), counter.transform(asked)
