"""Where things lie, whatever a wave is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.workspace import LOCK_FILE, ROBOTS_FILE, Workspace, wave_directory, wave_of_directory

ODD = [".", "..", "...", LOCK_FILE, ROBOTS_FILE, f"{ROBOTS_FILE}-wal"]


@pytest.mark.parametrize("wave", ["2026Q4", ".a", "lock2026", "robots", "a..b"])
def test_a_waves_directory_bears_its_name(wave: str) -> None:
    assert wave_directory(wave) == wave == wave_of_directory(wave)


@pytest.mark.parametrize("wave", ODD)
def test_names_that_mean_another_place_are_set_apart(wave: str, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    beside = {workspace.crawls, workspace.crawls / LOCK_FILE, workspace.crawls / ROBOTS_FILE}
    directory = workspace.crawls_of(wave)
    assert directory.resolve().parent == workspace.crawls.resolve()
    assert directory not in beside
    assert wave_of_directory(directory.name) == wave
