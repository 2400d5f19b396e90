"""Whether a definition's version was raised when its meaning changed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from classify.sector import describe
from storage.records.stage import Issue
from storage.tables.sector_version import insert_wording, load_wording_digests

if TYPE_CHECKING:
    from classify.sector import SectorDefinition
    from storage.database import Store

# How the threshold is set and what shares are plausible may change without a change of meaning.
_NO_WORDING = ("name", "version", "decision", "bounds", "digest", "source")


def keep_wording(store: Store, definition: SectorDefinition) -> tuple[Issue, ...]:
    """Keep what a sector is decided by; tell where its version meant something else before.

    Args:
        store: The work database.
        definition: As it is read now.

    Returns:
        A warning, or none.
    """
    insert_wording(
        store,
        definition.name,
        definition.version,
        wording_digest=_digest(definition),
        wording=_wording(definition),
    )
    told = tell_unraised_version(store, definition)
    if not told:
        return ()
    detail = f"{definition.name}: version {told}"
    return (Issue(stage="classify", code="version_not_raised", detail=detail),)


def tell_unraised_version(store: Store, definition: SectorDefinition) -> str:
    """Return what to do where a version has had another wording; empty where it has not."""
    known = load_wording_digests(store, definition.name, definition.version)
    if set(known) <= {_digest(definition)}:
        return ""
    return (
        f"{definition.version!r} was used with other words than the file has now: raise it, so"
        " that labels, models and figures can say which they mean"
    )


def _digest(definition: SectorDefinition) -> str:
    return f"sha256:{hashlib.sha256(_wording(definition).encode('utf-8')).hexdigest()}"


def _wording(definition: SectorDefinition) -> str:
    told = {name: value for name, value in describe(definition).items() if name not in _NO_WORDING}
    return json.dumps(told, sort_keys=True, ensure_ascii=False)
