"""`sectorlens audit draw|import|status`: the probability sample that is checked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sectorlens import pipeline
from sectorlens.build import draw_audit
from sectorlens.cli import render
from sectorlens.cli.options import (
    HERE,
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
StatusWave = Annotated[
    str | None, typer.Option("--wave", metavar="W", help="The wave; by default all of them.")
]
AnswersFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The answered sheet: CSV or Parquet.")
]


def draw(
    wave: WaveOption,
    sector: SectorOption,
    size: SizeOption,
    to: SheetOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Draw units with known probability, by strata of their scores; give the sheet to answer."""
    _give(draw_audit(begin(workspace), wave, sector, size), wave, sector, to, form)


def sheet(
    wave: WaveOption,
    sector: SectorOption,
    to: SheetOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Give the sheet of an audit that was drawn once more."""
    from experimental_stats.run import audit_sheet

    with begin(workspace).open() as store:
        rows = audit_sheet(store, wave, sector)
    _give(rows, wave, sector, to, form)


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
) -> None:
    """Take the answers to an audit; all faults are told at once."""
    from experimental_stats.run import import_audit_answers

    report = pipeline.record(
        begin(workspace), wave or "", lambda store: import_audit_answers(store, wave, file)
    )
    render.put_reports([report], form)


def status(
    wave: StatusWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell, for each audit, how many units were drawn and answered."""
    from experimental_stats.run import audit_status

    with begin(workspace).open() as store:
        rows = audit_status(store, wave)
    if form is Format.JSON:
        render.put_json({"audits": rows})
    elif not rows:
        render.put("No audit has been drawn: `sectorlens audit draw --wave W --sector S --size N`")
    else:
        render.put_table(list(rows[0]), [list(row.values()) for row in rows])
