"""`sectorlens model …`: the methodologist's bench."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from classify import registry
from classify.card import card_markdown
from sectorlens import build
from sectorlens.cli import label_text, progress, render
from sectorlens.cli.options import (
    HERE,
    Format,
    FormatOption,
    OptionalWave,
    WorkspaceOption,
)
from sectorlens.pipeline import latest_wave
from sectorlens.session import begin
from storage.publication import publish

SectorOption = Annotated[str, typer.Option("--sector", metavar="S", help="The sector.")]
ModelId = Annotated[str, typer.Argument(metavar="MODEL", help="As `model list` tells it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept beside your name.")]
Name = Annotated[str, typer.Option("--by", help="Who decides.", envvar="USER")]


def train(
    sector: SectorOption,
    wave: OptionalWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Train a model from all training labels that have text; it is not promoted by that."""
    with progress.shown() as listener:
        session = begin(workspace, progress=listener)
        with session.open() as store:
            card = build.train(session, store, wave or latest_wave(store), sector)
            publish(store, session.workspace.published)
    if form is Format.JSON:
        render.put_json({"model_id": card.model_id})
        return
    render.put(card_markdown(card.content))
    render.put(f"Trained {card.model_id}. To decide with it from now on:")
    render.put(f"sectorlens model promote {card.model_id} --reason …")


def evaluate(
    model: ModelId,
    wave: OptionalWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell how a model does on labels it did not learn from."""
    with progress.shown() as listener:
        session = begin(workspace, progress=listener)
        with session.open() as store:
            found = asdict(build.evaluate(session, store, wave or latest_wave(store), model))
    if form is Format.JSON:
        render.put_json(found)
        return
    errors = found.pop("errors_of_training_data")
    for name, value in found.items():
        render.put(f"{name}: {value}")
    render.put("\nErrors of training data")
    for line in label_text.error_lines(errors):
        render.put(f"- {line}")


def list_models(workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT) -> None:
    """List the trained models, the newest first."""
    with begin(workspace).open() as store:
        rows = [
            {
                "model_id": model.model_id,
                "sector": model.sector,
                "trained_at": model.trained_at,
                "promoted": model.promoted,
            }
            for model in registry.list_models(store)
        ]
    if form is Format.JSON:
        render.put_json({"models": rows})
    elif not rows:
        render.put("No model has been trained: `sectorlens model train --sector S`")
    else:
        render.put_table(list(rows[0]), [list(row.values()) for row in rows])


def show(
    model: ModelId, workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT
) -> None:
    """Show a model's card."""
    with begin(workspace).open() as store:
        card = registry.show_model(store, model).card
    if form is Format.JSON:
        render.put_json(card)
    else:
        render.put(card_markdown(card))


def promote(
    model: ModelId,
    reason: Reason,
    by: Name = "unknown",
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Decide with this model from now on."""
    session = begin(workspace)
    with session.open() as store:
        registry.promote_model(store, model, reason=reason, promoted_by=by)
        publish(store, session.workspace.published)
    if form is Format.JSON:
        render.put_json({"model_id": model, "reason": reason, "promoted_by": by})
        return
    render.put(f"{model} is promoted; `sectorlens classify run` decides with it.")
