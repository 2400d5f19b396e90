"""`sectorlens release build`: what is published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sectorlens import pipeline
from sectorlens.build import produce
from sectorlens.cli import render
from sectorlens.cli.options import HERE, Format, FormatOption, WaveOption, WorkspaceOption
from sectorlens.session import begin

Target = Annotated[
    Path,
    typer.Option("--to", metavar="DIR", help="The release; replaced if it is one of ours."),
]


def build(
    wave: WaveOption,
    to: Target,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Estimate, protect, check, and write all files of a release in one step."""
    session = begin(workspace)
    report = pipeline.record(session, wave, lambda store: produce(session, store, wave, to))
    render.put_reports([report], form)
    if form is Format.TEXT:
        render.put(f"Open {to / 'index.html'}")
