"""From scores to what is kept: the decision and its evidence (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from classify.score import best_passages, rank_score
from storage.records.assessment import Evidence, Prediction
from storage.records.frame import UnitId

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from classify.score import Compass
    from classify.sector import SectorDefinition
    from classify.unit_text import UnitText

EVIDENCE_A_DECISION = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Judgement:
    """What a scorer says of one unit.

    Attributes:
        probability: 0-1.
        weights: float64 (n_passages,): what each passage adds to the score.
    """

    probability: float
    weights: npt.NDArray[np.float64]


class Scorer(Protocol):
    """Scores units for one sector: a trained model, or the definition alone."""

    @property
    def model_id(self) -> str:
        """Return what stands in ``prediction.model_id``."""
        ...

    @property
    def basis(self) -> str:
        """Return ``model`` or ``definition``."""
        ...

    @property
    def threshold(self) -> float | None:
        """Return the probability from which a unit counts as active; None: not decided."""
        ...

    @property
    def digest(self) -> str:
        """Return what the score depends on besides the texts and `model_id`."""
        ...

    def judge(self, units: Sequence[UnitText]) -> list[Judgement]:
        """Return one judgement a unit, in their order."""
        ...


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DefinitionScorer:
    """Ranks units by similarity to a sector's definition; decides nothing."""

    definition: SectorDefinition
    compass: Compass
    digest: str
    basis: str = "definition"
    threshold: float | None = None

    @property
    def model_id(self) -> str:
        """Return ``definition:<sector>@<version>``."""
        return definition_model_id(self.definition)

    def judge(self, units: Sequence[UnitText]) -> list[Judgement]:
        """Return rank scores; a passage's weight is its similarity to the inclusions, -1 to 1."""
        similarities = [self.compass.towards(unit.vectors) for unit in units]
        return [Judgement(probability=rank_score(s), weights=s) for s in similarities]


def definition_model_id(definition: SectorDefinition) -> str:
    """Return the `model_id` of predictions that rest on the definition alone."""
    return f"definition:{definition.name}@{definition.version}"


def decide(unit: UnitText, sector: str, scorer: Scorer, judgement: Judgement) -> Prediction:
    """Return the prediction of one unit and sector."""
    threshold = scorer.threshold
    return Prediction(
        unit_id=UnitId(unit.key),
        sector=sector,
        probability=judgement.probability,
        active=None if threshold is None else judgement.probability >= threshold,
        threshold=threshold,
        basis=scorer.basis,
        model_id=scorer.model_id,
    )


def give_evidence(unit: UnitText, sector: str, judgement: Judgement) -> list[Evidence]:
    """Return the passages that speak most for the sector, the strongest first."""
    return [
        Evidence(
            unit_id=UnitId(unit.key),
            sector=sector,
            rank=rank,
            url=unit.passages[place].url,
            passage=unit.passages[place].text,
            weight=float(judgement.weights[place]),
        )
        for rank, place in enumerate(best_passages(judgement.weights, EVIDENCE_A_DECISION), start=1)
    ]
