"""Versions of models: which there are, which one is in use and by whose decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classify.model_rules import foreign_rules
from storage.errors import InvalidInput
from storage.tables.assessment import insert_promotion, load_models

if TYPE_CHECKING:
    from storage.database import Store
    from storage.tables.assessment import StoredModel


def list_models(store: Store, sector: str | None = None) -> list[StoredModel]:
    """Return the trained models, the newest first, of one sector where it is given."""
    return load_models(store, sector)


def show_model(store: Store, model_id: str) -> StoredModel:
    """Return one model with its card.

    Raises:
        InvalidInput: There is none of that id.
    """
    models = load_models(store)
    for model in models:
        if model.model_id == model_id:
            return model
    known = ", ".join(model.model_id for model in models[:10]) or "none was trained yet"
    raise InvalidInput(
        f"There is no model {model_id!r}",
        f"`sectorlens model list` shows them all; the newest are: {known}.",
    )


def promote_model(store: Store, model_id: str, *, reason: str, promoted_by: str) -> StoredModel:
    """Make a model the one that decides its sector, and keep who did so and why.

    Raises:
        InvalidInput: There is no such model, or reason or name is empty.
    """
    model = check_promotion(store, model_id, reason=reason, promoted_by=promoted_by)
    insert_promotion(store, model, reason.strip(), promoted_by.strip())
    return show_model(store, model_id)


def check_promotion(store: Store, model_id: str, *, reason: str, promoted_by: str) -> StoredModel:
    """Return the model to be promoted.

    Raises:
        InvalidInput: There is no such model, or reason or name is empty.
    """
    model = show_model(store, model_id)
    for name, given, option in (("reason", reason, "--reason"), ("name", promoted_by, "--by")):
        if not given.strip():
            raise InvalidInput(
                f"Promoting {model_id} needs a {name}",
                f"Say it with {option}: who decided so and why is kept and published.",
            )
    return model


def pick_model(store: Store, sector: str, embedder_digest: str) -> StoredModel | None:
    """Return the promoted model of a sector, else the newest that can decide here, else None.

    One can that was trained on vectors of this embedder and reads texts by the rules of this
    version of the software. A promoted one is returned though its rules are others: loading it
    tells so, since what somebody decided for is not exchanged in silence.

    Raises:
        InvalidInput: The promoted model was trained on vectors of another embedder.
    """
    models = load_models(store, sector)
    for model in models:
        if model.promoted:
            refuse_other_embedder(model, embedder_digest)
            return model
    usable = (model for model in models if not foreign_rules(model.card))
    return next((m for m in usable if m.card["method"]["embedder"] == embedder_digest), None)


def refuse_other_embedder(model: StoredModel, embedder_digest: str) -> None:
    """Refuse to mix vectors of different embedders.

    Raises:
        InvalidInput: The model was trained on vectors of another one.
    """
    trained_on = model.card["method"]["embedder"]
    if trained_on != embedder_digest:
        promoted = "promoted model" if model.promoted else "model"
        raise InvalidInput(
            f"The {promoted} {model.model_id} was trained on vectors of another embedder"
            f" ({trained_on}) than the settings name ({embedder_digest})",
            "Name that embedder again in the settings, or train and promote a model of this one.",
        )
