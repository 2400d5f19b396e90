"""`sectorlens demo`: the main job on an embedded default."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from sectorlens.cli import progress, render
from sectorlens.cli.options import Format, FormatOption

Directory = Annotated[
    Path, typer.Argument(metavar="DIR", help="The workspace; an earlier demo is replaced.")
]
Seed = Annotated[int, typer.Option(help="Of the made-up economy: same seed, same release.")]
Size = Annotated[int, typer.Option(min=100, max=2000, help="Units in the made-up register.")]


def demo(
    directory: Directory = Path("sectorlens-demo"),
    seed: Seed = 2026,
    size: Size = 300,
    form: FormatOption = Format.TEXT,
) -> None:
    """Take a small made-up economy from register to release and show it beside the truth."""
    from sectorlens.demo.main_job import run_demo

    started = time.monotonic()
    with progress.shown() as listener:
        result = run_demo(
            directory,
            seed=seed,
            size=size,
            progress=listener,
            told=lambda report: render.say(render.sentence(report)),
        )
    names = ("sector", "known truth", "estimate", "lower", "upper", "classify and count")
    if form is Format.JSON:
        rows = [dict(zip(names, row, strict=True)) for row in result.estimates]
        render.put_json({**result.described, "estimates": rows, "release": str(result.release)})
        return
    render.put("Every unit of the register has one outcome:")
    render.put_waterfall(result.described)
    render.put()
    render.put(
        "Active enterprises among the units with a website of their own, with 95 % intervals:"
    )
    render.put_table(names, result.estimates)
    render.put()
    render.put(f"Done in {time.monotonic() - started:.0f} seconds. Where to look:")
    render.put(f"  {result.release / 'index.html'}")
    render.put(f"  {result.workspace.published}")
