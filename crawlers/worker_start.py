"""How the process that crawls is begun: forked where that is safe, else as a new program.

A fork has loaded already what both processes need: that, and a second start of Python, are half of
what it takes to load a crawl process. It is safe where the process that forks has no other thread:
none can hold a lock then that the fork would wait for without end. The store is put aside by then,
and DuckDB's threads have ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from select import select
from typing import IO, TYPE_CHECKING, NoReturn, Self

import crawlers
from crawlers.worker import run_worker

if TYPE_CHECKING:
    from types import TracebackType

_HELD_BACK = {signal.SIGINT, signal.SIGTERM}
_THREADS = Path("/proc/self/task")
# Names are resolved as they stand, once: a machine that completes them (`search` in resolv.conf)
# would take a website that is gone for what its own network answers to any name.
WHOLE_NAMES = {
    "LOCALDOMAIN": ".",
    "RES_OPTIONS": f"{os.environ.get('RES_OPTIONS', '')} ndots:15".strip(),
}


def start_worker(
    run_directory: Path, workspace_root: Path, log: IO[bytes]
) -> subprocess.Popen[bytes] | ForkedWorker:
    """Begin the process that crawls; it ends when its standard input is closed.

    It is in a session of its own, so that Ctrl-C reaches it once, through us; it holds the lock of
    the crawl, which it inherits, as long as it lives.

    Args:
        run_directory: Of the run; its task is written.
        workspace_root: Where the workspace lies.
        log: Takes what it writes to standard error.

    Returns:
        The process; its ``stdout`` gives one line for each visit that ended.
    """
    if _may_fork():
        return ForkedWorker(run_directory, workspace_root, log)
    code_path = str(Path(crawlers.__file__).parents[1])
    python_path = os.pathsep.join(filter(None, [code_path, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(  # noqa: S603 - our own module, arguments are paths of ours
        [sys.executable, "-m", "crawlers.worker", str(run_directory), str(workspace_root)],
        stdin=subprocess.PIPE,  # closes when we are gone, which ends it
        stdout=subprocess.PIPE,
        stderr=log,
        close_fds=False,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": python_path} | WHOLE_NAMES,
    )


def _may_fork() -> bool:
    """Return whether this process has no thread but this one, of Python or of any library."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        return False  # pipes would take the places of streams that were closed
    try:
        return len(list(_THREADS.iterdir())) == 1
    except OSError:  # no Linux: nothing tells
        return False


class ForkedWorker:
    """A forked process, with what is used of `subprocess.Popen`.

    Args:
        run_directory: Of the run.
        workspace_root: Where the workspace lies.
        log: Takes what it writes to standard error.
    """

    def __init__(self, run_directory: Path, workspace_root: Path, log: IO[bytes]) -> None:
        self.returncode: int | None = None
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # or the fork would write once more what is kept back in them
        to_read, self._stdin = os.pipe()
        told, to_tell = os.pipe()
        # No signal may come between the fork and what it does to be no copy of us any more.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                os.close(self._stdin)
                os.close(told)
                _be_worker(run_directory, workspace_root, (to_read, to_tell, log.fileno()), before)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._ended = os.pidfd_open(self.pid)
        os.close(to_read)
        os.close(to_tell)
        self.stdout = open(told, "rb")  # noqa: PTH123, SIM115 - no path; closed by `__exit__`

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stdout.close()
        os.close(self._stdin)
        self.wait()
        os.close(self._ended)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; returns its exit code, or less than zero what killed it.

        Raises:
            subprocess.TimeoutExpired: It has not ended within so many seconds.
        """
        if self.returncode is None:
            if not select([self._ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("crawlers.worker", timeout or 0.0)
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._ended, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def _be_worker(
    run_directory: Path,
    workspace_root: Path,
    streams: tuple[int, int, int],
    signals: set[int | signal.Signals],
) -> NoReturn:
    """Become what `python -m crawlers.worker` would be; called in the fork, and never left.

    What the copied calls above hold, and would give back on the way out, is never given back here.
    """
    try:
        os.setsid()
        os.environ.update(WHOLE_NAMES)  # looked at with the first name, and none was looked up
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as long as the process lives
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
        if callable(signal.getsignal(signal.SIGINT)):
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        run_worker(run_directory, workspace_root)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    finally:
        os._exit(1)
