"""Every fault ends as a sentence with its mend and the exit code of its kind."""

from __future__ import annotations

import atexit
import errno
import gc
import io
import sys
import traceback

from sectorlens.cli.application import application, words_of
from sectorlens.cli.render import say, say_fault
from storage.errors import InvalidInput, RetriableError, SectorlensError

_MENDABLE = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR,
    errno.EEXIST, errno.ENAMETOOLONG,
}  # fmt: skip


def run_told() -> None:
    """Run the command that the arguments name; tell its fault and exit by its kind."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a narrow encoding ends no command
    try:
        app = application(*words_of(sys.argv[1:]))
        # Loading makes objects that stay: to look for circles among them takes a tenth of its time.
        gc.freeze()
        atexit.register(gc.unfreeze)  # or libraries complain of what is still there at the end
        gc.enable()
        app()
    except SectorlensError as fault:
        _trace()
        say_fault(fault)
        sys.exit(fault.exit_code)
    except OSError as fault:
        if (known := _as_told(fault)) is None:
            _report_bug(fault)
        else:
            _trace()
            say_fault(known)
            sys.exit(known.exit_code)
    except Exception as fault:
        _report_bug(fault)


def _as_told(fault: OSError) -> SectorlensError | None:
    """Return what the operator can mend; None where it is nothing of theirs."""
    if fault.errno in {errno.ENOSPC, errno.EDQUOT}:
        return RetriableError(
            f"The disk is full: {fault.filename or 'a file'} could not be written",
            "Free some space and run the same command again: it goes on where it stopped.",
        )
    if fault.errno in _MENDABLE and fault.filename:
        return InvalidInput(
            f"{fault.filename} cannot be used: {fault.strerror}",
            "Name another place, or get the right to read and write there.",
        )
    return None


def _report_bug(fault: Exception) -> None:
    _trace()
    say(f"error: sectorlens failed: {type(fault).__name__}: {fault}")
    say("This is our fault, not yours. Results so far are kept; run it again as")
    say("`sectorlens --debug …` and send what it prints to the maintainers.")
    sys.exit(1)


def _trace() -> None:
    if "--debug" in sys.argv:
        traceback.print_exc()
