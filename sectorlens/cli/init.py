"""`sectorlens init`: a new workspace."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from sectorlens import crawling
from sectorlens.cli import render
from sectorlens.cli.options import Format, FormatOption
from sectorlens.settings import read_settings
from storage.errors import InvalidInput
from storage.workspace import Workspace

CONTACT_PAGE = "contact-page.html"
FILES = {
    "sectorlens.toml": "sectorlens.toml",
    "README.md": "README.md",
    "example.toml.txt": "sectors/example.toml.txt",
}


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.")],
    form: FormatOption = Format.TEXT,
) -> None:
    """Make a new workspace: commented settings, an example sector, a contact page, a README."""
    workspace = Workspace(directory.resolve())
    if workspace.settings_file.exists():
        raise InvalidInput(
            f"{workspace.root} is a workspace already",
            "Name another directory; nothing was changed.",
        )
    for template, place in FILES.items():
        target = workspace.root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.write_bytes(
                (resources.files("sectorlens") / "templates" / template).read_bytes()
            )
    page = workspace.root / CONTACT_PAGE
    if not page.exists():
        page.write_text(crawling.contact_page(read_settings(workspace)), encoding="utf-8")
    if form is Format.JSON:
        render.put_json({"workspace": str(workspace.root)})
        return
    render.put(f"Made a workspace in {workspace.root}")
    render.put("Next: set organisation and contact_url in sectorlens.toml, then")
    render.put(f"sectorlens crawl contact-page --to {CONTACT_PAGE}  (publish it at contact_url)")
    render.put(f"sectorlens frame import REGISTER --wave W --workspace {directory}")
