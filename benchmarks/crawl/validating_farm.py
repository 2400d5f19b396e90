#!/usr/bin/env python
"""Run the loopback web with an `ETag` on every page, and 304 for who has it already.

Takes the place of the farm's Python (``FARM_PY``): whatever it is asked to run it runs, and where
that is the farm, its answers get the validators that most of the real web has.
"""

from __future__ import annotations

import hashlib
import re
import runpy
import sys
from pathlib import Path
from typing import Any

_PAGE = "text/html; charset=utf-8"
_BROKEN = {"raw_gz", "lie_len"}  # answers that are not what they say
_CONDITION = re.compile(rb"\r\nif-none-match: *([^\r\n]+)", re.IGNORECASE)


def main() -> None:
    """Run a module (``-m NAME …``) or a file, as Python does."""
    arguments = sys.argv[1:]
    if arguments[0] == "-m":
        sys.path.insert(0, str(Path.cwd()))
        sys.argv = arguments[1:]
        _add_validators()
        runpy.run_module(f"{arguments[1]}.__main__", run_name="__main__")
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


def _add_validators() -> None:
    from webfarm.server import Conn

    ask, send = Conn.request, Conn.send

    def request(self: Any, head: bytes) -> None:
        found = _CONDITION.search(head)
        self.condition = found[1].decode("latin-1") if found else ""
        ask(self, head)

    def sent(
        self: Any, status: int, parts: Any, ctype: str = _PAGE, extra: str = "", *more: Any,
        **named: Any,
    ) -> None:  # fmt: skip
        if status == 200 and ctype.startswith("text/html") and not named.keys() & _BROKEN:
            digest = hashlib.md5(b"".join(part for part, _ in parts), usedforsecurity=False)
            extra += f'ETag: "{digest.hexdigest()}"\r\n'
            if f'"{digest.hexdigest()}"' == self.condition:
                status, parts = 304, []
        send(self, status, parts, ctype, extra, *more, **named)

    Conn.request, Conn.send = request, sent


if __name__ == "__main__":
    main()
