"""`sectorlens plugins list`: what can be named in the settings."""

from __future__ import annotations

from sectorlens import plugins
from sectorlens.cli import render
from sectorlens.cli.options import HERE, Format, FormatOption, WorkspaceOption


def list_plugins(workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT) -> None:
    """List the plug-ins of every kind: the same in every workspace, and outside of any."""
    found = {folder: plugins.names(folder) for folder in plugins.FOLDERS}
    if form is Format.JSON:
        render.put_json(found)
        return
    for folder, names in found.items():
        render.put(f"{plugins.FOLDERS[folder]} ({folder}): {', '.join(names)}")
