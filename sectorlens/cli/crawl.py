"""`sectorlens crawl requests|opt-out`: for those who ask what was asked, and those who object."""

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


DomainArgument = Annotated[
    str, typer.Argument(metavar="DOMAIN", help="Like example.org; subdomains are meant too.")
]
ReasonOption = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Who asked, and when; kept in the record.")
]


def opt_out(
    domain: DomainArgument,
    reason: ReasonOption = "",
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Never visit a domain again, and delete its pages and texts; the record of it is kept."""
    record = build.opt_out(begin(workspace), domain, reason)
    if form is Format.JSON:
        render.put_json(record)
        return
    render.put(f"{record['domain']} is on the opt-out list; deleted of it so far:")
    for name in ("pages", "documents", "evidence", "predictions", "archive_records"):
        render.put(f"  {record[f'n_{name}']} {name.replace('_', ' ')}")


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
