"""The command line: sentences that parse, build, call one function and render its report."""

from __future__ import annotations

import atexit
import gc
import io
import os
import signal
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from typing_extensions import Buffer

__all__ = ["main", "run_process"]

_INTERRUPTED = """\
Interrupted: what was finished is kept. Run the same command again to go on.
"""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C.

    A class of its own, since CPython remembers a plain `KeyboardInterrupt` that left an `exec`
    (dataclasses and named tuples are made by one) and kills the process with SIGINT at its end,
    whatever exit code was asked for (`run_eval_code_obj` in its `pythonrun.c`).
    """


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """Interrupt now, or once the module that is being loaded is loaded.

    Half-way through one an interruption can kill the process (nanobind, which makes DuckDB's
    module, calls ``abort``) or be lost in an ``except`` that guards an optional import.
    """
    loading = None
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            loading = frame
        frame = frame.f_back
    if loading is None:
        raise Interrupted

    def when_loaded(frame: FrameType, event: str, _argument: object) -> None:
        if event == "return" and frame is loading:
            sys.setprofile(None)
            raise Interrupted

    sys.setprofile(when_loaded)


def run_process() -> None:
    """Run one command as all that this process does, and end it without taking it apart.

    To free what a hundred modules made takes as long as five hundred unsent pages of a crawl. All
    that is promised for the end of a process still happens: threads are waited for, functions
    registered with `atexit` run, what was written is flushed.
    """
    _replace_closed_streams()
    _outlive_readers()
    code = [1]  # of a fault that Python itself tells
    atexit.register(_end, code)  # the first to be registered is the last to run
    try:
        main()
    except SystemExit as end:
        code[0] = _exit_code(end)
        raise


def _replace_closed_streams() -> None:
    """Open what the caller closed (``>&-``, some daemons), where Python has None.

    The lowest free numbers are given first, so that no file opened later gets that of a stream.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115, PTH123
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


def _outlive_readers() -> None:
    """Go on when whoever reads the output through a pipe has gone (``| head``): it is not a fault.

    What a command does is kept in the workspace, not in what it says.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        number = stream.fileno()
        if stat.S_ISREG(mode := os.fstat(number).st_mode) or stat.S_ISCHR(mode):
            continue
        buffered = io.BufferedWriter(_Unread(number, "w", closefd=False))
        patient = io.TextIOWrapper(
            buffered,
            encoding=stream.encoding,
            errors=stream.errors,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        setattr(sys, name, patient)


class _Unread(io.FileIO):
    """A stream that takes what nobody reads any more."""

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return (end.code or 0) & 0xFF
    return 1


def _end(code: list[int]) -> None:
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (OSError, ValueError):
        return  # as ever: Python tells of it, and ends with a code of its own
    os._exit(code[0])


def main() -> None:
    """Run one command and end the process with its exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    gc.disable()  # while the libraries load; `run_told` enables it
    # Imported here, so that Ctrl-C while the libraries load ends as it does later.
    try:
        from sectorlens.cli.faults import run_told

        run_told()
    except KeyboardInterrupt:
        sys.stderr.write(_INTERRUPTED)
        sys.exit(130)
    except SystemExit as end:
        if end.code == 130:
            sys.stderr.write(_INTERRUPTED)
        raise
    finally:
        # All is said and kept: while Python takes itself apart, the signal would kill it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
