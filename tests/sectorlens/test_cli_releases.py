"""Releases from the command line: listed, taken back, and what readers then see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from small_town import Town

WAVE = ("--wave", "2026Q4")


def test_a_release_is_taken_back(
    refused: Callable[..., str],
    sectorlens: Callable[..., Any],
    drawn: Path,
    town: Town,
    tmp_path: Path,
) -> None:
    there = ("--workspace", drawn)
    assert "Nothing has been released" in sectorlens("release", "list", *there).stdout
    rows = [f"{c.unit_id},{int(c.active)}" for c in town.companies if c.website]
    (tmp_path / "answers.csv").write_text("\n".join(["unit_id,active", *rows]))
    sectorlens("audit", "import", tmp_path / "answers.csv", *there)
    place = tmp_path / "release"
    sectorlens("release", "build", *WAVE, "--to", place, *there)
    withdraw = ("release", "withdraw", place, *there, "--reason")
    planned = sectorlens(*withdraw, "A wrong frame.", "--dry-run").stdout
    assert planned.startswith("Would withdraw sha256:")
    found = json.loads(sectorlens(*withdraw, "A wrong frame.", "--format", "json").stdout)
    assert found["withdrawal"]["was_last"] is True
    assert "A wrong frame." in (place / "index.html").read_text(encoding="utf-8")
    assert "A wrong frame." in sectorlens("release", "list", *there).stdout
    told = json.loads(sectorlens("release", "revisions", *there, "--format", "json").stdout)
    assert told["triangle"][0]["withdrawn"] == [True]
    assert "(w)" in sectorlens("release", "revisions", *there).stdout
    refused(*withdraw, "Again.", exit_code=3, tells=("was withdrawn on", "A wrong frame."))
    refused("release", "withdraw", tmp_path, *there, "--reason", "x", exit_code=3,
            tells=("holds no release",))  # fmt: skip
