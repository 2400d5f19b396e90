"""What training, evaluating and assessing all work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from classify.classifier import DEFAULT_CLASSIFIER, own_classifier
from classify.embedding import (
    SharedSentences,
    embed_genre,
    embed_offers,
    embed_passages,
    make_compass,
    make_rank_compass,
)
from classify.score import rank_score
from classify.trained_model import load_model
from storage.errors import InvalidInput
from storage.records.stage import no_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from classify.classifier import BuildClassifier, Classifier
    from classify.embedder import Embedder
    from classify.genre import Genre
    from classify.offer import OfferCheck
    from classify.score import Compass
    from classify.sector import SectorDefinition
    from classify.trained_model import TrainedModel
    from classify.unit_text import UnitText
    from storage.records.assessment import Passage
    from storage.records.stage import ProgressListener
    from storage.vector_cache import VectorCache


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """The classifier's tools, built from the settings.

    Attributes:
        embedder: Makes the vectors.
        vectors: Keeps them.
        sectors: Sector name -> definition, those to work on.
        model_directory: Where trained models lie, one directory a version.
        seed: Of folds and resampling.
        classifier: The one that new models are trained with.
        classifier_options: Of that one.
        correct_prior: Whether a wave's probabilities are corrected for its share of active units.
        build_classifier: Finds classifiers by name; stored models name theirs.
    """

    embedder: Embedder
    vectors: VectorCache
    sectors: Mapping[str, SectorDefinition]
    model_directory: Path
    seed: int = 0
    classifier: str = DEFAULT_CLASSIFIER
    classifier_options: Mapping[str, object] = field(default_factory=dict)
    correct_prior: bool = True
    build_classifier: BuildClassifier = own_classifier
    _shared: SharedSentences = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make what looks up the sentences that all sectors share; nothing is looked up yet."""
        object.__setattr__(self, "_shared", SharedSentences(self.embedder, self.vectors))

    def definition(self, sector: str) -> SectorDefinition:
        """Return the definition of a sector.

        Raises:
            InvalidInput: There is none of that name.
        """
        if sector not in self.sectors:
            raise InvalidInput(
                f"There is no sector {sector!r}",
                f"Known are: {', '.join(sorted(self.sectors))}; "
                f"a new one is one file, sectors/{sector}.toml in the workspace.",
            )
        return self.sectors[sector]

    def compass(self, sector: str) -> Compass:
        """Return where the sector lies in the space of vectors."""
        return make_compass(self.definition(sector), self._shared)

    def rank_compass(self, sector: str) -> Compass:
        """Return what units are ranked by before there is a label."""
        return make_rank_compass(self.definition(sector), self._shared)

    def likeness(self, sector: str, units: Sequence[UnitText]) -> list[float]:
        """Return how like units are to a sector by its definition alone, as they are ranked."""
        compass = self.rank_compass(sector)
        return [rank_score(compass.towards(unit.vectors)) for unit in units]

    def genre(self) -> Genre:
        """Return what tells offers from writing about things."""
        return embed_genre(self.embedder, self.vectors)

    def offers(self, sector: str) -> OfferCheck | None:
        """Return what offers of the sector are near to; None where the encoder cannot tell."""
        return embed_offers(self.definition(sector), self.compass(sector), self._shared)

    def embed(
        self, passages: Iterable[Passage], progress: ProgressListener = no_progress
    ) -> dict[str, npt.NDArray[np.float32]]:
        """Return text digest -> vector, float32 (dim,), of unit norm."""
        return embed_passages(passages, self.embedder, self.vectors, progress)

    def chosen_classifier(self) -> Classifier:
        """Return the classifier that new models are trained with.

        Raises:
            InvalidInput: There is none of that name, or the options are not its own.
        """
        return self.build_classifier(self.classifier, self.classifier_options)

    def load(self, model_id: str, card: Mapping[str, Any] | None = None) -> TrainedModel:
        """Read a stored model.

        Args:
            model_id: Of the model.
            card: As the database keeps it; None where it is not known.

        Raises:
            NotReady: Its files are gone.
            InvalidInput: They are damaged or are not those that training wrote, or its classifier
                is no longer there.
        """
        return load_model(self.model_directory / model_id, self.build_classifier, known=card)
