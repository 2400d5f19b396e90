from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.html_bytes import decode_html, is_html, media_type_of

PAGE = "<html><body><a href='/über'>Über uns – Köln</a></body></html>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PAGE.encode(), "text/html; charset=utf-8"),
        (PAGE.encode(), "text/html"),
        (PAGE.encode(), ""),
        (PAGE.encode("utf-8-sig"), "text/html; charset=iso-8859-1"),
        (PAGE.encode("utf-16"), "text/html; charset=utf-8"),
        (PAGE.encode("utf-16-le"), "text/html"),
        (PAGE.encode("utf-16-be"), "text/html; charset=utf-16"),
        (PAGE.encode("cp1252"), "text/html"),
        (PAGE.encode("cp1252"), "text/html; charset=ISO-8859-1"),
        (PAGE.encode(), "text/html; charset=utf-16"),
        (PAGE.encode(), "text/html; charset=no-such-charset"),
    ],
)
def test_a_page_is_decoded_as_a_browser_would(body: bytes, content_type: str) -> None:
    assert decode_html(body, content_type) == PAGE


@pytest.mark.parametrize(
    "said",
    ["text/html;Charset = windows-1251", "text/html; charset='windows-1251'", "a,b;charset=cp1251"],
)
def test_a_header_that_is_written_oddly_counts(said: str) -> None:
    assert decode_html("<p>о нас".encode("cp1251"), said) == "<p>о нас"


def test_a_page_says_its_charset_late_or_not_at_all() -> None:
    said = "Мы обследуем мосты и крыши с помощью дронов и работаем в Москве с 2010 года. " * 3
    late = f"<style>{'p{margin:0}' * 600}</style><meta charset=windows-1251><p>{said}"
    assert decode_html(late.encode("cp1251"), "text/html") == late
    none = f"<html><p class=x>{said}"
    assert decode_html(none.encode("cp1251"), "text/html") == none
    japanese = "<p>私たちは橋と屋根をドローンで点検します。東京の会社です。" * 4
    assert decode_html(japanese.encode("shift_jis"), "") == japanese


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("text/html; charset=x", "text/html"),
        (" TEXT/HTML ", "text/html"),
        ("text/html, application/xhtml+xml;x=y", "application/xhtml+xml"),
        ("text/html, ", "text/html"),
        ("html", ""),
        ("", ""),
    ],
)
def test_the_last_media_type_counts(said: str, names: str) -> None:
    assert media_type_of(said) == names


@pytest.mark.parametrize("declared", ["utf-16", "utf-16be", "idna", "nonsense"])
def test_a_meta_element_that_cannot_be_right_does_not_count(declared: str) -> None:
    page = f"<meta charset={declared}>{PAGE}"
    assert decode_html(page.encode(), "text/html") == page


def test_a_meta_element_counts_where_the_header_says_nothing() -> None:
    page = f"<meta charset=iso-8859-2>{PAGE.replace('–', '-')}"
    assert decode_html(page.encode("iso8859-2"), "text/html") == page


@pytest.mark.parametrize(
    "codec",
    ["idna", "zlib", "hex", "base64", "rot13", "undefined", "punycode", "unicode_escape", "utf-7"],
)
def test_codecs_that_are_no_charsets_are_not_used(codec: str) -> None:
    body = PAGE.encode() + b"a-" + b"z9" * 300_000
    began = perf_counter()
    assert "/über" in decode_html(body, f"text/html; charset={codec}")
    assert "/über" in decode_html(f"<meta charset={codec}>".encode() + body, "text/html")
    assert perf_counter() - began < 2.0


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/html", PAGE.encode()),
        ("application/xhtml+xml", PAGE.encode()),
        ("", PAGE.encode()),
        ("text/plain", b"\n <!DOCTYPE HTML><p>x"),
        ("application/octet-stream", PAGE.encode()),
        ("text/html", PAGE.encode("utf-16")),
        ("text/html", PAGE.encode("utf-16-le")),
        ("text/html", b"Under construction"),
        ("text/html", b"<!-- {json} --><p>x"),
        ("text/html", b"[<b>Welcome</b>]"),
        ("", b"\n<TABLE><tr>"),
        ("html", b"<p>Welcome"),
        ("unknown/unknown", b"<!-- x --><p>"),
        ("binary/octet-stream", PAGE.encode()),
        ("application/x-httpd-php", PAGE.encode()),
        ("application/xml", b"<?xml version='1.0'?><html xmlns='x'>"),
        ("text/html", b"<!doctype html>\0<title>\0 a template that leaves NUL bytes"),
    ],
)
def test_pages_are_known_by_what_they_are(media_type: str, body: bytes) -> None:
    assert is_html(media_type, body)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/html", b"%PDF-1.7 <html>"),
        ("text/html", b'{"error": "not found"}'),
        ("text/html", b"[1, 2, 3]"),
        ("text/html", b"\x89PNG\r\n\x1a\n"),
        ("text/html", b"\x1f\x8b\x08 gzip in gzip"),
        ("text/html", b"PK\x03\x04 zip"),
        ("text/html", b"abc\x00def"),
        ("text/plain", b"Just a text"),
        ("application/json", b"<html>"),
        ("image/png", PAGE.encode()),
        ("text/javascript", b"<p>"),
        ("application/rss+xml", b"<title>"),
        ("text/xml", b"<?xml version='1.0'?><rss><channel><title>News</title>"),
        ("", b"<?xml version='1.0'?><urlset>"),
        ("", b"Just a text with <b>some</b> markup"),
    ],
)
def test_other_files_are_none_whatever_they_are_sent_as(media_type: str, body: bytes) -> None:
    assert not is_html(media_type, body)


@pytest.mark.parametrize("charset", ["cp1252", "cp874", "iso-8859-7", "windows-1255", "koi8-r"])
def test_bytes_that_stand_for_nothing_cost_no_more_than_others(charset: str) -> None:
    every_byte = bytes(range(128, 256))
    made = decode_html(b"<p>" + every_byte * 40_000, f"text/html; charset={charset}")
    assert made == "<p>" + every_byte.decode(charset, "replace") * 40_000


@given(st.binary(max_size=400), st.text(max_size=40))
def test_no_bytes_and_no_header_upset_it(body: bytes, said: str) -> None:
    is_html("text/html", body)
    decode_html(body, f"text/html; charset={said}")
    decode_html(b"<meta charset=" + said.encode() + b">" + body, said)
