"""Serve the websites of a made-up economy on loopback, in a process of its own.

Each website has its own address in 127.0.0.0/8 and all share one port that the system chose.
``python -m sectorlens.demo.server --seed 2026 --size 300`` prints that port when it is ready and
serves until it is stopped; `serve_economy` starts it as a child that ends with its parent.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from sectorlens.demo.economy import Economy, make_economy
from sectorlens.demo.world import DemoWebsite, Response
from storage.errors import RetriableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_IDLE_SECONDS = 30.0
_PORT_ATTEMPTS = 20
_LARGEST_REQUEST = 65_536
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_NO_ADDRESS = (
    "This machine does not answer on loopback addresses such as {host}. Linux does by itself; "
    "elsewhere each address must first be added (macOS: ifconfig lo0 alias {host})."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedRequest:
    """A line of the request log.

    Attributes:
        at: Seconds since the epoch, when the request had been read.
    """

    at: float
    host: str
    method: str
    path: str
    status: int
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EconomyServer:
    """A running server.

    Attributes:
        port: The one port of all websites. log_file: one JSON object a request, if asked for.
    """

    port: int
    process_id: int
    log_file: Path | None = None

    def port_of(self, host: str) -> int:
        """Return the port that the register has to name for a host, answering or dead."""
        del host  # one port for all; the register asks host by host
        return self.port

    def requests(self) -> tuple[ServedRequest, ...]:
        """Read the request log; empty where none was asked for."""
        if self.log_file is None:
            return ()
        lines = self.log_file.read_text(encoding="utf-8").splitlines()
        return tuple(ServedRequest(**json.loads(line)) for line in lines)


@contextmanager
def serve_economy(economy: Economy, *, log_file: Path | None = None) -> Iterator[EconomyServer]:
    """Serve all websites from a child process while the context is open.

    Args:
        economy: Only its seed and size are handed over; the child makes the same one.
        log_file: Where to write a line for each request.

    Raises:
        RetriableError: The child could not listen; it says why.
    """
    command = [
        sys.executable, "-m", "sectorlens.demo.server", "--child",
        "--seed", str(economy.seed), "--size", str(economy.size),
    ]  # fmt: skip
    if log_file is not None:
        command += ["--log", str(log_file)]
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    with subprocess.Popen(  # noqa: S603 - our own module with two numbers and a path
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # a Ctrl-C ends the stage that runs, not the web under it
    ) as child:  # fmt: skip
        try:
            port = _read_port(child)
            yield EconomyServer(port=port, process_id=child.pid, log_file=log_file)
        finally:
            _stop(child)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve an economy until SIGTERM, SIGINT, or (as a child) the parent's end."""
    parser = argparse.ArgumentParser(prog="python -m sectorlens.demo.server", description=__doc__)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--log", type=Path, help="write one JSON object a request to this file")
    parser.add_argument("--child", action="store_true", help="end when standard input ends")
    options = parser.parse_args(arguments)
    economy = make_economy(options.seed, options.size)
    try:
        asyncio.run(_serve(economy.websites, options.log, ends_with_parent=options.child))
    except OSError as problem:
        print(f"error: {_explain(problem, economy)}", flush=True)  # noqa: T201 - read by the parent
        return 1
    return 0


def _read_port(child: subprocess.Popen[str]) -> int:
    """Wait for the child's first line: its port, or what went wrong."""
    assert child.stdout is not None  # noqa: S101 - opened as a pipe above
    watch = threading.Timer(_START_SECONDS, child.kill)
    watch.start()
    try:
        line = child.stdout.readline().strip()
    finally:
        watch.cancel()
    if line.isdigit():
        return int(line)
    raise RetriableError(
        "The websites of the made-up economy could not be served.",
        "Mend what is named above and run the same command again.",
        [
            line.removeprefix("error: ")
            or f"The server ended or gave no sign in {_START_SECONDS} s."
        ],
    )


def _stop(child: subprocess.Popen[str]) -> None:
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()


