"""A trained model on disk and at work: skops and JSON, no pickle."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.admission import threshold_of
from classify.calibration import Calibration
from classify.card import card_markdown
from classify.classifier import FeatureSpace, own_classifier
from classify.decide import Judgement
from classify.features import Centres
from classify.genre import Genre
from classify.model_rules import refuse_foreign_rules
from classify.model_state import read_state, write_state
from classify.offer import OfferBound, bound_from_state, bound_state
from classify.reliability import reliability_svg
from classify.score import Compass
from classify.thin_text import silence, thinness
from storage.errors import InvalidInput, NotReady, RetriableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classify.classifier import BuildClassifier, Head
    from classify.unit_text import UnitText

_STATE = "model.skops"
_CARD = "card.json"
_SEAL = "state_digest"
_MAKING = ".making-"  # begins the name of a folder that is being written


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrainedModel:
    """A head with what stands around it: calibration, threshold, card.

    A unit that the model learnt from is scored by the fit that had not seen it, so that its
    probability is as honest as any other's.

    Attributes:
        card: As in ``card.json``.
        space: Centres of encoder vectors, and the compass of the definition it was trained by.
        head: Text to score.
        calibration: Score to probability.
        fold_of: unit_id -> fold it was held out in, for units it learnt from.
        bound: How units without an offer of the sector are held below the threshold.
    """

    card: Mapping[str, Any]
    space: FeatureSpace
    head: Head
    calibration: Calibration
    fold_of: Mapping[str, int]
    bound: OfferBound | None = None
    basis: str = "model"
    digest: str = ""

    @property
    def model_id(self) -> str:
        """Return sector and short digest of all it was made from."""
        return str(self.card["model_id"])

    @property
    def sector(self) -> str:
        """Return the sector it decides on."""
        return str(self.card["sector"])

    @property
    def threshold(self) -> float:
        """Return the probability from which a unit counts as active, 0-1."""
        return threshold_of(self.card)

    @property
    def definition_digest(self) -> str:
        """Return the digest of the definition it was trained by."""
        return str(self.card["definition"]["digest"])

    @property
    def centres(self) -> Centres:
        """Return the centres of encoder vectors, by language."""
        return self.space.centres

    def judge(self, units: Sequence[UnitText]) -> list[Judgement]:
        """Return probabilities, and how much each passage speaks for the sector."""
        if not units:
            return []
        fits = np.array([self._fit_of(unit) for unit in units])
        said = self.head.judge(units, fits)
        # Cards from before thin texts lost anything do not say how much.
        discount = float(self.card["decision"].get("thin_discount", 0.0))
        scores = said.scores - discount * thinness(units) - silence(units)
        if self.bound:
            scores = self.bound.hold(scores, units, fits)
        probability = self.calibration.probability(scores)
        return [
            Judgement(probability=float(likely), weights=weights)
            for likely, weights in zip(probability, said.passage_weights, strict=True)
        ]

    def moving_words(self, unit: UnitText) -> dict[str, float]:
        """Return what each word of a unit adds to its score, before calibration."""
        return self.head.moving_words(unit, self._fit_of(unit))

    def best_offer(self, unit: UnitText) -> dict[str, Any] | None:
        """Return what reads most like an offer (`OfferBound.describe`); None if none is asked."""
        return self.bound.describe(unit, self._fit_of(unit)) if self.bound else None

    def _fit_of(self, unit: UnitText) -> int:
        return 1 + self.fold_of.get(unit.key, -1)


def save_model(model: TrainedModel, directory: Path) -> TrainedModel:
    """Write the model into ``directory/<model_id>`` in one step.

    A model that stands there with the same bytes is left alone; what a killed process had begun is
    taken away (only one at a time has the work database, and so trains).

    Returns:
        The model, its card with the digest of what was written beside it (``state_digest``).

    Raises:
        RetriableError: The disk refuses.
    """
    folder = directory / model.model_id
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for begun in directory.glob(f"{_MAKING}*"):
            shutil.rmtree(begun)
        making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=directory))
        try:
            making.chmod(0o755)
            saved = _write(model, making)
            if not _is_copy(folder, making):
                shutil.rmtree(folder, ignore_errors=True)
                making.rename(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    except OSError as fault:
        raise RetriableError(
            f"The model cannot be written to {folder}: {fault}",
            "Make room there, then run this command again; nothing else was changed.",
        ) from fault
    return saved


def _is_copy(folder: Path, of: Path) -> bool:
    """Return whether a folder holds the files of another, byte for byte, and nothing else."""
    names = sorted(path.name for path in of.iterdir())
    if not folder.is_dir() or sorted(path.name for path in folder.iterdir()) != names:
        return False
    return all((folder / name).read_bytes() == (of / name).read_bytes() for name in names)


def _write(model: TrainedModel, folder: Path) -> TrainedModel:
    centres, compass = model.space.centres, model.space.compass
    languages = sorted(centres.by_language)
    state = {
        "head": dict(model.head.state),
        "overall_centre": centres.overall,
        "languages": languages,
        "language_centres": [centres.by_language[language] for language in languages],
        "background": compass.background,
        "inclusion": compass.inclusion,
        "exclusion": compass.exclusion,
        "genre_middle": model.space.genre.middle,
        "genre_direction": model.space.genre.direction,
        "calibration_kind": model.calibration.kind,
        "calibration_x": model.calibration.x,
        "calibration_y": model.calibration.y,
        "fold_of": dict(sorted(model.fold_of.items())),
        "bound": bound_state(model.bound) if model.bound else {},
    }
    write_state(state, folder / _STATE)
    sealed = replace(model, card={**model.card, _SEAL: _digest(folder / _STATE)})
    _write_json(folder / _CARD, sealed.card)
    (folder / "card.md").write_text(card_markdown(model.card), encoding="utf-8")
    chart = reliability_svg(model.card["reliability"]["bins"], f"Reliability of {model.model_id}")
    (folder / "reliability.svg").write_text(chart, encoding="utf-8")
    return sealed


def _digest(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def load_model(
    folder: Path,
    build: BuildClassifier = own_classifier,
    *,
    known: Mapping[str, Any] | None = None,
) -> TrainedModel:
    """Read a model that `save_model` wrote.

    Args:
        folder: Of the model.
        build: Finds its classifier by the name in its card.
        known: Its card as the database keeps it; that of the folder has to be the same.

    Raises:
        NotReady: It is not there.
        InvalidInput: Its files are damaged, or it belongs to other features than are made here.
    """
    advice = "Train it again with `sectorlens model train`, or put the backup of that folder back."
    if not (folder / _CARD).is_file():
        raise NotReady(f"The model {folder.name} has no files in {folder.parent}", advice)
    try:
        card = json.loads((folder / _CARD).read_text(encoding="utf-8"))
        _refuse_changed(folder, card, known)
        refuse_foreign_rules(card, build)
        return _model(card, read_state(folder / _STATE), build)
    except KeyError as fault:
        raise InvalidInput(
            f"The model in {folder} cannot be read: it has no part {fault}, as one of another"
            " version of sectorlens",
            advice,
        ) from fault
    except (OSError, ValueError, IndexError, TypeError) as fault:
        raise InvalidInput(f"The model in {folder} cannot be read: {fault}", advice) from fault


def _refuse_changed(folder: Path, card: Mapping[str, Any], known: Mapping[str, Any] | None) -> None:
    """Raise ValueError where a file is not the one that training wrote.

    Cards from before files were sealed hold no digest.
    """
    if known is not None and _spelled(card) != _spelled(known):
        raise ValueError(f"{_CARD} was changed after the model was trained")
    if _SEAL in card and card[_SEAL] != _digest(folder / _STATE):
        raise ValueError(f"{_STATE} was changed after the model was trained")


def _spelled(card: Mapping[str, Any]) -> str:
    return json.dumps(card, sort_keys=True)


def _model(card: dict[str, Any], state: dict[str, Any], build: BuildClassifier) -> TrainedModel:
    chosen = card["method"]["classifier"]
    by_language = dict(zip(state["languages"], state["language_centres"], strict=True))
    space = FeatureSpace(
        centres=Centres(state["overall_centre"], by_language),
        compass=Compass(state["background"], state["inclusion"], state["exclusion"]),
        genre=Genre(state["genre_middle"], state["genre_direction"]),
    )
    return TrainedModel(
        card=card,
        space=space,
        head=build(chosen["name"], chosen["options"]).restore(state["head"], space),
        calibration=Calibration(
            state["calibration_kind"], state["calibration_x"], state["calibration_y"]
        ),
        fold_of=state["fold_of"],
        # Models from before offers were looked for hold none.
        bound=bound_from_state(state["bound"], space.compass) if state.get("bound") else None,
    )
