"""Every fault ends as a sentence with its mend and the exit code of its kind."""

from __future__ import annotations

import errno
import io
import sys
import traceback

from sectorlens.cli.application import app
from sectorlens.cli.render import say, say_fault
from storage.errors import RetriableError, SectorlensError


def run_told() -> None:
    """Run the command that the arguments name; tell its fault and exit by its kind."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a narrow encoding ends no command
    try:
        app()
    except SectorlensError as fault:
        _trace()
        say_fault(fault)
        sys.exit(fault.exit_code)
    except OSError as fault:
        if fault.errno not in {errno.ENOSPC, errno.EDQUOT}:
            _report_bug(fault)
        _trace()
        full = RetriableError(
            f"The disk is full: {fault.filename or 'a file'} could not be written",
            "Free some space and run the same command again: it goes on where it stopped.",
        )
        say_fault(full)
        sys.exit(full.exit_code)
    except Exception as fault:
        _report_bug(fault)


def _report_bug(fault: Exception) -> None:
    _trace()
    say(f"error: sectorlens failed: {type(fault).__name__}: {fault}")
    say("This is our fault, not yours. Results so far are kept; run it again as")
    say("`sectorlens --debug …` and send what it prints to the maintainers.")
    sys.exit(1)


def _trace() -> None:
    if "--debug" in sys.argv:
        traceback.print_exc()
