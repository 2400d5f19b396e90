"""Page bodies as WARC 1.1 (ISO 28500): append-only, one gzip member a record.

A body is kept as it came over the wire, its `Content-Encoding` beside it, so that the archive is
the evidence and nothing is compressed twice; `read_page` undoes the encoding. Only ``gzip`` and
``deflate`` are ever asked for, hence ever kept.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

from storage.content_encoding import content_encodings, decode_body
from storage.errors import InvalidInput
from storage.warc_record import gzip_member, new_record_id, warc_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from io import FileIO
    from pathlib import Path
    from types import TracebackType

    from warcio.recordloader import ArcWarcRecord

Headers = tuple[tuple[str, str], ...]

# A page that was kept passed the crawl's own, smaller cap; this one guards against a broken file.
MAX_DECODED_BYTES = 256_000_000
RENDERED_TYPE = "text/html; charset=utf-8"  # of what a browser made of a page
_RECORD_PIECE = 1 << 20  # read and inflated at a time (bytes)
MAX_RENDERED = 500  # exchanges remembered, since further pages may be made of them


def content_type_of(headers: Iterable[tuple[str, str]]) -> str:
    """Return the media type with its parameters as headers tell it, or an empty string."""
    return next((value for name, value in headers if name.lower() == "content-type"), "")


class Exchange(NamedTuple):
    """One request and its answer, as they went over the wire.

    Attributes:
        url: As asked for in this exchange (not where a redirect chain began).
        fetched_at: When the answer was complete (aware, UTC).
        address: IP address connected to; empty where unknown.
        request_headers: As sent.
        headers: As received, transfer coding undone.
        body: As received: still in the content encoding that `headers` name (bytes).
    """

    url: str
    fetched_at: datetime
    address: str
    request_headers: Headers
    http_status: int
    headers: Headers
    body: bytes


class Original(NamedTuple):
    """The record that a revisit refers to.

    Attributes:
        url: As asked for then.
        archived_at: Its date, as `warc_date` writes it.
        payload_digest: Of its body as it came; empty where unknown.
    """

    url: str
    archived_at: str
    payload_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """A page as it can be read again.

    Attributes:
        url: As asked for in the exchange that was kept.
        status: HTTP status code.
        headers: As received.
        body: With its content encoding undone (bytes).
    """

    url: str
    status: int
    headers: Headers
    body: bytes


class PageArchive:
    """The archive file of one crawl run, opened for appending.

    Args:
        workspace_root: The workspace.
        archive_file: Relative to it, e.g. ``archive/2026/20261122T014400Z-1a2b.warc.gz``.
        keep_bytes: Length up to which the file is known to be whole; what stands behind it is a
            record that was broken off, and is cut away.
        software: Who writes, for the ``warcinfo`` record.
    """

    def __init__(
        self, workspace_root: Path, archive_file: str, *, keep_bytes: int, software: str
    ) -> None:
        path = workspace_root / archive_file
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)
        if path.stat().st_size > keep_bytes:
            self._file.truncate(keep_bytes)
        self.end = keep_bytes
        self._rendered: dict[tuple[str, datetime], str] = {}  # response records, by what was asked
        if not self.end:
            fields = f"software: {software}\r\nformat: WARC File Format 1.1\r\nrobots: obey\r\n"
            self._append("warcinfo", [("Content-Type", "application/warc-fields")], fields.encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was appended is in it already."""
        self._file.close()

    def append(
        self,
        exchange: Exchange,
        *,
        rendered: bytes | None = None,
        digest: str = "",
        rendered_url: str = "",
    ) -> int:
        """Append an exchange as a request and a response record.

        Where several pages are made of one exchange, it is written once, and a conversion for each.

        Args:
            exchange: As it went over the wire.
            rendered: What a browser made of it (HTML in UTF-8), for a conversion record behind
                the response; None where no browser was used.
            digest: `payload_digest` of its body, where it is known already.
            rendered_url: Of what was made of it; empty for the exchange's own.

        Returns:
            Offset of the record that is the page (bytes): the conversion if there is one, else
            the response; `end` is then the file's length.
        """
        made_of = exchange.url, exchange.fetched_at
        if rendered is not None and made_of in self._rendered:
            converted = self._rendered[made_of]
            return self._append_rendered(exchange, rendered, rendered_url, response_id=converted)
        response_id = new_record_id()
        shared = [
            ("WARC-Target-URI", exchange.url),
            ("WARC-Date", warc_date(exchange.fetched_at)),
        ]
        if exchange.address:
            shared.append(("WARC-IP-Address", exchange.address))
        asked = [("Content-Type", "application/http; msgtype=request")]
        asked.append(("WARC-Concurrent-To", response_id))
        request = warc_record("request", [*shared, *asked], _request_block(exchange))
        answered = [("WARC-Payload-Digest", digest or payload_digest(exchange.body))]
        answered.append(("Content-Type", "application/http; msgtype=response"))
        response = warc_record(
            "response",
            [*shared, *answered],
            _response_block(exchange),
            stored=bool(content_encodings(exchange.headers)),
            record_id=response_id,
        )
        offset = self._write(request + response) + len(request)
        if rendered is None:
            return offset
        self._rendered[made_of] = response_id
        if len(self._rendered) > MAX_RENDERED:
            del self._rendered[next(iter(self._rendered))]
        return self._append_rendered(exchange, rendered, rendered_url, response_id=response_id)

    def _append_rendered(
        self, exchange: Exchange, rendered: bytes, url: str, *, response_id: str
    ) -> int:
        fields = [
            ("WARC-Target-URI", url or exchange.url),
            ("WARC-Date", warc_date(exchange.fetched_at)),
            ("WARC-Refers-To", response_id),
            ("WARC-Payload-Digest", payload_digest(rendered)),
            ("Content-Type", RENDERED_TYPE),
        ]
        return self._append("conversion", fields, rendered)

    def append_revisit(self, exchange: Exchange, *, profile: str, original: Original) -> str:
        """Append that an exchange brought nothing new: its head, and where the body stands.

        Args:
            exchange: As it went over the wire.
            profile: ``server-not-modified`` or ``identical-payload-digest``.
            original: The record that holds the body.

        Returns:
            Its own date, as `warc_date` writes it.
        """
        block, date = _head_block(exchange), warc_date(exchange.fetched_at)
        digest = original.payload_digest and f"WARC-Payload-Digest: {original.payload_digest}\r\n"
        address = exchange.address and f"WARC-IP-Address: {exchange.address}\r\n"
        # In one piece: a later wave may hold hardly anything else.
        head = (
            f"WARC/1.1\r\nWARC-Type: revisit\r\nWARC-Record-ID: {new_record_id()}\r\n"
            f"WARC-Target-URI: {exchange.url}\r\nWARC-Date: {date}\r\n"
            f"WARC-Profile: http://netpreserve.org/warc/1.1/revisit/{profile}\r\n"
            f"WARC-Refers-To-Target-URI: {original.url}\r\n"
            f"WARC-Refers-To-Date: {original.archived_at}\r\n"
            f"{digest}Content-Type: application/http; msgtype=response\r\n"
            f"{address}Content-Length: {len(block)}\r\n\r\n"
        )
        self._write(gzip_member(b"".join((head.encode(), block, b"\r\n\r\n")), stored=False))
        return date

    def append_attempt(
        self, url: str, ended_at: datetime, fields: Sequence[tuple[str, str]]
    ) -> None:
        """Append that an address was asked for and gave nothing that is kept.

        Args:
            url: Asked for.
            ended_at: When that was known (aware, UTC).
            fields: Names and values of what came of it, each on one line.
        """
        said = "".join(f"{name}: {value}\r\n" for name, value in fields)
        named = [("WARC-Target-URI", url), ("WARC-Date", warc_date(ended_at))]
        named.append(("Content-Type", "application/warc-fields"))
        self._append("metadata", named, said.encode())

    def _append(self, kind: str, fields: Sequence[tuple[str, str]], block: bytes) -> int:
        return self._write(warc_record(kind, fields, block))

    def _write(self, records: bytes) -> int:
        offset = self.end
        write_whole(self._file, records)
        self.end += len(records)
        return offset


