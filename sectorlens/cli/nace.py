"""`sectorlens classify nace`: activities that websites tell of, beside the register's codes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from sectorlens import bench
from sectorlens.cli import progress, render
from sectorlens.cli.options import HERE, Format, FormatOption, OptionalWave, WorkspaceOption
from sectorlens.pipeline import latest_wave
from sectorlens.session import begin
from storage.publication import publish

if TYPE_CHECKING:
    from classify.activity_run import Suggestion

ShowOption = Annotated[
    int, typer.Option("--show", metavar="N", help="How many doubtful codes are listed.")
]


def nace(
    wave: OptionalWave = None,
    show: ShowOption = 20,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Suggest NACE divisions from the websites, and list the register's codes they doubt most."""
    with progress.shown() as listener:
        session = begin(workspace, progress=listener)
        with session.open() as store:
            found = bench.suggest_activities(session, store, wave or latest_wave(store))
            publish(store, session.workspace.published)
    if form is Format.JSON:
        render.put_json({"suggestions": [asdict(one) for one in found]})
        return
    first = [one for one in found if one.rank == 1]
    coded = [one for one in first if one.register_division]
    render.put(
        f"{len(first)} units have suggestions ({first[0].basis}), {len(coded)} of them a code."
    )
    if coded:
        same = sum(one.division == one.register_division for one in coded)
        listed = {(one.unit_id, one.division) for one in found}
        among = sum((one.unit_id, one.register_division) in listed for one in coded)
        render.put(
            f"The register's division is the first suggestion for {same / len(coded):.0%},"
            f" among the first three for {among / len(coded):.0%}."
        )
        _put_doubtful([one for one in coded if one.division != one.register_division], show)


def _put_doubtful(differing: list[Suggestion], show: int) -> None:
    differing.sort(key=lambda one: ((one.register_score or 0.0) - one.score, one.unit_id))
    render.put()
    render.put_table(
        ("unit", "register", "score", "suggested", "score"),
        [
            (one.unit_id, one.register_division, one.register_score, one.division, one.score)
            for one in differing[:show]
        ],
    )
