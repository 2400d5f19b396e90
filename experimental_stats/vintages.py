"""Vintages: what each release told, kept where it differs from what was told before."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from experimental_stats.disclosure.changed_companies import (
    Compared,
    EarlierRelease,
    companies_behind,
    moves_since,
    silent_companies,
    unsafe_differences,
)
from experimental_stats.earlier_waves import (
    apart_from_other_sectors,
    changed_register,
    earlier_releases,
)
from experimental_stats.population import CROSSED
from experimental_stats.response_weights import CELLS
from experimental_stats.revisions import Vintage, cause_of
from experimental_stats.sector_figures import RESERVED
from storage.tables.change import add_vintage, load_vintages, told_variables
from storage.tables.release import has_column
from storage.tables.vintage_company import (
    keep_companies,
    load_companies,
    load_silent_digests,
    load_told_amounts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from experimental_stats.disclosure.rules import Rules
    from experimental_stats.earlier_waves import EarlierWaves
    from experimental_stats.exporter import PublishedSector, ReleaseContent
    from storage.database import Store


def keep_vintages(
    store: Store,
    content: ReleaseContent,
    release_digest: str,
    *,
    frame: str,
    compared: Mapping[str, Compared] | None = None,
) -> list[str]:
    """Keep the published figures of a release; return the sectors whose figures are new.

    Args:
        store: The work database.
        content: Of the release, protected.
        release_digest: Of its manifest.
        frame: Digest of the frame.
        compared: Sector -> who stands behind its figures.
    """
    fresh = [
        sector.note.name
        for sector in content.sectors
        if add_vintage(
            store,
            (*sector.estimates, *sector.comparison),
            made_by=_made_by(sector, content, frame),
            release_digest=release_digest,
            cause_of=cause_of,
        )
    ]
    for sector, one in (compared or {}).items():
        keep_companies(
            store,
            (content.plan.wave, sector),
            one.companies,
            silent_digest=one.silent_digest,
        )
    return fresh


def compared_with_earlier(
    waves: EarlierWaves, sector: str, units: pa.Table, audit: pa.Table, *, rules: Rules
) -> Compared:
    """Return what this release, compared with earlier ones, must not tell.

    Args:
        waves: The wave, what its releases told by, and the waves before.
        sector: The sector.
        units: unit_id, eligible, responded, decision, the domain columns and the measures, of the
            whole frame.
        audit: unit_id, active.
        rules: What makes a figure unsafe.
    """
    store, of = waves.store, (waves.wave, sector)
    now, silent = companies_behind(units, audit), silent_companies(units)
    told = load_told_amounts(store, *of)
    earlier = [
        EarlierRelease(companies=who, told=told.get(vintage, {}))
        for vintage, who in load_companies(store, *of).items()
    ]
    before = waves.released(sector)
    earlier += earlier_releases(store, sector, before)
    moves = moves_since(units, now, earlier, domains=waves.domains)
    return Compared(
        companies=now,
        silent_digest=silent,
        differences=unsafe_differences(moves, rules),
        moves=moves,
        response_changed=any(
            digest != silent and vintage in told
            for vintage, digest in load_silent_digests(store, *of).items()
        ),
        register=changed_register(
            store, sector, before, units, measures=waves.measures, rules=rules
        ).joined(apart_from_other_sectors(waves, sector, units, rules)),
    )


def told_vintages(store: Store, wave: str | None = None) -> list[Vintage]:
    """Return the published totals of all vintages, of one wave where it is given."""
    return [Vintage(**row) for row in load_vintages(store, wave)]


def past_variables(store: Store, wave: str, present: Sequence[str]) -> list[str]:
    """Return what earlier releases of a wave broke totals down by, and this one does not.

    Args:
        store: The work database.
        wave: Its frame must hold the columns still.
        present: Domain variables and measures of this release.
    """
    return [
        name
        for name in told_variables(store, wave)
        if name not in present
        and all(
            part not in RESERVED and has_column(store, wave, part) for part in name.split(CROSSED)
        )
    ]


def _made_by(sector: PublishedSector, content: ReleaseContent, frame: str) -> str:
    """Return a digest of all that a figure means: another one is a break, not a revision."""
    parts: dict[str, object] = {
        "methods": content.made_from["method_versions"],
        "models": sorted(sector.model_id.split(", ")),
        "definition": sector.note.version,
        "frame": frame,
    }
    weighting = sector.beside.response.method if sector.beside else content.plan.weighting
    # Cells are told by the methods' versions; other weights are another method, and depend on the
    # totals of the frame that they meet.
    if weighting != CELLS:
        known = [name for name in (*content.domains, *content.measures) if CROSSED not in name]
        parts["weighting"] = [weighting, *sorted(known)]
    return f"sha256:{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()}"
