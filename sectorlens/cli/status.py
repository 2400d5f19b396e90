"""`sectorlens status`: the waterfall."""

from __future__ import annotations

from experimental_stats.model_notes import model_notes
from sectorlens.cli import render
from sectorlens.cli.options import HERE, Format, FormatOption, OptionalWave, WorkspaceOption
from sectorlens.pipeline import describe
from sectorlens.session import begin
from storage.tables.decision_basis import DecisionBasis


def status(
    wave: OptionalWave = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Tell where every case of every stage and every unit of the frame stands."""
    described = describe(begin(workspace), wave)
    if form is Format.JSON:
        render.put_json(described)
        return
    render.put(f"Wave {described['wave']}")
    for state in described["stages"]:
        lost = {**state["rejected"], **state["failed"]}
        told = "".join(f", {n} {reason}" for reason, n in lost.items())
        render.put(
            f"  {state['stage']}: {state['taken']} {state['of']}: {state['done']} done,"
            f" {state['pending']} pending{told}"
        )
    render.put_waterfall(described)
    for row in described["decisions"]:
        basis = DecisionBasis(**row)
        render.put(f"{basis.sector}: decided by {basis.model_id}.")
        for note in model_notes(basis):
            render.put(f"  {note}")
