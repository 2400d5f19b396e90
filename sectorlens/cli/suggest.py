"""`sectorlens label suggest` and `label progress`: what to label next, what the last bought."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sectorlens import bench
from sectorlens.cli import render
from sectorlens.cli.opened import opened
from sectorlens.cli.options import (
    HERE,
    Format,
    FormatOption,
    OptionalWave,
    WorkspaceOption,
)
from sectorlens.pipeline import chosen_wave

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classify.measures import Measure

SectorOption = Annotated[str, typer.Option("--sector", metavar="S", help="The sector.")]
SizeOption = Annotated[int, typer.Option("--size", metavar="N", min=1, help="Units to label.")]
ToOption = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="Default: standard output.")
]

_ADVICE = {"label_more": "Label more", "cannot_tell": "Open", "stop": "Stop labelling"}
_COLUMNS = (
    *("unit_id", "website_url", "sector", "active", "coder", "note", "score", "passage"),
    *("passage_url", "guideline", "page_digest"),
)


def suggest(
    sector: SectorOption,
    wave: OptionalWave = None,
    *,
    size: SizeOption = 20,
    to: ToOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Propose units to label next, for training only: likely, doubtful and unfamiliar ones."""
    with opened(workspace) as (session, store):
        over = chosen_wave(store, wave)
        found = bench.suggest_labels(session, store, over, sector, size)
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
            "passage_url": one.passage_url,
            "guideline": one.guideline,
            "page_digest": one.page_digest,
        }
        for one in found
    ]
    if to is not None:
        to.write_text(_as_csv(sheet), encoding="utf-8")
    if form is Format.JSON:
        render.put_json({"wave": over, "sector": sector, "units": sheet})
    elif to is None:
        typer.echo(_as_csv(sheet), nl=False)
    else:
        counts = Counter(one.reason for one in found)
        render.put(", ".join(f"{number} {reason}" for reason, number in sorted(counts.items())))
        render.put(
            "Fill in `active` (1, 0, or `cannot tell`) and `coder`; a row left as it is waits."
        )
        render.put(f"Then run sectorlens label import {to}")


def learning(
    sector: SectorOption,
    wave: OptionalWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell what each batch of labels bought: models of ever more labels, on the same folds."""
    with opened(workspace) as (session, store):
        found = bench.learning(session, store, chosen_wave(store, wave), sector)
    if form is Format.JSON:
        render.put_json(asdict(found))
        return
    render.put(
        f"{sector}: {found.classifier} learnt from ever more labels ({found.basis}), measured on"
        f" {found.n} labelled companies, {found.n_active} active, out of {found.folds} folds;"
        " value and 95 % interval, then the gain over the row before. F1 and what is found are by"
        " the definition's rule alone; what keeps false alarms down besides, `model show` tells."
    )
    columns = ("batch", "labels", "active", "average precision", "F1", "active ones found")
    rows = [
        (
            f"{stage.batch} (+{stage.added}, {stage.added_active} active)",
            stage.labelled,
            stage.labelled_active,
            *(
                _told(getattr(stage, name), getattr(stage, f"gain_{name}"), decimals)
                for name, decimals in (("average_precision", 3), ("f1", 3), ("found", 0))
            ),
        )
        for stage in found.stages
    ]
    render.put_table(columns, rows)
    if found.n_texts:
        last = found.stages[-1]
        told = _told(last.texts_average_precision, last.gain_texts_average_precision, 3)
        render.put(
            f"Told apart: {found.n_texts} labelled texts, {found.n_texts_active} active, which"
            f" train with less weight; average precision on them with all labels: {told}."
        )
    render.put()
    render.put(f"{_ADVICE[found.advice]}: {found.reason}.")


def _told(value: Measure | None, gain: Measure | None, decimals: int) -> str:
    if value is None:
        return "too few labels"
    told = f"{value.value:.{decimals}f} ({value.lower:.{decimals}f} to {value.upper:.{decimals}f})"
    if gain is None:
        return told
    ends = f"({gain.lower:+.{decimals}f} to {gain.upper:+.{decimals}f})"
    return f"{told}, {gain.value:+.{decimals}f} {ends}"


def _as_csv(sheet: Sequence[Mapping[str, str]]) -> str:
    """Return the sheet as `label import` reads it; what strangers wrote cannot become a formula."""
    from experimental_stats.plain_text import csv_cell, guarded

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in sheet:
        writer.writerow([guarded(row["unit_id"]), *(csv_cell(row[name]) for name in _COLUMNS[1:])])
    return text.getvalue()
