"""CSV files, each with metadata on the web standard (CSVW, W3C Recommendation 2015)."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from experimental_stats.exporter import ReleaseFile
from experimental_stats.plain_text import csv_cell
from experimental_stats.release_tables import COLUMNS, ReleaseTable, release_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from experimental_stats.exporter import Exporter, ReleaseContent
    from storage.database import Store

TITLE = "CSV tables with metadata (CSVW)"
MEDIA_TYPE = "text/csv"
METADATA_TYPE = "application/csvm+json"
_DATATYPES = {
    pa.string(): "string",
    pa.float64(): "double",
    pa.int64(): "integer",
    pa.bool_(): "boolean",
}


def build(options: Mapping[str, object]) -> Exporter:
    """Return the format; it takes no options."""
    del options
    return CsvTables()


class CsvTables:
    """Writes ``tables/<name>.csv`` and ``tables/<name>.csv-metadata.json``."""

    def files(self, release: ReleaseContent) -> tuple[ReleaseFile, ...]:
        """Return two files a table."""
        found = []
        for table in release_tables(release):
            path = f"tables/{table.name}.csv"
            found.append(ReleaseFile(path=path, title=table.title, media_type=MEDIA_TYPE))
            found.append(
                ReleaseFile(
                    path=f"{path}-metadata.json",
                    title=f"{table.title}: metadata",
                    media_type=METADATA_TYPE,
                )
            )
        return tuple(found)

    def write(
        self,
        release: ReleaseContent,
        directory: Path,
        *,
        listed: Sequence[ReleaseFile],
        store: Store,
    ) -> None:
        """Write every table and its metadata."""
        del listed, store
        target = directory / "tables"
        target.mkdir()
        for table in release_tables(release):
            with (target / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\r\n")  # RFC 4180
                writer.writerow(table.columns)
                writer.writerows([_cell(value) for value in row] for row in table.rows)
            text = json.dumps(_metadata(table, release), indent=2, ensure_ascii=False)
            (target / f"{table.name}.csv-metadata.json").write_text(text + "\n", encoding="utf-8")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return csv_cell(str(value))


def _metadata(table: ReleaseTable, release: ReleaseContent) -> dict[str, Any]:
    plan = release.plan
    described: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": f"{table.name}.csv",
        "dc:title": f"{table.title}, wave {plan.wave}",
        "dc:description": "Experimental statistics: read index.html of the release for the method.",
        "dc:license": {"@id": plan.licence},
        "dialect": {"encoding": "utf-8", "header": True},
        "tableSchema": {
            "columns": [_column(name, table) for name in table.columns],
            "primaryKey": list(table.key),
        },
    }
    if plan.organisation:
        described["dc:publisher"] = plan.organisation
    return described


def _column(name: str, table: ReleaseTable) -> dict[str, Any]:
    kind, meaning = COLUMNS[name]
    return {
        "name": name,
        "titles": name,
        "dc:description": meaning,
        "datatype": _DATATYPES[kind],
        "null": "",
        "required": name in table.key,
    }
