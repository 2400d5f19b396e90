"""Broken off by Ctrl-C, by kill -9 or by a full disk, a run goes on and ends alike."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_town import Town, served_town

from sectorlens.demo.economy import make_economy
from sectorlens.demo.server import serve_economy

WAVE = ("--wave", "2026Q4")
# What has to be the same however often a run was broken off; no moments, no run ids, no offsets.
COMPARED = {
    "unit_outcome": "*",
    "website": "website_url, final_url, outcome, detail, n_pages, crawl_outcome, n_words, language",
    "page": "website_url, url, final_url, http_status, media_type, n_bytes, body_digest, position",
    "document": "*",
    "page_rejection": "*",
    "unit_website": "*",
    "prediction": "*",
    "evidence": "* EXCLUDE (archive_file, archive_offset)",
}


def tables(workspace: Path) -> dict[str, list[Any]]:
    """Return what stands in the published database."""
    file = workspace / "published" / "sectorlens.duckdb"
    with duckdb.connect(file, read_only=True) as reader:
        return {
            name: reader.sql(f"FROM {name}").project(columns).order("ALL").fetchall()
            for name, columns in COMPARED.items()
        }


def same(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> None:
    for name in COMPARED:
        assert one[name] == other[name], name


def break_off(process: subprocess.Popen[str], sign: str, how: signal.Signals) -> str:
    """Send a signal when a line of standard error begins with `sign`; give all that was said."""
    said = ""
    assert process.stderr is not None
    for line in process.stderr:
        said += line
        if line.startswith(sign):
            process.send_signal(how)
            break
    rest = process.communicate(timeout=60)[1]
    return said + rest


# ---------------------------------------------------------------- the crawl


@pytest.fixture(scope="module")
def unhurried_town() -> Iterator[Town]:
    """Serve the town slowly enough to be interrupted among its pages."""
    with served_town(wait=1.0) as served:
        yield served


@pytest.fixture(scope="module")
def framed(
    unhurried_town: Town,
    make_workspace: Callable[..., Path],
    sectorlens: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    place = make_workspace(tmp_path_factory.mktemp("town") / "framed")
    (place / "register.csv").write_text(unhurried_town.register())
    sectorlens("frame", "import", place / "register.csv", *WAVE, "--workspace", place)
    return place


@pytest.fixture(scope="module")
def undisturbed(framed: Path, sectorlens: Callable[..., Any]) -> dict[str, list[Any]]:
    """Give what a run leaves that nobody disturbed."""
    place = framed.parent / "undisturbed"
    shutil.copytree(framed, place)
    sectorlens("run", *WAVE, "--workspace", place)
    return tables(place)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_crawl_that_was_broken_off_goes_on(  # noqa: PLR0917 - fixtures are arguments
    unhurried_town: Town,
    framed: Path,
    undisturbed: dict[str, list[Any]],
    start: Callable[..., Any],
    sectorlens: Callable[..., Any],
    told: Any,
    tmp_path: Path,
    how: signal.Signals,
) -> None:
    place = shutil.copytree(framed, tmp_path / "workspace")
    there = (*WAVE, "--workspace", place)
    asked = unhurried_town.requests()
    running = start("run", *there)
    while unhurried_town.requests() < asked + 20:
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(how)
    said = running.communicate(timeout=60)[1]
    if how is signal.SIGINT:
        assert running.returncode == 130, said
        assert "what was finished is kept" in said
        assert "Traceback" not in said
    outcomes = {row["outcome"] for row in told("status", "--workspace", place)["units"]}
    assert "pending" in outcomes
    sectorlens("run", *there)
    same(tables(place), undisturbed)
    assert "Nothing was due" in sectorlens("run", *there).stdout


def test_two_crawls_are_refused_and_the_workspace_is_free_at_once_after_a_kill(
    unhurried_town: Town,
    framed: Path,
    start: Callable[..., Any],
    told: Any,
    refused: Callable[..., str],
    tmp_path: Path,
) -> None:
    place = shutil.copytree(framed, tmp_path / "workspace")
    there = (*WAVE, "--workspace", place)
    asked = unhurried_town.requests()
    running = start("crawl", "run", *there)
    while unhurried_town.requests() < asked + 5:
        time.sleep(0.01)
    running.send_signal(signal.SIGSTOP)  # it lives, and does not come to its end meanwhile
    refused("crawl", "run", *there, exit_code=4, tells=("Another crawl is running",))
    running.kill()
    (report,) = told("crawl", "run", *there)["stages"]
    assert (report["pending"], report["failed"], report["rejected"]) == (0, {}, {})


# ---------------------------------------------------------------- text and decisions


@pytest.fixture(scope="module")
def crawled(
    make_workspace: Callable[..., Path],
    sectorlens: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Crawl a larger economy once; its later stages take long enough to be interrupted."""
    place = make_workspace(tmp_path_factory.mktemp("economy") / "crawled")
    economy = make_economy(11, 200)
    with serve_economy(economy) as served:
        (place / "register.csv").write_bytes(economy.register_csv(served.port_of))
        sectorlens("frame", "import", place / "register.csv", *WAVE, "--workspace", place)
        sectorlens("crawl", "run", *WAVE, "--workspace", place)
    return place