async def _serve(
    websites: Sequence[DemoWebsite], log_path: Path | None, *, ends_with_parent: bool
) -> None:
    stop = asyncio.Event()
    _end_on_signals(stop, ends_with_parent=ends_with_parent)
    listening = [website for website in websites if website.listens]
    _allow_open_files(len(listening) + 512)
    sockets = _listen([website.host for website in listening])
    with open(log_path or os.devnull, "a", encoding="utf-8", buffering=1) as log:  # noqa: PTH123 - opened once, before anything is served
        servers = [
            await asyncio.start_server(
                partial(_answer, website, log if log_path else None),
                sock=listener, limit=_LARGEST_REQUEST,
            )
            for website, listener in zip(listening, sockets, strict=True)
        ]  # fmt: skip
        print(sockets[0].getsockname()[1], flush=True)  # noqa: T201 - the parent waits for it
        await stop.wait()
        for server in servers:
            server.close()


def _end_on_signals(stop: asyncio.Event, *, ends_with_parent: bool) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if not ends_with_parent:
        return
    threading.Thread(
        target=_watch_input, args=(partial(loop.call_soon_threadsafe, stop.set),), daemon=True
    ).start()
    if sys.platform == "linux":
        # The pipe above may live on in a process that the parent forked, so the kernel is asked
        # as well. It also signals when only the parent's thread ends: then the parent lives on.
        parent = os.getppid()
        loop.add_signal_handler(signal.SIGHUP, _end_without, parent, stop)
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGHUP)


def _end_without(parent: int, stop: asyncio.Event) -> None:
    """Stop unless the parent process still lives."""
    if os.getppid() != parent:
        stop.set()


def _watch_input(ended: Callable[[], object]) -> None:
    """Wait until the parent's end of standard input is closed; the kernel does it if it dies."""
    while os.read(0, 1024):
        pass
    with suppress(RuntimeError):  # the loop has ended before the parent
        ended()


def _allow_open_files(wanted: int) -> None:
    """Raise the soft limit of open files: one socket a website and one a connection."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))


def _listen(hosts: Sequence[str]) -> list[socket.socket]:
    """Bind all hosts on one port that was free on every one of them."""
    for attempt in range(_PORT_ATTEMPTS):
        sockets: list[socket.socket] = []
        port = 0
        try:
            for host in hosts:
                sockets.append(socket.create_server((host, port), backlog=64))
                port = sockets[0].getsockname()[1]
        except OSError as problem:
            for listener in sockets:
                listener.close()
            if problem.errno != errno.EADDRINUSE or attempt == _PORT_ATTEMPTS - 1:
                raise
        else:
            return sockets
    raise OSError(errno.EADDRINUSE, "no port is free on all addresses")


async def _answer(
    website: DemoWebsite,
    log: TextIO | None,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Answer the requests of one connection until either side closes it."""
    broken = (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError)
    with suppress(*broken):
        while await _answer_one(website, log, reader, writer):
            pass
    writer.close()
    with suppress(*broken):
        await writer.wait_closed()


async def _answer_one(
    website: DemoWebsite,
    log: TextIO | None,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> bool:
    """Answer one request; False where the connection is to be closed."""
    async with asyncio.timeout(_IDLE_SECONDS):
        first = await reader.readexactly(1)
        if not first.isalpha():  # a TLS greeting: this server speaks no TLS and says so by closing
            return False
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request, *lines = head.split("\r\n")
    method, target, *_ = [*request.split(" "), "", ""]
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (s.partition(":") for s in lines)
    }
    answer = website.responses.get(target.partition("?")[0], website.missing)
    if method not in ("GET", "HEAD"):
        answer = Response(status=405)
    if log:
        entry = {"at": time.time(), "host": website.host, "method": method, "path": target,
                 "status": answer.status, "user_agent": headers.get("user-agent", "")}  # fmt: skip
        log.write(json.dumps(entry) + "\n")
    await asyncio.sleep(answer.delay)
    keep = headers.get("connection", "").lower() != "close" and "HTTP/1.1" in request
    port = writer.get_extra_info("sockname")[1]
    writer.write(_head(answer, port, keep=keep) + (answer.body if method == "GET" else b""))
    await writer.drain()
    return keep


def _head(answer: Response, port: int, *, keep: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.media_type}",
        f"Content-Length: {len(answer.body)}",
        f"Connection: {'keep-alive' if keep else 'close'}",
    ]
    if answer.location:
        origin = f"http://{answer.moved_to}:{port}" if answer.moved_to else ""
        lines.append(f"Location: {origin}{answer.location}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _explain(problem: OSError, economy: Economy) -> str:
    if problem.errno == errno.EADDRNOTAVAIL:
        host = next(website.host for website in economy.websites if website.listens)
        return _NO_ADDRESS.format(host=host)
    return str(problem)


if __name__ == "__main__":
    sys.exit(main())
