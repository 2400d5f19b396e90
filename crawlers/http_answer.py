"""An HTTP/1.x answer, read from the bytes of a connection as they arrive (pure).

As lenient as browsers with what is odd, and bounded in everything a server can grow: the head, the
answers before the answer, chunks, trailers, the body on the wire and the body once inflated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from storage.content_encoding import BodyDecoder, BodyTooLarge, content_encodings

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.page_archive import Headers

MAX_HEAD_BYTES = 262_144  # as much as browsers take
MAX_FIELDS = 2000
MAX_TRAILERS = 200
MAX_INTERIM_ANSWERS = 20  # 100 Continue, 103 Early Hints; 102 for as long as a page takes
MAX_CHUNK_LINE = 1024
FREE_CHUNKS = 1000  # beyond them, chunks must hold some bytes each
MIN_CHUNK_BYTES = 16
ROOM_BEHIND_FIRST = 131_072  # two of the pieces that bodies are inflated in

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
# Some programs write the protocol of those who ask what stands before their server: HTTP/2.
_STATUS_LINE = re.compile(rb"HTTP/(1\.\d|2(?:\.0)?)[ \t]+(\d{3})(?![0-9])", re.IGNORECASE)
# A line as most are: a name, and words with one space between them.
_ORDINARY_FIELD = re.compile(r"^([!-9;-~]+):[ ]*([!-~]*+(?:[ ][!-~]++)*+)\r?$", re.MULTILINE)
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,12})[ \t]*(?:;|$)")


_LENGTHS = frozenset(map(len, ("content-length", "transfer-encoding", "connection")))


class BadAnswer(ValueError):  # noqa: N818 - names a state, as storage.errors does
    """What arrived is no HTTP/1.x answer, or one beyond all bounds."""


class AnswerReader:
    """Reads one answer.

    Args:
        limit: Most bytes of the body, on the wire and once inflated.
        first_bytes: Take no more of the body than about that many bytes, inflated or not, which is
            no fault; 0 for all of it.

    Attributes:
        status: HTTP status code; 0 until the head is there.
        headers: As received, each on one line.
        is_complete: Whether all of the answer is there.
        is_cut: Whether the body was broken off on purpose.
        is_broken: Whether the connection ended before the body did.
        is_reusable: Whether the connection may carry another request afterwards.
        is_bare: Whether it is known to have no body, as most that have none.
    """

    # What most answers begin and end with stands here once, and not in each reader.
    status = 0
    headers: Headers = ()
    is_complete = is_cut = is_broken = is_reusable = is_bare = False
    _buffer = b""
    _interim = _trailers = _chunks = _size = _arrived = 0
    _left = -1  # bytes of the body, or of the chunk, still to come; -1 until the end
    _decoder: BodyDecoder | None = None

    def __init__(self, *, limit: int, first_bytes: int = 0) -> None:
        self._limit = first_bytes + ROOM_BEHIND_FIRST if first_bytes else limit
        self._first_bytes = first_bytes
        self._raw: list[bytes] = []
        # Functions and no methods, which would hold the reader, and so keep bodies in memory.
        self._take: Callable[[AnswerReader, bytes], bytes] = AnswerReader._take_head

    @property
    def held(self) -> int:
        """Return how much memory the body takes, as it came and inflated (bytes)."""
        return self._size + (self._decoder.size if self._decoder else 0)

    @property
    def sizes(self) -> tuple[int, int]:
        """Return what of the body is there (bytes): as it came, and inflated."""
        return self._size, self._decoder.size if self._decoder else self._size

    def feed(self, data: bytes) -> bool:
        """Take the next bytes of the connection; True once the answer is complete.

        Raises:
            BadAnswer: They cannot belong to an HTTP answer.
            BodyTooLarge: The body is beyond the limit, or says that it will be.
            UnknownEncoding: It is encoded otherwise than it says, or than was asked for.
        """
        if not self._arrived and (known := _whole_head(data)) is not None:
            return self._take_not_modified(data, known)
        self._arrived += len(data)
        if self._arrived > 2 * self._limit + 4 * MAX_HEAD_BYTES:
            raise BodyTooLarge(f"{self._arrived} bytes and no end")  # of padding, mostly
        while data:
            if self.is_complete:
                self.is_reusable = False  # more than was announced: nothing here can be trusted
                break
            data = self._take(self, data)
        return self.is_complete

    def _take_not_modified(self, head: bytes, fields: Headers) -> bool:
        """Take an answer that is complete with its head."""
        self._arrived = len(head)
        self.status, self.headers = 304, fields
        if b"close" in head.lower():  # maybe of the connection: looked at field by field
            self._begin_body(is_modern=True)
        else:
            self.is_complete = self.is_reusable = self.is_bare = True
        return True

    def end(self) -> None:
        """Take notice that the server closed the connection.

        Raises:
            ConnectionResetError: Before there was an answer, or anything of the body it announced.
        """
        self.is_reusable = False
        if self.is_complete:
            return
        is_open_ended = self.status and self._take is AnswerReader._take_rest
        if not is_open_ended and not self._size:
            raise ConnectionResetError("closed before the answer was complete")
        self.is_complete = True  # what there is of it, as browsers show it
        self.is_broken = not is_open_ended

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing of the body is missing, as far as can be told."""
        inflated = self._decoder is None or self._decoder.is_whole
        return not (self.is_broken or self.is_cut) and inflated

    def raw_body(self) -> bytes:
        """Return the body as it came, transfer coding undone."""
        if len(self._raw) != 1:
            self._raw = [b"".join(self._raw)]
        return self._raw[0]

    def body(self) -> bytes:
        """Return the body with its content encoding undone."""
        return self.raw_body() if self._decoder is None else self._decoder.body()

    # ------------------------------------------------------------ head

    def _take_head(self, data: bytes) -> bytes:
        searched = max(0, len(self._buffer) - 3)
        if self._buffer:
            data, self._buffer = self._buffer + data, b""
        data = data.lstrip(b"\r\n")
        if len(data) >= 5 and data[:5].upper() != b"HTTP/":
            raise BadAnswer("the answer is no HTTP/1")
        end = _END_OF_HEAD.search(data, searched)
        if (end.end() if end else len(data)) > MAX_HEAD_BYTES:
            raise BadAnswer(f"a head of more than {MAX_HEAD_BYTES} bytes")
        if end is None:
            self._buffer = data
            return b""
        line, _, fields = data[: end.start()].partition(b"\n")
        found = _STATUS_LINE.match(line)
        if not found:
            raise BadAnswer("the answer is no HTTP/1")
        rest = data[end.end() :]
        status = int(found[2])
        if status < 200:
            self._interim += 1
            if status == 101 or self._interim > MAX_INTERIM_ANSWERS:
                raise BadAnswer(f"HTTP {status}, which was not asked for")
            return self._take_head(rest) if rest else b""
        self.status = status
        self.headers = _fields(fields)
        self._begin_body(is_modern=found[1] != b"1.0")
        return rest

    def _begin_body(self, *, is_modern: bool) -> None:
        lengths: set[str] = set()
        coding = connection = ""
        for name, value in self.headers:
            if len(name) not in _LENGTHS:
                continue
            key = name.lower()
            if key == "content-length":
                lengths.update(part.strip() for part in value.split(","))
            elif key == "transfer-encoding":
                coding += f",{value.lower()}"
            elif key == "connection":
                connection += f",{value.lower()}"
        self.is_reusable = "close" not in connection if is_modern else "keep-alive" in connection
        if self.status in {204, 304}:
            self.is_complete = True
            return
        named = (part.strip() for part in coding.split(","))
        codings = {part for part in named if part and part != "identity"}  # one is named twice
        if encodings := content_encodings(self.headers):
            self._decoder = BodyDecoder(encodings, limit=self._limit)
        if codings:
            if codings != {"chunked"}:
                raise BadAnswer(f"transfer encoding {coding[1:40]!r} was not asked for")
            # With a length beside it, what follows may be anything (RFC 9112, 6.3).
            self.is_reusable = self.is_reusable and not lengths
            self._take = AnswerReader._take_chunk_line
            return
        self._begin_plain(lengths)

    def _begin_plain(self, lengths: set[str]) -> None:
        known = {length for length in lengths if length.isascii() and length.isdigit()}
        if len(known) > 1:
            raise BadAnswer("two lengths for one body")
        if not known:
            self.is_reusable = False
            self._take = AnswerReader._take_rest
            return
        self._left = int(known.pop()[:15])
        if self._left > self._limit and not self._first_bytes:
            raise BodyTooLarge(f"{self._left} bytes announced, more than {self._limit}")
        self.is_complete = not self._left
        self._take = AnswerReader._take_counted

    # ------------------------------------------------------------ body

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._first_bytes and self._size >= self._first_bytes:
            self._cut()
        elif self._size > self._limit:
            raise BodyTooLarge(f"more than {self._limit} bytes")
        self._raw.append(piece)
        if self._decoder is not None:
            try:
                self._decoder.feed(piece)
            except BodyTooLarge:
                if not self._first_bytes:
                    raise
                self._cut()

    def _cut(self) -> None:
        self.is_complete = self.is_cut = True
        self.is_reusable = False

    def _take_rest(self, data: bytes) -> bytes:
        self._keep(data)
        return b""

    def _take_counted(self, data: bytes) -> bytes:
        if len(data) < self._left:
            self._left -= len(data)
            self._keep(data)
            return b""
        piece, rest = (data, b"") if len(data) == self._left else _split(data, self._left)
        self._left = 0
        self._keep(piece)
        self.is_complete = True
        return rest

    def _take_chunk_line(self, data: bytes) -> bytes:
        line, rest = self._line(data)
        if line is None:
            return b""
        found = _CHUNK_SIZE.match(line)
        if not found:
            raise BadAnswer("a chunk without a size")
        self._left = int(found[1], 16)
        self._chunks += 1
        if self._chunks > FREE_CHUNKS + self._size // MIN_CHUNK_BYTES:
            raise BadAnswer("a body in crumbs")
        self._take = AnswerReader._take_chunk if self._left else AnswerReader._take_trailer
        return rest

    def _take_chunk(self, data: bytes) -> bytes:
        piece, rest = (data, b"") if len(data) <= self._left else _split(data, self._left)
        self._left -= len(piece)
        self._keep(piece)
        if not self._left:
            self._take = AnswerReader._take_end_of_chunk
        return rest

    def _take_end_of_chunk(self, data: bytes) -> bytes:
        line, rest = self._line(data)
        if line is not None:
            if line:
                raise BadAnswer("a chunk longer than its size")
            self._take = AnswerReader._take_chunk_line
        return rest

    def _take_trailer(self, data: bytes) -> bytes:
        line, rest = self._line(data)
        if line is not None:
            self._trailers += 1
            if self._trailers > MAX_TRAILERS:
                raise BadAnswer(f"more than {MAX_TRAILERS} fields behind the body")
            self.is_complete = not line
        return rest

    def _line(self, data: bytes) -> tuple[bytes | None, bytes]:
        """Return the next line and what follows it; None while its end is still to come."""
        if self._buffer:
            data, self._buffer = self._buffer + data, b""
        line, mark, rest = data.partition(b"\n")
        if len(line) > MAX_CHUNK_LINE:
            raise BadAnswer(f"a line of more than {MAX_CHUNK_LINE} bytes between chunks")
        if not mark:
            self._buffer = data
            return None, b""
        return line.rstrip(b"\r"), rest


