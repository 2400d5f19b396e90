"""`sectorlens release build|list|withdraw`: what is published, and what was taken back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sectorlens import pipeline
from sectorlens.build import produce
from sectorlens.cli import render
from sectorlens.cli.options import (
    HERE,
    AnyWave,
    DryRunOption,
    Format,
    FormatOption,
    WaveOption,
    WorkspaceOption,
)
from sectorlens.session import begin
from storage.publication import publish
from storage.tables.withdrawal import load_releases

Target = Annotated[
    Path,
    typer.Option("--to", metavar="DIR", help="The release; replaced if it is one of ours."),
]

Made = Annotated[
    str, typer.Argument(metavar="RELEASE", help="Its directory, or its sha256:… of `release list`.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="What readers are told.")]


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


def listed(
    wave: AnyWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """List the releases that were made here, and which of them were withdrawn."""
    with begin(workspace).open() as store:
        made = load_releases(store, wave)
    if form is Format.JSON:
        render.put_json({"releases": made})
        return
    if not made:
        render.put("Nothing has been released: `sectorlens release build --wave W --to DIR`")
        return
    columns = ("wave", "built_at", "directory", "release_digest", "reason")
    render.put_table(
        ("wave", "built at", "directory", "digest", "withdrawn because"),
        [[one[name] for name in columns] for one in made],
    )


def withdraw(
    release: Made,
    reason: Reason,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Take a release back: mark it as withdrawn; what it told stays on record."""
    from experimental_stats.withdrawal import withdraw_release

    session = begin(workspace)
    with session.open() as store:
        found = withdraw_release(store, release, reason=reason, dry_run=dry_run)
        if not dry_run:
            publish(store, session.workspace.published)
    if form is Format.JSON:
        render.put_json({"withdrawal": asdict(found), "dry_run": dry_run})
        return
    render.put(f"{'Would withdraw' if dry_run else 'Withdrew'} {found.release_digest}")
    if found.directory is None:
        render.put("It lies in its place no longer: only the records say so.")
    if found.was_last:
        render.put(f"Wave {found.wave} has no published estimates until its next release.")
    render.put("What it told stays known: the next release is protected against it all the same.")
