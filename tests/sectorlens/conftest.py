"""The command line as a user runs it, and the development data where it is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_town import SETTINGS, Town, served_town

PROJECT = Path(__file__).parents[2]
Completed = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def sectorlens() -> Callable[..., Completed]:
    """Run ``sectorlens`` with the arguments given, in a process of its own."""

    def run(*arguments: str | Path, exit_code: int = 0, cwd: Path | None = None) -> Completed:
        done = subprocess.run(
            [sys.executable, "-m", "sectorlens", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(PROJECT), "COLUMNS": "200"},
        )
        assert done.returncode == exit_code, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture(scope="session")
def told(sectorlens: Callable[..., Completed]) -> Callable[..., Any]:
    """Run ``sectorlens … --format json`` and give what it printed."""

    def run(*arguments: str | Path, **options: Any) -> Any:
        return json.loads(sectorlens(*arguments, "--format", "json", **options).stdout)

    return run


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the development data beside the project, or skip."""
    place = Path(os.environ.get("SECTORLENS_SHARED", PROJECT.parent / "shared"))
    if not (place / "data" / "README.md").is_file():
        pytest.skip(f"needs the development data, and {place} is not there")
    return place


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    """Serve a town of twenty companies, each at an address of its own."""
    with served_town() as served:
        yield served


@pytest.fixture(scope="session")
def make_workspace() -> Callable[..., Path]:
    """Make a workspace that may crawl loopback and needs no encoder."""

    def make(place: Path, *, settings: str = SETTINGS) -> Path:
        place.mkdir(parents=True)
        (place / "sectorlens.toml").write_text(settings, encoding="utf-8")
        return place

    return make


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start ``sectorlens`` without waiting for it; what still runs at the end is ended."""
    started = []

    def run(*arguments: str | Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "sectorlens", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT), "COLUMNS": "200"},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def slow_town() -> Iterator[Town]:
    """Serve the same town from websites that take their time."""
    with served_town(wait=3.0) as served:
        yield served
