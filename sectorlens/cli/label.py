"""`sectorlens label import|export`: what people said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sectorlens import pipeline
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
        from classify.labels import read_labels

        render.put(f"label: {len(read_labels(file))} labels could be imported; nothing was done")
        return
    report = pipeline.record(session, "", lambda store: import_label_file(session, store, file))
    render.put_reports([report], form)


def export_labels(to: Target = None, workspace: WorkspaceOption = HERE) -> None:
    """Write all labels as CSV."""
    from classify.labels import export_labels as as_csv
    from storage.tables.assessment import load_labels

    with begin(workspace).open() as store:
        text = as_csv(load_labels(store))
    if to is None:
        typer.echo(text, nl=False)
    else:
        to.write_text(text, encoding="utf-8")
