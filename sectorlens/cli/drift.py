"""`sectorlens model drift`: keep, watch or retrain, and why."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sectorlens import bench
from sectorlens.cli import render
from sectorlens.cli.opened import opened
from sectorlens.cli.options import (
    HERE,
    Format,
    FormatOption,
    OptionalWave,
    SectorsOption,
    WorkspaceOption,
)
from sectorlens.pipeline import chosen_wave
from storage.publication import publish

AgainstOption = Annotated[
    str | None,
    typer.Option(
        "--against",
        metavar="W",
        help="The earlier wave; by default the one the model was trained on, else the one before.",
    ),
]
ToOption = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="Also write the pages to a file.")
]


def drift(
    wave: OptionalWave = None,
    sector: SectorsOption = None,
    against: AgainstOption = None,
    to: ToOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Compare a wave with an earlier one, check by check; one page a sector."""
    from classify.drift_page import drift_page

    with opened(workspace, sector) as (session, store):
        reports = bench.monitor(session, store, chosen_wave(store, wave), against=against)
        publish(store, session.workspace.published)
    pages = "\n".join(drift_page(report) for report in reports)
    if to:
        to.write_text(pages, encoding="utf-8")
    if form is Format.JSON:
        render.put_json({"drift": [asdict(report) for report in reports]})
    else:
        render.put(pages.rstrip("\n"))