@pytest.fixture(scope="module")
def finished(crawled: Path, sectorlens: Callable[..., Any]) -> dict[str, list[Any]]:
    """Give what the later stages leave that nobody disturbed."""
    place = crawled.parent / "finished"
    shutil.copytree(crawled, place)
    sectorlens("run", *WAVE, "--workspace", place)
    return tables(place)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("sign", ["extract: 0 of", "link: 0 of", "embed: "])
def test_a_stage_that_was_broken_off_goes_on(  # noqa: PLR0917 - fixtures are arguments
    crawled: Path,
    finished: dict[str, list[Any]],
    start: Callable[..., Any],
    sectorlens: Callable[..., Any],
    told: Any,
    tmp_path: Path,
    sign: str,
    how: signal.Signals,
) -> None:
    place = shutil.copytree(crawled, tmp_path / "workspace")
    there = (*WAVE, "--workspace", place)
    running = start("run", *there)
    said = break_off(running, sign, how)
    assert running.returncode == (130 if how is signal.SIGINT else -how), said
    assert "Traceback" not in said
    if how is signal.SIGINT:
        assert "what was finished is kept" in said
    states = told("status", "--workspace", place)["stages"]
    assert any(state["pending"] or not state["taken"] for state in states)
    sectorlens("run", *there)
    same(tables(place), finished)


def interrupted_in_words(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=60)[1]
    assert running.returncode == 130, said
    assert "what was finished is kept" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("seconds", [0, 0.2, 0.4, 0.8])
def test_an_interruption_at_any_moment_ends_in_words(
    crawled: Path, start: Callable[..., Any], tmp_path: Path, seconds: float
) -> None:
    running = start("run", *WAVE, "--workspace", shutil.copytree(crawled, tmp_path / "workspace"))
    running.stderr.readline()
    time.sleep(seconds)
    interrupted_in_words(running)


@pytest.mark.parametrize("library", ["_duckdb", "pyarrow", "numpy"])
def test_an_interruption_while_a_library_is_loaded_ends_in_words(
    crawled: Path, start: Callable[..., Any], tmp_path: Path, library: str
) -> None:
    # DuckDB's module ends the process by `abort` where a call fails while it is made.
    running = start("run", *WAVE, "--workspace", shutil.copytree(crawled, tmp_path / "workspace"))
    mapped = Path(f"/proc/{running.pid}/maps")
    if not mapped.exists():
        pytest.skip("this system does not tell which libraries a process has loaded")
    while library not in mapped.read_text():
        assert running.poll() is None
    interrupted_in_words(running)


