"""`sectorlens run`: every stage that is due."""

from __future__ import annotations

import typer

from sectorlens.cli import progress, render
from sectorlens.cli.options import (
    HERE,
    DryRunOption,
    Format,
    FormatOption,
    WaveOption,
    WorkspaceOption,
)
from sectorlens.pipeline import describe, run_all
from sectorlens.session import begin


def run(
    wave: WaveOption,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
    dry_run: DryRunOption = False,
) -> None:
    """Run every stage that is due, from crawl to decisions; safe to repeat."""
    if dry_run:
        render.put_waiting(describe(begin(workspace), wave)["stages"], form)
        return
    with progress.shown() as listener:
        session = begin(workspace, progress=listener)
        reports = run_all(session, wave, lambda report: render.say(render.sentence(report)))
    render.put_reports(reports, form)
    if any(report.interrupted for report in reports):
        raise typer.Exit(130)
    if form is Format.TEXT:
        if not any(report.taken for report in reports):
            render.put("Nothing was due: no work done.")
        render.put_waterfall(describe(session, wave))
