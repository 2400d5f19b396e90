"""`sectorlens sector lint`: what definitions leave open."""

from __future__ import annotations

from dataclasses import asdict

from sectorlens.cli import render
from sectorlens.cli.options import HERE, Format, FormatOption, WorkspaceOption
from sectorlens.session import begin


def lint(workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT) -> None:
    """Tell what the sectors' definitions leave open; faults are refused, remarks are not."""
    from classify.sector import load_sectors
    from classify.sector_lint import lint_sector

    # All of them, also those that the settings leave out: a definition is linted before it is used.
    found = load_sectors([begin(workspace).workspace.sectors])
    remarks = [remark for name in sorted(found) for remark in lint_sector(found[name])]
    if form is Format.JSON:
        render.put_json({"sectors": sorted(found), "remarks": [asdict(one) for one in remarks]})
        return
    for one in remarks:
        render.put(f"{one.sector}: {one.key}: {one.text}")
    if not remarks:
        render.put(f"Nothing to remark on {', '.join(sorted(found))}.")
