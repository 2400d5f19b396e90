"""`sectorlens crawl contact-page|requests|opt-out`: for webmasters who ask, and who object."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sectorlens import crawling
from sectorlens.cli import render
from sectorlens.cli.options import HERE, Format, FormatOption, WaveOption, WorkspaceOption
from sectorlens.session import begin

DomainOption = Annotated[
    str,
    typer.Option("--domain", metavar="D", help="Only this domain and hosts below it."),
]
PageOption = Annotated[
    Path | None,
    typer.Option(
        "--to", metavar="FILE", dir_okay=False, help="Where the HTML file goes. Default: printed."
    ),
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
    record = crawling.opt_out(begin(workspace), domain, reason)
    if form is Format.JSON:
        render.put_json(record)
        return
    render.put(f"{record['domain']} is on the opt-out list; deleted of it so far:")
    for name in ("pages", "documents", "evidence", "predictions", "archive_records"):
        render.put(f"  {record[f'n_{name}']} {name.replace('_', ' ')}")


def contact_page(
    to: PageOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Write the page to be published at `contact_url`, filled in from the settings."""
    page = crawling.contact_page(begin(workspace).settings)
    if to is None and form is Format.TEXT:
        render.put(page.rstrip("\n"))
        return
    if to is not None:
        to.write_text(page, encoding="utf-8")
    if form is Format.JSON:
        render.put_json({"file": str(to) if to else None, "html": page})
    else:
        render.put(f"Wrote {to}; replace what is marked in it, then publish it.")


def requests(
    wave: WaveOption,
    to: ReportOption,
    domain: DomainOption = "",
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Write every request to every host by day, failures and robots.txt included, as CSV."""
    n_rows = crawling.report_requests(begin(workspace), wave, to, domain)
    if form is Format.JSON:
        render.put_json({"file": str(to), "rows": n_rows})
    else:
        render.put(f"Wrote {n_rows} rows, one a host and day, to {to}")
