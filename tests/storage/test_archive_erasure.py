from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from storage.archive_erasure import erase_records, placeholder
from storage.errors import InvalidInput
from storage.page_archive import Exchange, PageArchive, read_page

FILE = "archive/w/run.warc.gz"
GONE, KEPT = "https://gone.example/p", "https://kept.example/p"


def exchange(url: str, body: bytes) -> Exchange:
    return Exchange(
        url=url,
        fetched_at=datetime(2026, 11, 22, tzinfo=UTC),
        address="192.0.2.1",
        request_headers=(("Host", "x"),),
        http_status=200,
        headers=(("Content-Type", "text/html"),),
        body=body,
    )


def archived(root: Path, urls: list[str]) -> list[int]:
    with PageArchive(root, FILE, keep_bytes=0, software="test/1") as archive:
        return [
            archive.append(exchange(url, f"MARKER of {url} {n}".encode() * 50))
            for n, url in enumerate(urls)
        ]


def inflated(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def is_gone(url: str) -> bool:
    return url.startswith("https://gone.example/")


def erase(path: Path, *, offsets: frozenset[int] = frozenset()) -> int:
    """Erase what stands at some offsets or else what is gone; return how many were found."""
    found = [0]
    is_meant = (lambda _: False) if offsets else is_gone
    erase_records(path, offsets=offsets, is_meant=is_meant, note=found.append)
    return sum(found)


def test_records_of_an_address_vanish_and_all_others_stay_where_they_are(tmp_path: Path) -> None:
    urls = [KEPT + "1", GONE + "1", GONE + "2", KEPT + "2", GONE + "3"]
    offsets = archived(tmp_path, urls)
    size = (tmp_path / FILE).stat().st_size
    assert erase(tmp_path / FILE) == 6
    assert (tmp_path / FILE).stat().st_size == size
    content = inflated(tmp_path / FILE)
    assert b"gone.example" not in content
    for url, offset in zip(urls, offsets, strict=True):
        if is_gone(url):
            with pytest.raises(InvalidInput):
                read_page(tmp_path, FILE, offset)
        else:
            assert read_page(tmp_path, FILE, offset).body.startswith(b"MARKER of " + url.encode())
    with (tmp_path / FILE).open("rb") as stream:
        kinds = [record.rec_type for record in ArchiveIterator(stream)]
    assert kinds.count("response") == 2
    assert kinds.count("metadata") == 6
    assert erase(tmp_path / FILE) == 0


def test_a_record_is_meant_by_its_place_and_its_request_goes_with_it(tmp_path: Path) -> None:
    offsets = archived(tmp_path, [KEPT, KEPT, KEPT])
    erase(tmp_path / FILE, offsets=frozenset(offsets[1:2]))
    content = inflated(tmp_path / FILE)
    assert content.count(b"WARC-Type: request") == 2
    assert content.count(f"{KEPT} 1".encode()) == 0
    assert content.count(f"{KEPT} 2".encode()) == 50


def test_what_was_broken_off_half_way_is_finished(tmp_path: Path) -> None:
    offsets = archived(tmp_path, [GONE, KEPT])
    path = tmp_path / FILE
    whole = path.read_bytes()
    erase(path)
    erased = path.read_bytes()
    changed = [n for n, (old, new) in enumerate(zip(whole, erased, strict=True)) if old != new]
    # The process died in the middle of the first record: half of it new, half of it old.
    middle = changed[0] + 100
    path.write_bytes(erased[:middle] + whole[middle:])
    start = whole.index(b"\x1f\x8b", 1)
    spans = [[start, whole.index(b"\x1f\x8b", start + 1)]]
    path.with_name(path.name + ".erasing").write_text(json.dumps(spans))
    erase(path)
    assert b"gone.example" not in inflated(path)
    assert read_page(tmp_path, FILE, offsets[1]).url == KEPT
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_how_many_there_are_is_told_before_the_first_is_overwritten(tmp_path: Path) -> None:
    archived(tmp_path, [GONE, KEPT, GONE])
    path = tmp_path / FILE
    whole = path.read_bytes()

    def note(n_records: int) -> None:
        assert n_records == 4
        assert path.read_bytes() == whole
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        erase_records(path, offsets=frozenset(), is_meant=is_gone, note=note)
    assert path.read_bytes() == whole
    assert erase(path) == 4


def test_a_record_cut_off_at_the_end_is_left_to_whoever_repairs_it(tmp_path: Path) -> None:
    archived(tmp_path, [GONE, KEPT])
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-20])
    assert erase(path) == 2


def test_a_file_that_is_gone_has_nothing_to_erase(tmp_path: Path) -> None:
    assert erase(tmp_path / "none.gz") == 0


@given(st.integers(20, 3000))
def test_a_placeholder_is_a_member_of_exactly_its_length(length: int) -> None:
    made = placeholder(length)
    assert len(made) == length
    if length >= 24:
        assert gzip.decompress(made) in {b"", gzip.decompress(placeholder(1000))}
