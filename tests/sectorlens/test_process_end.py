"""The process of a command ends at once, and yet as any process of Python does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def ended(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command behind some code, in a process of its own."""
    program = f"{code}\nfrom sectorlens.cli import run_process\nrun_process()"
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True, text=True, check=False, env=kept | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--version"], 0, ""),
        (["crawl", "no-such-verb"], 2, "no-such-verb"),
        (["status", "--workspace", "/nowhere-at-all"], 4, "workspace"),
    ],
)
def test_the_exit_code_is_that_of_the_command(arguments: list[str], code: int, said: str) -> None:
    done = ended("", *arguments)
    assert (done.returncode, said in done.stderr) == (code, True)
    assert done.stdout or code


def test_functions_registered_for_the_end_run_and_what_they_write_is_flushed() -> None:
    told = """
import threading, time
def later():
    time.sleep(0.3)
    print("a thread that is waited for")
import sectorlens.cli.faults as faults
def run():
    import atexit, sys
    atexit.register(print, "registered", end="")
    threading.Thread(target=later).start()
    sys.exit(7)
faults.run_told = run
"""
    done = ended(told)
    assert done.returncode == 7
    assert done.stdout == "a thread that is waited for\nregistered"
    assert not done.stderr


def test_what_cannot_be_flushed_is_told_of_as_python_does() -> None:
    told = """
import os, sys
os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
import sectorlens.cli.faults as faults
def run():
    sys.stdout.write("kept back")
    sys.exit(0)
faults.run_told = run
"""
    done = ended(told)
    assert done.returncode == 120
    assert "No space left on device" in done.stderr


def test_a_fault_that_python_tells_ends_with_its_code() -> None:
    done = ended(
        "import sectorlens.cli as cli\ndef broken(): raise RuntimeError('x')\ncli.main = broken"
    )
    assert done.returncode == 1
    assert "RuntimeError: x" in done.stderr


def test_a_command_whose_streams_were_closed_runs_all_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sectorlens", "init", str(tmp_path / "w")]
    done = subprocess.run(
        ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", *command],
        check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0
    assert (tmp_path / "w" / "sectorlens.toml").read_text().startswith("# Settings")


def test_a_command_goes_on_when_nobody_reads_it_any_more(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)  # as `| head` leaves it
    command = [sys.executable, "-m", "sectorlens", "init", str(tmp_path / "w")]
    done = subprocess.run(
        command,
        stdout=writer,
        stderr=writer,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    os.close(writer)
    assert done.returncode == 0
    assert (tmp_path / "w" / "sectorlens.toml").read_text().startswith("# Settings")