def read_page(workspace_root: Path, archive_file: str, offset: int) -> ArchivedPage:
    """Read one page back from the archive.

    Args:
        workspace_root: The workspace.
        archive_file: Relative to it, as in `Page.archive_file`.
        offset: Of the response or conversion record (bytes), as in `Page.archive_offset`.

    Raises:
        InvalidInput: The file is gone, or holds no page there.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        with (workspace_root / archive_file).open("rb") as stream:
            stream.seek(offset)
            record = next(iter(ArchiveIterator(stream)))
            if record.rec_type == "conversion":
                return _rendered_page(record)
            if record.rec_type != "response" or record.http_headers is None:
                raise ValueError(f"a record of type {record.rec_type} stands there")
            headers = tuple((str(name), str(value)) for name, value in record.http_headers.headers)
            body = decode_body(_payload(record), headers, limit=MAX_DECODED_BYTES)
            return ArchivedPage(
                url=str(record.rec_headers.get_header("WARC-Target-URI")),
                status=int(record.http_headers.get_statuscode()),
                headers=headers,
                body=body,
            )
    except (OSError, EOFError, StopIteration, ValueError, zlib.error, ArchiveLoadFailed) as fault:
        raise _unreadable(archive_file, offset, fault) from fault


def read_record(workspace_root: Path, archive_file: str, offset: int) -> bytes:
    """Return the record of a page as it stands in the archive: one gzip member, byte for byte.

    Such a member is a WARC file by itself.

    Args:
        workspace_root: The workspace.
        archive_file: Relative to it, as in `Page.archive_file`.
        offset: Of the record (bytes).

    Raises:
        InvalidInput: The file is gone, or no whole record stands there.
    """
    pieces = []
    inflater = zlib.decompressobj(zlib.MAX_WBITS + 16)
    try:
        with (workspace_root / archive_file).open("rb") as stream:
            stream.seek(offset)
            while not inflater.eof:
                piece = stream.read(_RECORD_PIECE)
                if not piece:
                    raise EOFError
                while piece and not inflater.eof:
                    inflater.decompress(piece, _RECORD_PIECE)
                    left = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
                    pieces.append(piece[: len(piece) - len(left)])
                    piece = b"" if inflater.eof else left
    except (OSError, EOFError, zlib.error) as fault:
        raise _unreadable(archive_file, offset, fault) from fault
    return b"".join(pieces)


def _unreadable(archive_file: str, offset: int, fault: Exception) -> InvalidInput:
    return InvalidInput(
        f"No page can be read from {archive_file} at byte {offset}: {fault or 'end of file'}",
        "Put the archive file back from a backup, or crawl the wave again.",
    )


def _rendered_page(record: ArcWarcRecord) -> ArchivedPage:
    """Return what a browser made of a page that was answered with success."""
    fields = record.rec_headers
    return ArchivedPage(
        url=str(fields.get_header("WARC-Target-URI")),
        status=200,
        headers=(("Content-Type", str(fields.get_header("Content-Type"))),),
        body=_payload(record),
    )


def _payload(record: ArcWarcRecord) -> bytes:
    """Return what a record holds, if it still is what was archived."""
    body: bytes = record.raw_stream.read(MAX_DECODED_BYTES)
    archived = record.rec_headers.get_header("WARC-Payload-Digest")
    if archived and archived != payload_digest(body):
        raise ValueError("what stands there is not what was archived")
    return body


def _request_block(exchange: Exchange) -> bytes:
    _, _, rest = exchange.url.partition("://")
    slash = rest.find("/")
    path = rest[slash:] if slash >= 0 else "/"
    lines = [f"GET {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in exchange.request_headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _response_block(exchange: Exchange) -> bytes:
    return _head_block(exchange, f"Content-Length: {len(exchange.body)}") + exchange.body


def _head_block(exchange: Exchange, *further: str) -> bytes:
    lines = [f"HTTP/1.1 {exchange.http_status} "]
    # The transfer coding is undone and the length is what is kept: say so, or readers stumble.
    lines += [
        ": ".join(field)
        for field in exchange.headers
        if len(field[0]) not in _LENGTHS or field[0].lower() not in _REPLACED
    ]
    return ("\r\n".join([*lines, *further]) + "\r\n\r\n").encode("latin-1", "replace")


_REPLACED = frozenset({"content-length", "transfer-encoding"})
_LENGTHS = frozenset(map(len, _REPLACED))


def write_whole(file: FileIO, content: bytes) -> None:
    """Append to a file that keeps nothing back: it is with the system then.

    Raises:
        OSError: There is no room for all of it.
    """
    written = file.write(content)
    while written < len(content):  # the rest says what is wrong
        written += file.write(content[written:])


def warc_date(when: datetime) -> str:
    """Return a moment (aware, UTC) as records have it, to the microsecond: as text in order."""
    return f"{when.isoformat('T', 'microseconds')[:26]}Z"


def payload_digest(body: bytes) -> str:
    """Return ``sha1:<base32>`` of a body as it came over the wire: the archive's own digest."""
    # The algorithm that archive tools expect here; `Page.body_digest` is the one we rely on.
    digest = hashlib.sha1(body, usedforsecurity=False).digest()
    return "sha1:" + base64.b32encode(digest).decode()
