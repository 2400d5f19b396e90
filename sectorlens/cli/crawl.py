"""`sectorlens crawl contact-page|requests|opt-out|archives`: what is owed, and what is kept."""

from __future__ import annotations

from dataclasses import asdict
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


SinceOption = Annotated[
    str,
    typer.Option(
        "--since",
        metavar="W",
        help="Only what pages of this wave and later ones point to is needed. Default: all waves.",
    ),
]
RemoveOption = Annotated[
    bool,
    typer.Option(
        "--remove-unneeded", help="Remove what is not needed; without it nothing is changed."
    ),
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


def archives(
    since: SinceOption = "",
    remove: RemoveOption = False,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """List the archive files with the pages that point to them, and remove what nothing needs."""
    found = crawling.archives(begin(workspace), since, remove=remove)
    if form is Format.JSON:
        rows = [asdict(one) | {"is_needed": one.is_needed} for one in found]
        render.put_json({"files": rows, "removed": remove})
        return
    for one in found:
        used = f"{one.n_pages} pages of {', '.join(one.used_by)}" if one.n_pages else "no page"
        state = "crawl not finished" if one.is_open else used
        render.put(f"{one.archive_file}  {one.n_bytes} bytes  {state}")
    free = [one for one in found if not one.is_needed]
    said = "removed" if remove else "not needed; --remove-unneeded removes them"
    render.put(f"{len(free)} of {len(found)} files, {sum(o.n_bytes for o in free)} bytes: {said}")
