"""Reads what drift monitoring compares out of the work database."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from classify.drift import (
    METHOD_VERSION,
    AuditRates,
    DriftReport,
    WaveSample,
    check_drift,
    overall,
)
from classify.label_shares import n_judging
from classify.one_thread import one_thread
from classify.panel import Panel, turned_cases
from classify.registry import pick_model
from classify.training_set import collect_training_set, read_subjects
from classify.units import embed_units, read_websites
from storage.errors import InvalidInput, NotReady
from storage.records.stage import no_progress
from storage.tables.assessment import load_assessable
from storage.tables.drift import load_audited_decisions, load_outcome_mix, replace_drift_checks
from storage.tables.frame import earlier_waves

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classify.trained_model import TrainedModel
    from classify.unit_text import UnitText
    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.stage import ProgressListener

SAMPLE = 1000  # units a wave; the same ones wherever they are in both
_BATCH = 100


@one_thread
def monitor_drift(
    store: Store,
    wave: str,
    sector: str,
    workbench: Workbench,
    *,
    reference_wave: str | None = None,
    progress: ProgressListener = no_progress,
) -> DriftReport:
    """Compare a wave with an earlier one as the sector's present model reads them, and keep it.

    Args:
        store: The work database; the report takes the place of an earlier one.
        wave: The wave in question.
        sector: The sector.
        workbench: Embedder, vectors and models.
        reference_wave: The earlier wave; by default the one the model was trained on where that is
            earlier, else the one before.
        progress: Told of units as stage ``drift``.

    Raises:
        NotReady: There is no earlier wave with text, or no trained model.
        InvalidInput: The model belongs to another embedder, or `reference_wave` is not earlier.
    """
    stored = pick_model(store, sector, workbench.embedder.digest)
    if stored is None:
        raise NotReady(
            f"No model has been trained for {sector}: there is nothing that could drift",
            f"Run `sectorlens model train --sector {sector}` once there are labels.",
        )
    model = workbench.load(stored.model_id, stored.card)
    earlier = _reference(store, wave, reference_wave, str(model.card["data"]["wave"]))
    samples = [
        _sample(store, name, model, workbench, progress=progress) for name in (earlier, wave)
    ]
    n, n_active = n_judging(model.card["data"])
    panel = _panel(store, earlier, wave, model, workbench)
    checks = check_drift(
        *samples,
        panel=panel,
        audits=_audits(store, sector, model.model_id),
        learnt_share=min(max(n_active / n, 0.001), 0.999),
        seed=workbench.seed,
    )
    replace_drift_checks(
        store,
        wave,
        sector,
        checks,
        reference_wave=earlier,
        model_id=model.model_id,
        method_version=METHOD_VERSION,
    )
    return DriftReport(
        sector=sector,
        wave=wave,
        reference_wave=earlier,
        model_id=model.model_id,
        verdict=overall(checks),
        checks=checks,
        turned=turned_cases(panel) if panel else (),
    )


def _reference(store: Store, wave: str, wanted: str | None, trained_on: str) -> str:
    earlier = earlier_waves(store, wave)
    if wanted is not None:
        if wanted not in earlier:
            raise InvalidInput(
                f"{wanted!r} is no wave before {wave}",
                f"Earlier waves are: {', '.join(earlier) or 'none'}.",
            )
        return wanted
    with_text = [name for name in earlier if load_assessable(store, name)]
    if not with_text:
        raise NotReady(
            f"There is no wave with text before {wave} to compare it with",
            "Drift can be looked at from the second wave on.",
        )
    return trained_on if trained_on in with_text else with_text[-1]


def _sample(
    store: Store,
    wave: str,
    model: TrainedModel,
    workbench: Workbench,
    *,
    progress: ProgressListener,
) -> WaveSample:
    """Return up to `SAMPLE` units with text; which ones depends on their ids alone."""
    assessable = load_assessable(store, wave)
    chosen = sorted(assessable, key=lambda unit: (hashlib.sha256(unit.encode()).digest(), unit))
    chosen = chosen[:SAMPLE]
    units: list[UnitText] = []
    probability: list[float] = []
    for start in range(0, len(chosen), _BATCH):
        websites = {
            unit: tuple(url for url, _ in assessable[unit])
            for unit in chosen[start : start + _BATCH]
        }
        batch = embed_units(read_websites(store, wave, websites), workbench, no_progress)
        probability += [judgement.probability for judgement in model.judge(batch)]
        units += batch
        progress("drift", min(start + _BATCH, len(chosen)), len(chosen))
    scores = np.array(probability, dtype=float)
    return WaveSample(
        wave=wave,
        unit_ids=tuple(unit.key for unit in units),
        vectors=_means(units, workbench.embedder.dim),
        probability=scores,
        active=scores >= model.threshold,
        languages=tuple(unit.language for unit in units),
        n_words=np.array([len(unit.text.split()) for unit in units], dtype=float),
        outcomes=load_outcome_mix(store, wave),
    )


def _means(units: Sequence[UnitText], dim: int) -> np.ndarray:
    if not units:
        return np.zeros((0, dim))
    return np.stack([unit.vectors.mean(axis=0) for unit in units])


def _panel(
    store: Store, earlier: str, wave: str, model: TrainedModel, workbench: Workbench
) -> Panel | None:
    """Return labelled subjects with text in both waves, labels for training and for tests alike.

    A unit that the model learnt from is scored by the fit that had not seen it. Units that audits
    drew stay: the panel would lose with every audit what it compares, and nothing learns here.
    """
    probability: list[dict[str, float]] = []
    texts: list[dict[str, set[str]]] = []
    said: dict[str, bool] = {}
    for name in (earlier, wave):
        labelled = [
            collect_training_set(store, name, model.sector, purpose=purpose, audited=True)
            for purpose in ("training", "test")
        ]
        answers = {
            subject: active
            for found in labelled
            for subject, active in found.answers.items()
            if subject.websites
        }
        known_as = {key: ids for found in labelled for key, ids in found.unit_ids.items()}
        units = embed_units(read_subjects(store, name, list(answers)), workbench, no_progress)
        judged = model.judge([_as_learnt(unit, known_as, model) for unit in units])
        probability.append({u.key: j.probability for u, j in zip(units, judged, strict=True)})
        texts.append({u.key: {passage.text_digest for passage in u.passages} for u in units})
        said |= {subject.key: active for subject, active in answers.items()}
    both = sorted(probability[0].keys() & probability[1].keys())
    if not both:
        return None
    return Panel(
        labelled_active=np.array([said[key] for key in both], dtype=bool),
        before=np.array([probability[0][key] for key in both]),
        after=np.array([probability[1][key] for key in both]),
        threshold=model.threshold,
        subjects=tuple(both),
        text_kept=tuple(len(texts[0][key] & texts[1][key]) / len(texts[1][key]) for key in both),
    )


def _as_learnt(
    unit: UnitText, known_as: Mapping[str, Sequence[str]], model: TrainedModel
) -> UnitText:
    """Return a labelled subject under the name by which the model knows its fold."""
    learnt = [name for name in known_as.get(unit.key, ()) if name in model.fold_of]
    return replace(unit, key=learnt[0]) if learnt else unit


def _audits(store: Store, sector: str, model_id: str) -> list[AuditRates]:
    """Return what the audits say of decisions of this model: it answers for no other one's."""
    return [
        AuditRates(
            wave=wave,
            correct_positives=_rate(
                [(active, probability) for decided, active, probability in rows if decided]
            ),
            correct_negatives=_rate(
                [(not active, probability) for decided, active, probability in rows if not decided]
            ),
        )
        for wave, rows in load_audited_decisions(store, sector, model_id).items()
    ]


def _rate(rows: Sequence[tuple[bool, float]]) -> tuple[float, float] | None:
    """Return a weighted share (Hájek) and its variance, never 0: of n units one might be wrong."""
    if not rows:
        return None
    weights = np.array([1 / probability for _, probability in rows])
    right = np.array([correct for correct, _ in rows], dtype=float)
    share = float((weights * right).sum() / weights.sum())
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    guarded = (share * effective + 0.5) / (effective + 1)
    return share, guarded * (1 - guarded) / effective
