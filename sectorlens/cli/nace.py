"""`sectorlens classify nace`: activities that websites tell of, beside the register's codes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from classify.activity_titles import division_titles
from sectorlens import bench
from sectorlens.cli import render
from sectorlens.cli.opened import opened
from sectorlens.cli.options import HERE, Format, FormatOption, OptionalWave, WorkspaceOption
from sectorlens.pipeline import chosen_wave
from storage.publication import publish
from storage.tables.explanation import load_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classify.activity_run import Suggestion

LONGEST_NAME, LONGEST_TITLE = 28, 34  # characters shown
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
    with opened(workspace) as (session, store):
        wave = chosen_wave(store, wave)
        found = bench.suggest_activities(session, store, wave)
        names = load_names(store, wave, {one.unit_id for one in found})
        publish(store, session.workspace.published)
    titles = division_titles(session.settings.frame.classification)
    if form is Format.JSON:
        told = [
            asdict(one)
            | {"division_title": titles[one.division], "legal_name": names.get(one.unit_id, "")}
            for one in found
        ]
        render.put_json({"suggestions": told})
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
        differing = [one for one in coded if one.division != one.register_division]
        _put_doubtful(differing, show, names=names, titles=titles)
    render.put("The three likeliest of every unit stand in the table nace_suggestion.")


def _put_doubtful(
    differing: list[Suggestion], show: int, *, names: Mapping[str, str], titles: Mapping[str, str]
) -> None:
    differing.sort(key=lambda one: ((one.register_score or 0.0) - one.score, one.unit_id))
    render.put()

    def told(division: str) -> str:
        return f"{division} {titles[division]}"[:LONGEST_TITLE]

    render.put_table(
        ("unit", "name", "register", "score", "suggested", "score"),
        [
            (
                one.unit_id,
                names.get(one.unit_id, "")[:LONGEST_NAME],
                told(one.register_division),
                one.register_score,
                told(one.division),
                one.score,
            )
            for one in differing[:show]
        ],
    )
