"""A DuckDB file of what is published: figures, code lists, waterfall; no unit, page or text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from experimental_stats.exporter import ReleaseFile
from experimental_stats.plain_text import plain
from experimental_stats.release_tables import (
    ReleaseTable,
    beside_tables,
    code_table,
    estimate_table,
    outcome_table,
    waterfall_table,
)
from storage.tables.release import write_release_database

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from experimental_stats.exporter import Exporter, ReleaseContent
    from storage.database import Store

TITLE = "Database of the published figures (DuckDB)"
MEDIA_TYPE = "application/vnd.duckdb"
PATH = "release.duckdb"


def build(options: Mapping[str, object]) -> Exporter:
    """Return the format; it takes no options."""
    del options
    return ReleaseDatabase()


class ReleaseDatabase:
    """Writes ``release.duckdb``: estimate, waterfall, outcome_code, code, sector, metadata."""

    def files(self, release: ReleaseContent) -> tuple[ReleaseFile, ...]:
        """Return the one file."""
        del release
        return (ReleaseFile(path=PATH, title=TITLE, media_type=MEDIA_TYPE),)

    def write(
        self,
        release: ReleaseContent,
        directory: Path,
        *,
        listed: Sequence[ReleaseFile],
        store: Store,
    ) -> None:
        """Write the file; only what `release` holds goes into it."""
        del listed
        tables = {
            "estimate": estimate_table(
                "estimate", "Estimates", release.all_estimates, plan=release.plan
            ),
            "waterfall": waterfall_table(release),
            "outcome_code": outcome_table(release),
            "code": code_table(release),
            "sector": _sector_table(release),
            **{table.name: table for table in beside_tables(release)},
            "metadata": _metadata_table(release),
        }
        write_release_database(
            store, directory / PATH, {name: table.as_arrow() for name, table in tables.items()}
        )


def _sector_table(release: ReleaseContent) -> ReleaseTable:
    published = {sector.note.name: sector.model_id for sector in release.sectors}
    return ReleaseTable(
        name="sector",
        title="Sectors",
        columns=("sector", "title", "description", "version", "model_id", "published", "reason"),
        key=("sector",),
        rows=tuple(
            (
                note.name,
                plain(note.title),
                plain(note.description, longest=5000),
                note.version,
                published.get(note.name, ""),
                note.name in published,
                release.withheld.get(note.name, ""),
            )
            for note in release.plan.sectors
        ),
    )


def _metadata_table(release: ReleaseContent) -> ReleaseTable:
    plan = release.plan
    facts = {
        "title": plan.title,
        "wave": plan.wave,
        "organisation": plan.organisation,
        "contact_url": plan.contact_url,
        "licence": plan.licence,
        "status": "experimental statistics",
        "made_from": json.dumps(release.made_from, sort_keys=True, ensure_ascii=False),
        "notes": "\n".join(release.notes),
    }
    return ReleaseTable(
        name="metadata",
        title="Facts on the release",
        columns=("key", "text"),
        key=("key",),
        rows=tuple(facts.items()),
    )
