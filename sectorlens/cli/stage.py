"""`sectorlens crawl|extract|link|classify run`: one stage of the pipeline."""

from __future__ import annotations

from pathlib import Path

import typer

from sectorlens.cli import progress, render
from sectorlens.cli.options import (
    HERE,
    DryRunOption,
    Format,
    FormatOption,
    SectorsOption,
    WaveOption,
    WorkspaceOption,
)
from sectorlens.pipeline import check_ready, describe, run_stage
from sectorlens.session import begin


def crawl(
    wave: WaveOption,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
    dry_run: DryRunOption = False,
) -> None:
    """Make one pass over the websites that are due; later passes may improve outcomes."""
    _run("crawl", wave, workspace, form, dry_run)


def extract(
    wave: WaveOption,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
    dry_run: DryRunOption = False,
) -> None:
    """Read the text of the pages that were kept."""
    _run("extract", wave, workspace, form, dry_run)


def link(
    wave: WaveOption,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
    dry_run: DryRunOption = False,
) -> None:
    """Judge how surely each website belongs to its unit."""
    _run("link", wave, workspace, form, dry_run)


def classify(
    wave: WaveOption,
    sector: SectorsOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
    dry_run: DryRunOption = False,
) -> None:
    """Decide from the texts which units are active in a sector, with evidence."""
    _run("classify", wave, workspace, form, dry_run, sector)


def _run(
    stage: str,
    wave: str,
    workspace: Path,
    form: Format,
    dry_run: bool,
    sectors: list[str] | None = None,
) -> None:
    if dry_run:
        session = begin(workspace, sectors=sectors)
        check_ready(session, wave, stage)
        states = describe(session, wave)["stages"]
        render.put_waiting([state for state in states if state["stage"] == stage], form)
        return
    with progress.shown() as listener:
        report = run_stage(begin(workspace, progress=listener, sectors=sectors), wave, stage)
    render.put_reports([report], form)
    if report.interrupted:
        raise typer.Exit(130)
