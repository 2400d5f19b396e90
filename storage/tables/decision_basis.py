"""What a sector's decisions of a wave rest on: model, promotion, bridge, drift, prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Store

_WORST_FIRST = ("retrain", "watch", "keep", "not_measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionBasis:
    """Of one sector and wave.

    Attributes:
        model_id: That decided, or ranked; several, joined by a comma, where it changed midway.
        basis: ``model`` or ``definition``.
        promoted_by, promotion_reason, promoted_at: Of the model's last promotion; empty and None
            where it was never promoted.
        superseded_by, superseded_at: The model that was promoted in its place since, and when;
            empty and None where it is the promoted one still, or never was.
        admitted: Whether each of its models decided better than chance out of fold.
        former_model, bridge_wave: That it took over from, on which wave they were compared; empty
            where there is no bridge.
        break_factor, ci_lower, ci_upper: Of units decided active, new over former model.
        drift: Worst verdict of the drift checks of the wave; empty where none was made.
        drift_since: The wave that it was compared with.
        prior_shift: Why probabilities were not corrected for another share of active units, empty
            where they were; None where it was not examined.
        learnt_share, wave_share: Share of active among the labelled and in the wave, 0-1.
        found_share: The likeliest share in the wave where `wave_share` is a bound, 0-1; else the
            same, or None where the method before found it.
    """

    sector: str
    model_id: str
    basis: str
    promoted_by: str = ""
    promotion_reason: str = ""
    promoted_at: datetime | None = None
    superseded_by: str = ""
    superseded_at: datetime | None = None
    admitted: bool = True
    former_model: str = ""
    bridge_wave: str = ""
    break_factor: float | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    drift: str = ""
    drift_since: str = ""
    prior_shift: str | None = None
    learnt_share: float | None = None
    wave_share: float | None = None
    found_share: float | None = None


def load_decision_bases(store: Store, wave: str) -> list[DecisionBasis]:
    """Return what the decisions of each sector of a wave rest on, by sector."""
    standing = store.rows(
        "SELECT sector, string_agg(DISTINCT model_id, ', ' ORDER BY model_id), min(basis)"
        " FROM prediction WHERE wave = ? GROUP BY sector ORDER BY sector",
        [wave],
    )
    return [
        DecisionBasis(
            sector=sector,
            model_id=model_id,
            basis=basis,
            **_promotion(store, sector, model_id),
            admitted=_is_admitted(store, model_id),
            **_bridge(store, sector, model_id),
            **_drift(store, wave, sector, model_id),
            **_shift(store, wave, sector, model_id),
        )
        for sector, model_id, basis in standing
    ]


def _named(store: Store, names: tuple[str, ...], sql: str, parameters: list[str]) -> dict[str, Any]:
    rows = store.rows(sql, parameters)
    return dict(zip(names, rows[0], strict=True)) if rows else {}


def _promotion(store: Store, sector: str, model_id: str) -> dict[str, Any]:
    return _named(
        store,
        ("promoted_by", "promotion_reason", "promoted_at", "superseded_by", "superseded_at"),
        """
        WITH newest AS (FROM model_promotion WHERE sector = ? ORDER BY promoted_at DESC LIMIT 1)
        SELECT p.promoted_by, p.reason, p.promoted_at, coalesce(n.model_id, ''), n.promoted_at
        FROM model_promotion p LEFT JOIN newest n ON n.model_id <> p.model_id
        WHERE p.sector = ? AND p.model_id = ?
        ORDER BY p.promoted_at DESC LIMIT 1
        """,
        [sector, sector, model_id],
    )


def _is_admitted(store: Store, model_id: str) -> bool:
    [[n_refused]] = store.rows(
        """
        SELECT count(*) FROM model
        WHERE list_contains(string_split(?, ', '), model_id)
          AND card::JSON ->> '$.decision.admission.admitted' = 'false'
        """,
        [model_id],
    )
    return not n_refused


def _bridge(store: Store, sector: str, model_id: str) -> dict[str, Any]:
    return _named(
        store,
        ("former_model", "bridge_wave", "break_factor", "ci_lower", "ci_upper"),
        "SELECT old_model, wave, break_factor, ci_lower, ci_upper FROM bridge"
        " WHERE sector = ? AND new_model = ? AND measure = 'enterprises'"
        " ORDER BY made_at DESC LIMIT 1",
        [sector, model_id],
    )


def _drift(store: Store, wave: str, sector: str, model_id: str) -> dict[str, Any]:
    rows = store.rows(
        "SELECT verdict, reference_wave FROM drift_check"
        " WHERE wave = ? AND sector = ? AND model_id = ? ORDER BY position",
        [wave, sector, model_id],
    )
    found = {verdict for verdict, _ in rows}
    worst = [verdict for verdict in _WORST_FIRST if verdict in found]
    return {"drift": worst[0], "drift_since": rows[0][1]} if worst else {}


def _shift(store: Store, wave: str, sector: str, model_id: str) -> dict[str, Any]:
    return _named(
        store,
        ("prior_shift", "learnt_share", "wave_share", "found_share"),
        "SELECT reason, learnt_share, wave_share, found_share FROM prior_shift"
        " WHERE wave = ? AND sector = ? AND model_id = ?",
        [wave, sector, model_id],
    )
