from __future__ import annotations

import gzip
import sys
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

from storage.content_encoding import BodyDecoder, BodyTooLarge, UnknownEncoding, decode_body


def decoded(body: bytes, encoding: str, limit: int = 10_000) -> bytes:
    return decode_body(body, (("content-encoding", encoding),), limit=limit)


def test_encodings_are_undone_as_far_as_the_bytes_reach() -> None:
    body = bytes(range(256)) * 20
    bare = zlib.compressobj(wbits=-15)
    assert decoded(gzip.compress(body), "GZIP") == body
    assert decoded(zlib.compress(body), "deflate") == body
    assert decoded(bare.compress(body) + bare.flush(), "deflate") == body
    assert decoded(gzip.compress(body) * 2, "x-gzip", limit=20_000) == body * 2
    assert decoded(gzip.compress(gzip.compress(body)), "gzip, gzip") == body
    assert decoded(gzip.compress(b"first") + b"trailing rubbish", "gzip") == b"first"
    assert decoded(body, "identity") == body
    assert decoded(b"", "gzip") == b""
    cut = decoded(gzip.compress(body * 3)[:-20], "gzip", limit=20_000)
    assert (body * 3).startswith(cut)


def test_a_check_sum_that_is_wrong_alone_costs_nothing_but_trust() -> None:
    wrong = gzip.compress(b"all of it")[:-8] + b"no check"
    decoder = BodyDecoder(["gzip"], limit=1000)
    decoder.feed(wrong)
    assert decoder.body() == b"all of it"
    assert not decoder.is_whole, "which robots.txt has to be"
    with pytest.raises(UnknownEncoding):
        decoded(wrong[:10] + b"\xff" * 9 + wrong[10:], "gzip")
    assert len(decoded(gzip.compress(b"x" * 90_000)[:-8] + b"no check", "gzip", 10**6)) <= 90_000


def test_bombs_stop_at_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with pytest.raises(BodyTooLarge):
        decoded(bomb, "gzip")
    with pytest.raises(BodyTooLarge):
        decoded(gzip.compress(bomb), "gzip, gzip", limit=1_000_000)
    with pytest.raises(BodyTooLarge):
        decoded(b"x" * 20_000, "")


@pytest.mark.parametrize("encoding", ["utf-8", "none", "8bit", "\u202e", "text/html, "])
def test_what_is_the_name_of_no_encoding_counts_for_nothing(encoding: str) -> None:
    assert decoded(b"<html>plain</html>", encoding) == b"<html>plain</html>"


@pytest.mark.parametrize("encoding", ["compress", "gzip, dcb", "exi"])
def test_what_is_not_known_is_refused(encoding: str) -> None:
    with pytest.raises(UnknownEncoding):
        decoded(b"whatever", encoding)


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_what_is_not_encoded_as_it_says_is_refused(encoding: str) -> None:
    with pytest.raises(UnknownEncoding):
        decoded(b"\x89PNG\r\n\x1a\n" + bytes(range(99)), encoding)


PACKED: dict[str, Callable[[bytes], bytes]] = {"br": brotli.compress, "zstd": zstd.compress}


@pytest.mark.parametrize("encoding", PACKED)
def test_encodings_that_nobody_asked_for_are_undone_in_whatever_pieces(encoding: str) -> None:
    body = b"<html>" + bytes(range(256)) * 900
    packed = PACKED[encoding](body)
    for step in (1, 7, len(packed)):
        decoder = BodyDecoder([encoding], limit=len(body))
        for start in range(0, len(packed), step):
            decoder.feed(packed[start : start + step])
        assert decoder.body() == body
        assert decoder.is_whole
    cut = BodyDecoder([encoding], limit=len(body))
    cut.feed(packed[:-9])
    assert body.startswith(cut.body())
    assert not cut.is_whole
    assert decoded(gzip.compress(packed), f"{encoding}, gzip", limit=len(body)) == body
    assert decoded(body, encoding, limit=len(body)) == body, "said, and not done"


