"""`sectorlens frame import`: a register becomes the frame of a wave."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sectorlens import pipeline
from sectorlens.build import import_frame
from sectorlens.cli import render
from sectorlens.cli.options import HERE, Format, FormatOption, WaveOption, WorkspaceOption
from sectorlens.session import begin

Register = Annotated[Path, typer.Argument(metavar="FILE", help="The register: CSV or Parquet.")]
Mapping = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="TOML: [columns] contract name = register name, and more."),
]
AcceptPartial = Annotated[
    bool, typer.Option(help="Import the good rows; write the bad ones to rejected/.")
]


def import_register(
    file: Register,
    wave: WaveOption,
    mapping: Mapping = None,
    accept_partial: AcceptPartial = False,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Load a register as the frame of a wave; all faults are told at once."""
    session = begin(workspace)
    report = pipeline.record(
        session,
        wave,
        lambda store: import_frame(
            session, store, wave, file, mapping=mapping, accept_partial=accept_partial
        ),
    )
    render.put_reports([report], form)
