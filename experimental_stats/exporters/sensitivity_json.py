"""The headline totals under other assumptions, as one JSON document for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from experimental_stats.exporter import ReleaseFile
from experimental_stats.sensitivity import ASSUMPTIONS, CERTAIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from experimental_stats.exporter import Exporter, ReleaseContent
    from storage.database import Store

TITLE = "Totals under other assumptions (JSON)"
MEDIA_TYPE = "application/json"
PATH = "sensitivity.json"


def build(options: Mapping[str, object]) -> Exporter:
    """Return the format; it takes no options."""
    del options
    return SensitivityDocument()


class SensitivityDocument:
    """Writes ``sensitivity.json``."""

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
        """Write wave, the assumptions' meaning, and sector -> measure -> assumption -> value."""
        del listed, store
        sectors: dict[str, dict[str, dict[str, float]]] = {}
        for sector in release.sectors:
            measures: dict[str, dict[str, float]] = {}
            for measure, assumption, value in sector.beside.sensitivity if sector.beside else ():
                measures.setdefault(measure, {})[assumption] = value
            sectors[sector.note.name] = measures
        document = {
            "wave": release.plan.wave,
            "assumptions": ASSUMPTIONS | CERTAIN,
            "sectors": sectors,
        }
        text = json.dumps(document, indent=2, ensure_ascii=False)
        (directory / PATH).write_text(text + "\n", encoding="utf-8")
