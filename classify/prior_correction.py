"""After a wave is scored: correct its probabilities where its share of active units shifted."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from classify.label_shares import judging_labels, n_judging
from classify.prior_shift import METHOD_VERSION, PriorShift, carry_over, examine_shift
from storage.records.stage import Issue
from storage.tables.held_out import load_held_out
from storage.tables.prior_shift import (
    load_raw_probabilities,
    load_shift,
    load_shifts,
    replace_shift,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classify.trained_model import TrainedModel
    from storage.database import Store

SWITCHED_OFF = "switched_off"
_UNEXPLAINED = {
    "other_shift": "scores are spread otherwise than labelled companies' in any mixture",
    "perhaps_moved": "active companies that score otherwise than labelled ones would look like it",
}


def correct_sector(
    store: Store, wave: str, model: TrainedModel, *, wanted: bool, seed: int
) -> tuple[Issue, ...]:
    """Examine the share of active units of a wave and correct its probabilities where due.

    Each time it starts from what the model said, so that a wave scored in parts ends like one
    scored at once: whatever scores a unit, or drops its score, takes away what was found before
    (`replace_predictions`), so that a run that is killed in between leaves the looking to the next.
    Corrected units are decided by the model's threshold on the corrected scale.

    Args:
        store: The work database.
        wave: All of whose units the model has scored.
        model: That decided.
        wanted: By the settings; else an earlier correction is taken back.
        seed: Of the simulations.

    Returns:
        What the operator has to know: corrected, or why a shift is not.
    """
    stands = load_shift(store, wave, model.sector)
    looked = stands is not None and (stands["model_id"], stands["method_version"]) == (
        model.model_id,
        METHOD_VERSION,
    )
    switched = looked and stands is not None and (stands["reason"] == SWITCHED_OFF) == wanted
    if stands is None or not looked or switched:
        found = _examine(store, wave, model, wanted=wanted, seed=seed)
        told = asdict(found) | {"model_id": model.model_id, "method_version": METHOD_VERSION}
        replace_shift(store, wave, model.sector, told)
        stands = load_shift(store, wave, model.sector) or {}
    if not stands["reason"]:
        detail = (
            f"{model.sector}: {stands['wave_share']:.2%} of wave {wave} seem active,"
            f" {stands['learnt_share']:.2%} of the labelled companies are; probabilities are"
            f" corrected for it (Saerens, Latinne and Decaestecker 2002),"
            f" prediction.raw_probability keeps what the model said{_bound_told(stands)}"
        )
        return (Issue(stage="classify", code="prior_shift_corrected", detail=detail),)
    if stands["reason"] in _UNEXPLAINED:
        detail = (
            f"{model.sector}: {stands['learnt_share']:.2%} of the labelled companies are active,"
            f" and scores do not tell what share of wave {wave} is (the likeliest,"
            f" {stands['wave_share']:.2%}, may be far off), since"
            f" {_UNEXPLAINED[stands['reason']]}: nothing is corrected, so do not add probabilities"
            " up; label some of this wave's units, or draw an audit, which needs no correction"
        )
        return (Issue(stage="classify", code="prior_shift_not_corrected", detail=detail),)
    return ()


def _bound_told(stands: Mapping[str, Any]) -> str:
    """Return that the share corrected to is a bound, and of what; empty where it is none."""
    found, used = stands["found_share"], stands["wave_share"]
    if found is None or found == used:
        return ""
    few, n = used < stands["learnt_share"], stands["n_units"]
    # The sum of probabilities under a bound is nearer to the likeliest share than the bound is.
    most = math.ceil(used * n) if few else math.floor(used * n)
    return (
        f"; this share is a bound: the likeliest, {found:.4%}, cannot be told from"
        f" {'none' if few else 'all'} by {n} units and these labels, so at"
        f" {'most' if few else 'least'} {most} of them seem active; do not add probabilities up,"
        f" their sum is {'smaller' if few else 'larger'} still"
    )


def shift_lines(store: Store, model_id: str) -> list[str]:
    """Return what a model's page says of the waves that it scored, as Markdown; none: empty."""
    told = [
        f"- wave {stands['wave']}: {stands['wave_share']:.2%} of {stands['n_units']} units,"
        f" {stands['learnt_share']:.2%} of the labels that decide;"
        f" {_OUTCOMES.get(stands['reason'], 'not corrected')}{_bound_told(stands)}"
        for stands in load_shifts(store, model_id)
    ]
    return ["## Share of active units in its waves", "", *told, ""] if told else []


_OUTCOMES = {
    "": "probabilities are corrected for it",
    "no_shift": "not corrected: the shares do not surely differ",
    "few_units": "not corrected: too few units to tell",
    "few_labelled": "not corrected: too few labels to tell",
    "not_converged": "not corrected: no likeliest share was found",  # until prior_shift-3
    SWITCHED_OFF: "not looked for, by the settings",
} | {reason: f"not corrected: {why}" for reason, why in _UNEXPLAINED.items()}


def corrected_probability(
    store: Store, wave: str, sector: str, model_id: str, probability: float
) -> float:
    """Return what a model's probability counts for in a wave: corrected where the wave's are."""
    stands = load_shift(store, wave, sector)
    if stands is None or stands["reason"] or stands["model_id"] != model_id:
        return probability
    learnt, now = stands["learnt_share"], stands["wave_share"]
    return float(carry_over(np.array([probability]), learnt, now)[0])


def _examine(
    store: Store, wave: str, model: TrainedModel, *, wanted: bool, seed: int
) -> PriorShift:
    data = model.card["data"]
    n, n_active = n_judging(data)
    share = n_active / n
    raw = np.array(load_raw_probabilities(store, wave, model.sector, model.model_id))
    if not wanted:
        return PriorShift(
            learnt_share=share, wave_share=share, n_units=len(raw), reason=SWITCHED_OFF
        )
    held_out = load_held_out(store, model.model_id)
    active = np.array([score.active for score in held_out], dtype=bool)
    # Those that the model was calibrated on: a share among texts says nothing of websites.
    judging = np.ones(len(active), dtype=bool)
    if n < data["n"]:
        judging = judging_labels([score.subject for score in held_out], active)
    return examine_shift(
        raw,
        np.array([score.probability for score in held_out])[judging],
        active[judging],
        seed=seed,
    )
