"""What is new in an emerging sector: its terms, and its kinds of companies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classify.clusters import Cluster, find_clusters
from classify.keyness import KeyTerm, common_words, key_terms
from classify.one_thread import one_thread
from classify.units import embed_units, in_batches, read_websites
from storage.errors import NotReady
from storage.records.stage import no_progress
from storage.tables.assessment import load_assessable
from storage.tables.discovery import load_decisions, replace_discovery
from storage.tables.frame import earlier_waves

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from classify.workbench import Workbench
    from storage.database import Store
    from storage.records.stage import ProgressListener

MOST_COMPARED = 4000  # units that are not active: enough to know the ordinary by
RANKED_SHARE = 0.05  # taken for active where a sector is only ranked
FEWEST_RANKED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found in a sector.

    Attributes:
        basis: ``decisions``, or ``ranking`` where units are only ranked by the definition: then
            the highest ranked stand for the active ones.
        n_active: Active units with text.
        terms: That set them apart from the rest.
        new_terms: That set them apart from the active units of `earlier_wave`.
        clusters: Kinds of companies among them.
        unit_ids: Of the active units; what clusters' members count in.
    """

    sector: str
    wave: str
    basis: str
    n_active: int
    earlier_wave: str | None
    terms: tuple[KeyTerm, ...]
    new_terms: tuple[KeyTerm, ...]
    clusters: tuple[Cluster, ...]
    unit_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Voice:
    """A company as it is compared; its passages' vectors, a dozen as large, are not kept."""

    key: str
    text: str
    language: str
    mean: npt.NDArray[np.float64]


@one_thread
def discover(
    store: Store,
    wave: str,
    sector: str,
    workbench: Workbench,
    *,
    most_terms: int = 50,
    progress: ProgressListener = no_progress,
) -> Discovery:
    """Find what sets the active units of a sector apart, and keep it in the work database.

    Args:
        store: The work database; what stood of the sector and wave is replaced.
        wave: The wave.
        sector: The sector.
        workbench: Embedder and vectors.
        most_terms: Terms to keep of each comparison.
        progress: Told of new passages as stage ``embed``.

    Raises:
        NotReady: The sector has no predictions in the wave.
    """
    active, rest, basis = _groups(store, wave, sector)
    earlier = _earlier_wave(store, wave, sector)
    ours = _read(store, wave, active, workbench, progress)
    others = _read(store, wave, _by_chance(rest, MOST_COMPARED), workbench, progress)
    before: list[_Voice] = []
    if earlier is not None:
        before = _read(store, earlier, _groups(store, earlier, sector)[0], workbench, progress)
    common = common_words([unit.text for unit in others], [unit.language for unit in others])
    clusters: Sequence[Cluster] = ()
    if ours:
        clusters = find_clusters(
            np.stack([unit.mean for unit in ours]),
            [unit.text for unit in ours],
            [unit.language for unit in ours],
            seed=workbench.seed,
            common=common,
        )
    found = Discovery(
        sector=sector,
        wave=wave,
        basis=basis,
        n_active=len(ours),
        earlier_wave=earlier,
        terms=_compared(ours, others, common, most_terms),
        new_terms=_compared(ours, before, common, most_terms),
        clusters=tuple(clusters),
        unit_ids=tuple(unit.key for unit in ours),
    )
    _keep(store, found)
    return found


def _groups(store: Store, wave: str, sector: str) -> tuple[list[str], list[str], str]:
    """Return the active units, the others (both by id), and what tells them apart."""
    rows = load_decisions(store, wave, sector)
    if not rows:
        raise NotReady(
            f"Sector {sector} has not been classified in wave {wave}",
            f"Run `sectorlens classify run --wave {wave} --sector {sector}` first.",
        )
    if any(active is not None for _, _, active in rows):
        chosen = {unit for unit, _, active in rows if active}
        basis = "decisions"
    else:
        number = max(FEWEST_RANKED, int(len(rows) * RANKED_SHARE))
        ranked = sorted(rows, key=lambda row: (-row[1], row[0]))
        chosen = {unit for unit, *_ in ranked[: min(number, len(rows) // 2)]}
        basis = "ranking"
    units = sorted(unit for unit, *_ in rows)
    return [u for u in units if u in chosen], [u for u in units if u not in chosen], basis


def _earlier_wave(store: Store, wave: str, sector: str) -> str | None:
    """Return the last wave before this one in which the sector was classified."""
    before = reversed(earlier_waves(store, wave))
    return next((name for name in before if load_decisions(store, name, sector)), None)


def _read(
    store: Store,
    wave: str,
    unit_ids: Sequence[str],
    workbench: Workbench,
    progress: ProgressListener,
) -> list[_Voice]:
    """Return the units that have text; companies of one website are one voice."""
    assessable = load_assessable(store, wave)
    websites: dict[str, tuple[str, ...]] = {}
    heard: set[tuple[str, ...]] = set()
    for unit in unit_ids:
        urls = tuple(url for url, _ in assessable.get(unit, ()))
        if urls and urls not in heard:
            heard.add(urls)
            websites[unit] = urls
    voices: list[_Voice] = []
    for batch in in_batches(list(websites)):
        passages = read_websites(store, wave, {unit: websites[unit] for unit in batch})
        voices += [
            _Voice(
                key=unit.key,
                text=unit.text,
                language=unit.language,
                mean=unit.vectors.mean(axis=0),
            )
            for unit in embed_units(passages, workbench, progress)
        ]
    return voices


def _by_chance(unit_ids: Sequence[str], most: int) -> list[str]:
    """Return at most so many units, the same ones each time.

    Registers number companies by region, age or trade: the first ones are not what others are like.
    """
    drawn = sorted(unit_ids, key=lambda unit: hashlib.sha256(unit.encode()).digest())[:most]
    return sorted(drawn)


def _compared(
    ours: Sequence[_Voice],
    others: Sequence[_Voice],
    common: Mapping[str, frozenset[str]],
    most: int,
) -> tuple[KeyTerm, ...]:
    units = [*ours, *others]
    in_group = np.arange(len(units)) < len(ours)
    texts, languages = [u.text for u in units], [u.language for u in units]
    return tuple(key_terms(texts, in_group, languages, most=most, common=common))


def _keep(store: Store, found: Discovery) -> None:
    compared = {"rest": found.terms}
    if found.earlier_wave is not None:
        compared[f"wave:{found.earlier_wave}"] = found.new_terms
    replace_discovery(
        store,
        found.wave,
        found.sector,
        terms=compared,
        clusters=found.clusters,
        unit_ids=found.unit_ids,
    )
