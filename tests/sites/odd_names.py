"""A name server that answers oddly, and the websites that its names lead to.

``python odd_names.py WORKSPACE`` crawls them; to be run in a network namespace of its own, as
`NAMESPACE` makes one: its loopback stands at public and at private addresses, port 80 is free, and
the machine completes names by the domain `search.corp`, which answers to all of them.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from loopback_sites import WAVE, load_frame, polite

from crawlers.run import crawl_websites
from storage.workspace import Workspace

PUBLIC, PUBLIC_6, INSIDE, SEARCHED = "93.184.216.34", "2606:4700::1111", "10.9.8.7", "93.184.216.35"
SILENT = ("2606:4700::dead:1", "2606:4700::dead:2", "2606:4700::dead:3")  # take no connection
NAMESPACE = f"""
set -e
ip link set lo up
for place in {PUBLIC}/32 {SEARCHED}/32 {INSIDE}/32 169.254.169.254/32; do
  ip addr add $place dev lo
done
for place in {PUBLIC_6} {" ".join(SILENT)}; do ip -6 addr add $place/128 nodad dev lo; done
printf 'nameserver 127.0.0.53\\nsearch search.corp\\noptions ndots:3\\n' > "$0/resolv.conf"
mount --bind "$0/resolv.conf" /etc/resolv.conf
exec "$@"
"""
N_QUIET, N_FINE = 260, 20  # names nobody answers about, and others that wait among them
A, CNAME, AAAA = 1, 5, 28
NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME, NOT_DONE, REFUSED = 0, 2, 3, 4, 5

Records = list[bytes]
Answering = Callable[[str, int, int], tuple[int, Records] | None]  # of name, type, times asked


def record(name: str, kind: int, value: str) -> bytes:
    """Return a record that counts for no time at all."""
    if kind == CNAME:
        data = _wire_name(value)
    else:
        data = socket.inet_pton(socket.AF_INET if kind == A else socket.AF_INET6, value)
    return _wire_name(name) + struct.pack("!HHIH", kind, 1, 0, len(data)) + data


def _wire_name(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def stands_at(*addresses: str) -> Answering:
    def answering(name: str, kind: int, _: int) -> tuple[int, Records]:
        fitting = [one for one in addresses if (":" in one) is (kind == AAAA)]
        return NO_ERROR, [record(name, kind, one) for one in fitting]

    return answering


def fails(code: int, *, times: int = 10**9) -> Answering:
    def answering(name: str, kind: int, asked: int) -> tuple[int, Records]:
        return (code, []) if asked < times else stands_at(PUBLIC)(name, kind, asked)

    return answering


def called(*names: str, at: str = "") -> Answering:
    """Return what follows a chain of other names."""

    def answering(name: str, kind: int, _: int) -> tuple[int, Records]:
        links = zip((name, *names), names, strict=False)
        chain = [record(one, CNAME, other) for one, other in links]
        return NO_ERROR, [*chain, *([record(names[-1], kind, at)] if at and kind == A else [])]

    return answering


def changing(name: str, kind: int, asked: int) -> tuple[int, Records]:
    return stands_at(INSIDE if asked else PUBLIC)(name, kind, asked)


def only_by_ipv4(code: int | None) -> Answering:
    """Return a name of which IPv6 addresses are refused by a code; no word about them if None."""

    def answering(name: str, kind: int, asked: int) -> tuple[int, Records] | None:
        if kind == AAAA:
            return None if code is None else (code, [])
        return stands_at(PUBLIC)(name, kind, asked)

    return answering


# By name: what the name server says, and what a good crawler makes of it.
NAMES: dict[str, tuple[Answering, str]] = {
    "plain": (stands_at(PUBLIC), "reached"),
    "UPPER": (stands_at(PUBLIC), "reached"),
    "my_firm": (stands_at(PUBLIC), "reached"),
    "xn--mller-kva": (stands_at(PUBLIC), "reached"),
    "alias": (called("other.at", at=PUBLIC), "reached"),
    "long-chain": (called(*(f"c{n}.at" for n in range(12)), at=PUBLIC), "reached"),
    "odd-alias": (called("a b\n/x.at", at=PUBLIC), "reached"),
    "alias-inside": (called("router.lan", at=INSIDE), "blocked_address"),
    "alias-loop": (called("loop.at", "alias-loop.at"), "dns_failure"),
    "alias-of-itself": (called("alias-of-itself.at"), "dns_failure"),
    "no-such": (fails(NO_SUCH_NAME), "dns_failure"),
    "no-such-yet": (fails(NO_SUCH_NAME, times=1), "dns_failure"),  # for a later pass
    "fails": (fails(SERVER_FAILURE), "dns_failure"),
    "fails-once": (fails(SERVER_FAILURE, times=1), "reached"),
    "refused": (fails(REFUSED), "dns_failure"),
    "not-done": (fails(NOT_DONE), "dns_failure"),
    "no-address": (stands_at(), "dns_failure"),
    "ipv6-fails": (only_by_ipv4(SERVER_FAILURE), "reached"),
    "ipv6-is-none": (only_by_ipv4(NO_SUCH_NAME), "reached"),
    "ipv6-unanswered": (only_by_ipv4(None), "reached"),
    "ipv6-only": (stands_at(PUBLIC_6), "reached"),
    "ipv6-silent": (stands_at(PUBLIC, *SILENT), "reached"),
    "changing": (changing, "reached"),
    "mixed": (stands_at("127.0.0.1", INSIDE, "::1", PUBLIC, "169.254.169.254"), "reached"),
    "many": (stands_at(*(f"10.1.{n}.1" for n in range(20)), PUBLIC), "reached"),
    "inside": (stands_at(INSIDE, "127.0.0.1"), "blocked_address"),
    "mapped": (stands_at(f"::ffff:{INSIDE}"), "blocked_address"),
    "nat64": (stands_at("64:ff9b::a09:807"), "blocked_address"),
    "6to4": (stands_at("2002:a09:807::1"), "blocked_address"),
    "teredo": (stands_at("2001:0:5db8:d822::f5f6:f7f8"), "blocked_address"),
    "metadata": (stands_at("169.254.169.254"), "blocked_address"),
    "wild": (stands_at(PUBLIC), "reached"),  # and so is any name below it
}


class NameServer(asyncio.DatagramProtocol):
    """Answers what `NAMES` says; nothing about quiet names, `SEARCHED` to completed ones."""

    def __init__(self) -> None:
        self._asked: Counter[tuple[str, int]] = Counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        end = data.index(b"\0", 12)
        name = _name_in(data[12:end])
        kind = int.from_bytes(data[end + 1 : end + 3], "big")
        said = self._said(name.lower(), kind, self._asked[name, kind])
        self._asked[name, kind] += 1
        if said is not None:
            code, records = said
            head = data[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
            self._transport.sendto(head + data[12 : end + 5] + b"".join(records), sender)  # type: ignore[attr-defined]

    def _said(self, name: str, kind: int, asked: int) -> tuple[int, Records] | None:
        first = name.partition(".")[0]
        if name.endswith(".corp"):
            return stands_at(SEARCHED)(name, kind, asked)
        if first.endswith("quiet"):
            return None
        if name.endswith(".wild.at"):
            return stands_at(PUBLIC)(name, kind, asked)
        known = {key.lower(): answering for key, (answering, _) in NAMES.items()}
        answering = stands_at(PUBLIC) if first.endswith("fine") else known.get(first)
        return (answering or fails(NO_SUCH_NAME))(name, kind, asked)


def _name_in(labels: bytes) -> str:
    parts, position = [], 0
    while position < len(labels):
        parts.append(labels[position + 1 : position + 1 + labels[position]].decode("latin-1"))
        position += 1 + labels[position]
    return ".".join(parts)


async def open_all(asked: list[tuple[str, str]]) -> None:
    """Open the name server and the websites; what these are asked is written down."""

    def site(place: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            asked.append((place, head))
            body = "" if "/robots.txt" in head else _page(head.partition("Host: ")[2].split()[0])
            status = "200 OK" if body else "404 None"
            lines = f"HTTP/1.1 {status}", "Content-Type: text/html", "Connection: close", "", body
            writer.write("\r\n".join(lines).encode())
            await writer.drain()
            writer.close()

        return serve

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.53", 53))
    for place in (PUBLIC, PUBLIC_6, INSIDE, SEARCHED, "127.0.0.1", "169.254.169.254"):
        await asyncio.start_server(site(place), place, 80)


def _page(host: str) -> str:
    words = "<html lang=en><title>Home</title><p>We survey bridges and roofs by drone.</p>"
    if not host.endswith("wild.at"):
        return words
    number = abs(hash(host)) % 1_000_000
    links = "".join(f"<a href=http://s{number}x{n}.wild.at/>{n}</a>" for n in range(50))
    return f"{words}<p>{' '.join(f'{word}{number}' for word in host * 3)}</p>{links}"


def take_no_connection(address: str) -> list[socket.socket]:
    """Return sockets that fill the queue of an address: further connections wait for ever."""
    held = [socket.socket(socket.AF_INET6) for _ in range(4)]
    held[0].bind((address, 80))
    held[0].listen(0)
    for one in held[1:]:
        one.setblocking(False)
        one.connect_ex((address, 80))
    return held


def crawl(root: Path) -> None:
    workspace = Workspace(root)
    hosts = [
        *(f"{name}.at" for name in NAMES),
        *(f"h{n * 77 % 100:02}-{n}-quiet.at" for n in range(N_QUIET)),
        *(f"h{n * 77 % 100:02}-{n}-fine.at" for n in range(N_FINE)),
    ]
    load_frame(workspace, [f"http://{host}/" for host in hosts])
    crawl_websites(workspace, WAVE, politeness=polite(allow_networks=(), timeout_seconds=3.0))


def main() -> None:
    loop, asked = asyncio.new_event_loop(), list[tuple[str, str]]()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(open_all(asked), loop).result(10)
    held = [take_no_connection(address) for address in SILENT]
    crawl(Path(sys.argv[1]))
    sys.stdout.write(json.dumps(asked))
    del held


if __name__ == "__main__":
    main()
