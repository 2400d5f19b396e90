"""The command line: sentences that parse, build, call one function and render its report."""

from __future__ import annotations

import sys

__all__ = ["main"]

_INTERRUPTED = """\
Interrupted: what was finished is kept. Run the same command again to go on.
"""


def main() -> None:
    """Run one command and end the process with its exit code."""
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
