"""A release on disk: written beside its place and moved there in one step."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from storage.errors import InvalidInput, RetriableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MANIFEST = "manifest.json"
# Databases are equal in content, not in bytes; so these fields of the manifest differ.
VARYING_SUFFIXES = (".duckdb",)


def check_place(directory: Path) -> None:
    """Refuse to put a release where something else lies.

    Raises:
        InvalidInput: The place is a file, or a directory that is neither empty nor a release.
    """
    if not directory.exists():
        return
    if not directory.is_dir():
        raise InvalidInput(f"{directory} is a file", "Name a directory for the release.")
    if any(directory.iterdir()) and not (directory / MANIFEST).is_file():
        raise InvalidInput(
            f"{directory} is not empty and holds no release of ours: it was left as it is",
            "Name a new or empty directory.",
        )


@contextmanager
def replaced_in_one_step(directory: Path) -> Iterator[Path]:
    """Give an empty directory beside `directory`, and put it in its place at the end.

    An exception inside leaves what was there before. What a killed run left behind is removed.

    Raises:
        RetriableError: The disk is full or the place cannot be written.
    """
    directory = directory.absolute()
    fresh = directory.with_name(f".{directory.name}.new")
    old = directory.with_name(f".{directory.name}.old")
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        for left_over in (fresh, old):
            shutil.rmtree(left_over, ignore_errors=True)
        fresh.mkdir()
        yield fresh
        if directory.exists():
            directory.rename(old)
        fresh.rename(directory)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as fault:
        _put_back(old, directory)
        raise RetriableError(
            f"The release could not be written to {directory}: {fault}",
            "Make room or mend the place, then run the command again; the old release stands.",
        ) from fault
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_manifest(directory: Path, *, wave: str, made_from: Mapping[str, Any]) -> str:
    """Write ``manifest.json`` over all files of a release.

    Returns:
        ``sha256:<hex>`` of the manifest.
    """
    files = {
        path.relative_to(directory).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
    varies = [
        f"files.{name}.{field}"
        for name in files
        if name.endswith(VARYING_SUFFIXES)
        for field in ("sha256", "bytes")
    ]
    manifest = {"wave": wave, "files": files, "made_from": made_from, "varies": varies}
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8")
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def flush(directory: Path) -> None:
    """Wait until all files of a directory are on disk, so that little is left that can fail."""
    for path in directory.rglob("*"):
        if path.is_file():
            with path.open("rb") as written:
                os.fsync(written.fileno())


def _put_back(old: Path, directory: Path) -> None:
    if old.exists() and not directory.exists():
        old.rename(directory)
