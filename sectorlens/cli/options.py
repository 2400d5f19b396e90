"""The options that commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"


WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace",
        metavar="DIR",
        help="The workspace; by default this directory or its nearest parent that is one.",
        show_default=False,
    ),
]
WaveOption = Annotated[str, typer.Option("--wave", metavar="W", help="The wave.")]
OptionalWave = Annotated[
    str | None, typer.Option("--wave", metavar="W", help="The wave; by default the last one.")
]
AnyWave = Annotated[
    str | None, typer.Option("--wave", metavar="W", help="The wave; by default all of them.")
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="How results are printed on standard output.")
]
SectorsOption = Annotated[
    list[str] | None,
    typer.Option("--sector", metavar="S", help="A sector; may be repeated. Default: all."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Tell what would be done; write nothing.")
]
HERE = Path()
