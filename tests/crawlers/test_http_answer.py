from __future__ import annotations

import gc
import gzip
import weakref
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.http_answer import MAX_FIELDS, MAX_HEAD_BYTES, AnswerReader, BadAnswer
from storage.content_encoding import BodyTooLarge, UnknownEncoding

LIMIT = 100_000


def read(*pieces: bytes, closed: bool = False, first_bytes: int = 0) -> AnswerReader:
    reader = AnswerReader(limit=LIMIT, first_bytes=first_bytes)
    for piece in pieces:
        reader.feed(piece)
    if closed:
        reader.end()
    return reader


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[k : k + size] for k in range(0, len(body), size)]
    coded = b"".join(b"%x;q=1\r\n%s\r\n" % (len(part), part) for part in parts)
    return coded + b"0\r\nX-Sum: 1\r\n\r\n"


def test_an_answer_of_a_known_length_leaves_the_connection_open() -> None:
    reader = read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:  b  c \r\n\r\nhello")
    assert reader.is_complete
    assert reader.is_reusable
    assert (reader.status, reader.body()) == (200, b"hello")
    assert reader.headers == (("Content-Length", "5"), ("X-A", "b c"))


@given(
    body=st.binary(max_size=2000),
    is_gzip=st.booleans(),
    size=st.integers(min_value=0, max_value=700),
    cuts=st.lists(st.integers(min_value=0, max_value=3000), max_size=8),
)
def test_in_whatever_pieces_an_answer_arrives_it_is_the_same(
    body: bytes, is_gzip: bool, size: int, cuts: list[int]
) -> None:
    raw = gzip.compress(body) if is_gzip else body
    head = b"HTTP/1.1 200 OK\r\n" + (b"Content-Encoding: gzip\r\n" if is_gzip else b"")
    if size:
        sent = head + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(raw, size)
    else:
        sent = head + b"Content-Length: %d\r\n\r\n" % len(raw) + raw
    places = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    reader = read(*(sent[start:end] for start, end in pairwise(places)))
    assert reader.is_complete
    assert reader.is_reusable
    assert (reader.raw_body(), reader.body()) == (raw, body)


def test_a_body_without_a_length_goes_on_until_the_server_closes() -> None:
    reader = read(b"HTTP/1.0 200\r\n\r\nhel", b"lo", closed=True)
    assert reader.is_complete
    assert not reader.is_reusable
    assert reader.body() == b"hello"


def test_a_body_that_was_broken_off_gives_what_there_is() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    half = read(head + b"half", closed=True)
    assert half.body() == b"half"
    assert not half.is_whole
    with pytest.raises(ConnectionResetError):
        read(head, closed=True)
    with pytest.raises(ConnectionResetError):
        read(b"HTTP/1.1 200 OK\r\nContent-", closed=True)
    with pytest.raises(ConnectionResetError):
        read(closed=True)


@pytest.mark.parametrize(
    ("answer", "is_whole"),
    [
        (b"Content-Length: 4\r\n\r\nfull", True),
        (b"\r\nall there is", True),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nfull\r\n0\r\n\r\n", True),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", False),
        (b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"full", mtime=0) + b"\0\0", True),
        (b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"half", mtime=0)[:-6], False),
        (
            b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"full", mtime=0) * 2 + b"\x1f\x8b",
            False,
        ),
        (b"Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", True),
    ],
)
def test_it_is_known_whether_a_body_is_whole(answer: bytes, is_whole: bool) -> None:
    assert read(b"HTTP/1.1 200 OK\r\n" + answer, closed=True).is_whole is is_whole


@pytest.mark.parametrize("status", [204, 304])
def test_answers_that_have_no_body_end_with_their_head(status: int) -> None:
    reader = read(b"HTTP/1.1 %d X\r\nContent-Length: 900\r\nETag: x\r\n\r\n" % status)
    assert reader.is_complete
    assert reader.is_reusable
    assert reader.body() == b""


def test_a_length_beside_chunks_does_not_count_and_nothing_more_is_read_there() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    reader = read(head + chunked(b"hello", 9))
    assert (reader.is_complete, reader.is_reusable) == (True, False)
    assert reader.body() == b"hello"


def test_what_stands_before_the_answer_is_passed_over() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    reader = read(early * 3 + b"\r\nHTTP/1.1 404 No\nContent-Length:0\n\n")
    assert (reader.status, reader.is_complete) == (404, True)
    assert read(b"http/2 200\r\nContent-Length: 1\r\n\r\nx").is_reusable
    with pytest.raises(BadAnswer):
        read(early * 21)
    with pytest.raises(BadAnswer):
        read(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")


def test_odd_fields_are_read_as_browsers_read_them() -> None:
    reader = read(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nno colon here\r\n: no name\r\n"
        b"Bad Name: x\r\nX-Fold: a\r\n  b\r\nX-Null: a\0b\r\nContent-Length: 0\r\n\r\n"
    )
    assert reader.headers == (
        ("Set-Cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("X-Fold", "a b"),
        ("X-Null", "a b"),
        ("Content-Length", "0"),
    )


def test_more_than_was_announced_ends_the_connection() -> None:
    reader = read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n")
    assert reader.body() == b"ok"
    assert not reader.is_reusable
    assert not read(
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n"
    ).is_reusable


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/3 200\r\n\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 200 OK\r\n" + b"X" * MAX_HEAD_BYTES,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * (MAX_FIELDS + 1) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 2000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 2000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 300,
    ],
)
def test_what_is_no_answer_or_beyond_all_bounds_is_refused(answer: bytes) -> None:
    with pytest.raises(BadAnswer):
        read(answer)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LIMIT + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"x" * 200_000, 50_000),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"\0" * 10_000_000),
    ],
)
def test_a_body_stops_at_its_cap(answer: bytes) -> None:
    with pytest.raises(BodyTooLarge):
        read(answer)


