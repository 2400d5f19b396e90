"""`sectorlens label …`: what people said, and how far they agree."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sectorlens import pipeline
from sectorlens.build import import_labels as import_label_file
from sectorlens.build import preview_labels
from sectorlens.cli import label_text, one_sector, render
from sectorlens.cli.options import (
    HERE,
    DryRunOption,
    Format,
    FormatOption,
    WorkspaceOption,
)
from sectorlens.pipeline import latest_wave
from sectorlens.session import begin
from storage.tables.frame import waves

LabelFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="Labels: CSV, Parquet or Label Studio's JSON.")
]
OneSector = Annotated[
    str | None, typer.Option("--sector", metavar="S", help="One sector; by default all.")
]
Target = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="Default: standard output.")
]


def import_labels(
    file: LabelFile,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
    dry_run: DryRunOption = False,
) -> None:
    """Read labels by unit_id, url or text; all faults are told at once."""
    session = begin(workspace)
    if dry_run:
        with session.open() as store:
            waiting, issues = preview_labels(session, store, file)
        told = [asdict(issue) for issue in issues]
        state = {"stage": "label", "of": "labels", "pending": waiting, "issues": told}
        render.put_waiting([state], form)
        return
    report = pipeline.record(session, "", lambda store: import_label_file(session, store, file))
    render.put_reports([report], form)


class Layout(StrEnum):
    """How exported labels are written."""

    CSV = "csv"
    LABEL_STUDIO = "label-studio"


class Purpose(StrEnum):
    """What labels serve."""

    TRAINING = "training"
    TEST = "test"
    AUDIT = "audit"


LayoutOption = Annotated[Layout, typer.Option("--as", help="How labels are written.")]
PurposeOption = Annotated[
    Purpose | None, typer.Option("--purpose", help="Labels of one purpose; by default all.")
]


def export_labels(
    to: Target = None,
    layout: LayoutOption = Layout.CSV,
    sector: OneSector = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Write labels as CSV or as Label Studio's tasks; `label import` takes both."""
    from classify.label_studio import write_tasks
    from classify.labels import export_labels as as_csv
    from storage.tables.assessment import load_labels

    session = begin(workspace)
    with session.open() as store:
        labels = load_labels(store, sector=sector)
    one_sector.refuse_unknown(session, sector, labels)
    written = as_csv(labels) if layout is Layout.CSV else write_tasks(labels)
    if to is not None:
        to.write_text(written, encoding="utf-8")
    if form is Format.JSON:
        render.put_json({"labels": [asdict(label) for label in labels]})
    elif to is None:
        typer.echo(written, nl=False)
    else:
        render.put(f"label: {len(labels)} labels written to {to}")


def disagreements(
    sector: OneSector = None,
    purpose: PurposeOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """List what coders differ on, the open cases first; an adjudicator's label settles one."""
    from classify.double_coding import list_disagreements

    rows = [asdict(one) for one in list_disagreements(_coded(workspace, sector, purpose))]
    if form is Format.JSON:
        render.put_json({"disagreements": rows})
        return
    if not rows:
        render.put("No subject has labels that differ.")
        return
    shown = [
        {**row, "answers": ", ".join(f"{c}: {said}" for c, said in row["answers"].items())}
        for row in rows
    ]
    render.put_table(list(shown[0]), [list(row.values()) for row in shown])
    render.put("To settle one, import a label of it whose `role` is `adjudicator`.")


def agreement(
    sector: OneSector = None,
    purpose: PurposeOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell how far coders agree beyond chance: Gwet's AC1 and Cohen's kappa, with intervals."""
    from classify.double_coding import describe_agreement

    coded = _coded(workspace, sector, purpose)
    sectors = sorted({one.sector for one in coded})
    found = {name: describe_agreement([c for c in coded if c.sector == name]) for name in sectors}
    if form is Format.JSON:
        render.put_json({"sectors": found})
        return
    for name, told in found.items():
        for line in label_text.agreement_lines(told):
            render.put(f"{name}: {line}")
    if not found:
        what = f"No label for {sector}" if sector else "No label"
        render.put(f"{what} has been imported: `sectorlens label import FILE`")


def check(
    sector: Annotated[str, typer.Option("--sector", metavar="S", help="The sector.")],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="By default the one that decides."),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many labels are listed.")] = 50,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Rank labels by how far the model, not having seen them, doubts them."""
    from classify.training_data import list_suspects

    with begin(workspace).open() as store:
        found = list_suspects(store, latest_wave(store), sector, model)
    suspects = found["suspects"][:most]
    if form is Format.JSON:
        render.put_json({**found, "suspects": suspects})
        return
    render.put(
        f"{sector}: {found['n_likely']} of {found['n_scored']} labels are likely wrong by the"
        f" held-out scores of {found['model_id']}; the most doubtful come first."
    )
    columns = ("rank", "likely", "active", "probability", "subject", "coders")
    shown = [{**s, "coders": ", ".join(s["coders"])} for s in suspects]
    render.put_table(columns, [[one[name] for name in columns] for one in shown])


def _coded(workspace: Path, sector: str | None, purpose: Purpose | None) -> list[Any]:
    from classify.double_coding import collect_coded

    session = begin(workspace)
    with session.open() as store:
        known = waves(store)
        coded = collect_coded(
            store,
            known[-1] if known else "",
            sector=sector,
            purpose=purpose.value if purpose else "",
        )
    one_sector.refuse_unknown(session, sector, coded)
    return coded
