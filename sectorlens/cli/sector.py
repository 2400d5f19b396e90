"""`sectorlens sector lint`: what definitions leave open."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sectorlens.cli import render
from sectorlens.cli.options import HERE, Format, FormatOption, WorkspaceOption
from sectorlens.session import begin
from storage.errors import NotReady

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classify.sector import SectorDefinition
    from classify.sector_lint import Remark
    from sectorlens.session import Session


def lint(workspace: WorkspaceOption = HERE, form: FormatOption = Format.TEXT) -> None:
    """Tell what the sectors' definitions leave open; faults are refused, remarks are not."""
    from classify.sector import load_sectors
    from classify.sector_lint import lint_language, lint_sector, own_words
    from extract.language import identify_language

    # All of them, also those that the settings leave out: a definition is linted before it is used.
    session = begin(workspace)
    found = load_sectors([session.workspace.sectors])
    remarks = [remark for name in sorted(found) for remark in lint_sector(found[name])]
    for definition in found.values():
        said = identify_language(own_words(definition), declared=definition.language)
        remarks += lint_language(definition, said)
    remarks += _held_against_the_store(session, found)
    if form is Format.JSON:
        render.put_json({"sectors": sorted(found), "remarks": [asdict(one) for one in remarks]})
        return
    for one in remarks:
        render.put(f"{one.sector}: {one.key}: {one.text}")
    if not remarks:
        render.put(f"Nothing to remark on {', '.join(sorted(found))}.")


def _held_against_the_store(
    session: Session, found: Mapping[str, SectorDefinition]
) -> list[Remark]:
    from classify.registry import list_models
    from classify.sector_lint import Remark
    from classify.sector_versions import tell_unraised_version
    from storage.tables.assessment import load_labels

    if not session.workspace.database.exists():
        return []
    try:
        with session.open() as store:
            told = {name: tell_unraised_version(store, found[name]) for name in sorted(found)}
            known = {label.sector for label in load_labels(store)}
            known |= {model.sector for model in list_models(store)}
    except NotReady as busy:
        render.say(f"Versions were not held against those in use: {busy.title}.")
        return []
    remarks = [Remark(sector=name, key="version", text=text) for name, text in told.items() if text]
    return [
        *remarks,
        *(Remark(sector=name, key="name", text=_LOST) for name in sorted(known - found.keys())),
    ]


_LOST = (
    "labels or models of it are kept, but it has no definition: was its file renamed? Name it as"
    " before, or take its labels along: `sectorlens label export --sector …`, write the new name"
    " into the column `sector`, and import that"
)
