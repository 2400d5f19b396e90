"""`sectorlens label suggest`: the sheet of what to label next."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sectorlens import bench
from sectorlens.cli import progress, render
from sectorlens.cli.options import HERE, Format, FormatOption, WaveOption, WorkspaceOption
from sectorlens.session import begin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SectorOption = Annotated[str, typer.Option("--sector", metavar="S", help="The sector.")]
SizeOption = Annotated[int, typer.Option("--size", metavar="N", min=1, help="Units to label.")]
ToOption = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="Default: standard output.")
]

_COLUMNS = ("unit_id", "website_url", "sector", "active", "coder", "note", "score", "passage")


def suggest(
    wave: WaveOption,
    sector: SectorOption,
    *,
    size: SizeOption = 20,
    to: ToOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Propose units to label next, for training only: likely, doubtful and unfamiliar ones."""
    with progress.shown() as listener:
        session = begin(workspace, progress=listener)
        with session.open() as store:
            found = bench.suggest_labels(session, store, wave, sector, size)
    sheet = [
        {
            "unit_id": one.unit_id,
            "website_url": one.website_url,
            "sector": sector,
            "active": "",
            "coder": "",
            "note": one.reason,
            "score": f"{one.score:.3f}",
            "passage": one.passage,
        }
        for one in found
    ]
    if to is not None:
        to.write_text(_as_csv(sheet), encoding="utf-8")
    if form is Format.JSON:
        render.put_json({"wave": wave, "sector": sector, "units": sheet})
    elif to is None:
        typer.echo(_as_csv(sheet), nl=False)
    else:
        counts = Counter(one.reason for one in found)
        render.put(", ".join(f"{number} {reason}" for reason, number in sorted(counts.items())))
        render.put(f"Fill in `active` and `coder`, then run sectorlens label import {to}")


def _as_csv(sheet: Sequence[Mapping[str, str]]) -> str:
    """Return the sheet as `label import` reads it; what strangers wrote cannot become a formula."""
    from experimental_stats.plain_text import csv_cell, guarded

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in sheet:
        writer.writerow([guarded(row["unit_id"]), *(csv_cell(row[name]) for name in _COLUMNS[1:])])
    return text.getvalue()
