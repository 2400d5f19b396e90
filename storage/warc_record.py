"""Records of WARC 1.1 (ISO 28500) as bytes, one gzip member each."""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING

from zlib_ng import zlib_ng

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT_RECORD = 2000  # bytes
# A gzip member of stored blocks: deflate, no flags, no time, fastest, of no matter which system.
_STORED_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\x04\xff"
_STORED_BLOCK = struct.Struct("<?HH")  # is it the last, length, and its complement
_MAX_STORED = 0xFFFF
_GZIP_END = struct.Struct("<LL")


def warc_record(
    kind: str,
    fields: Sequence[tuple[str, str]],
    block: bytes,
    *,
    stored: bool = False,
    record_id: str = "",
) -> bytes:
    """Return a WARC record as one gzip member.

    Args:
        kind: ``WARC-Type``.
        fields: Further header fields, in order.
        block: What it holds.
        stored: The block is compressed already.
        record_id: ``WARC-Record-ID``; empty for a new one.
    """
    said = "".join([f"{name}: {value}\r\n" for name, value in fields])
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: {record_id or new_record_id()}\r\n"
        f"{said}Content-Length: {len(block)}\r\n\r\n"
    )
    return gzip_member(b"".join((head.encode(), block, b"\r\n\r\n")), stored=stored)


def gzip_member(data: bytes, *, stored: bool) -> bytes:
    """Return data as one gzip member.

    What came compressed is stored as it is: deflating it again takes longer than all else that is
    done to a page, and saves nothing. A short record is stored, too: a fifth of it could be saved
    in ten times the time that all of its making takes. Plain HTML shrinks to a fifth at the
    fastest level.
    """
    if stored or len(data) < _SHORT_RECORD:
        return _stored_member(data)
    made = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return made.compress(data) + made.flush()


def _stored_member(data: bytes) -> bytes:
    """Return data as a gzip member that holds it as it is, in stored blocks.

    Format of RFC 1952 and, of the blocks, RFC 1951, 3.2.4; put together here, since zlib copies
    the data twice more for it.
    """
    end = _GZIP_END.pack(zlib_ng.crc32(data), len(data) & 0xFFFFFFFF)
    if (size := len(data)) <= _MAX_STORED:
        return b"".join((_STORED_HEAD, _STORED_BLOCK.pack(True, size, size ^ 0xFFFF), data, end))
    pieces = [_STORED_HEAD]
    last = (len(data) - 1) // _MAX_STORED
    for number in range(last + 1):
        piece = data[number * _MAX_STORED : (number + 1) * _MAX_STORED]
        size = len(piece)
        pieces += [_STORED_BLOCK.pack(number == last, size, size ^ 0xFFFF), piece]
    pieces.append(end)
    return b"".join(pieces)


def new_record_id() -> str:
    """Return a ``WARC-Record-ID``: a random UUID (RFC 9562, version 4)."""
    # Made of text, since `uuid` takes a page's share of time.
    text = os.urandom(16).hex()
    last = f"{_VARIANTS[text[16]]}{text[17:20]}-{text[20:]}"
    return f"<urn:uuid:{text[:8]}-{text[8:12]}-4{text[13:16]}-{last}>"


_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
