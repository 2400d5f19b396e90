"""Bodies that came compressed are stored as gzip members by hand: any reader must read them."""

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.page_archive import Exchange, PageArchive, read_page

BLOCK = 65_535  # bytes of a stored block (RFC 1951)


GZIP = (("Content-Encoding", "gzip"),)


def exchange(body: bytes, headers: tuple[tuple[str, str], ...]) -> Exchange:
    return Exchange(
        url="http://a.example/", fetched_at=datetime(2026, 11, 22, tzinfo=UTC), address="",
        request_headers=(), http_status=200, headers=headers, body=body,
    )  # fmt: skip


def members(data: bytes) -> list[bytes]:
    found = []
    while data:
        reader = zlib.decompressobj(zlib.MAX_WBITS + 16)
        found.append(reader.decompress(data) + reader.flush())
        assert reader.eof, "each member ends, its length and checksum right"
        data = reader.unused_data
    return found


@pytest.mark.parametrize("size", [0, 1, 1000, BLOCK - 500, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
def test_a_compressed_body_of_any_length_is_kept_as_it_came(tmp_path: Path, size: int) -> None:
    page = bytes(n * 7 % 251 for n in range(size))
    body = gzip.compress(page, compresslevel=0, mtime=0)
    with PageArchive(tmp_path, "a.warc.gz", keep_bytes=0, software="x") as archive:
        offset = archive.append(exchange(body, GZIP))
    assert read_page(tmp_path, "a.warc.gz", offset).body == page
    file = (tmp_path / "a.warc.gz").read_bytes()
    assert body in members(file)[2], "warcinfo, request, response"


def test_records_around_the_length_of_a_block_are_whole(tmp_path: Path) -> None:
    lengths = set()
    with PageArchive(tmp_path, "a.warc.gz", keep_bytes=0, software="x") as archive:
        for size in range(BLOCK - 500, BLOCK - 300):
            archive.append(exchange(b"x" * size, GZIP))
    responses = members((tmp_path / "a.warc.gz").read_bytes())[2::2]
    for size, record in enumerate(responses, start=BLOCK - 500):
        assert record.endswith(b"\r\n\r\n" + b"x" * size + b"\r\n\r\n")
        lengths.add(len(record))
    assert lengths.issuperset(range(BLOCK - 2, BLOCK + 3))
