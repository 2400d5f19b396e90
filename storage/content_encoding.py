"""Content encodings of HTTP bodies, undone piece by piece and never beyond a limit (pure).

Only ``gzip`` and ``deflate`` are ever asked for; ``br`` and ``zstd`` are undone where they are sent
unasked. A body that was broken off gives what can be had of it, as in browsers. zlib-ng undoes the
former, which takes two thirds of the time of zlib on pages that are not in the processor's memory
yet, as none that arrives is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zlib_ng import zlib_ng

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from storage.unasked_encodings import BrotliStream, ZstdStream

# https://www.iana.org/assignments/http-parameters: what a body may really be encoded with.
_KNOWN_NAMES = """
    gzip x-gzip deflate br zstd compress x-compress exi pack200-gzip aes128gcm dcb dcz
"""
_KNOWN = frozenset(_KNOWN_NAMES.split())
_FAULT: type[Exception] = zlib_ng.error  # type: ignore[assignment]  # an instance in its stub
# Text as it is, under the name of an encoding: of streams hardly one in 10^8 begins with so many
# letters, and next to none like a page.
_PLAIN = re.compile(rb"(?:\xef\xbb\xbf)?+(?:<[!?A-Za-z]|[\t\r\n\x20-\x7e]{18})")
_PIECE = 65_536  # made at a time (bytes): a fault in a stream costs no more than the piece it is in


class BodyTooLarge(ValueError):  # noqa: N818 - names a state, as storage.errors does
    """A body is larger than allowed once its content encoding is undone."""


class UnknownEncoding(ValueError):  # noqa: N818 - names a state, as storage.errors does
    """A body is encoded in a way that is not known here, or is no such encoding at all."""


class BodyDecoder:
    """Undoes the content encoding of one body while it arrives.

    Args:
        encodings: As `content_encodings` gives them: in the order they were applied.
        limit: Largest size allowed at any step (bytes).

    Attributes:
        size: Of what was made so far (bytes).

    Raises:
        UnknownEncoding: One of the encodings is not known here.
    """

    def __init__(self, encodings: Sequence[str], *, limit: int) -> None:
        for encoding in encodings:
            if encoding not in _STEPS:
                raise UnknownEncoding(f"content encoding {encoding[:40]!r} was not asked for")
        if len(encodings) > 3:
            raise UnknownEncoding(f"encoded {len(encodings)} times over")
        self._steps = [_STEPS[encoding](limit) for encoding in reversed(encodings)]
        self._limit = limit
        self.size = 0
        self._made: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body.

        Raises:
            BodyTooLarge: It grows beyond the limit; no more than a piece beyond it was made.
            UnknownEncoding: It is not encoded as it says.
        """
        pieces: Iterable[bytes] = (data,)
        for step in self._steps:
            pieces = step.undo(pieces)
        for piece in pieces:
            self.size += len(piece)
            if self.size > self._limit:
                raise BodyTooLarge(f"more than {self._limit} bytes")
            self._made.append(piece)

    def body(self) -> bytes:
        """Return what was made of all that was fed."""
        if len(self._made) != 1:
            self._made = [b"".join(self._made)]
        return self._made[0]

    @property
    def is_whole(self) -> bool:
        """Tell whether all that was begun came to its end: nothing is cut off or broken."""
        return all(step.is_whole for step in self._steps)


