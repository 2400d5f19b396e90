"""`sectorlens model …`: the methodologist's bench."""

from __future__ import annotations

from typing import Annotated

import typer

from sectorlens import build, pipeline
from sectorlens.cli import render
from sectorlens.cli.options import (
    HERE,
    Format,
    FormatOption,
    OptionalWave,
    WorkspaceOption,
)
from sectorlens.cli.session import begin

SectorOption = Annotated[str, typer.Option("--sector", metavar="S", help="The sector.")]
ModelId = Annotated[str, typer.Argument(metavar="MODEL", help="As `model list` tells it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: kept, and part of the release.")]
Name = Annotated[str, typer.Option("--by", help="Who decides.", envvar="USER")]


def train(
    sector: SectorOption,
    wave: OptionalWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Train a model from all training labels that have text; it is not promoted by that."""
    session = begin(workspace, sectors=[sector])
    card = pipeline.train(session, wave, sector)
    if form is Format.JSON:
        render.put_json({"model_id": card.model_id})
        return
    render.put(card.summary)
    render.put(f"To decide with it: sectorlens model promote {card.model_id} --reason …")


def evaluate(
    model: ModelId, workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT
) -> None:
    """Tell how a model does on labels it did not learn from."""
    session = begin(workspace)
    figures = build.evaluate(session, model)
    if form is Format.JSON:
        render.put_json(figures)
        return
    for name, value in figures.items():
        render.put(f"{name}: {value}")


def list_models(workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT) -> None:
    """List the trained models, oldest first."""
    from classify.registry import list_models as listed

    with begin(workspace).open() as store:
        rows = listed(store)
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
    from classify.registry import show_model

    with begin(workspace).open() as store:
        card = show_model(store, model)
    if form is Format.JSON:
        render.put_json(card.as_dict())
    else:
        render.put(card.as_markdown())


def promote(
    model: ModelId,
    reason: Reason,
    by: Name = "unknown",
    workspace: WorkspaceOption = HERE,
) -> None:
    """Decide with this model from now on."""
    from classify.registry import promote_model

    with begin(workspace).open() as store:
        promote_model(store, model, reason=reason, promoted_by=by)
    render.put(f"{model} is promoted; `sectorlens classify run` decides with it.")