def test_an_encoding_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnknownEncoding):
        read(b"HTTP/1.1 200 OK\r\nContent-Encoding: dcb\r\n\r\n")


def test_only_the_first_bytes_are_taken_where_no_more_are_wanted() -> None:
    reader = read(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"x" * 300, first_bytes=200)
    assert reader.is_complete
    assert reader.is_cut
    assert not reader.is_reusable
    assert len(reader.body()) >= 200


def test_the_first_bytes_are_enough_of_a_bomb_too() -> None:
    bomb = gzip.compress(b"User-agent: *\nDisallow: /private\n" + b"#" * 30_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    reader = read(head, bomb, first_bytes=200_000)
    assert reader.is_complete
    assert reader.is_cut
    assert not reader.is_reusable
    assert reader.body().startswith(b"User-agent")
    assert 200_000 <= len(reader.body()) <= 400_000


@given(st.binary(max_size=400))
def test_no_bytes_lead_to_anything_but_an_answer_or_a_fault(data: bytes) -> None:
    reader = AnswerReader(limit=LIMIT)
    try:
        reader.feed(b"HTTP/1.1 200 OK\r\n" + data)
        reader.end()
    except (BadAnswer, BodyTooLarge, UnknownEncoding, ConnectionResetError):
        return
    assert reader.is_complete


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
    ],
)
def test_a_body_is_freed_with_its_reader_and_waits_for_no_search_for_circles(answer: bytes) -> None:
    gc.disable()
    try:
        reader = AnswerReader(limit=1000)
        assert reader.feed(answer)
        left = weakref.ref(reader)
        del reader
        assert left() is None
    finally:
        gc.enable()


def field_by_field(lines: list[str]) -> list[tuple[str, str]]:
    """Return the fields of a head as they are meant, read as slowly as it can be said."""
    found: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and found:
            name, value = found.pop()
            found.append((name, " ".join(f"{value} {line}".replace("\0", " ").split())))
        elif ":" in line:
            name, value = (part.strip() for part in line.split(":", 1))
            if name and name.isascii() and name.isprintable() and " " not in name:
                found.append((name, " ".join(value.replace("\0", " ").split())))
    return found


@given(
    st.lists(
        st.text('aZ09-_:;,"= \t\0\x0b\xa0\xadé', max_size=12)
        | st.sampled_from(['ETag: "a b"', "X: a  b", "Date:x", "A : b", ": c", "No colon"]),
        max_size=6,
    ),
    st.sampled_from(["\r\n", "\n"]),
)
def test_heads_in_order_and_odd_ones_are_read_alike(lines: list[str], end: str) -> None:
    head = end.join(["HTTP/1.1 304 Not Modified", *lines]) + end + end
    if f"{end}{end}" in head[: -2 * len(end)]:
        return  # ends before the last of them
    assert list(read(head.encode("latin-1")).headers) == field_by_field(lines)


@given(
    st.sampled_from(
        ["HTTP/1.1 304 Not Modified", "HTTP/1.1 304 ", "HTTP/1.0 304 X", "HTTP/1.1 200 OK"]
    ),
    st.lists(
        st.text('aZ-_:;,"= \t\r\n\0é', max_size=9)
        | st.sampled_from(
            ["ETag: x", "Connection: close", "connection:keep-alive", "Content-Length: 3", "X: a\r"]
        ),
        max_size=5,
    ),
    st.sampled_from(["\r\n", "\n"]),
    st.sampled_from(["", "abc", "\r\n"]),
)
def test_a_head_that_is_there_at_once_is_read_as_one_that_arrives_byte_by_byte(
    status: str, lines: list[str], end: str, behind: str
) -> None:
    sent = (end.join([status, *lines]) + end + end + behind).encode("latin-1")
    told = []
    for pieces in ([sent], [sent[k : k + 1] for k in range(len(sent))]):
        reader = AnswerReader(limit=LIMIT)
        try:
            for piece in pieces:
                if reader.feed(piece) and len(pieces) > 1:
                    break  # what follows would be another answer's
            told.append((reader.status, reader.headers, reader.raw_body(), reader.is_complete))
        except BadAnswer as fault:
            told.append((0, (), b"", str(fault) == ""))
    assert told[0] == told[1]
