"""The key behind a frame's published digest: one a workspace, for good."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Store

_ROWS_AT_A_TIME = 10_000
METHOD = "hmac-sha256"


def keyed_frame_digest(store: Store, digest: str) -> str:
    """Return ``hmac-sha256:<hex>`` of a frame's digest, for publication.

    Which companies are in a frame is not public. Whoever guesses a whole register of few columns,
    such as all companies of a public list above some size, could try the guess on a plain digest.
    The key is a digest of the labels that the workspace holds at its first release, audit answers
    among them: which companies were drawn and what was answered, nobody outside knows. It is kept,
    so that the same frame has the same digest in all releases; and a workspace that was made anew
    of the same files makes the same one. Addresses of websites are no part of it, as of the frame's
    digest: they may be those of one machine.

    Args:
        store: The work database.
        digest: From `frame.frame_digest`.
    """
    key = _kept_key(store).encode()
    return f"{METHOD}:{hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()}"


def _kept_key(store: Store) -> str:
    kept = store.rows("SELECT key FROM frame_key")
    if kept:
        return str(kept[0][0])
    made = hashlib.sha256()
    labels = store.fetch(
        "SELECT unit_id, text, sector, active, coder, note, purpose, wave FROM label ORDER BY ALL"
    )
    for batch in labels.to_batches(max_chunksize=_ROWS_AT_A_TIME):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            made.update(json.dumps(row, ensure_ascii=True).encode() + b"\n")
    store.execute("INSERT INTO frame_key (key) VALUES (?)", [made.hexdigest()])
    return made.hexdigest()
