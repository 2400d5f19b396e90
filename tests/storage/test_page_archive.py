from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from storage.errors import InvalidInput
from storage.page_archive import Exchange, PageArchive, read_page

FILE = "archive/2026/run.warc.gz"
MOMENT = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)


def exchange(body: bytes = b"<html>", **headers: str) -> Exchange:
    return Exchange(
        url="https://example.com/a?b=c",
        fetched_at=MOMENT,
        address="93.184.216.34",
        request_headers=(("Host", "example.com"), ("User-Agent", "sectorlens/0 (us; +x)")),
        http_status=200,
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        body=body,
    )


def archive(root: Path, keep_bytes: int = 0) -> PageArchive:
    return PageArchive(root, FILE, keep_bytes=keep_bytes, software="sectorlens/0")


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    with archive(tmp_path) as opened:
        first = opened.append(exchange(b"one", Content_Type="text/html"))
        second = opened.append(exchange(gzip.compress(b"two"), Content_Encoding="gzip"))
    assert read_page(tmp_path, FILE, first).body == b"one"
    page = read_page(tmp_path, FILE, second)
    assert (page.body, page.status, page.url) == (b"two", 200, "https://example.com/a?b=c")
    assert ("Content-Encoding", "gzip") in page.headers


def test_other_tools_read_the_archive_and_find_its_digests_right(tmp_path: Path) -> None:
    with archive(tmp_path) as opened:
        opened.append(exchange(b"<html>\r\n\r\nx", X_Odd="ü \u20ac"))
        opened.append(exchange(b""))
    kinds = []
    with (tmp_path / FILE).open("rb") as stream:
        for record in ArchiveIterator(stream, check_digests="raise"):
            kinds.append(record.rec_type)
            record.raw_stream.read()
            assert record.rec_headers.protocol == "WARC/1.1"
    assert kinds == ["warcinfo", "request", "response", "request", "response"]


def test_an_attempt_without_a_page_is_a_metadata_record_with_fields(tmp_path: Path) -> None:
    with archive(tmp_path) as opened:
        opened.append_attempt(
            "https://example.com/gone", MOMENT, [("attempt", "1"), ("status", "404")]
        )
        kept = opened.append(exchange(b"kept"))
    with (tmp_path / FILE).open("rb") as stream:
        found = {
            record.rec_type: (record.rec_headers, record.raw_stream.read())
            for record in ArchiveIterator(stream)
        }
    headers, block = found["metadata"]
    assert headers.get_header("WARC-Target-URI") == "https://example.com/gone"
    assert headers.get_header("WARC-Date") == "2026-11-22T01:02:03.000000Z"
    assert headers.get_header("Content-Type") == "application/warc-fields"
    assert block == b"attempt: 1\r\nstatus: 404\r\n"
    assert read_page(tmp_path, FILE, kept).body == b"kept"


def test_warcio_checks_the_whole_file_and_finds_no_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from warcio.cli import main

    with archive(tmp_path) as opened:
        opened.append_attempt("https://example.com/ü", MOMENT, [("fault", "timeout")])
        opened.append(exchange(gzip.compress(b"two"), Content_Encoding="gzip"), rendered=b"<p>")
    with pytest.raises(SystemExit) as ended:
        main(["check", "-v", str(tmp_path / FILE)])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "digest pass" in told
    assert "digest failed" not in told
    assert "error" not in told.lower()


def test_a_record_that_was_broken_off_is_cut_away_and_written_over(tmp_path: Path) -> None:
    with archive(tmp_path) as opened:
        kept = opened.append(exchange(b"kept"))
        end = opened.end
        opened.append(exchange(b"broken off"))
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-7])
    with archive(tmp_path, keep_bytes=end) as opened:
        added = opened.append(exchange(b"added"))
    assert read_page(tmp_path, FILE, kept).body == b"kept"
    assert read_page(tmp_path, FILE, added).body == b"added"
    with path.open("rb") as stream:
        assert len(list(ArchiveIterator(stream))) == 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    body=st.binary(max_size=3000), encoding=st.sampled_from(["", "gzip", "deflate", "gzip, gzip"])
)
def test_any_body_comes_back_as_it_was(tmp_path: Path, body: bytes, encoding: str) -> None:
    coded = body
    for name in encoding.split(", "):
        coded = {"gzip": gzip.compress, "deflate": zlib.compress}.get(name, bytes)(coded)
    headers = {"Content_Encoding": encoding} if encoding else {}
    path = tmp_path / FILE
    length = path.stat().st_size if path.exists() else 0
    with archive(tmp_path, keep_bytes=length) as opened:
        offset = opened.append(exchange(coded, **headers))
    assert read_page(tmp_path, FILE, offset).body == body


@pytest.mark.parametrize("offset", [1, 10**9])
def test_a_place_without_a_page_is_told(tmp_path: Path, offset: int) -> None:
    with archive(tmp_path) as opened:
        opened.append(exchange())
    with pytest.raises(InvalidInput, match="No page can be read"):
        read_page(tmp_path, FILE, offset)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No page can be read"):
        read_page(tmp_path, FILE, 0)
