"""Taking single pages out of an archive, while all others stay where they are.

A record is a gzip member of its own. One that must go is overwritten by a placeholder of the very
same length, itself a whole member with a WARC record in it, so that every offset still holds and
every reader still reads the file from end to end. What is to be overwritten is written down beside
the file first: a process that dies half way is gone on with, however much it had done.
"""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.errors import RetriableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import IO

_CHUNK = 1 << 20
_HEAD_BYTES = 65_536  # of a record; its WARC fields stand within
_PLAN_SUFFIX = ".erasing"
_GZIP_START = b"\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\x03"  # deflate, with a comment
_PLACEHOLDER = (
    b"WARC/1.1\r\nWARC-Type: metadata\r\n"
    b"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>\r\n"
    b"WARC-Date: 2000-01-01T00:00:00Z\r\nContent-Type: application/warc-fields\r\n"
    b"Content-Length: 17\r\n\r\nerased: opt-out\r\n\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class _Member:
    """Where a record stands in its file, and its WARC fields (names in lower case)."""

    start: int
    end: int
    fields: dict[str, str]


def erase_records(
    path: Path,
    *,
    offsets: frozenset[int],
    is_meant: Callable[[str], bool],
    note: Callable[[int], None],
) -> None:
    """Overwrite the records of some pages in an archive file.

    With a response go its request and what was made from it: they share its address and stand
    beside it.

    Args:
        path: Of the file; nothing is done where there is none.
        offsets: Of records that are meant, whatever their address.
        is_meant: Tells by the address (``WARC-Target-URI``) whether a record is.
        note: Is told how many records are found, before any of them is overwritten: afterwards
            nobody can count them. Not called where none is. A call after one that was broken off
            may find, and tell, fewer than there were: of two numbers the larger counts.

    Raises:
        RetriableError: The file cannot be written.
    """
    if not path.exists():
        return
    plan = path.with_name(path.name + _PLAN_SUFFIX)
    try:
        if plan.exists():
            _overwrite(path, json.loads(plan.read_text("ascii")))
        spans = _spans(path, offsets, is_meant)
        if spans:
            note(len(spans))
            _write_plan(plan, spans)
            _overwrite(path, spans)
        plan.unlink(missing_ok=True)
    except OSError as fault:
        raise RetriableError(
            f"Pages of a website that objected cannot be erased from {path}: {fault}",
            "Give the right to write that file, then run the command again.",
        ) from fault


def _spans(
    path: Path, offsets: frozenset[int], is_meant: Callable[[str], bool]
) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    group: list[_Member] = []

    def close_group() -> None:
        url = group[0].fields.get("warc-target-uri", "") if group else ""
        if url and (is_meant(url) or any(member.start in offsets for member in group)):
            found.extend((member.start, member.end) for member in group)
        group.clear()

    for member in _members(path):
        begins = member.fields.get("warc-type") == "request"
        if begins or (group and _address(member) != _address(group[0])):
            close_group()
        group.append(member)
    close_group()
    return found


def _address(member: _Member) -> str:
    return member.fields.get("warc-target-uri", "")


def _members(path: Path) -> Iterator[_Member]:
    """Yield the whole records of a file; one that was broken off at its end is left alone."""
    with path.open("rb") as stream:
        position, rest = 0, b""
        while True:
            rest = rest or stream.read(_CHUNK)
            if not rest:
                return
            inflater = zlib.decompressobj(zlib.MAX_WBITS + 16)
            taken, head = 0, b""
            try:
                while not inflater.eof:
                    rest = rest or stream.read(_CHUNK)
                    if not rest:
                        return
                    made = inflater.decompress(rest, _CHUNK)
                    left = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
                    taken += len(rest) - len(left)
                    head += made[: _HEAD_BYTES - len(head)]
                    rest = left
            except zlib.error:  # no member begins here: behind it no place is known
                return
            yield _Member(position, position + taken, _fields(head))
            position += taken


def _fields(head: bytes) -> dict[str, str]:
    lines = head.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _write_plan(plan: Path, spans: list[tuple[int, int]]) -> None:
    part = plan.with_name(plan.name + ".part")
    with part.open("w", encoding="ascii") as target:
        json.dump(spans, target)
        target.flush()
        os.fsync(target.fileno())
    part.replace(plan)


def _overwrite(path: Path, spans: list[tuple[int, int]]) -> None:
    with path.open("r+b") as target:
        for start, end in spans:
            _overwrite_one(target, start, end - start)
        target.flush()
        os.fsync(target.fileno())


def _overwrite_one(target: IO[bytes], start: int, length: int) -> None:
    target.seek(start)
    target.write(placeholder(length))


def placeholder(length: int) -> bytes:
    """Return a gzip member of an exact length that holds one WARC record, or none if too short.

    Args:
        length: In bytes; less than a record needs gives a member that inflates to nothing, and
            less than that (20 bytes, which no record is) zeros.
    """
    for content in (_PLACEHOLDER, b""):
        deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        body = deflater.compress(content) + deflater.flush()
        end = zlib.crc32(content).to_bytes(4, "little") + len(content).to_bytes(4, "little")
        padding = length - len(_GZIP_START) - 1 - len(body) - len(end)
        if padding >= 0:
            return _GZIP_START + b" " * padding + b"\x00" + body + end
    return bytes(length)