@pytest.mark.parametrize("encoding", PACKED)
def test_bombs_that_nobody_asked_for_stop_at_the_limit(encoding: str) -> None:
    bomb = PACKED[encoding](b"\0" * 50_000_000)
    with pytest.raises(BodyTooLarge):
        decoded(bomb, encoding)
    with pytest.raises(BodyTooLarge):
        decoded(PACKED[encoding](bomb), f"{encoding}, {encoding}", limit=1_000_000)


def test_a_window_beyond_what_the_web_may_ask_for_is_refused() -> None:
    options = {int(zstd.CompressionParameter.window_log): 27}
    packer = zstd.ZstdCompressor(options=options)
    with pytest.raises(UnknownEncoding):
        decoded(packer.compress(b"x" * 99) + packer.flush(), "zstd")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip", "gzip;q=1.0"])
@pytest.mark.parametrize("plain", [b"<html>plain</html>", b"User-agent: *\nDisallow: /\n"])
def test_text_that_was_never_encoded_is_taken_as_it_is(plain: bytes, encoding: str) -> None:
    assert decoded(plain, encoding) == plain


def test_what_is_said_twice_and_done_once_is_undone_once() -> None:
    assert decoded(gzip.compress(b"<html>" + b"x" * 99), "gzip, gzip") == b"<html>" + b"x" * 99


@given(
    body=st.binary(max_size=3000),
    times=st.integers(min_value=0, max_value=3),
    cuts=st.lists(st.integers(min_value=0, max_value=3000), max_size=6),
)
def test_in_whatever_pieces_a_body_arrives_it_is_the_same(
    body: bytes, times: int, cuts: list[int]
) -> None:
    coded = body
    for _ in range(times):
        coded = gzip.compress(coded)
    decoder = BodyDecoder(["gzip"] * times, limit=10_000)
    places = [0, *sorted(cuts), len(coded)]
    for start, end in pairwise(places):
        decoder.feed(coded[start:end])
    assert decoder.body() == body


def test_a_body_encoded_again_and_again_is_refused() -> None:
    with pytest.raises(UnknownEncoding):
        decoded(b"", ", ".join(["gzip"] * 4))


def inflated_unchecked(member: bytes) -> bytes:
    """Return what a plain gzip member holds that ends as it should but for its check sum."""
    stream = zlib.decompressobj(-15)
    try:
        made = stream.decompress(member[10:], 65_536)
    except zlib.error:
        return b""
    return made if stream.eof and member[2:4] == b"\x08\0" else b""


@given(
    body=st.binary(min_size=1, max_size=300).map(lambda text: text * 40),
    wbits=st.sampled_from([31, 15, -15]),
    places=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=3),
    kept=st.floats(0.0, 1.0),
)
def test_damaged_bodies_give_what_zlib_makes_of_them(
    body: bytes, wbits: int, places: list[tuple[int, int]], kept: float
) -> None:
    maker = zlib.compressobj(wbits=wbits)
    data = bytearray(maker.compress(body) + maker.flush())
    for place, value in places:
        data[2 + place % (len(data) - 2)] = value  # the first two bytes tell the kind of stream
    data = data[: max(2, int(len(data) * kept))]
    try:
        expected = zlib.decompressobj(wbits).decompress(data, 65_536)
    except zlib.error:
        if wbits == 31 and (unchecked := inflated_unchecked(bytes(data))):
            assert decoded(bytes(data), "gzip", limit=10**6) == unchecked
            return
        with pytest.raises(UnknownEncoding):
            decoded(bytes(data), "deflate" if wbits < 31 else "gzip", limit=10**6)
    else:
        found = decoded(bytes(data), "deflate" if wbits < 31 else "gzip", limit=10**6)
        assert found.startswith(expected) if wbits < 31 else found == expected
