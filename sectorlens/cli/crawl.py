"""`sectorlens crawl requests`: what was asked of websites, for those who ask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sectorlens import build
from sectorlens.cli import render
from sectorlens.cli.options import HERE, Format, FormatOption, WaveOption, WorkspaceOption
from sectorlens.session import begin

DomainOption = Annotated[
    str,
    typer.Option("--domain", metavar="D", help="Only this domain and hosts below it."),
]
ReportOption = Annotated[
    Path, typer.Option("--to", metavar="FILE", dir_okay=False, help="Where the CSV file goes.")
]


def requests(
    wave: WaveOption,
    to: ReportOption,
    domain: DomainOption = "",
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Write every request to every host by day, failures and robots.txt included, as CSV."""
    n_rows = build.report_requests(begin(workspace), wave, to, domain)
    if form is Format.JSON:
        render.put_json({"file": str(to), "rows": n_rows})
    else:
        render.put(f"Wrote {n_rows} rows, one a host and day, to {to}")
