"""What holds for every test: no clock decides, and nothing leaves this machine."""

from __future__ import annotations

import ipaddress
import signal
import sys
import threading
from typing import Any

from hypothesis import settings

settings.register_profile("sectorlens", deadline=None, derandomize=True)
settings.load_profile("sectorlens")

# A job in the background may have been told to ignore Ctrl-C, and so would all that tests start.
if (
    threading.current_thread() is threading.main_thread()
    and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _refuse_the_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if not isinstance(address, tuple):  # a Unix socket
        return
    try:
        inside = ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback
    except ValueError:
        inside = address[0] in {"localhost", ""}
    if not inside:
        message = f"tests may connect to loopback only, not to {address[0]}"
        raise RuntimeError(message)


sys.addaudithook(_refuse_the_outside)
