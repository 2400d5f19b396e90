"""The frame of a wave: its units, their websites, and where they came from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from storage.errors import NotReady
from storage.records.frame import PackedColumns, Wave

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from storage.database import Store
    from storage.records.frame import Frame, Unit
    from storage.records.stage import ProgressListener

R = TypeVar("R")

_ROWS_AT_A_TIME = 50_000
_UNIT_TEXTS = (
    *("unit_id", "unit_type", "legal_name", "trade_name", "nace_code", "nace_section"),
    *("size_class", "region", "address", "postcode", "city", "country", "phone", "email"),
    *("vat_number", "registration_number"),
)
_UNIT_NUMBERS = ("employees", "turnover")
_UNIT_COLUMNS = ", ".join((*_UNIT_TEXTS, *_UNIT_NUMBERS, "other"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSource:
    """Where a frame came from.

    Attributes:
        source: File name of the register.
        source_digest: ``sha256:<hex>`` of the file.
        mapping_digest: ``sha256:<hex>`` of the mapping file; empty where there was none.
    """

    source: str
    source_digest: str
    mapping_digest: str


def insert_frame(
    store: Store, wave: Wave, frame: Frame, source: FrameSource, *, progress: ProgressListener
) -> None:
    """Put a frame in the place of the wave's former one; the caller holds the transaction.

    Args:
        store: The work database.
        wave: Keeps its place in the order of waves if it was there before.
        frame: Its good rows are stored; of the bad ones only their number.
        source: Where it came from.
        progress: Told the number of units stored so far.
    """
    for table in ("unit", "unit_website"):
        store.execute(f"DELETE FROM {table} WHERE wave = ?", [wave])  # noqa: S608 - names are ours
    store.execute(
        """
        INSERT INTO wave
        SELECT $wave, coalesce(max(position), 0) + 1, now(), $source, $source_digest,
               $mapping_digest, $n_rows, $n_rejected
        FROM wave
        ON CONFLICT (wave) DO UPDATE SET
            imported_at = excluded.imported_at, source = excluded.source,
            source_digest = excluded.source_digest, mapping_digest = excluded.mapping_digest,
            n_rows = excluded.n_rows, n_rejected = excluded.n_rejected
        """,
        {
            "wave": wave,
            "source": source.source,
            "source_digest": source.source_digest,
            "mapping_digest": source.mapping_digest,
            "n_rows": frame.n_rows,
            "n_rejected": len(frame.rejected_rows),
        },
    )
    stored = 0
    for units in _batches(frame.units):
        store.insert("unit", _unit_table(wave, units))
        stored += len(units)
        progress("frame", stored, len(frame.units))
    for websites in _batches(frame.websites):
        store.insert_records("unit_website", websites, wave=wave)


def waves(store: Store) -> list[Wave]:
    """Return the waves in the order of their first import."""
    return [Wave(name) for (name,) in store.rows("SELECT wave FROM wave ORDER BY position")]


def known_waves(store: Store, wave: str) -> list[str]:
    """Return the waves as `waves` does; refuse one that is not among them.

    Raises:
        NotReady: There is no such wave.
    """
    known: list[str] = list(waves(store))
    if wave not in known:
        raise NotReady(
            f"There is no wave {wave!r}" + (f"; known: {', '.join(known)}" if known else ""),
            f"Import its register first: `sectorlens frame import FILE --wave {wave}`.",
        )
    return known


def earlier_waves(store: Store, wave: str) -> list[str]:
    """Return the waves first imported before this one, in their order.

    Raises:
        NotReady: There is no such wave.
    """
    known = known_waves(store, wave)
    return known[: known.index(wave)]


def later_waves(store: Store, wave: str) -> list[str]:
    """Return the waves first imported after this one, in their order.

    Raises:
        NotReady: There is no such wave.
    """
    known = known_waves(store, wave)
    return known[known.index(wave) + 1 :]


def has_been_crawled(store: Store, wave: Wave) -> bool:
    """Tell whether any website of the wave was visited: then its frame is fixed."""
    ((crawled,),) = store.rows(
        """
        SELECT EXISTS (SELECT 1 FROM website_visit WHERE wave = $wave)
            OR EXISTS (SELECT 1 FROM page WHERE wave = $wave)
        """,
        {"wave": wave},
    )
    return bool(crawled)


def load_units(store: Store, wave: Wave) -> pa.Table:
    """Return the units of a wave by `unit_id`: the columns of `unit` without `wave`.

    `other` is a JSON object of the further register columns; employees (persons) and turnover
    (the register's currency) are float64, null where unknown.
    """
    return store.fetch(f"SELECT {_UNIT_COLUMNS} FROM unit WHERE wave = ? ORDER BY unit_id", [wave])  # noqa: S608 - names are ours


def load_unit_websites(store: Store, wave: str) -> list[tuple[str, str]]:
    """Return (unit_id, website_url) of a wave's frame, in order."""
    return store.rows(
        "SELECT unit_id, website_url FROM unit_website WHERE wave = ? ORDER BY ALL", [wave]
    )


def frame_digest(store: Store, wave: Wave) -> str:
    """Return ``sha256:<hex>`` of the frame's units, whatever the order of its rows was.

    The wave's name is no part of it: two waves of the same register have the same digest. Nor are
    websites: their addresses steer the crawl and may be those of one machine (`sectorlens demo`);
    what came of them stands in the outcomes.
    """
    digest = hashlib.sha256()
    for batch in load_units(store, wave).to_batches(max_chunksize=_ROWS_AT_A_TIME):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            digest.update(json.dumps(row, ensure_ascii=True).encode() + b"\n")
    return f"sha256:{digest.hexdigest()}"


def _batches(records: Sequence[R]) -> Iterator[Sequence[R]]:
    for start in range(0, len(records), _ROWS_AT_A_TIME):
        yield records[start : start + _ROWS_AT_A_TIME]


def _unit_table(wave: Wave, units: Sequence[Unit]) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, pa.Array] = {"wave": pa.repeat(str(wave), len(units))}
    for name in _UNIT_TEXTS:
        columns[name] = pa.array([getattr(unit, name) for unit in units], pa.string())
    for name in _UNIT_NUMBERS:
        columns[name] = pa.array([getattr(unit, name) for unit in units], pa.float64())
    columns["other"] = pa.array([_json(unit.other) for unit in units], pa.string())
    return pa.table(columns)


def _json(other: Mapping[str, str]) -> str:
    if isinstance(other, PackedColumns):
        return other.json
    return json.dumps(other, ensure_ascii=False, sort_keys=True) if other else "{}"