_INTERRUPTS = """\
import os, signal, sys

class Interrupts:
    def find_spec(self, name, *_):
        if name == "sectorlens.cli.faults":
            exec(f"os.kill({os.getpid()}, signal.SIGINT)")

sys.meta_path.insert(0, Interrupts())
"""


def with_site_code(code: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run ``sectorlens --version`` in a Python that runs `code` first."""
    (place / "sitecustomize.py").write_text(code)
    return subprocess.run(
        [sys.executable, "-m", "sectorlens", "--version"],
        env={**os.environ, "PYTHONPATH": f"{place}{os.pathsep}{Path(__file__).parents[2]}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_interruption_inside_code_made_from_text_ends_in_words(tmp_path: Path) -> None:
    # As dataclasses make their methods: CPython remembers a plain KeyboardInterrupt from there.
    ended = with_site_code(_INTERRUPTS, tmp_path)
    assert (ended.returncode, ended.stdout) == (130, ""), ended.stderr
    assert ended.stderr.startswith("Interrupted: what was finished is kept")


def test_an_interruption_after_the_last_word_changes_nothing(tmp_path: Path) -> None:
    interrupts = "import atexit, os, signal; atexit.register(os.kill, os.getpid(), signal.SIGINT)"
    ended = with_site_code(interrupts, tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout


# ---------------------------------------------------------------- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Give a function that mounts, or resizes, a disk of so many kilobytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = False

    def sized(kilobytes: int) -> Path:
        nonlocal mounted
        if os.geteuid():
            pytest.skip("mounting a small disk needs root rights")
        options = f"size={kilobytes}k" + (",remount" if mounted else "")
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"mounting a small disk was refused: {done.stderr.decode().strip()}")
        mounted = True
        return place

    yield sized
    if mounted:
        subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.root
@pytest.mark.parametrize("spare", [40, 400, 1500, 4000])
def test_a_full_disk_is_told_and_a_larger_one_goes_on(
    crawled: Path,
    finished: dict[str, list[Any]],
    small_disk: Callable[[int], Path],
    sectorlens: Callable[..., Any],
    spare: int,
) -> None:
    used = sum(path.stat().st_blocks for path in crawled.rglob("*")) // 2  # kilobytes
    place = small_disk(used + spare) / "workspace"
    shutil.copytree(crawled, place)
    done = sectorlens("run", *WAVE, "--workspace", place, exit_code=1)
    assert "room" in done.stderr.lower() or "space" in done.stderr.lower()
    assert "run the same command again" in done.stderr or "run this command again" in done.stderr
    assert "Traceback" not in done.stderr
    assert "our fault" not in done.stderr
    small_disk(used + 200_000)
    sectorlens("run", *WAVE, "--workspace", place)
    same(tables(place), finished)


@pytest.mark.root
def test_a_disk_that_fills_up_during_the_crawl_loses_no_page(
    town: Town,
    make_workspace: Callable[..., Path],
    small_disk: Callable[[int], Path],
    sectorlens: Callable[..., Any],
    tmp_path: Path,
) -> None:
    framed = make_workspace(tmp_path / "framed")
    (framed / "register.csv").write_text(town.register())
    sectorlens("frame", "import", framed / "register.csv", *WAVE, "--workspace", framed)
    used = sum(path.stat().st_blocks for path in framed.rglob("*")) // 2
    place = small_disk(used + 28) / "workspace"
    shutil.copytree(framed, place)
    done = sectorlens("run", *WAVE, "--workspace", place, exit_code=1)
    assert "run the" in done.stderr.lower() or "run this" in done.stderr.lower()
    assert "room on the disk" in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert "our fault" not in done.stderr
    small_disk(used + 100_000)
    said = sectorlens("run", *WAVE, "--workspace", place).stdout
    assert ["18", "classified", "complete"] in [line.split() for line in said.splitlines()]
