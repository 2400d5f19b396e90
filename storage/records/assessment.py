"""What was decided about a unit, what a person said, and on which evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.records.frame import UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document short enough for the encoder.

    Attributes:
        text_digest: ``sha256:<hex>`` of `text` in UTF-8: the key under which its vector is kept.
    """

    url: str
    language: str
    text: str
    text_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Unit × sector: how likely is the unit active in the sector.

    Attributes:
        probability: 0–1. Calibrated where `basis` is ``model``; a rank only where ``definition``.
        active: The decision; None where only ranked by the definition.
        threshold: Probability from which `active` is True; None where only ranked.
        basis: ``model``, or ``definition`` (similarity to the sector's definition, no label used).
        model_id: Of the model; ``definition:<sector>@<version>`` where only ranked.
    """

    unit_id: UnitId
    sector: str
    probability: float
    active: bool | None
    threshold: float | None
    basis: str
    model_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A passage that carried a decision.

    Attributes:
        rank: 1 is the strongest.
        weight: The passage's share of the score, in the model's own scale (unit in the model card).
    """

    unit_id: UnitId
    sector: str
    rank: int
    url: str
    passage: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a decision rests on besides its passages.

    Attributes:
        kind: ``word`` (moved the score), ``neighbour`` (labelled company that is most like it) or
            ``rule`` (of the sector's definition that it touches).
        rank: 1 is the strongest of its kind.
        text: The word, the company's name, or the rule.
        label: Of a neighbour ``active`` or ``inactive``; of a rule ``inclusion``, ``exclusion`` or
            ``edge_case``; empty for words.
        weight: Of a word what it adds to the log-odds before calibration; else the cosine, -1 to 1.
    """

    unit_id: UnitId
    sector: str
    kind: str
    rank: int
    text: str
    label: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a person said of a unit, a website or a text.

    Attributes:
        active: None where the coder could not tell.
        purpose: ``training``, ``audit`` or ``test``. A label serves one purpose only.
        text: The labelled text itself where the label is about neither unit nor website.
        wave: Wave of the audit it answers; empty otherwise.
        inclusion_probability: 0–1 of the audit draw; None otherwise.
        guideline: Version of the sector's definition that the coder worked by; empty: not stated.
        page_digest: ``sha256:<hex>`` of the page or text that the coder saw; empty: not stated.
        role: ``adjudicator`` where the row settles what coders disagreed on; else empty.
    """

    sector: str
    active: bool | None
    unit_id: UnitId | None = None
    url: str | None = None
    text: str | None = None
    coder: str = ""
    coded_at: datetime | None = None
    language: str = ""
    note: str = ""
    purpose: str = "training"
    wave: str = ""
    inclusion_probability: float | None = None
    guideline: str = ""
    page_digest: str = ""
    role: str = ""

    @property
    def adjudicates(self) -> bool:
        """Return whether it settles a disagreement, as ``coder = adjudicated`` does in audits."""
        return self.role == "adjudicator" or self.coder == "adjudicated"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutScore:
    """What a model said of a labelled subject in the fold that had not seen it.

    Attributes:
        subject: Its websites joined by a space, or ``text:<digest>``.
        group_name: Subjects of one group are held out together.
        fold: Which fold held it out.
        text_digest: ``sha256:<hex>`` of the passages that were scored.
        active: The label.
        probability: 0–1, calibrated on the other folds.
        decided: The decision at the threshold of the other folds.
        score: Before calibration, of any scale: what average precision ranks by. Calibrations of
            different folds put their subjects in another order. None where only the probability is
            known, as of models trained before the score was kept.
    """

    subject: str
    group_name: str
    fold: int
    language: str
    text_digest: str
    active: bool
    probability: float
    decided: bool
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """Old and new model of a sector on the same wave, for one measure.

    Attributes:
        measure: ``enterprises`` (decided active), ``expected_enterprises`` (sum of probabilities),
            ``employees``, ``turnover`` (of those decided active).
        break_factor: New value over old value; None where the old value is 0.
        ci_lower: Of the factor's interval; None where there is none.
        n_units: Scored by both models.
        n_both: Decided active by both; `n_only_old`, `n_only_new` by one alone.
    """

    sector: str
    wave: str
    old_model: str
    new_model: str
    measure: str
    old_value: float
    new_value: float
    break_factor: float | None
    ci_lower: float | None
    ci_upper: float | None
    confidence_level: float
    n_units: int
    n_both: int
    n_only_old: int
    n_only_new: int
    method_version: str
