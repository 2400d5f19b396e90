"""What readers of figures have to know of the models that sorted the companies (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experimental_stats.exporter import PublishedSector
    from storage.tables.decision_basis import DecisionBasis

_DRIFT = {
    "keep": "no drift was found",
    "watch": "it is to be watched",
    "retrain": "it is to be trained anew",
    "not_measured": "nothing could be measured",
}


def about_decisions(
    bases: Sequence[DecisionBasis], published: Sequence[PublishedSector]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what the manifest and what the notes of a release tell of models and estimators.

    Args:
        bases: Of the sectors of the wave.
        published: Sectors with figures; of others nothing is told.
    """
    told = {sector.note.name: sector for sector in published}
    shown = [basis for basis in bases if basis.sector in told]
    warnings = {name: list(sector.warnings) for name, sector in told.items() if sector.warnings}
    facts: dict[str, Any] = {"decisions": {one.sector: model_facts(one) for one in shown}}
    if warnings:
        facts["warnings"] = warnings
    notes = [f"{name}: {warning}" for name, listed in warnings.items() for warning in listed]
    notes += [f"{one.sector}: {note}" for one in shown for note in model_notes(one)]
    return facts, tuple(notes)


def model_notes(basis: DecisionBasis) -> tuple[str, ...]:
    """Return sentences on promotion, break, drift and prior of a sector's model.

    The break factor is told to two decimals: a ratio of decisions, no count.
    """
    if basis.basis != "model":
        return ()
    return (_promotion(basis), *_doubt(basis), *_bridge(basis), *_drift(basis), *_prior(basis))


def model_facts(basis: DecisionBasis) -> dict[str, str | float | None]:
    """Return the same for the manifest, as plain values."""
    return {
        "promoted_on": basis.promoted_at.date().isoformat() if basis.promoted_at else "",
        "promotion_reason": basis.promotion_reason,
        "superseded_by": basis.superseded_by,
        "admitted": "yes" if basis.admitted else "no",
        "former_model": basis.former_model,
        "break_factor": _rounded(basis.break_factor),
        "drift": basis.drift,
        "drift_since": basis.drift_since,
        "prior_corrected": "yes" if basis.prior_shift == "" else "no",
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _promotion(basis: DecisionBasis) -> str:
    if basis.promoted_at is None:
        return f"Its model {basis.model_id} is not promoted: nobody has answered for it yet."
    told = (
        f"Its model {basis.model_id} was promoted on {basis.promoted_at:%Y-%m-%d}"
        f" by {basis.promoted_by}: {basis.promotion_reason.rstrip('.')}."
    )
    if basis.superseded_at is None:
        return told
    since = f"{basis.superseded_at:%Y-%m-%d}"
    return f"{told} Since {since} {basis.superseded_by} is promoted in its place."


def _doubt(basis: DecisionBasis) -> tuple[str, ...]:
    if basis.admitted:
        return ()
    return (
        "Nothing shows the decisions of its model to be better than chance, or the labels that it"
        " learnt from look wrong (its card says which); totals rest on the audit.",
    )


def _bridge(basis: DecisionBasis) -> tuple[str, ...]:
    if not basis.former_model:
        return ()
    if basis.break_factor is None:
        return (f"It took over from {basis.former_model}, which decided no company active.",)
    interval = ""
    if basis.ci_lower is not None and basis.ci_upper is not None:
        interval = f" ({basis.ci_lower:.2f} to {basis.ci_upper:.2f})"
    return (
        f"It took over from {basis.former_model}: on wave {basis.bridge_wave} it decides"
        f" {basis.break_factor:.2f} times as many companies active{interval}. Totals rest on the"
        " audit and move less.",
    )


def _drift(basis: DecisionBasis) -> tuple[str, ...]:
    if not basis.drift:
        return ()
    told = _DRIFT.get(basis.drift, basis.drift)
    return (f"Drift of the model against wave {basis.drift_since}: {told} ({basis.drift}).",)


def _prior(basis: DecisionBasis) -> tuple[str, ...]:
    shares = f"{basis.learnt_share or 0:.1%} of the labelled and {basis.wave_share or 0:.1%} of the"
    if basis.prior_shift == "":
        told = f"Probabilities are corrected for another share of active companies: {shares} wave's"
        if basis.found_share in {None, basis.wave_share}:
            return (f"{told}.",)
        return (f"{told}, a bound: the likeliest share cannot be told from none, or from all.",)
    if basis.prior_shift == "other_shift":
        return (
            f"The model sees {shares} wave's companies as active, spread otherwise than a change of"
            " the share alone would; probabilities are not corrected.",
        )
    if basis.prior_shift == "perhaps_moved":
        return (
            f"The model sees {shares} wave's companies as active; active companies that score"
            " otherwise than the labelled ones would look alike; probabilities are not corrected.",
        )
    return ()