class _Inflation:
    """One gzip or deflate encoding; a gzip body may hold several members.

    What begins as a page does was never encoded, whatever its server says, and is left as it is.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._stream: zlib_ng._Decompress | None = None
        self._start = b""
        self._is_over = self._is_broken = self._is_plain = False

    @property
    def is_whole(self) -> bool:
        return self._stream is None and not self._start and not self._is_broken

    def undo(self, pieces: Iterable[bytes]) -> Iterable[bytes]:
        for piece in pieces:
            if self._is_plain:
                yield piece
                continue
            rest = piece
            while rest and not self._is_over:
                if self._stream is None:
                    self._start += rest
                    if len(self._start) < 2:
                        break  # two bytes tell which kind of stream it is
                    rest, self._start = self._start, b""
                    if not self._size and _PLAIN.match(rest):
                        self._is_plain = True
                        yield rest
                        break
                    self._stream = _stream_for(rest)
                made, rest = self._next(self._stream, rest)
                if made:
                    yield made

    def _next(self, stream: zlib_ng._Decompress, rest: bytes) -> tuple[bytes, bytes]:
        try:
            made = stream.decompress(rest, _PIECE)
        except _FAULT as fault:
            self._is_over = self._is_broken = True
            if made := _without_check(rest) if not self._size else b"":
                self._size += len(made)
                return made, b""
            if not self._size:
                raise UnknownEncoding(f"the body is not encoded as it says: {fault}") from fault
            return b"", b""
        self._size += len(made)
        if self._size > self._limit:
            raise BodyTooLarge(f"more than {self._limit} bytes once inflated")
        if not stream.eof:
            return made, stream.unconsumed_tail
        self._stream = None
        # What follows a member is another one, or padding that says nothing.
        self._is_over = stream.unused_data[:1] not in {b"\x1f", b""}
        return made, stream.unused_data


class _Unasked:
    """One encoding that nobody asked for, of a library that is loaded for it alone."""

    def __init__(self, limit: int, stream: BrotliStream | ZstdStream) -> None:
        self._limit = limit
        self._size = 0
        self._stream = stream
        self._is_begun = self._is_broken = self._is_plain = False

    @property
    def is_whole(self) -> bool:
        return self._is_plain or (self._stream.is_whole and not self._is_broken)

    def undo(self, pieces: Iterable[bytes]) -> Iterable[bytes]:
        for piece in pieces:
            if not self._is_begun:
                self._is_begun, self._is_plain = True, bool(_PLAIN.match(piece))
            if self._is_plain:
                yield piece
            elif not self._is_broken:
                yield from self._undone(piece)

    def _undone(self, piece: bytes) -> Iterable[bytes]:
        try:
            for made in self._stream.undo(piece, _PIECE):
                self._size += len(made)
                if self._size > self._limit:
                    raise BodyTooLarge(f"more than {self._limit} bytes once inflated")
                yield made
        except BodyTooLarge:
            raise
        except ValueError as fault:
            self._is_broken = True
            if not self._size:
                raise UnknownEncoding(f"the body is not encoded as it says: {fault}") from fault


def _brotli(limit: int) -> _Unasked:
    from storage.unasked_encodings import BrotliStream

    return _Unasked(limit, BrotliStream())


def _zstd(limit: int) -> _Unasked:
    from storage.unasked_encodings import ZstdStream

    return _Unasked(limit, ZstdStream())


_STEPS: dict[str, Callable[[int], _Inflation | _Unasked]] = {
    "gzip": _Inflation,
    "x-gzip": _Inflation,
    "deflate": _Inflation,
    "br": _brotli,
    "zstd": _zstd,
}


def _without_check(member: bytes) -> bytes:
    """Return what a gzip member holds whose check sum alone is wrong, which browsers do not mind.

    Empty where anything else is, or where there is more than a piece of it.
    """
    if member[:4] != b"\x1f\x8b\x08\x00":  # a header without fields of its own, as all are made
        return b""
    stream = zlib_ng.decompressobj(-zlib_ng.MAX_WBITS)
    try:
        made = stream.decompress(member[10:], _PIECE)
    except _FAULT:
        return b""
    return made if stream.eof else b""


def content_encodings(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return the encodings that all `Content-Encoding` fields together name.

    Names that stand for none (``identity``; by mistake ``utf-8`` and the like) are left out, as in
    browsers.
    """
    encodings = []
    for name, value in headers:
        if len(name) == 16 and name.lower() == "content-encoding":
            encodings += [part.partition(";")[0].strip().lower() for part in value.split(",")]
    return [encoding for encoding in encodings if encoding in _KNOWN]


def decode_body(body: bytes, headers: Iterable[tuple[str, str]], *, limit: int) -> bytes:
    """Undo the content encoding of a whole body, as far as the bytes reach.

    Args:
        body: As received (bytes).
        headers: As received; all `Content-Encoding` fields count.
        limit: Largest size allowed at any step (bytes).

    Raises:
        BodyTooLarge: It grows beyond the limit.
        UnknownEncoding: It is encoded in a way that is not known here.
    """
    decoder = BodyDecoder(content_encodings(headers), limit=limit)
    decoder.feed(body)
    return decoder.body()


def _stream_for(start: bytes) -> zlib_ng._Decompress:
    if start[:2] == b"\x1f\x8b":
        return zlib_ng.decompressobj(zlib_ng.MAX_WBITS + 16)
    # "deflate" means a zlib stream; some servers send a bare one all the same (RFC 9110, 8.4.1.2).
    is_zlib = start[0] & 0x0F == 8 and (start[0] * 256 + start[1]) % 31 == 0
    return zlib_ng.decompressobj(zlib_ng.MAX_WBITS if is_zlib else -zlib_ng.MAX_WBITS)
