"""The crawl process is forked where that is safe, and either way is a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

import crawlers

ROOT = Path(crawlers.__file__).parents[1]
START = """
import os, signal, subprocess, sys, threading
from pathlib import Path
from crawlers.worker_start import start_worker
run = Path(sys.argv[1])
"""
BUSY = "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
# A task that is a pipe keeps the worker waiting at its very beginning.
WAITING = "os.mkfifo(run / 'task.json')\n"


def told(code: str, run: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", START + code, str(run)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize(("before", "kind"), [("", "ForkedWorker"), (BUSY, "Popen")])
def test_what_ends_with_a_fault_tells_it_in_the_log(tmp_path: Path, before: str, kind: str) -> None:
    code = """
with (run / "log").open("ab") as log, start_worker(run, run, log) as worker:
    print(type(worker).__name__, list(worker.stdout), worker.wait(), worker.wait())
"""
    assert told(before + code, tmp_path) == f"{kind} [] 1 1\n"
    last_words = (tmp_path / "log").read_text().splitlines()
    assert last_words[0].startswith("Traceback")
    assert "task.json" in last_words[-1]


@pytest.mark.parametrize("before", ["", BUSY])
@pytest.mark.parametrize("how", ["SIGINT", "SIGKILL", "SIGTERM"])
def test_it_ends_by_a_signal_that_its_starter_need_not_hear_of(
    tmp_path: Path, before: str, how: str
) -> None:
    code = f"""
with (run / "log").open("ab") as log, start_worker(run, run, log) as worker:
    try:
        worker.wait(0.5)
    except subprocess.TimeoutExpired:
        print("waits", os.getsid(worker.pid) == worker.pid)
    worker.send_signal(signal.{how})
    print(worker.wait(30) != 0)
    worker.kill()
"""
    assert told(WAITING + before + code, tmp_path) == "waits True\nTrue\n"


@pytest.mark.parametrize("before", ["", BUSY])
def test_it_ends_with_its_starter(tmp_path: Path, before: str) -> None:
    code = """
log = (run / "log").open("ab")
worker = start_worker(run, run, log)
print(worker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    pid = int(told(WAITING + before + code, tmp_path))
    ended = threading.Event()
    for _ in range(300):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            break
        if state == "Z":
            break
        ended.wait(0.1)
    else:
        pytest.fail("the worker outlived its starter")


def test_what_its_starter_has_still_to_say_is_said_once(tmp_path: Path) -> None:
    code = """
print("begun", end=" ")
with (run / "log").open("ab") as log, start_worker(run, run, log) as worker:
    worker.wait()
print("ended")
"""
    assert told(code, tmp_path) == "begun ended\n"


def test_names_are_resolved_whole_in_it_and_nothing_changes_in_its_starter(
    tmp_path: Path,
) -> None:
    code = """
with (run / "log").open("ab") as log, start_worker(run, run, log) as worker:
    worker.wait()
print(os.environ.get("LOCALDOMAIN"), signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""
    assert told(code, tmp_path) == "None set()\n"


def test_a_starter_without_standard_streams_forks_nothing(tmp_path: Path) -> None:
    code = """
sys.stdin = None
with (run / "log").open("ab") as log, start_worker(run, run, log) as worker:
    print(type(worker).__name__)
"""
    assert told(code, tmp_path) == "Popen\n"
