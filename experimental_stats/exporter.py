"""What an output format is given, and what it has to offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from experimental_stats.beside import Beside
    from experimental_stats.plan import ReleasePlan, SectorNote
    from experimental_stats.population import WaterfallRow
    from storage.database import Store
    from storage.records.release import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFile:
    """A file of a release.

    Attributes:
        path: Relative to the release, with ``/``. title: for people. media_type: e.g. ``text/csv``.
    """

    path: str
    title: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSector:
    """A sector with figures.

    Attributes:
        estimates: Headline figures: the total first, then domains; suppressed ones without figures.
        comparison: The same by classify and count; never the headline.
        audit: Counts of its audit: drawn, answered, active, cannot_tell, double_coded, agreed.
        model_id: Model that sorted the units.
        beside: Other methods, other assumptions and response; None where they are not told.
        warnings: Sentences on what the headline's estimator found doubtful.
        notes: Sentences on its figures that readers must know, each beginning small.
    """

    note: SectorNote
    estimates: tuple[Estimate, ...]
    comparison: tuple[Estimate, ...]
    audit: Mapping[str, int]
    model_id: str
    beside: Beside | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseContent:
    """All that may be published, ready to be written; nothing else reaches an exporter.

    Attributes:
        domains, measures: Those that the frame holds.
        sectors: With figures. withheld: sector name -> why it has none.
        waterfall: What became of the units of the frame.
        outcome_codes: (outcome, class, meaning), the code list.
        made_from: What the figures came from, as in the manifest.
        notes: Sentences on how the figures were made that readers must know.
    """

    plan: ReleasePlan
    domains: tuple[str, ...]
    measures: tuple[str, ...]
    sectors: tuple[PublishedSector, ...]
    withheld: Mapping[str, str]
    waterfall: tuple[WaterfallRow, ...]
    outcome_codes: tuple[tuple[str, str, str], ...]
    made_from: Mapping[str, Any]
    notes: tuple[str, ...]

    @property
    def all_estimates(self) -> tuple[Estimate, ...]:
        """Return headline and comparison of all sectors."""
        return tuple(
            row for sector in self.sectors for row in (*sector.estimates, *sector.comparison)
        )


class Exporter(Protocol):
    """An output format: a module of `exporters` with TITLE, MEDIA_TYPE and build(options)."""

    def files(self, release: ReleaseContent) -> tuple[ReleaseFile, ...]:
        """Return the files that `write` will make of this release."""
        ...

    def write(
        self,
        release: ReleaseContent,
        directory: Path,
        *,
        listed: Sequence[ReleaseFile],
        store: Store,
    ) -> None:
        """Write the files into `directory`; the same release gives the same content.

        Args:
            release: What may be published.
            directory: Of the release; exists, subdirectories do not.
            listed: All files of the release, of this and the other formats.
            store: For formats that need a database engine; nothing of it may be copied.
        """
        ...
