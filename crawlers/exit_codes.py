"""The exit codes by which the crawl process tells its parent how it ended."""

from typing import Final

EXIT_DONE: Final = 0
EXIT_DISK_FAULT: Final = 74  # EX_IOERR
EXIT_STOPPED: Final = 130  # as after Ctrl-C, also where the parent is gone
