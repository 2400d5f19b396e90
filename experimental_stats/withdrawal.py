"""Taking a release back: its place says so, the record of what it told stays.

What was published stays known. So a withdrawn release is not forgotten by the attacker: its figures
remain among the vintages, and the next release is protected against what they told.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experimental_stats.plain_text import plain
from experimental_stats.release_directory import MANIFEST
from storage.errors import InvalidInput
from storage.tables.withdrawal import load_releases, record_withdrawal

if TYPE_CHECKING:
    from storage.database import Store

NOTICE = "WITHDRAWN.txt"
PAGE = "index.html"
DIGEST = "sha256:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A release that was taken back.

    Attributes:
        directory: Where it lies; None where it is there no longer.
        was_last: Whether it was the wave's last release: then the wave has no estimates any more.
    """

    wave: str
    release_digest: str
    directory: Path | None
    reason: str
    withdrawn_at: datetime
    was_last: bool


def withdraw_release(
    store: Store, release: str, *, reason: str, dry_run: bool = False
) -> Withdrawal:
    """Take a release back, in the records and where it lies.

    ``manifest.json`` gets a key ``withdrawn`` (at, reason), ``index.html`` a notice below its
    title, and ``WITHDRAWN.txt`` says the same. An interrupted withdrawal is finished by the same
    call.

    Args:
        store: The work database.
        release: Its directory, or the ``sha256:…`` of `load_releases`.
        reason: For readers.
        dry_run: Change nothing.

    Raises:
        InvalidInput: No such release was made here, it is withdrawn already, or no reason is given.
    """
    if not (told := plain(reason, longest=1000)):
        raise InvalidInput("A withdrawal needs a reason", 'Say why: --reason "…".')
    made = load_releases(store)
    directory = None if release.startswith(DIGEST) else Path(release)
    found = _find(made, release if directory is None else _digest(directory))
    place = directory or Path(found["directory"])
    lies_there = _digest_there(place) == found["release_digest"]
    if found["withdrawn_at"] is not None and not lies_there:
        raise InvalidInput(
            f"This release was withdrawn on {found['withdrawn_at']:%Y-%m-%d}: {found['reason']}"
        )
    if found["withdrawn_at"] is not None:  # the record stands, the place was not marked any more
        told = found["reason"]
    withdrawal = Withdrawal(
        wave=found["wave"],
        release_digest=found["release_digest"],
        directory=place if lies_there else None,
        reason=told,
        withdrawn_at=found["withdrawn_at"] or datetime.now(UTC).replace(microsecond=0),
        was_last=found == [one for one in made if one["wave"] == found["wave"]][-1],
    )
    if dry_run:
        return withdrawal
    if found["withdrawn_at"] is None:
        record_withdrawal(
            store,
            found,
            sectors=_sectors(place) if lies_there else (),
            reason=told,
            withdrawn_at=withdrawal.withdrawn_at,
        )
    if lies_there:
        _mark(place, withdrawal)
    return withdrawal


def _find(made: list[dict[str, Any]], digest: str) -> dict[str, Any]:
    for one in reversed(made):
        if one["release_digest"] == digest:
            return dict(one)
    raise InvalidInput(
        f"No release {digest} was made in this workspace",
        "`sectorlens release list` shows those that were.",
    )


def _digest(directory: Path) -> str:
    manifest = directory / MANIFEST
    if not manifest.is_file():
        raise InvalidInput(
            f"{directory} holds no release", "Name its directory, or its digest of `release list`."
        )
    if told := json.loads(manifest.read_text(encoding="utf-8")).get("withdrawn"):
        raise InvalidInput(f"{directory} was withdrawn on {told['at'][:10]}: {told['reason']}")
    return _digest_there(directory)


def _digest_there(directory: Path) -> str:
    """Return the digest of the release that lies in a directory; empty where there is none."""
    manifest = directory / MANIFEST
    if not manifest.is_file():
        return ""
    return DIGEST + hashlib.sha256(manifest.read_bytes()).hexdigest()


def _sectors(directory: Path) -> list[str]:
    """Return the sectors that a release told figures of."""
    manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    return sorted(manifest["made_from"]["sectors"])


def _mark(directory: Path, withdrawal: Withdrawal) -> None:
    """Say it in the release; the manifest last, so that a broken run can be repeated."""
    at = withdrawal.withdrawn_at.isoformat()
    manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    notice = f"This release was withdrawn on {at}.\n{withdrawal.reason}\n"
    _replace(directory / NOTICE, notice)
    page = directory / PAGE
    changed = [NOTICE]
    if page.is_file():
        html = page.read_text(encoding="utf-8")
        why = escape(withdrawal.reason)
        told = f'<p role="alert"><strong>Withdrawn on {at[:10]}:</strong> {why}</p>'
        if told not in html:
            _replace(page, html.replace("</h1>", f"</h1>\n{told}", 1))
        changed.append(PAGE)
    for name in changed:
        content = (directory / name).read_bytes()
        manifest["files"][name] = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }
    manifest["withdrawn"] = {"at": at, "reason": withdrawal.reason}
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    _replace(directory / MANIFEST, text)


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
