"""`sectorlens classify discover`: the words and the kinds of an emerging sector."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sectorlens import bench
from sectorlens.cli import render
from sectorlens.cli.opened import opened
from sectorlens.cli.options import (
    HERE,
    Format,
    FormatOption,
    OptionalWave,
    SectorsOption,
    WorkspaceOption,
)
from sectorlens.pipeline import chosen_wave
from storage.publication import publish
from storage.tables.explanation import load_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classify.discovery import Discovery
    from classify.keyness import KeyTerm

SHOWN_TERMS = 20
SHOWN_MEMBERS = 3
LONGEST_NAME = 28  # characters shown


def discover(
    wave: OptionalWave = None,
    sector: SectorsOption = None,
    workspace: WorkspaceOption = HERE,
    form: FormatOption = Format.TEXT,
) -> None:
    """Find terms that set a sector's companies apart, and the kinds of companies within it."""
    with opened(workspace, sector) as (session, store):
        wave = chosen_wave(store, wave)
        found = bench.discover(session, store, wave)
        names = load_names(store, wave, {unit for one in found for unit in one.unit_ids})
        publish(store, session.workspace.published)
    if form is Format.JSON:
        render.put_json({"discoveries": [_as_dict(one) for one in found]})
        return
    for one in found:
        _put(one, names)


def _as_dict(found: Discovery) -> dict[str, Any]:
    told = {key: value for key, value in asdict(found).items() if key != "unit_ids"}
    told["clusters"] = [
        {
            "title": cluster.title,
            "silhouette": cluster.silhouette,
            "unit_ids": [found.unit_ids[place] for place in cluster.members],
        }
        for cluster in found.clusters
    ]
    return told


def _put(found: Discovery, names: Mapping[str, str]) -> None:
    who = "units decided active" if found.basis == "decisions" else "highest ranked units"
    render.put(f"{found.sector}, wave {found.wave}: {found.n_active} {who}, with text")
    render.put()
    render.put("Terms they use more than the rest (log odds ratio, 95 % interval):")
    _put_terms(found.terms)
    if found.earlier_wave is not None:
        render.put()
        render.put(f"Terms they use more than the sector did in wave {found.earlier_wave}:")
        _put_terms(found.new_terms)
    render.put()
    if not found.clusters:
        render.put("They are too few, or too much alike, to be parted into kinds.\n")
        return
    render.put("Kinds of companies (a silhouette near 0: they run into each other):")
    render.put_table(
        ("units", "terms", "most typical", "silhouette"),
        [
            (
                len(cluster.members),
                cluster.title,
                ", ".join(_named(found, place, names) for place in cluster.members[:SHOWN_MEMBERS]),
                cluster.silhouette,
            )
            for cluster in found.clusters
        ],
    )
    render.put()


def _named(found: Discovery, place: int, names: Mapping[str, str]) -> str:
    unit = found.unit_ids[place]
    return f"{unit} {names.get(unit, '')[:LONGEST_NAME]}".strip()


def _put_terms(terms: Sequence[KeyTerm]) -> None:
    if not terms:
        render.put("none that is surely more frequent")
        return
    render.put_table(
        ("term", "language", "units", "others", "log odds", "from", "to"),
        [
            (t.term, t.language, t.n_active, t.n_compared, t.log_odds_ratio, t.ci_lower, t.ci_upper)
            for t in terms[:SHOWN_TERMS]
        ],
    )
