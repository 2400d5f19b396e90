"""`sectorlens release change|revisions`: from wave to wave, and from release to release."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from sectorlens import build
from sectorlens.cli import render
from sectorlens.cli.options import (
    HERE,
    AnyWave,
    Format,
    FormatOption,
    OptionalWave,
    SectorsOption,
    WorkspaceOption,
)
from sectorlens.pipeline import chosen_wave
from sectorlens.session import begin
from storage.publication import publish

if TYPE_CHECKING:
    from experimental_stats.revisions import TriangleRow
    from experimental_stats.wave_change import SectorChange

SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="W", help="The earlier wave; by default the one before."),
]


def change(
    wave: OptionalWave = None,
    since: SinceOption = None,
    sector: SectorsOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell how much totals changed since an earlier wave, with intervals, and why."""
    session = begin(workspace, sectors=sector)
    with session.open() as store:
        found, missing = build.measure_changes(
            session, store, chosen_wave(store, wave), since=since
        )
        publish(store, session.workspace.published)
    if form is Format.JSON:
        render.put_json({"changes": [asdict(one) for one in found], "not_told": missing})
        return
    for one in found:
        _put_change(one)
    for reason in missing:
        render.put(reason)


def revisions(
    wave: AnyWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell how published totals were revised, release by release; breaks stand apart."""
    from experimental_stats.revisions import revision_triangle, summarise_revisions
    from experimental_stats.vintages import told_vintages

    with begin(workspace).open() as store:
        told = told_vintages(store, wave)
    triangle, summary = revision_triangle(told), summarise_revisions(told)
    if form is Format.JSON:
        render.put_json(
            {
                "triangle": [asdict(row) for row in triangle],
                "summary": [asdict(one) for one in summary],
            }
        )
        return
    if not triangle:
        render.put("Nothing has been released: `sectorlens release build --wave W --to DIR`")
        return
    longest = max(one.vintages[-1] for one in triangle)
    render.put(
        "Each column is a vintage: (b) where method, model, definition or frame changed,"
        " (w) where the release was withdrawn."
    )
    render.put_table(
        ("sector", "measure", "wave", *(str(n) for n in range(1, longest + 1))),
        [(one.sector, one.measure, one.wave, *_cells(one, longest)) for one in triangle],
    )
    render.put()
    header = (
        *("sector", "measure", "revisions", "breaks", "withdrawn", "mean"),
        *("mean absolute", "relative to the level"),
    )
    render.put_table(header, [list(asdict(one).values()) for one in summary])


def _cells(row: TriangleRow, longest: int) -> list[str]:
    decimals = 4 if row.measure.endswith("_share") else 1
    cells = [""] * longest
    for number, value, cause, withdrawn in zip(
        row.vintages, row.values, row.causes, row.withdrawn, strict=True
    ):
        cells[number - 1] = (
            ("[c]" if value is None else f"{value:.{decimals}f}")
            + (" (b)" if cause == "break" else "")
            + (" (w)" if withdrawn else "")
        )
    return cells


def _put_change(found: SectorChange) -> None:
    render.put(f"{found.sector}: from wave {found.earlier_wave} to wave {found.wave}")
    columns = ["measure", "value_before", "value_after", "value", "ci_lower", "ci_upper"]
    bridged = any(row["break_factor"] is not None for row in found.totals)
    columns += ["correlation", "break_factor"] if bridged else ["correlation"]
    heads = ("measure", "before", "after", "change", "from", "to", "correlation", "break factor")
    render.put_table(
        heads[: len(columns)], [[row[name] for name in columns] for row in found.totals]
    )
    for measure, reason in found.withheld.items():
        render.put(f"{measure}: not told, {reason}.")
    render.put()
    render.put_table(
        ("why (enterprises)", "units", "gained", "lost", "change"),
        [
            (part.component.replace("_", " "), part.n_units, part.gained, part.lost, part.value)
            for part in found.components
            if part.n_units or part.value
        ],
    )
    render.put("Reasons count decisions on single companies: they are for the office.")
    if not found.same_model:
        factor = found.totals[0]["break_factor"]
        told = "no bridge was made" if factor is None else f"break factor {factor:.3f}"
        render.put(f"The waves were decided by different models: {told}.")
    render.put()
