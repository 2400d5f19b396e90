"""A trained model on disk and at work: arrays and JSON, no pickle."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.calibration import Calibration
from classify.card import card_markdown
from classify.decide import Judgement
from classify.features import Centres, Words, encode_unit
from classify.reliability import reliability_svg
from classify.score import Compass
from classify.word_weights import WordWeights
from storage.errors import InvalidInput, NotReady, RetriableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from classify.unit_text import UnitText

    Array = npt.NDArray[np.float64]

_ARRAYS = "weights.npz"
_TERMS = "terms.json"
_CARD = "card.json"


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainedModel:
    """A linear model with its feature space.

    The first row of the weights is the model; the others are the fits of the cross-validation. A
    unit that the model learnt from is scored by the fit that had not seen it, so that its
    probability is as honest as any other's.

    Attributes:
        card: As in ``card.json``.
        centres: Of encoder vectors, by language.
        compass: Of the definition it was trained by.
        words: Vocabulary.
        encoder_weights: float64 (1 + n_folds, 2 · dim + 4).
        word_weights: float64 (1 + n_folds, n_terms).
        word_offsets: float64 (1 + n_folds, n_languages + 1): word weights times language centre;
            the last column is for languages not seen.
        intercepts: float64 (1 + n_folds,).
        calibration: Score to probability.
        fold_of: unit_id -> fold it was held out in, for units it learnt from.
    """

    card: Mapping[str, Any]
    centres: Centres
    compass: Compass
    words: Words
    encoder_weights: Array
    word_weights: Array
    word_offsets: Array
    intercepts: Array
    calibration: Calibration
    fold_of: Mapping[str, int]
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
        return float(self.card["decision"]["threshold"])

    @property
    def definition_digest(self) -> str:
        """Return the digest of the definition it was trained by."""
        return str(self.card["definition"]["digest"])

    @cached_property
    def _word_reader(self) -> WordWeights:
        return WordWeights(self.words)

    @cached_property
    def _column_of(self) -> dict[str, int]:
        return {language: n for n, language in enumerate(sorted(self.centres.by_language))}

    def judge(self, units: Sequence[UnitText]) -> list[Judgement]:
        """Return probabilities; a passage's weight is its share of the encoder half's log-odds."""
        if not units:
            return []
        by_word = self.words.transform([unit.text for unit in units]) @ self.word_weights.T
        return [
            self._judge(unit, np.asarray(row).ravel())
            for unit, row in zip(units, by_word, strict=True)
        ]

    def moving_words(self, unit: UnitText) -> dict[str, float]:
        """Return what each word of a unit adds to its score, in log-odds before calibration."""
        fit = 1 + self.fold_of.get(unit.key, -1)
        return self._word_reader.of_text(unit.text, self.word_weights[fit])

    def _judge(self, unit: UnitText, by_word: Array) -> Judgement:
        fit = 1 + self.fold_of.get(unit.key, -1)
        column = self._column_of.get(unit.language, len(self._column_of))
        features = encode_unit(unit, self.centres, self.compass)
        shares = features.shares @ self.encoder_weights[fit]
        score = shares.sum() + by_word[fit] - self.word_offsets[fit, column] + self.intercepts[fit]
        probability = float(self.calibration.probability(np.array([score]))[0])
        return Judgement(probability=probability, weights=shares)


def save_model(model: TrainedModel, directory: Path) -> Path:
    """Write the model into ``directory/<model_id>`` in one step and return that folder.

    Raises:
        RetriableError: The disk refuses.
    """
    folder = directory / model.model_id
    try:
        directory.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=".making-", dir=directory))
        try:
            making.chmod(0o755)
            _write(model, making)
            shutil.rmtree(folder, ignore_errors=True)
            making.rename(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    except OSError as fault:
        raise RetriableError(
            f"The model cannot be written to {folder}: {fault}",
            "Make room there, then run this command again; nothing else was changed.",
        ) from fault
    return folder


def _write(model: TrainedModel, folder: Path) -> None:
    languages = sorted(model.centres.by_language)
    dim = len(model.centres.overall)
    centres = [model.centres.by_language[language] for language in languages]
    np.savez(
        folder / _ARRAYS,
        allow_pickle=False,
        overall_centre=model.centres.overall,
        language_centres=np.array(centres).reshape(len(languages), dim),
        background=model.compass.background,
        inclusion=model.compass.inclusion,
        exclusion=model.compass.exclusion,
        idf=model.words.idf,
        encoder_weights=model.encoder_weights,
        word_weights=model.word_weights,
        word_offsets=model.word_offsets,
        intercepts=model.intercepts,
        calibration_x=model.calibration.x,
        calibration_y=model.calibration.y,
    )
    terms = {
        "languages": languages,
        "words": model.words.words,
        "letter_groups": model.words.letter_groups,
        "calibration": model.calibration.kind,
        "fold_of": model.fold_of,
    }
    _write_json(folder / _TERMS, terms)
    _write_json(folder / _CARD, model.card)
    (folder / "card.md").write_text(card_markdown(model.card), encoding="utf-8")
    chart = reliability_svg(model.card["reliability"]["bins"], f"Reliability of {model.model_id}")
    (folder / "reliability.svg").write_text(chart, encoding="utf-8")


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def load_model(folder: Path) -> TrainedModel:
    """Read a model that `save_model` wrote.

    Raises:
        NotReady: It is not there.
        InvalidInput: Its files are damaged.
    """
    if not (folder / _CARD).is_file():
        raise NotReady(
            f"The model {folder.name} has no files in {folder.parent}",
            "Train it again with `sectorlens model train`, or put the backup of that folder back.",
        )
    try:
        with np.load(folder / _ARRAYS, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        terms = json.loads((folder / _TERMS).read_text(encoding="utf-8"))
        card = json.loads((folder / _CARD).read_text(encoding="utf-8"))
        return _model(card, terms, arrays)
    except (OSError, ValueError, KeyError, EOFError, IndexError, zipfile.BadZipFile) as fault:
        raise InvalidInput(
            f"The model in {folder} cannot be read: {fault}",
            "Train it again with `sectorlens model train`, or put the backup of that folder back.",
        ) from fault


def _model(card: dict[str, Any], terms: dict[str, Any], arrays: dict[str, Array]) -> TrainedModel:
    by_language = dict(zip(terms["languages"], arrays["language_centres"], strict=True))
    return TrainedModel(
        card=card,
        centres=Centres(arrays["overall_centre"], by_language),
        compass=Compass(arrays["background"], arrays["inclusion"], arrays["exclusion"]),
        words=Words(terms["words"], terms["letter_groups"], arrays["idf"]),
        encoder_weights=arrays["encoder_weights"],
        word_weights=arrays["word_weights"],
        word_offsets=arrays["word_offsets"],
        intercepts=arrays["intercepts"],
        calibration=Calibration(
            terms["calibration"], arrays["calibration_x"], arrays["calibration_y"]
        ),
        fold_of=terms["fold_of"],
    )