def _whole_head(data: bytes) -> Headers | None:
    """Return the fields of an answer that is all there and says that nothing was modified.

    None for any other, and for any that is not written as most are: these are read step by step.
    """
    is_whole = data.startswith(_NOT_MODIFIED) and data.endswith(b"\r\n\r\n")
    if not is_whole or len(data) > MAX_HEAD_BYTES:
        return None
    _, mark, block = data[:-4].partition(b"\n")
    return _ordinary_fields(block.decode("latin-1")) if mark else None


_NOT_MODIFIED = b"HTTP/1.1 304 "


def _ordinary_fields(text: str) -> Headers | None:
    """Return the fields of a head, if all of its lines are written as most are."""
    ordinary = _ORDINARY_FIELD.findall(text)
    return tuple(ordinary) if len(ordinary) == text.count("\n") + 1 <= MAX_FIELDS else None


def _fields(block: bytes) -> Headers:
    text = block.decode("latin-1")
    if (ordinary := _ordinary_fields(text)) is not None:
        return ordinary
    lines = text.split("\n")
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and fields:  # a value folded over several lines, as of old
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {_on_one_line(line)}".strip())
            continue
        name, mark, value = line.partition(":")
        name = name.strip()
        if mark and name and name.isascii() and name.isprintable() and " " not in name:
            if len(fields) >= MAX_FIELDS:
                raise BadAnswer(f"more than {MAX_FIELDS} fields")
            fields.append((name, _on_one_line(value)))
    return tuple(fields)


def _on_one_line(value: str) -> str:
    # So that no value can end the field it stands in, in the archive or anywhere.
    plain = value.strip()
    if plain.isprintable() and "  " not in plain:
        return plain
    return " ".join(value.replace("\0", " ").split())


def _split(data: bytes, place: int) -> tuple[bytes, bytes]:
    return data[:place], data[place:]
