"""What the figures of a release came from, as its manifest tells it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from experimental_stats.estimation import METHOD_VERSION
from experimental_stats.sector_figures import COUNT_METHOD_VERSION
from storage.tables import release as tables
from storage.tables.frame_key import keyed_frame_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experimental_stats.exporter import PublishedSector
    from experimental_stats.plan import ReleasePlan
    from storage.database import Store


def sources_of(
    store: Store, plan: ReleasePlan, published: Sequence[PublishedSector], frame: str
) -> dict[str, Any]:
    """Return the versions and digests of all that a release is made from.

    Args:
        store: The work database.
        plan: Of the release.
        published: Its sectors.
        frame: Digest of the frame; it is told with a key, see `keyed_frame_digest`.
    """
    wave = tables.load_wave(store, plan.wave) or {}
    used = {model for sector in published for model in sector.model_id.split(", ")}
    models = {
        model: f"sha256:{hashlib.sha256(card.encode()).hexdigest()}"
        for model, card in tables.load_model_cards(store, plan.wave).items()
        if model in used
    }
    return {
        "code_version": plan.code_version,
        "settings_digest": plan.settings_digest,
        "frame_digest": keyed_frame_digest(store, frame),
        "mapping_digest": wave.get("mapping_digest", ""),
        "models": models,
        "sectors": {sector.note.name: sector.note.version for sector in published},
        "audits": {draw["sector"]: draw["draw_id"] for draw in tables.load_draws(store, plan.wave)},
        "method_versions": [
            name for name in (METHOD_VERSION, COUNT_METHOD_VERSION, plan.counts.version) if name
        ],
        "disclosure": plan.counts.facts(),
        "seed": plan.seed,
    }
