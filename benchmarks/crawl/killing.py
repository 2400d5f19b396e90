"""Kill a crawl of the farm again and again, run it to its end, and count what was asked twice.

``python benchmarks/crawl/run.py --kill 200,1000,2000,load`` makes the crawl once undisturbed and
once killed (SIGKILL to every process of it) when that many requests had been sent, and while what
it brought home is loaded and published; both are counted by the farm. As a script of its own it is
the command that runs in the farm's network namespace.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

sys.path.insert(0, str(Path(__file__).parents[2]))  # as a script of its own

from benchmarks.crawl.farm import (
    WAVES,
    Measured,
    Web,
    crawl_command,
    judge_ours,
    make_workspace,
    run_in_farm,
)

DURING_LOAD = "load"
_LIMIT = 600.0  # seconds to wait for a moment to come


def kill_command(command: list[str], root: Path, wave: str, moments: str) -> list[str]:
    """Return the command that runs another one, kills it at some moments, and lets it end.

    Args:
        command: A crawl of a workspace.
        root: The workspace.
        wave: That is crawled.
        moments: Numbers of requests, and `load`, with commas between.
    """
    return [sys.executable, __file__, str(root), wave, moments, *command]


def killed_and_not(web: Web, out: Path, moments: str, *, limit: float) -> list[Measured]:
    """Crawl the hosts undisturbed and killed; the second result says what was asked too much."""
    runs = []
    for name, when in (("sectorlens", ""), (f"killed at {moments}", moments)):
        place = out / ("killed" if when else "undisturbed")
        shutil.rmtree(place, ignore_errors=True)
        root = place / "workspace"
        place.mkdir(parents=True)
        make_workspace(web, root)
        command = kill_command(crawl_command(root, WAVES[0]), root, WAVES[0], when)
        measured = run_in_farm(web, place / "run", command, limit=int(limit))
        judge_ours(measured, root, place / "run", cap=web.cap)
        measured.name = name
        asked = json.loads((place / "run" / "stats.json").read_text())
        measured.more |= {
            "requests": asked["requests"],
            "pages_again": sum(one["again"] for one in asked["per_class"].values()),
        }
        if runs:
            before = runs[0].more["requests"]
            measured.more["more_requests"] = asked["requests"] - before
            measured.more["share"] = round((asked["requests"] - before) / before, 5)
        runs.append(measured)
        shutil.rmtree(root)
    return runs


def main() -> int:
    """Run the command, killed at each moment; returns the exit code of its last run."""
    root, wave, moments, *command = sys.argv[1:]
    for moment in filter(None, moments.split(",")):
        process = subprocess.Popen(command, start_new_session=True)
        asked = _wait_for(moment, Path(root), wave, process)
        _kill_all(process)
        sys.stdout.write(f"killed at {moment}: {asked} requests sent\n")
        sys.stdout.flush()
    return subprocess.run(command, check=False).returncode


def _wait_for(moment: str, root: Path, wave: str, process: subprocess.Popen[bytes]) -> int:
    crawls = root / "work" / "crawls" / wave
    until = monotonic() + _LIMIT
    has_crawled = False
    while process.poll() is None and monotonic() < until:
        asked = _requests_sent(crawls)
        if moment == DURING_LOAD:
            has_crawled = has_crawled or bool(_children(process.pid))
            if has_crawled and not _children(process.pid):
                sleep(0.05)  # the crawl process has ended: the store is being written
                return asked
        elif asked >= int(moment):
            return asked
        sleep(0.005)
    return _requests_sent(crawls)


def _requests_sent(crawls: Path) -> int:
    return sum(log.read_bytes().count(b"\nB\t") for log in crawls.glob("*/requests.log"))


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    for pid in [*_children(process.pid), process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    sys.exit(main())
