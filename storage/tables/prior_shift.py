"""How probabilities of a wave were corrected for its share of active units, or why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.database import Store

_OF_MODEL = "wave = ? AND sector = ? AND model_id = ?"


def load_raw_probabilities(store: Store, wave: str, sector: str, model_id: str) -> list[float]:
    """Return what a model said of the units of a wave before any correction, in rising order."""
    rows = store.rows(
        f"SELECT coalesce(raw_probability, probability) FROM prediction WHERE {_OF_MODEL}"  # noqa: S608 - a constant of this module
        " ORDER BY 1",
        [wave, sector, model_id],
    )
    return [probability for (probability,) in rows]


def load_shift(store: Store, wave: str, sector: str) -> dict[str, Any] | None:
    """Return what stands of a sector's shift in a wave; None where it was not looked at."""
    found = _load(store, "wave = ? AND sector = ?", [wave, sector])
    return found[0] if found else None


def load_shifts(store: Store, model_id: str) -> list[dict[str, Any]]:
    """Return what stands of the shifts of the waves that a model scored, by wave."""
    return _load(store, "model_id = ?", [model_id])


def _load(store: Store, which: str, parameters: list[str]) -> list[dict[str, Any]]:
    names = (
        *("wave", "model_id", "learnt_share", "wave_share", "n_units", "steps", "converged"),
        *("reason", "method_version", "found_share"),
    )
    rows = store.rows(
        f"SELECT {', '.join(names)} FROM prior_shift WHERE {which} ORDER BY wave",  # noqa: S608 - constants
        parameters,
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def replace_shift(store: Store, wave: str, sector: str, told: Mapping[str, Any]) -> None:
    """Keep what was found, and set the probabilities of the wave by it, in one transaction.

    Args:
        store: The work database.
        wave: The wave.
        sector: The sector.
        told: The other columns of `prior_shift`.
    """
    keys = [wave, sector, told["model_id"]]
    with store.transaction():
        store.execute("DELETE FROM prior_shift WHERE wave = ? AND sector = ?", keys[:2])
        names = ["wave", "sector", *told]
        store.execute(
            f"INSERT INTO prior_shift ({', '.join(names)})"  # noqa: S608 - names of our own columns
            f" VALUES ({', '.join('?' * len(names))})",
            [wave, sector, *told.values()],
        )
        store.execute(
            "UPDATE prediction SET probability = raw_probability, raw_probability = NULL,"  # noqa: S608 - a constant
            " active = raw_probability >= threshold"
            f" WHERE raw_probability IS NOT NULL AND {_OF_MODEL}",
            keys,
        )
        if told["reason"]:
            return
        up = told["wave_share"] / told["learnt_share"]
        down = (1 - told["wave_share"]) / (1 - told["learnt_share"])
        corrected = "probability * $up / (probability * $up + (1 - probability) * $down)"
        store.execute(
            f"UPDATE prediction SET raw_probability = probability, probability = {corrected},"  # noqa: S608 - a constant
            f" active = {corrected} >= threshold"
            " WHERE wave = $wave AND sector = $sector AND model_id = $model",
            {"up": up, "down": down, "wave": wave, "sector": sector, "model": told["model_id"]},
        )
