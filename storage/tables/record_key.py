"""The secret that record keys are made from: one a workspace, for good."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from storage.errors import InvalidInput

if TYPE_CHECKING:
    from storage.database import Store

_BYTES = 32


def keep_record_key_secret(store: Store, wanted: str = "") -> str:
    """Return the workspace's secret, made at its first use.

    Args:
        store: The work database.
        wanted: The office's own secret; empty for the one that is kept, or a random one.

    Raises:
        InvalidInput: Another secret is kept: new noise on figures that were told gives them away.
    """
    kept = store.rows("SELECT secret FROM record_key_secret")
    if not kept:
        secret = wanted or secrets.token_hex(_BYTES)
        store.execute("INSERT INTO record_key_secret (secret) VALUES (?)", [secret])
        return secret
    ((secret,),) = kept
    if wanted and wanted != secret:
        raise InvalidInput(
            "The record keys of this workspace were made with another secret",
            "Set SECTORLENS_RECORD_KEYS to the first one, or leave it unset: other noise on the"
            " same figures would give them away.",
        )
    return str(secret)
