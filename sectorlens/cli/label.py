"""`sectorlens label import|export`: what people said."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sectorlens import pipeline
from sectorlens.build import check_labels
from sectorlens.build import import_labels as import_label_file
from sectorlens.cli import render
from sectorlens.cli.options import (
    HERE,
    DryRunOption,
    Format,
    FormatOption,
    WorkspaceOption,
)
from sectorlens.session import begin

LabelFile = Annotated[Path, typer.Argument(metavar="FILE", help="Labels: CSV or Parquet.")]
Target = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="Default: standard output.")
]


def import_labels(
    file: LabelFile,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
    dry_run: DryRunOption = False,
) -> None:
    """Read labels by unit_id, url or text; all faults are told at once."""
    session = begin(workspace)
    if dry_run:
        waiting = len(check_labels(session, file))
        render.put_waiting([{"stage": "label", "of": "labels", "pending": waiting}], form)
        return
    report = pipeline.record(session, "", lambda store: import_label_file(session, store, file))
    render.put_reports([report], form)


def export_labels(
    to: Target = None, workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT
) -> None:
    """Write all labels as CSV, as `label import` takes them."""
    from classify.labels import export_labels as as_csv
    from storage.tables.assessment import load_labels

    with begin(workspace).open() as store:
        labels = load_labels(store)
    if to is not None:
        to.write_text(as_csv(labels), encoding="utf-8")
    if form is Format.JSON:
        render.put_json({"labels": [asdict(label) for label in labels]})
    elif to is None:
        typer.echo(as_csv(labels), nl=False)
    else:
        render.put(f"label: {len(labels)} labels written to {to}")
