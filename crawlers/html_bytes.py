"""From the bytes of an answer to the characters of a page: is it HTML, in which charset (pure).

Both are decided as browsers decide them, by the bytes as well as by what the server says, and
neither may be taken in by it: a charset is one of those that the web has, for a codec like
`idna` or `zlib` in its place is a fault, and `punycode` takes time without end.
"""

from __future__ import annotations

import codecs
from functools import lru_cache

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_MAYBE_HTML_TYPES = frozenset(
    {"", "text/plain", "application/octet-stream", "text/xml", "application/xml"}
)
_SIGNS_OF_HTML = (
    b"<html",
    b"<!doctype html",
    b"<head",
    b"<body",
    b"<meta",
    b"<title",
    b"<frameset",
)
# What other files begin with, whatever media type they are sent under.
_OTHER_FILES = (
    *(b"%PDF-", b"%!PS", b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!", b"MZ"),
    *(b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"OggS", b"ID3", b"\x00\x00\x01\x00", b"wOF"),
    *(b"{\\rtf", b"\xd0\xcf\x11\xe0", b"\x7fELF", b"BM\xfe", b"II*\x00", b"MM\x00*", b"SQLite"),
)
_SAMPLE = 4096
_MAX_NUL = 8  # in the first 1024 bytes, where a broken template may leave some

# WHATWG Encoding Standard, as Python names its codecs; UTF-16 needs its mark, or is none.
_NAMES = """
    ibm866 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10
    iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic cp874 cp1250
    cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 ascii iso8859-1 iso8859-9 tis-620
"""
_NAMES_OF_WIDE = """
    utf-8 gbk gb18030 gb2312 big5 big5hkscs euc_jp iso2022_jp shift_jis cp932 euc_kr cp949 johab
"""
_SINGLE_BYTE = frozenset(codecs.lookup(name).name for name in _NAMES.split())
_ENCODINGS = _SINGLE_BYTE | {codecs.lookup(name).name for name in _NAMES_OF_WIDE.split()}


def is_html(media_type: str, body: bytes) -> bool:
    """Tell whether a body is HTML.

    Args:
        media_type: Without parameters, lower case; empty where none was sent.
        body: With its content encoding undone.
    """
    start = body[:_SAMPLE].lstrip()
    if start.startswith(_OTHER_FILES):
        return False
    wide = unmarked_utf16(body[:_SAMPLE]) or start.startswith((b"\xff\xfe", b"\xfe\xff"))
    n_nul = 0 if wide else start[:1024].count(0)
    if n_nul > _MAX_NUL:
        return False  # a picture or a program under a false name
    if wide:
        start = start.replace(b"\x00", b"")
    if start.removeprefix(b"\xef\xbb\xbf")[:1] in {b"{", b"["} and b"<" not in start:
        return False  # data for scripts
    if media_type in _HTML_TYPES and not n_nul:
        return True
    lowered = start[:1024].lower()
    is_possible = media_type in _HTML_TYPES or media_type in _MAYBE_HTML_TYPES
    return is_possible and any(sign in lowered for sign in _SIGNS_OF_HTML)


def decode_html(body: bytes, content_type: str) -> str:
    """Return a page's text as a browser would decode it: BOM, header, `meta`, then UTF-8.

    Args:
        body: With its content encoding undone.
        content_type: Value of the header; may be empty, wrong or hostile.
    """
    marked, mark = read_bom(body)
    if marked and mark:
        return body[len(mark) :].decode(marked, "replace")
    encoding = (
        unmarked_utf16(body[:_SAMPLE])
        or _of_the_web(http_content_type_encoding(content_type))
        or _of_the_web(html_body_declared_encoding(body))
        or _utf8_or_windows(body)
    )
    if encoding in _SINGLE_BYTE:
        return codecs.charmap_decode(body, "strict", _table_of(encoding))[0]
    return body.decode(encoding, "replace")


def unmarked_utf16(sample: bytes) -> str:
    """Return the name of UTF-16 without a mark that bytes are in; empty where they are not.

    Half of the bytes of Latin text in UTF-16 are NUL, all of them on the same side.

    Args:
        sample: The first bytes of a body.
    """
    if len(sample) < 4 or sample.count(0) < len(sample) * 0.2:
        return ""
    high, low = sample[::2].count(0), sample[1::2].count(0)
    if low > 10 * high:
        return "utf-16-le"
    return "utf-16-be" if high > 10 * low else ""


@lru_cache
def _table_of(encoding: str) -> str:
    """Return the characters of all 256 bytes; those that stand for none get the mark of such.

    By this table decoding takes the same time whatever the bytes are; else each fault costs a call.
    """
    return bytes(range(256)).decode(encoding, "replace")


def _of_the_web(encoding: str | None) -> str:
    return encoding if encoding in _ENCODINGS else ""


def _utf8_or_windows(body: bytes) -> str:
    try:
        body[:_SAMPLE].decode("utf-8")
    except UnicodeDecodeError as fault:
        # A character cut in two at the end of the sample is no sign against UTF-8.
        return "utf-8" if fault.start > _SAMPLE - 6 else "cp1252"
    return "utf-8"
