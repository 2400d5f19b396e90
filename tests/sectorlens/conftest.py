"""The command line as a user runs it, and the development data where it is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from forked_commands import Forge
from small_town import SETTINGS, Town, served_town

PROJECT = Path(__file__).parents[2]
WAVE = ("--wave", "2026Q4")
Completed = subprocess.CompletedProcess[str]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROJECT), "COLUMNS": "200"}


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    """Start the process that commands are forked from."""
    made = Forge(environment())
    yield made
    made.close()


@pytest.fixture(scope="session")
def sectorlens(forge: Forge) -> Callable[..., Completed]:
    """Run ``sectorlens`` with the arguments given, in a process of its own.

    That process is forked from one that has loaded the libraries; `started` starts Python itself,
    with another hash seed, as must be where two runs have to give the same.
    """

    def run(
        *arguments: str | Path, exit_code: int = 0, cwd: Path | None = None, started: bool = False
    ) -> Completed:
        if started or not forge.serves(environment()):
            done = subprocess.run(
                [sys.executable, "-m", "sectorlens", *map(str, arguments)],
                capture_output=True,
                text=True,
                check=False,
                cwd=cwd,
                env=environment(),
            )
        else:
            done = forge.run("sectorlens", [*map(str, arguments)], cwd)
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
            env=environment(),
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


@pytest.fixture(scope="session")
def refused(sectorlens: Callable[..., Any]) -> Callable[..., str]:
    """Run a command that must fail: no traceback, nothing on stdout, all of `tells` on stderr."""

    def run(*arguments: str | Path, exit_code: int, tells: tuple[str, ...], **options: Any) -> str:
        done = sectorlens(*arguments, exit_code=exit_code, **options)
        assert "Traceback" not in done.stderr
        assert "our fault" not in done.stderr
        assert done.stdout == ""
        for told in tells:
            assert told in done.stderr, f"{told!r} is not in:\n{done.stderr}"
        said: str = done.stderr
        return said

    return run


@pytest.fixture(scope="session")
def inputs(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the town's register and labels once."""
    place = tmp_path_factory.mktemp("inputs")
    (place / "register.csv").write_text(town.register())
    (place / "labels.csv").write_text(town.labels())
    return place


@pytest.fixture(scope="session")
def framed_once(
    inputs: Path,
    make_workspace: Callable[..., Path],
    sectorlens: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    place = make_workspace(tmp_path_factory.mktemp("framed") / "workspace")
    sectorlens("frame", "import", inputs / "register.csv", *WAVE, "--workspace", place)
    return place


@pytest.fixture(scope="session")
def ranked_once(framed_once: Path, sectorlens: Callable[..., Any]) -> Path:
    place = framed_once.parent / "ranked"
    shutil.copytree(framed_once, place)
    sectorlens("run", *WAVE, "--workspace", place)
    return place


@pytest.fixture(scope="session")
def drawn_once(ranked_once: Path, inputs: Path, sectorlens: Callable[..., Any]) -> Path:
    place = ranked_once.parent / "drawn"
    shutil.copytree(ranked_once, place)
    there = ("--workspace", place)
    sectorlens("label", "import", inputs / "labels.csv", *there)
    sectorlens("run", *WAVE, *there)
    sectorlens("audit", "draw", *WAVE, "--sector", "drones", "--size", 18, *there)
    return place


@pytest.fixture
def framed(framed_once: Path, tmp_path: Path) -> Path:
    """Give a workspace with a frame."""
    return Path(shutil.copytree(framed_once, tmp_path / "framed"))


@pytest.fixture
def ranked(ranked_once: Path, tmp_path: Path) -> Path:
    """Give a workspace after a run without labels."""
    return Path(shutil.copytree(ranked_once, tmp_path / "ranked"))


@pytest.fixture
def drawn(drawn_once: Path, tmp_path: Path) -> Path:
    """Give a workspace with a model and an audit that waits for its answers."""
    return Path(shutil.copytree(drawn_once, tmp_path / "drawn"))
