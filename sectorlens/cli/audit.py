"""`sectorlens audit draw|import|status`: the probability sample that is checked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sectorlens import pipeline
from sectorlens.build import audit_sheet, audit_status, draw_audit
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

SectorOption = Annotated[str, typer.Option("--sector", metavar="S", help="The sector.")]
SizeOption = Annotated[int, typer.Option("--size", metavar="N", min=2, help="Units to check.")]
SheetOption = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="FILE",
        dir_okay=False,
        help="Where the sheet to answer goes. Default: printed.",
    ),
]
AnswersWave = Annotated[
    str | None,
    typer.Option(
        "--wave", metavar="W", help="By default each row's own wave, else the newest draw's."
    ),
]
CertainOption = Annotated[
    float | None,
    typer.Option(
        "--certain-employees",
        metavar="N",
        min=0,
        help="Take all units decided active with so many employees; 0 for none. Default: settings.",
    ),
]
ShareOption = Annotated[
    float,
    typer.Option(
        "--share",
        metavar="S",
        min=0.01,
        max=1.0,
        help="Only a random share (0-1) of the units: for a second coder.",
    ),
]
AnswersFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The answered sheet: CSV or Parquet.")
]


def draw(  # noqa: PLR0913 - each is an option of the command
    wave: WaveOption,
    sector: SectorOption,
    *,
    size: SizeOption,
    to: SheetOption = None,
    certain_employees: CertainOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
    dry_run: DryRunOption = False,
) -> None:
    """Draw units with known probability, by strata of their scores; give the sheet to answer."""
    session = begin(workspace)
    strata, issues = draw_audit(
        session, wave, sector, size=size, certain_employees=certain_employees, dry_run=dry_run
    )
    for issue in issues:
        render.say(f"warning ({issue.code}, {issue.count}): {issue.detail}")
    if dry_run:
        _show_plan(strata, form)
        return
    _give(audit_sheet(session, wave, sector), wave, sector, to, form)


def _show_plan(strata: list[dict[str, Any]], form: Format) -> None:
    if form is Format.JSON:
        render.put_json({"dry_run": True, "strata": strata})
        return
    render.put_table(list(strata[0]), [list(row.values()) for row in strata])
    render.put("Nothing was drawn.")


def sheet(
    wave: WaveOption,
    sector: SectorOption,
    to: SheetOption = None,
    share: ShareOption = 1.0,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Give the sheet of an audit that was drawn once more, or a part of it for a second coder."""
    _give(audit_sheet(begin(workspace), wave, sector, share=share), wave, sector, to, form)


def _give(
    sheet: list[dict[str, Any]], wave: str, sector: str, to: Path | None, form: Format
) -> None:
    from experimental_stats.audit_sheet import as_csv

    if to is not None:
        to.write_text(as_csv(sheet), encoding="utf-8")
    if form is Format.JSON:
        render.put_json({"wave": wave, "sector": sector, "size": len(sheet), "units": sheet})
    elif to is None:
        typer.echo(as_csv(sheet), nl=False)
    else:
        render.put(f"audit: {len(sheet)} units of wave {wave} drawn for {sector}, listed in {to}")
        render.put("Fill in `active` (1, 0, or empty for cannot tell) and `coder`, then run")
        render.put(f"sectorlens audit import {to}")


def import_answers(
    file: AnswersFile,
    wave: AnswersWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
    dry_run: DryRunOption = False,
) -> None:
    """Take the answers to an audit; all faults are told at once."""
    from experimental_stats.run import import_audit_answers

    if dry_run:
        with begin(workspace).open() as store:
            planned = import_audit_answers(store, wave, file, dry_run=True)
        render.put_waiting([{"stage": "audit", "of": "answers", "pending": planned.done}], form)
        return
    report = pipeline.record(
        begin(workspace), wave or "", lambda store: import_audit_answers(store, wave, file)
    )
    render.put_reports([report], form)


def status(
    wave: AnyWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell, for each audit, how many units were drawn and answered."""
    with begin(workspace).open() as store:
        rows = audit_status(store, wave)
    if form is Format.JSON:
        render.put_json({"audits": rows})
    elif not rows:
        render.put("No audit has been drawn: `sectorlens audit draw --wave W --sector S --size N`")
    else:
        differ = {(row["wave"], row["sector"]): row.pop("disagreements") for row in rows}
        render.put_table(list(rows[0]), [list(row.values()) for row in rows])
        for (_, sector), units in differ.items():
            for unit, said in units.items():
                told = ", ".join(f"{coder or 'unnamed'}: {int(yes)}" for coder, yes in said.items())
                render.put(f"coders differ on unit {unit} for {sector} ({told})")
