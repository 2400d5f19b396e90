"""Brotli and Zstandard bodies, undone piece by piece (pure).

Never asked for, but sent all the same: by servers with files packed beforehand, and by what stands
before servers and keeps one answer for everybody. Loaded for these alone.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]  # it has no types

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator

# RFC 9659: what is sent as "zstd" needs no more memory than 8 MB to be undone.
_WINDOW_LOG_MAX = 23


class BrotliStream:
    """Undoes ``br``; its window is 16 MB at most (RFC 7932)."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._is_begun = False

    @property
    def is_whole(self) -> bool:
        """Tell whether the body came to its end."""
        return not self._is_begun or bool(self._stream.is_finished())

    def undo(self, data: bytes, most: int) -> Iterator[bytes]:
        """Give what the next bytes of the body hold.

        Args:
            data: Bytes of the body.
            most: About how many bytes are given at a time.

        Raises:
            ValueError: They are no Brotli.
        """
        self._is_begun = True
        try:
            while not self._stream.is_finished():
                made = self._stream.process(data, output_buffer_limit=most)
                if made:
                    yield made
                elif self._stream.can_accept_more_data():
                    return
                data = b""  # what is left of it stands in the stream, and so may output
        except brotli.error as fault:
            raise ValueError(str(fault)) from fault


class ZstdStream:
    """Undoes ``zstd``; a body may hold several frames."""

    def __init__(self) -> None:
        self._stream: zstd.ZstdDecompressor | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether the body came to the end of a frame."""
        return self._stream is None

    def undo(self, data: bytes, most: int) -> Iterator[bytes]:
        """Give what the next bytes of the body hold.

        Args:
            data: Bytes of the body.
            most: How many bytes are given at a time.

        Raises:
            ValueError: They are no Zstandard, or of a kind that needs too much memory.
        """
        try:
            while data or (self._stream is not None and not self._stream.needs_input):
                if self._stream is None:
                    options = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG_MAX}
                    self._stream = zstd.ZstdDecompressor(options=options)
                made = self._stream.decompress(data, most)
                data = b""
                if self._stream.eof:
                    data, self._stream = self._stream.unused_data, None
                if made:
                    yield made
        except zstd.ZstdError as fault:
            raise ValueError(str(fault)) from fault
