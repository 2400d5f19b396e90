"""The process that crawls: ``python -m crawlers.worker RUN_DIRECTORY WORKSPACE``, or a fork.

It writes one line to standard output for each visit that ended, and ends when its standard input
is closed: that is, when the process that started it is gone, however it went. It may be killed at
any moment; the journal holds what is done.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from crawlers.exit_codes import EXIT_STOPPED


def run_worker(run_directory: Path, workspace_root: Path) -> NoReturn:
    """Make a crawl as all that this process does, and end it."""
    _end_with_parent()
    code = _crawl(run_directory, workspace_root)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a log on a full disk, or nobody who listens
            stream.flush()
    os._exit(code)  # all files are closed; to take a hundred megabytes of objects apart takes time


def _crawl(run_directory: Path, workspace_root: Path) -> int:
    # Loading makes a hundred thousand objects that stay: to look for circles among them takes a
    # sixth of its time.
    gc.disable()
    from crawlers.crawl_process import crawl

    gc.freeze()
    # Pages are freed by reference, so looking for circles can be rarer than Python has it
    # (`crawl_process` does it, too). Three times rarer still costs 20 MB more and saves nothing.
    gc.set_threshold(3_000, 10, 10)
    gc.enable()
    return crawl(run_directory, workspace_root)


def _end_with_parent() -> None:
    def wait() -> None:
        sys.stdin.read()
        # At once: nothing may be asked of websites that nobody waits for.
        os._exit(EXIT_STOPPED)

    threading.Thread(target=wait, name="end with parent", daemon=True).start()


if __name__ == "__main__":
    run_worker(Path(sys.argv[1]), Path(sys.argv[2]))
