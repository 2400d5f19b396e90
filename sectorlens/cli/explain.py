"""`sectorlens classify explain`: why a unit is decided as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from sectorlens import bench
from sectorlens.cli import render
from sectorlens.cli.opened import opened
from sectorlens.cli.options import HERE, Format, FormatOption, WaveOption, WorkspaceOption
from sectorlens.kept_page import show_command
from sectorlens.pipeline import chosen_wave

UnitOption = Annotated[str, typer.Option("--unit", metavar="U", help="The unit's unit_id.")]
SectorOption = Annotated[str, typer.Option("--sector", metavar="S", help="The sector.")]


def explain(
    unit: UnitOption,
    sector: SectorOption,
    wave: WaveOption,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show the passages, words, labelled companies and rules that a decision rests on."""
    with opened(workspace) as (session, store):
        over = chosen_wave(store, wave)
        found = bench.explain(session, store, over, unit, sector)
    if form is Format.JSON:
        render.put_json(found)
        return
    for line in _lines(found):
        render.put(" ".join(line.split("\n")))


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"{found['legal_name']} ({found['unit_id']}), {found['sector']}: {_decision(found)}"
    yield f"by {found['model_id']}"
    yield from _otherwise_kept(found)
    for one in found["passages"]:
        yield f"passage {one['rank']} ({one['weight']:+.2f} log-odds), {one['url']}"
        if one["archive_file"]:
            yield f"  as archived: {one['archive_file']} at byte {one['archive_offset']}"
            yield f"  to see the page as it was: {show_command(one['url'], found['wave'])}"
        yield f"  {one['passage']}"
    if offer := found["offer"]:
        told = (
            "enough"
            if offer["enough"]
            else f"too little, which costs up to {offer['lost']:.2f} log-odds before calibration"
        )
        yield (
            f"what reads most like an offer of the sector ({offer['evidence']:+.3f}, the level is"
            f" {offer['level']:+.3f}: {told}), {offer['url']}"
        )
        yield f"  {offer['passage']}"
    if found["words"]:
        told = ", ".join(f"{one['word']} {one['weight']:+.3f}" for one in found["words"])
        yield f"words that moved the score (log-odds): {told}"
    for one in found["neighbours"]:
        yield f"labelled {one['label']}, similarity {one['similarity']:.2f}: {one['name']}"
    for one in found["rules"]:
        kind = one["kind"].replace("_", " ")
        yield f"{kind} of the definition, similarity {one['similarity']:.2f}: {one['rule']}"


def _otherwise_kept(found: dict[str, Any]) -> Iterator[str]:
    """Tell where the decision that is kept is not the one that is explained."""
    kept = found["standing"]
    run = f"`sectorlens classify run --wave {found['wave']}`"
    if kept is None:
        yield f"no decision is kept yet: {run}"
    elif kept["model_id"] != found["model_id"] or kept["active"] != found["active"]:
        said = {True: "active", False: "not active", None: "only ranked"}[kept["active"]]
        yield (
            f"what is kept is by {kept['model_id']}: {said}, probability {kept['probability']:.3f};"
            f" {run} decides anew"
        )


def _decision(found: dict[str, Any]) -> str:
    if found["active"] is None:
        return f"only ranked by the definition, {found['probability']:.3f}; not decided"
    decided = "active" if found["active"] else "not active"
    border = ", on the border" if found["on_the_border"] else ""
    raw = found["raw_probability"]
    corrected = "" if raw == found["probability"] else f"corrected from {raw:.3f}, "
    return (
        f"{decided}, probability {found['probability']:.3f}"
        f" ({corrected}threshold {found['threshold']:.3f}{border})"
    )
